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
void change(GroupCounts& counts, Verdict verdict, std::uint32_t by) {
  (verdict == Verdict::kTruePositive ? counts.attacks : counts.others) += by;
}

/// What the groups of one day count.
RecordBeta of_day(const GroupCounts& counts) {
  const double all = counts.attacks + counts.others, share = all <= 1 ? 1 : 1 / (1 + (all - 1) * kAlike);
  return {counts.attacks * share, counts.others * share};
}

}  // namespace

double prior_of(std::uint8_t level, RuleStatus status) {
  return probability_of(log_odds(kByLevel[std::min<std::size_t>(level, 4)]) + kByStatus[static_cast<std::size_t>(status)]);
}

/// Summed anew over the days, so that what is left does not depend on what was taken back.
void RuleRecords::count(Record& record, std::int32_t day, Verdict verdict, std::uint32_t by) {
  change(record.all, verdict, by);
  change(record.by_day[day], verdict, by);
  record.effective = {};
  for (const auto& [any, counts] : record.by_day) {
    const RecordBeta effective = of_day(counts);
    record.effective.attacks += effective.attacks;
    record.effective.others += effective.others;
  }
}

RuleRecords::Learnt RuleRecords::learn(const AlertSigns& signs, Verdict verdict) {
  const auto [at, is_new] = groups_.try_emplace(signs.group, verdict);
  if (!is_new) {
    if (verdict <= at->second) return {at->second, false};
    count(rules_[signs.rule], signs.day, at->second, UINT32_MAX);
    count(places_[signs.place], signs.day, at->second, UINT32_MAX);
    at->second = verdict;
  }
  count(rules_[signs.rule], signs.day, verdict, 1);
  count(places_[signs.place], signs.day, verdict, 1);
  return {verdict, is_new};
}

const Verdict* RuleRecords::verdict_of(const AlertSigns& signs) const {
  const auto at = groups_.find(signs.group);
  return at == groups_.end() ? nullptr : &at->second;
}

GroupCounts RuleRecords::without_own(const AlertSigns& signs, GroupCounts counts) const {
  if (const Verdict* const own = verdict_of(signs)) change(counts, *own, UINT32_MAX);
  return counts;
}

template <class Records, class Key>
RecordBeta RuleRecords::effective(const Records& records, Key key, const AlertSigns& signs) const {
  const auto at = records.find(key);
  if (at == records.end()) return {};
  if (verdict_of(signs) == nullptr) return at->second.effective;
  RecordBeta sum;
  for (const auto& [day, counts] : at->second.by_day) {
    const RecordBeta counted = of_day(day == signs.day ? without_own(signs, counts) : counts);
    sum.attacks += counted.attacks;
    sum.others += counted.others;
  }
  return sum;
}

RecordBeta RuleRecords::of_rule(const AlertSigns& signs) const {
  const double prior = prior_of(signs.level, signs.status);
  const RecordBeta known = signs.rule == 0 ? RecordBeta{} : effective(rules_, signs.rule, signs);
  return {kPriorGroups * prior + known.attacks, kPriorGroups * (1 - prior) + known.others};
}

RecordBeta RuleRecords::of_place(const AlertSigns& signs, const RecordBeta& rule) const {
  const double mean = rule.mean();
  const RecordBeta known = effective(places_, signs.place, signs);
  return {kPlacePriorGroups * mean + known.attacks, kPlacePriorGroups * (1 - mean) + known.others};
}

double RuleRecords::mean_of(RuleNumber rule, const RuleName& name) const {
  const double prior = prior_of(name.level, name.status);
  const auto at = rules_.find(rule);
  const RecordBeta known = at == rules_.end() ? RecordBeta{} : at->second.effective;
  return (kPriorGroups * prior + known.attacks) / (kPriorGroups + known.attacks + known.others);
}

GroupCounts RuleRecords::counts_of(RuleNumber rule) const {
  const auto at = rules_.find(rule);
  return at == rules_.end() ? GroupCounts{} : at->second.all;
}

GroupCounts RuleRecords::counts_of_place(std::uint64_t place) const {
  const auto at = places_.find(place);
  return at == places_.end() ? GroupCounts{} : at->second.all;
}

}  // namespace tocsin::analyze
