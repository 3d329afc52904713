// How probable it is that an alert is malicious activity. Its score is a base and the sum of named evidence, in log-odds: what its rule was worth so far (rule_records.h), and what was known of it when it came (alert_signs.h), each by its table
// (evidence_weights.h). Then the calibration (calibration.h). The interval is that of the rule's record, with what evidence, missing roles and a young calibration leave open (decision 43).
//
//   AlertConfidences scorer(rules);
//   scorer.judge(signs, Verdict::kBenign);            // verdicts in their order: each alert is scored first, then its verdict is known
//   scorer.confidence(signs);                         // now; leaves out the verdict on its own group
//   scorer.explain(signs, facts);                     // with the reasons in words
//
// The same signs and verdicts in the same order give the same bits. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyze/alert_facts.h"
#include "analyze/alert_history.h"
#include "analyze/calibration.h"
#include "analyze/evidence_weights.h"
#include "analyze/rule_records.h"
#include "event/confidence.h"

namespace tocsin::analyze {

/// Records of which the interval is kept, since it takes 20 microseconds to work out; beyond it all are forgotten.
inline constexpr std::size_t kSpreadsMax = 4'096;

/// What would change a confidence.
struct Change {
  std::string words;
  double weight = 0;      // log-odds that it adds
  double confidence = 0;  // with it
};

class AlertConfidences {
 public:
  /// `rules`: AlertHistory::rules(), which outlives it. `calibration_max`: later versions of the calibration are not used; 0: none.
  explicit AlertConfidences(const std::vector<RuleName>& rules, std::uint32_t calibration_max = UINT32_MAX) : rules_(rules), calibrator_(calibration_max) {}

  void judge(const AlertSigns& signs, Verdict verdict);

  /// In log-odds, not calibrated.
  double score(const AlertSigns& signs) const;
  Probability confidence(const AlertSigns& signs) const;
  AlertConfidence explain(const AlertSigns& signs, const AlertFacts& facts) const;
  /// Each single thing by which the confidence would cross `bar`, the smallest first: evidence that is gone or comes, verdicts on the rule.
  std::vector<Change> changes_over(double bar, const AlertSigns& signs) const;

  const Calibrator& calibrator() const { return calibrator_; }

 private:
  struct Strongest {
    double evidence = 0;
    RuleNumber rule = 0;
  };
  struct Spread {
    double below = 0, above = 0;
  };
  Weights weigh(const AlertSigns& signs) const;
  Strongest strongest(std::span<const RuleNumber> rules) const;
  double evidence_of(RuleNumber rule) const;
  Probability probability_of_score(double score, const Weights& weights, const AlertSigns& signs) const;
  Spread spread_of(const RecordBeta& record) const;
  std::string record_words(const AlertSigns& signs) const;
  std::string near_words(std::span<const RuleNumber> rules, std::string_view where) const;
  std::string words(Reason reason, const AlertSigns& signs, const AlertFacts& facts) const;
  void add_verdict_changes(double bar, double score, const AlertSigns& signs, std::vector<Change>& changes) const;

  const std::vector<RuleName>& rules_;
  RuleRecords records_;
  Calibrator calibrator_;
  std::unordered_map<std::uint64_t, std::size_t> labels_;  // by group
  mutable std::vector<double> evidence_;                   // by rule; NaN: not worked out since the last verdict on it
  mutable std::map<std::pair<double, double>, Spread> spreads_;  // by the record's two numbers
};

/// Not named by the log source, each of which widens the interval.
std::vector<std::string_view> missing_roles(const AlertSigns& signs);

}  // namespace tocsin::analyze
