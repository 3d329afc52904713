// How far a poller has come, as it stands beside the last record of each batch in the journal and then in the state (docs/formats/polling.md): the cursor from which it goes on, which events
// it has taken since, and when those can be forgotten. So what was taken and from where to go on are one write. Pure. What is no mark gives nothing.
//
//   received.poll_mark = packed(mark);
//   const std::optional<PollMark> mark = unpacked_poll_mark(bytes);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/poll_ids.h"

namespace tocsin {

/// Of a cursor: an address and some numbers.
inline constexpr std::size_t kPollCursorBytesMax = 9u << 10;
/// Ids of one batch. All of a mark is one detail of a record, which has 64 KB.
inline constexpr std::size_t kPollMarkIdsMax = 2'000;

struct PollMark {
  std::string name;               // the poller's
  std::string cursor;
  TimeUs forget_before = kNoTime;
  std::vector<std::pair<PollId, TimeUs>> ids;  // taken with this batch
};

std::string packed(const PollMark& mark);
std::optional<PollMark> unpacked_poll_mark(std::string_view bytes);

}  // namespace tocsin
