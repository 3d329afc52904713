#include "analyze/rule_records.h"

#include <algorithm>
#include <array>

#include "analyze/track_record.h"

namespace tocsin::analyze {

namespace {

constexpr std::array<double, 5> kByLevel = {0.004, 0.01, kBaseRate, 0.12, 0.3};
/// In log-odds, by RuleStatus.
constexpr std::array<double, 6> kByStatus = {0, -0.5, -0.5, -0.3, 0, 0.2};

/// UINT32_MAX: one less.
void count(GroupCounts& counts, Verdict verdict, std::uint32_t by) {
  (verdict == Verdict::kTruePositive ? counts.attacks : counts.others) += by;
}

template <class Map, class Key>
GroupCounts found(const Map& map, Key key) {
  const auto at = map.find(key);
  return at == map.end() ? GroupCounts{} : at->second;
}

}  // namespace

double prior_of(std::uint8_t level, RuleStatus status) {
  return probability_of(log_odds(kByLevel[std::min<std::size_t>(level, 4)]) + kByStatus[static_cast<std::size_t>(status)]);
}

RuleRecords::Learnt RuleRecords::learn(const AlertSigns& signs, Verdict verdict) {
  const auto [at, is_new] = groups_.try_emplace(signs.group, verdict);
  if (!is_new) {
    if (verdict <= at->second) return {at->second, false};
    count(rules_[signs.rule], at->second, UINT32_MAX);
    count(places_[signs.place], at->second, UINT32_MAX);
    at->second = verdict;
  }
  count(rules_[signs.rule], verdict, 1);
  count(places_[signs.place], verdict, 1);
  return {verdict, is_new};
}

GroupCounts RuleRecords::without_own(const AlertSigns& signs, GroupCounts counts) const {
  if (const auto at = groups_.find(signs.group); at != groups_.end()) count(counts, at->second, UINT32_MAX);
  return counts;
}

RecordBeta RuleRecords::of_rule(const AlertSigns& signs) const {
  const double prior = prior_of(signs.level, signs.status);
  const GroupCounts known = signs.rule == 0 ? GroupCounts{} : without_own(signs, counts_of(signs.rule));
  return {kPriorGroups * prior + known.attacks, kPriorGroups * (1 - prior) + known.others};
}

RecordBeta RuleRecords::of_place(const AlertSigns& signs, const RecordBeta& rule) const {
  const double mean = rule.mean();
  const GroupCounts known = without_own(signs, counts_of_place(signs.place));
  return {kPlacePriorGroups * mean + known.attacks, kPlacePriorGroups * (1 - mean) + known.others};
}

double RuleRecords::mean_of(RuleNumber rule, const RuleName& name) const {
  const double prior = prior_of(name.level, name.status);
  const GroupCounts all = counts_of(rule);
  return (kPriorGroups * prior + all.attacks) / (kPriorGroups + all.attacks + all.others);
}

GroupCounts RuleRecords::counts_of(RuleNumber rule) const { return found(rules_, rule); }
GroupCounts RuleRecords::counts_of_place(std::uint64_t place) const { return found(places_, place); }

}  // namespace tocsin::analyze
