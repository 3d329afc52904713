// What verdicts say of rules, here: how many of a rule's groups of alerts were attacks, everywhere and about one subject. Each rule begins with what its level and status promise, worth kPriorGroups of its groups; what it says of one
// subject begins with what it is worth everywhere. One verdict speaks for a group (AlertSigns::group), whatever the number of its alerts; of several the gravest does. Groups of one rule on one day are much alike: n of them count as
// n / (1 + (n - 1) kAlike), which is 2.7 for ten and never more than 3.3 (the design effect of a sample in clusters, L. Kish 1965).
//
//   RuleRecords records;
//   records.learn(signs, Verdict::kTruePositive);
//   records.of_rule(signs).mean();        // leaves out the alert's own group
//
// Memory is that of the verdicts: some 300 bytes for a group that has one. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>

#include "analyze/alert_history.h"
#include "analyze/alert_signs.h"
#include "base/hash.h"
#include "event/verdict.h"

namespace tocsin::analyze {

/// Of what a rule promises, in groups; of what it is worth everywhere, for what it says of one subject.
inline constexpr double kPriorGroups = 5, kPlacePriorGroups = 3;
/// How alike the verdicts on one rule of one day are: 0 not at all, 1 as one.
inline constexpr double kAlike = 0.3;
/// The share of attacks of a rule of medium level in test: of which evidence is told.
inline constexpr double kBaseRate = 0.03;

/// Before there are verdicts.
double prior_of(std::uint8_t level, RuleStatus status);

/// Groups with a verdict.
struct GroupCounts {
  std::uint32_t attacks = 0, others = 0;
};

/// Beta(attacks, others), what is known before in both.
struct RecordBeta {
  double attacks = 0, others = 0;
  double mean() const { return attacks / (attacks + others); }
};

class RuleRecords {
 public:
  /// What the group is now taken for, and whether it had no verdict before.
  struct Learnt {
    Verdict verdict = Verdict::kNone;
    bool is_new = false;
  };
  Learnt learn(const AlertSigns& signs, Verdict verdict);

  /// Both without the group of these signs.
  RecordBeta of_rule(const AlertSigns& signs) const;
  /// The same of this rule about this subject alone; `rule` is what of_rule said.
  RecordBeta of_place(const AlertSigns& signs, const RecordBeta& rule) const;
  /// Of another rule, all of it.
  double mean_of(RuleNumber rule, const RuleName& name) const;
  GroupCounts counts_of(RuleNumber rule) const;
  GroupCounts counts_of_place(std::uint64_t place) const;
  GroupCounts without_own(const AlertSigns& signs, GroupCounts counts) const;

 private:
  struct KeyHash {
    std::size_t operator()(std::uint64_t key) const { return key; }
  };
  /// Of a rule, or of a rule about a subject.
  struct Record {
    GroupCounts all;
    std::map<std::int32_t, GroupCounts> by_day;
    RecordBeta effective;  // what all days count together
  };
  static void count(Record& record, std::int32_t day, Verdict verdict, std::uint32_t by);
  const Verdict* verdict_of(const AlertSigns& signs) const;
  template <class Records, class Key>
  RecordBeta effective(const Records& records, Key key, const AlertSigns& signs) const;

  std::unordered_map<RuleNumber, Record> rules_;
  std::unordered_map<std::uint64_t, Record, KeyHash> places_;
  std::unordered_map<std::uint64_t, Verdict, KeyHash> groups_;
};

}  // namespace tocsin::analyze
