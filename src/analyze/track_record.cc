#include "analyze/track_record.h"

#include <algorithm>
#include <cmath>

namespace tocsin::analyze {

namespace {

double smoothed(const Tally& tally, double pseudo_counts, double towards) {
  return (static_cast<double>(tally.attacks) + pseudo_counts * towards) / (static_cast<double>(tally.groups) + pseudo_counts);
}

Tally sum_of(const SituationTallies& tallies) {
  Tally sum;
  for (const Tally& tally : tallies) sum.add(tally);
  return sum;
}

}  // namespace

double log_odds(double probability) { return std::log(probability / (1 - probability)); }

/// Within ±40, beyond which a probability is 0 or 1 for all that a double can say.
double probability_of(double log_odds) { return 1 / (1 + std::exp(-std::clamp(log_odds, -40.0, 40.0))); }

void TrackRecord::learn(const AlertNames& names, std::span<const AlertGroup> groups, std::span<const GroupContext> contexts) {
  std::vector<SituationTallies> by_rule(names.rules().size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].verdict == Verdict::kNone) continue;
    by_rule[groups[i].rule][contexts[i].situation].add({groups[i].verdict == Verdict::kTruePositive ? 1u : 0u, 1});
  }
  for (std::uint32_t rule = 0; rule < by_rule.size(); ++rule) add(names.rules().name(rule), by_rule[rule]);
}

void TrackRecord::add(std::string_view rule, const SituationTallies& tallies) {
  const Tally sum = sum_of(tallies);
  if (sum.groups == 0) return;
  SituationTallies& known = rules_.try_emplace(std::string(rule)).first->second;
  for (std::size_t i = 0; i < kSituations; ++i) known[i].add(tallies[i]);
  families_.try_emplace(std::string(family_name(rule))).first->second.add(sum);
  all_.add(sum);
}

double TrackRecord::base_rate() const {
  const double groups = static_cast<double>(all_.groups);
  if (all_.groups == 0) return 0.5;
  return std::clamp(static_cast<double>(all_.attacks) / groups, 0.5 / (groups + 1), (groups + 0.5) / (groups + 1));
}

double TrackRecord::rule_probability(std::string_view rule, const SituationTallies* tallies) const {
  const auto family = families_.find(family_name(rule));
  const double of_family = family == families_.end() ? base_rate() : smoothed(family->second, kFamilyPseudoCounts, base_rate());
  return tallies == nullptr ? of_family : smoothed(sum_of(*tallies), kRulePseudoCounts, of_family);
}

double TrackRecord::probability(std::string_view rule, Situation situation) const {
  const auto known = rules_.find(rule);
  const SituationTallies* const tallies = known == rules_.end() ? nullptr : &known->second;
  const double of_rule = rule_probability(rule, tallies);
  return tallies == nullptr ? of_rule : smoothed((*tallies)[situation], kSituationPseudoCounts, of_rule);
}

RuleEvidence TrackRecord::evidence_of(std::string_view rule) const {
  RuleEvidence evidence;
  const double base = log_odds(base_rate());
  for (std::size_t i = 0; i < kSituations; ++i) evidence[i] = rounded_evidence(log_odds(probability(rule, static_cast<Situation>(i))) - base);
  return evidence;
}

void TrackRecord::append_evidence(const AlertNames& names, std::vector<RuleEvidence>& evidence) const {
  while (evidence.size() < names.rules().size()) evidence.push_back(evidence_of(names.rules().name(static_cast<std::uint32_t>(evidence.size()))));
}

}  // namespace tocsin::analyze
