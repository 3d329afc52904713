// What is to be done about the segments of a catalogue: which small ones become one, which are too old or too much. Pure functions; the archiver
// does it.
//
//   const std::vector<Segment> gone = expired(segments, limits, now);
//   if (const auto run = mergeable(segments, now); !run.empty()) writer.merge(run);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/retention.h"
#include "store/segment.h"

namespace tocsin::store {

/// A segment with fewer bytes of records is small. Files beyond count what they hold, not how many there are.
inline constexpr std::uint64_t kSmallRawBytes = 64u << 20;
/// So many small neighbours of one day become one; of a day that is over, any two. Fewer would be written again and again.
inline constexpr std::size_t kMergeLeast = 8;
/// What a merged segment may hold: a search that wants little of it reads its row groups, not all.
inline constexpr std::uint64_t kMergedRawBytesMax = 512u << 20;
/// Files that one merge has open.
inline constexpr std::size_t kMergeMost = 256;

/// `segments` are in the order of their sequences. The first run of one retention group that is to become one; none: nothing to do.
std::vector<Segment> mergeable(std::span<const Segment> segments, TimeUs now);
/// Those whose last record is older than the age that counts for their group, the oldest of what is too much of a group, and then of what is too much
/// in all.
std::vector<Segment> expired(std::span<const Segment> segments, const KeepLimits& limits, TimeUs now);

}  // namespace tocsin::store
