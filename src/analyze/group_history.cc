#include "analyze/group_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace tocsin::analyze {

namespace {

constexpr std::int64_t kHour = 3'600, kDay = 86'400;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

bool is_known(std::int64_t last_s, std::int64_t now_s) { return last_s != kNever && now_s - last_s <= kHistorySpanSeconds; }

Situation situation_of(bool rule_known, bool pair_known, std::int64_t gap) {
  if (!rule_known) return kNewRule;
  if (!pair_known) return kNewHost;
  if (gap > 6 * kHour) return kAfterHours;
  return gap > kHour ? kAfterAnHour : kRecent;
}

}  // namespace

/// What was within the last hour or day before the window before is not any more.
void GroupHistory::leave_behind(std::int64_t now_s) {
  while (hour_from_ < day_.size() && day_[hour_from_].start_s < now_s - kHour) {
    pairs_.find(day_[hour_from_].key)->second.hour -= day_[hour_from_].alerts;
    ++hour_from_;
  }
  while (!day_.empty() && day_.front().start_s < now_s - kDay) {
    pairs_.find(day_.front().key)->second.day -= day_.front().alerts;
    day_.pop_front();
    --hour_from_;
  }
}

/// Changes no answer: whoever asks looks at the time too.
void GroupHistory::forget(std::int64_t now_s) {
  std::erase_if(pairs_, [&](const auto& pair) { return !is_known(pair.second.last_s, now_s); });
  forget_at_ = std::max<std::size_t>(2 * pairs_.size(), 1u << 16);
}

void GroupHistory::count_neighbours(std::span<const AlertGroup> window) {
  rule_hosts_.resize(names_.rules().size());
  rule_last_s_.resize(names_.rules().size(), kNever);
  family_rules_.resize(names_.families());
  is_only_.resize(window.size());
  for (std::size_t from = 0, to = 0; from < window.size(); from = to) {
    for (; to < window.size() && window[to].host == window[from].host; ++to) {
      ++rule_hosts_[window[to].rule];
      ++family_rules_[names_.family_of(window[to].rule)];
    }
    for (std::size_t i = from; i < to; ++i) is_only_[i] = family_rules_[names_.family_of(window[i].rule)] == 1;
    for (std::size_t i = from; i < to; ++i) family_rules_[names_.family_of(window[i].rule)] = 0;
  }
}

GroupContext GroupHistory::context_of(const AlertGroup& group, const Pair& pair) const {
  GroupContext context;
  const bool pair_known = is_known(pair.last_s, group.start_s);
  const std::int64_t gap = pair_known ? group.start_s - pair.last_s : 0;
  context.situation = situation_of(is_known(rule_last_s_[group.rule], group.start_s), pair_known, gap);
  context.hosts = rule_hosts_[group.rule];
  context.gap = pair_known ? std::log(static_cast<double>(std::max(gap, kWindowSeconds))) : kGapNever;
  // Of how many windows the usual is known: those of a day, or since the first.
  const double windows = static_cast<double>(std::min(kDay, std::max(group.start_s - first_s_, kWindowSeconds))) / static_cast<double>(kWindowSeconds);
  const double usual = (static_cast<double>(pair.day) + 0.5) / (windows + 1);
  context.burst = std::log((static_cast<double>(pair.hour + group.alerts) + 1) / (12 * usual + 1));
  return context;
}

void GroupHistory::remember(std::span<const AlertGroup> window) {
  for (const AlertGroup& group : window) {
    Pair& pair = pairs_[key_of(group)];
    pair.last_s = group.start_s;
    pair.hour += group.alerts;
    pair.day += group.alerts;
    rule_last_s_[group.rule] = group.start_s;
    rule_hosts_[group.rule] = 0;
    day_.push_back({group.start_s, key_of(group), group.alerts});
  }
}

Status GroupHistory::take(std::span<const AlertGroup> window, std::vector<GroupContext>& contexts) {
  contexts.clear();
  if (window.empty()) return {};
  const std::int64_t now_s = window.front().start_s;
  if (window.size() > kWindowGroupsMax) return Error{Code::kLimit, fmt::format("there are more than {} groups of alerts in the five minutes from {}", kWindowGroupsMax, now_s)};
  TOCSIN_CHECK(!any_ || day_.empty() || day_.back().start_s < now_s);
  if (!any_) first_s_ = now_s;
  any_ = true;
  leave_behind(now_s);
  if (pairs_.size() >= forget_at_ || pairs_.size() + window.size() > kHistoryPairsMax) forget(now_s);
  if (pairs_.size() + window.size() > kHistoryPairsMax) return Error{Code::kLimit, fmt::format("there are more than {} rules on hosts within two weeks", kHistoryPairsMax)};
  count_neighbours(window);
  static constexpr Pair kNew{kNever, 0, 0};
  for (const AlertGroup& group : window) {
    const auto known = pairs_.find(key_of(group));
    contexts.push_back(context_of(group, known == pairs_.end() ? kNew : known->second));
  }
  for (std::size_t i = 0; i < window.size(); ++i) {
    if (is_only_[i] != 0 && contexts[i].hosts == 1) contexts[i].situation = static_cast<Situation>(contexts[i].situation + kAlone);
  }
  remember(window);
  return {};
}

}  // namespace tocsin::analyze
