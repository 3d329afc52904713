#include "store/segment_upkeep.h"

namespace tocsin::store {

namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

TimeUs day_of(const Segment& segment) { return segment.first_received / kDayUs; }

bool is_enough(const std::vector<Segment>& run, TimeUs now) {
  if (run.empty()) return false;
  return run.size() >= (day_of(run.front()) < now / kDayUs ? 2 : kMergeLeast);
}

}  // namespace

std::vector<Segment> mergeable(std::span<const Segment> segments, TimeUs now) {
  std::vector<Segment> run;
  std::uint64_t raw_bytes = 0;
  for (const Segment& segment : segments) {
    const bool small = segment.raw_bytes < kSmallRawBytes;
    const bool fits = !run.empty() && day_of(run.front()) == day_of(segment) && raw_bytes + segment.raw_bytes <= kMergedRawBytesMax &&
                      run.size() < kMergeMost;
    if (!small || !fits) {
      if (is_enough(run, now)) return run;
      run.clear();
      raw_bytes = 0;
    }
    if (!small) continue;
    run.push_back(segment);
    raw_bytes += segment.raw_bytes;
  }
  if (!is_enough(run, now)) run.clear();
  return run;
}

std::vector<Segment> expired(std::span<const Segment> segments, const KeepLimits& limits, TimeUs now) {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.bytes;
  std::vector<Segment> gone;
  for (const Segment& segment : segments) {
    const bool too_old = limits.age_us > 0 && segment.last_received < now - limits.age_us;
    const bool too_much = limits.bytes > 0 && bytes > limits.bytes;
    if (!too_old && !too_much) continue;
    bytes -= segment.bytes;
    gone.push_back(segment);
  }
  return gone;
}

}  // namespace tocsin::store
