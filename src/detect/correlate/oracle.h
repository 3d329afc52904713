// Correlations a second time, straight from docs/sigma-correlations.md: nothing is forgotten, every window is looked at
// whole, every chain of temporal_ordered is tried, memory has no end. Only for small inputs; the tests compare Correlator
// with it. It shares no code with Correlator but the types that go in and come out.
#pragma once

#include <vector>

#include "detect/correlate/correlator.h"

namespace tocsin::correlate {

/// What arrives: a hit, or only the time of an event that was seen.
struct Arrival {
  bool is_hit = true;
  Hit hit;
  TimeUs seen = kNoTime;
};

/// The alerts, in the order in which they are made. Measured values must be whole multiples of 1/4 and percentiles whole
/// numbers, so that plain integers are exact.
std::vector<CorrelationAlert> oracle(const sigma::RuleSet& rules, std::int64_t lateness_us,
                                     const std::vector<Arrival>& arrivals);

}  // namespace tocsin::correlate
