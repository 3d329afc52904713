// What labelled scenarios say of a rule: how many of its groups were attacks, of its family, and of it in each situation, each smoothed by the one above it (decision 38). Counts alone are kept, so records
// add up and subtract. Names, not numbers, since each scenario numbers its rules anew.
//
//   TrackRecord record;
//   record.learn(names, groups, contexts);
//   const std::vector<RuleEvidence> evidence = record.evidence_of(names);   // by rule and situation
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "analyze/alert_groups.h"
#include "analyze/group_features.h"

namespace tocsin::analyze {

/// Groups with a verdict, and those of them that were attacks.
struct Tally {
  std::uint64_t attacks = 0, groups = 0;
  void add(const Tally& other) {
    attacks += other.attacks;
    groups += other.groups;
  }
};

using SituationTallies = std::array<Tally, kSituations>;
/// Log-odds beside those of any group, by situation; multiples of kEvidenceStep.
using RuleEvidence = std::array<double, kSituations>;

class TrackRecord {
 public:
  static constexpr double kFamilyPseudoCounts = 20, kRulePseudoCounts = 10, kSituationPseudoCounts = 3;

  void learn(const AlertNames& names, std::span<const AlertGroup> groups, std::span<const GroupContext> contexts);
  /// One rule's tallies, added to what is there of it.
  void add(std::string_view rule, const SituationTallies& tallies);

  const Tally& all() const { return all_; }
  const std::map<std::string, SituationTallies, std::less<>>& rules() const { return rules_; }
  /// The share of attacks among all groups, held off 0 and 1 by half a group.
  double base_rate() const;
  /// Smoothed: of a rule, known or not, in a situation. Between 0 and 1.
  double probability(std::string_view rule, Situation situation) const;
  RuleEvidence evidence_of(std::string_view rule) const;
  /// Of each rule that has a number from `from` on, appended.
  void append_evidence(const AlertNames& names, std::vector<RuleEvidence>& evidence) const;

 private:
  double rule_probability(std::string_view rule, const SituationTallies* tallies) const;

  Tally all_;
  std::map<std::string, Tally, std::less<>> families_;
  std::map<std::string, SituationTallies, std::less<>> rules_;
};

double log_odds(double probability);
double probability_of(double log_odds);

}  // namespace tocsin::analyze
