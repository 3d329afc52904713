// Numbers as correlations measure them: decimals with nine places in 128 bits, so that sums are exact, whatever comes
// and goes in a window (0.1 + 0.2 is 0.3, and a hit of 1e17 leaves no rounding behind when it goes). A measure is a
// quotient of such numbers and is compared with a bound without dividing. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "detect/sigma/rule.h"

namespace tocsin::correlate {

__extension__ using Wide = __int128;

/// One, as a Fixed.
inline constexpr std::int64_t kFixedOne = 1'000'000'000;
/// A number times kFixedOne. Magnitudes above 1e18 are no number here: that leaves room for the sum of 1e11 of them.
using Fixed = Wide;

/// An optional sign, digits with an optional point, an optional exponent; nothing around it. What is finer than nine
/// places is cut off.
std::optional<Fixed> parse_fixed(std::string_view text);
/// To nine places; beyond the largest, the largest.
Fixed to_fixed(double value);

struct Measure {
  Wide numerator = 0;  // in units of 1 / kFixedOne
  Wide denominator = 1;
};
double to_double(const Measure& measure);

inline Measure count_measure(std::uint64_t count) { return {static_cast<Wide>(count) * kFixedOne, 1}; }

/// Linear interpolation between the closest ranks, with h = (n - 1) p: definition 7 of Hyndman and Fan, Sample
/// Quantiles in Statistical Packages, The American Statistician 50 (1996). The 50th is the median. Reorders `values`, of
/// which there must be at least one.
Measure percentile(std::vector<Fixed>& values, double percent);

struct Limit {
  sigma::Correlation::Bound::Op op;
  Fixed value;
};
bool holds(const Limit& limit, const Measure& measure);
bool hold(const std::vector<Limit>& limits, const Measure& measure);

}  // namespace tocsin::correlate
