// Counts that forget: what was counted long ago weighs half for every half-life since. Exponential decay in event time, so the same events give the same counts however fast they are read.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "base/time.h"

namespace tocsin::baseline {

/// What is left of a count after a while; a time that went back takes nothing away. `half_life_us` is above 0.
inline double faded(double count, TimeUs counted, TimeUs now, double half_life_us) {
  if (now <= counted) return count;
  return count * std::exp2(-static_cast<double>(now - counted) / half_life_us);
}

/// The same by whole hours of the clock that have begun since, from a table: an event costs no power.
class HourlyFading {
 public:
  explicit HourlyFading(double half_life_hours) {
    for (std::size_t hour = 0; hour < left_.size(); ++hour) left_[hour] = static_cast<float>(std::exp2(-static_cast<double>(hour) / half_life_hours));
  }
  /// What is counted longer ago than the table goes is nothing.
  float faded(float count, std::uint32_t counted_s, std::uint32_t now_s) const {
    const std::uint32_t counted = counted_s / 3'600, now = now_s / 3'600;
    if (now <= counted) return count;
    return now - counted < left_.size() ? count * left_[now - counted] : 0;
  }

 private:
  std::array<float, 4'096> left_{};
};

}  // namespace tocsin::baseline
