// What came before, window by window, and what follows from it for each group of a window without any label: its situation, how its alerts compare with those before, how long it was quiet. Windows come in
// the order of time; each changes what is remembered when all of its groups have their answer. Memory: a few numbers for each rule on each host that raised an alert within kHistorySpanSeconds, 24 bytes for
// each group of the last day. One thread.
//
//   GroupHistory history(names);
//   TRY(history.take(window, contexts));   // one for each group
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyze/alert_groups.h"
#include "analyze/group_features.h"
#include "base/hash.h"

namespace tocsin::analyze {

/// A rule or host that was quiet for longer is as one that was never seen: fourteen days, where the gap (decision 38) says "never" too.
inline constexpr std::int64_t kHistorySpanSeconds = 14 * 86'400;
/// Rules on hosts that are remembered, some 60 bytes each.
inline constexpr std::size_t kHistoryPairsMax = 1u << 21;

class GroupHistory {
 public:
  explicit GroupHistory(const AlertNames& names) : names_(names) {}

  /// The groups of one window, later than all before, those of one host side by side. kLimit: kHistoryPairsMax, kWindowGroupsMax.
  Status take(std::span<const AlertGroup> window, std::vector<GroupContext>& contexts);

 private:
  struct Pair {  // a rule on a host
    std::int64_t last_s = 0;
    std::uint64_t hour = 0, day = 0;  // alerts of the windows in the hour and the day before
  };
  struct Past {
    std::int64_t start_s;
    std::uint64_t key, alerts;
  };
  struct KeyHash {
    std::size_t operator()(std::uint64_t key) const { return hash_fold(key ^ 0x2d358dccaa6c78a5ull, 0x8bb84b93962eacc9ull); }
  };

  static std::uint64_t key_of(const AlertGroup& group) { return static_cast<std::uint64_t>(group.host) << 32 | group.rule; }
  void leave_behind(std::int64_t now_s);
  void forget(std::int64_t now_s);
  void count_neighbours(std::span<const AlertGroup> window);
  GroupContext context_of(const AlertGroup& group, const Pair& pair) const;
  void remember(std::span<const AlertGroup> window);

  const AlertNames& names_;
  bool any_ = false;
  std::int64_t first_s_ = 0;
  std::unordered_map<std::uint64_t, Pair, KeyHash> pairs_;
  std::deque<Past> day_;          // groups of the last day, in their order
  std::size_t hour_from_ = 0;     // of day_: the first within the last hour
  std::size_t forget_at_ = 1u << 16;
  std::vector<std::int64_t> rule_last_s_;  // by rule
  // Of the window at hand, by rule and by family; zero between windows.
  std::vector<std::uint32_t> rule_hosts_, family_rules_;
  std::vector<std::uint8_t> is_only_;  // by group: of its family on its host
};

}  // namespace tocsin::analyze
