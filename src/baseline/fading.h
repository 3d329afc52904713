// Counts that forget: what was counted long ago weighs half for every half-life since. Exponential decay in event time, so the same events give the same counts however fast they are read.
#pragma once

#include <cmath>

#include "base/time.h"

namespace tocsin::baseline {

/// What is left of a count after a while; a time that went back takes nothing away. `half_life_us` is above 0.
inline double faded(double count, TimeUs counted, TimeUs now, double half_life_us) {
  if (now <= counted) return count;
  return count * std::exp2(-static_cast<double>(now - counted) / half_life_us);
}

}  // namespace tocsin::baseline
