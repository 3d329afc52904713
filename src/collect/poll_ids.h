// The ids of events that a poller has taken already, for as long as the API may give them again. Each is the first half of a SHA-256, with a time; what is older than asked for
// any more is forgotten, and beyond kPollIdsMax the oldest are. One thread. Nothing fails.
//
//   if (!ids.contains(id)) …
//   ids.add(id, time);
//   ids.forget_before(from);
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/time.h"

namespace tocsin {

/// Half an hour of 100 events a second; each takes some 150 bytes of memory.
inline constexpr std::size_t kPollIdsMax = 200'000;

using PollId = std::array<char, 16>;

/// Of what the API calls the event.
PollId poll_id(std::string_view name);

class PollIds {
 public:
  bool contains(const PollId& id) const { return times_.contains(id); }
  void add(const PollId& id, TimeUs time);
  void forget_before(TimeUs time);
  std::size_t size() const { return times_.size(); }
  /// That were forgotten before their time since there were too many: so many events may be taken again.
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  std::map<PollId, TimeUs> times_;
  std::set<std::pair<TimeUs, PollId>> by_time_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace tocsin
