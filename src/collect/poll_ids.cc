#include "collect/poll_ids.h"

#include <cstring>

#include "base/sha256.h"

namespace tocsin {

PollId poll_id(std::string_view name) {
  const Sha256 digest = sha256(name);
  PollId id;
  std::memcpy(id.data(), digest.data(), id.size());
  return id;
}

void PollIds::add(const PollId& id, TimeUs time) {
  if (!times_.emplace(id, time).second) return;
  by_time_.emplace(time, id);
  if (times_.size() <= kPollIdsMax) return;
  times_.erase(by_time_.begin()->second);
  by_time_.erase(by_time_.begin());
  ++forgotten_;
}

void PollIds::forget_before(TimeUs time) {
  while (!by_time_.empty() && by_time_.begin()->first < time) {
    times_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
}

}  // namespace tocsin
