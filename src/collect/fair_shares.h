// Bytes of one bounded room, shared out among sources so that none can take it from the others. A source that holds nothing may take all that
// is free; one that holds something may hold at most as much as then stays free beside it. So one source alone gets a half, two that want all of it
// get a third each and leave a third, and whoever comes next finds room (where one batch alone is not as large as all that is left). The queue of the journal and the bodies of requests are
// shared out by it, and what the store is behind with (pipeline/backlog.h). Nothing fails but by saying no. One thread at a time.
//
//   FairShares shares(48u << 20);
//   if (!shares.take(source, bytes)) return busy();
//   shares.give(source, bytes);
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace tocsin {

class FairShares {
 public:
  explicit FairShares(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  bool has_room(std::uint32_t source, std::size_t bytes) const {
    if (bytes > free()) return false;
    const auto held = held_.find(source);
    return held == held_.end() || held->second + bytes <= free() - bytes;
  }
  bool take(std::uint32_t source, std::size_t bytes) {
    if (!has_room(source, bytes)) return false;
    add(source, bytes);
    return true;
  }
  /// Whether there is room or not: what could not be sent away.
  void add(std::uint32_t source, std::size_t bytes) {
    held_[source] += bytes;
    used_ += bytes;
  }
  void give(std::uint32_t source, std::size_t bytes) {
    if (bytes == 0) return;
    used_ -= bytes;
    const auto held = held_.find(source);
    if ((held->second -= bytes) == 0) held_.erase(held);
  }
  std::size_t used() const { return used_; }
  /// Whether one holds as much as is free, so that it can have no more.
  bool is_full_for_some() const {
    return std::ranges::any_of(held_, [&](const auto& held) { return held.second >= free(); });
  }

 private:
  std::size_t free() const { return bytes_max_ - std::min(used_, bytes_max_); }

  const std::size_t bytes_max_;
  std::size_t used_ = 0;
  std::unordered_map<std::uint32_t, std::size_t> held_;  // of those that hold something
};

}  // namespace tocsin
