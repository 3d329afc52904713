#include "store/segment_upkeep.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace tocsin::store {

namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

TimeUs day_of(const Segment& segment) { return segment.first_received / kDayUs; }

bool is_enough(const std::vector<Segment>& run, TimeUs now) {
  if (run.empty()) return false;
  return run.size() >= (day_of(run.front()) < now / kDayUs ? 2 : kMergeLeast);
}

/// The same where all are of one group.
std::vector<Segment> mergeable_of_group(std::span<const Segment> segments, TimeUs now) {
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

std::uint64_t bytes_of(std::span<const Segment> segments) {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.bytes;
  return bytes;
}

/// Moves from `kept`, which is in order, to `gone`: the too old, and the oldest of what is too much.
void expire(std::vector<Segment>& kept, std::int64_t age_us, std::uint64_t bytes_max, TimeUs now, std::vector<Segment>& gone) {
  std::uint64_t bytes = bytes_of(kept);
  std::erase_if(kept, [&](const Segment& segment) {
    const bool too_old = age_us > 0 && segment.last_received < now - age_us;
    const bool too_much = bytes_max > 0 && bytes > bytes_max;
    if (!too_old && !too_much) return false;
    bytes -= segment.bytes;
    gone.push_back(segment);
    return true;
  });
}

}  // namespace

std::vector<Segment> mergeable(std::span<const Segment> segments, TimeUs now) {
  std::set<std::string_view> groups;
  for (const Segment& segment : segments) groups.insert(group_of(segment));
  for (const std::string_view group : groups) {
    std::vector<Segment> members;
    std::ranges::copy_if(segments, std::back_inserter(members), [&](const Segment& segment) { return group_of(segment) == group; });
    std::vector<Segment> run = mergeable_of_group(members, now);
    if (!run.empty()) return run;
  }
  return {};
}

std::vector<Segment> expired(std::span<const Segment> segments, const KeepLimits& limits, TimeUs now) {
  std::vector<Segment> gone, others(segments.begin(), segments.end()), kept;
  for (const RetentionRule& rule : limits.rules) {
    std::vector<Segment> members;
    std::erase_if(others, [&](const Segment& segment) {
      if (group_of(segment) != group_name(rule)) return false;
      members.push_back(segment);
      return true;
    });
    expire(members, rule.age_us > 0 ? rule.age_us : limits.age_us, rule.bytes, now, gone);
    kept.insert(kept.end(), members.begin(), members.end());
  }
  expire(others, limits.age_us, 0, now, gone);
  kept.insert(kept.end(), others.begin(), others.end());
  std::ranges::stable_sort(kept, {}, &Segment::first_sequence);
  expire(kept, 0, limits.bytes, now, gone);
  std::ranges::stable_sort(gone, {}, &Segment::first_sequence);
  return gone;
}

}  // namespace tocsin::store
