#include "analyze/alert_confidence.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/beta_quantile.h"
#include "analyze/group_features.h"
#include "analyze/track_record.h"

namespace tocsin::analyze {

namespace {

/// 90 % of a normal distribution are within so many deviations.
constexpr double kDeviations = 1.645;
/// A weight may as well be so much of itself more or less; each missing role so much in log-odds; no calibration so much, which goes down with its labels.
/// What is known of a rule about one subject is in what is known of it everywhere, too.
constexpr double kHereShare = 0.5;
constexpr double kWeightDoubt = 0.3, kMissingDoubt = 0.4, kCalibrationDoubt = 1.0;

constexpr int kVerdictsAsked = 100;

double squared(double x) { return x * x; }
/// Multiples of one step, as weights are: then they add up to the same in any order.
double base() { return rounded_evidence(log_odds(kBaseRate)); }

}  // namespace

std::vector<std::string_view> missing_roles(const AlertSigns& signs) {
  std::vector<std::string_view> missing;
  if (!signs.has_host) missing.push_back("host");
  if (!signs.has_account) missing.push_back("account");
  if (!signs.has_time) missing.push_back("time");
  if (!signs.has_tactic) missing.push_back("tactic");
  return missing;
}

/// Beside that of the base.
double AlertConfidences::evidence_of(RuleNumber rule) const {
  if (rule == 0) return 0;
  if (evidence_.size() < rules_.size()) evidence_.resize(rules_.size(), std::numeric_limits<double>::quiet_NaN());
  double& known = evidence_[rule];
  if (std::isnan(known)) known = log_odds(records_.mean_of(rule, rules_[rule])) - log_odds(kBaseRate);
  return known;
}

AlertConfidences::Strongest AlertConfidences::strongest(std::span<const RuleNumber> rules) const {
  Strongest found;
  for (const RuleNumber rule : rules) {
    if (const double evidence = evidence_of(rule); evidence > found.evidence) found = {evidence, rule};
  }
  return found;
}

Weights AlertConfidences::weigh(const AlertSigns& signs) const {
  Weights weights{};
  const RecordBeta rule = records_.of_rule(signs);
  const double of_rule = log_odds(rule.mean());
  at(weights, Reason::kRecord) = of_rule - log_odds(kBaseRate);
  at(weights, Reason::kHere) = kHereShare * (log_odds(records_.of_place(signs, rule).mean()) - of_rule);
  at(weights, Reason::kNovelty) = novelty_weight(signs);
  at(weights, Reason::kRarity) = rarity_weight(signs);
  at(weights, Reason::kValue) = value_weight(signs);
  at(weights, Reason::kAccount) = account_weight(signs);
  at(weights, Reason::kBurst) = burst_weight(signs);
  at(weights, Reason::kBeside) = beside_weight(strongest(signs.beside).evidence);
  at(weights, Reason::kAcross) = across_weight(strongest(signs.across).evidence);
  at(weights, Reason::kAround) = around_weight(strongest(signs.around).evidence, signs);
  at(weights, Reason::kStages) = stages_weight(signs);
  at(weights, Reason::kIntel) = intel_weight(signs);
  at(weights, Reason::kKnownGood) = known_good_weight(signs);
  at(weights, Reason::kAsset) = asset_weight(signs);
  at(weights, Reason::kHours) = hours_weight(signs);
  at(weights, Reason::kFirstSeen) = first_seen_weight(signs);
  at(weights, Reason::kRareValue) = rare_value_weight(signs);
  at(weights, Reason::kVolume) = volume_weight(signs);
  at(weights, Reason::kLogin) = login_weight(signs);
  at(weights, Reason::kBeacon) = beacon_weight(signs);
  at(weights, Reason::kOutlier) = outlier_weight(signs);
  for (double& weight : weights) weight = rounded_evidence(weight);
  return weights;
}

double AlertConfidences::score(const AlertSigns& signs) const {
  double sum = base();
  for (const double weight : weigh(signs)) sum += weight;
  return sum;
}

/// How far the log-odds of the rule's record may be below and above those of its mean.
AlertConfidences::Spread AlertConfidences::spread_of(const RecordBeta& record) const {
  if (spreads_.size() >= kSpreadsMax) spreads_.clear();
  const auto [at, is_new] = spreads_.try_emplace({record.attacks, record.others});
  if (is_new) {
    const double mean = log_odds(record.mean());
    at->second = {std::max(0.0, mean - log_odds(beta_quantile(0.05, record.attacks, record.others))), std::max(0.0, log_odds(beta_quantile(0.95, record.attacks, record.others)) - mean)};
  }
  return at->second;
}

Probability AlertConfidences::probability_of_score(double score, const Weights& weights, const AlertSigns& signs) const {
  const auto [below, above] = spread_of(records_.of_rule(signs));
  double doubt = squared(kCalibrationDoubt) / (1 + static_cast<double>(calibrator_.current().labels) / kCalibrateAt);
  for (std::size_t i = static_cast<std::size_t>(Reason::kHere); i < kReasons; ++i) doubt += squared(kWeightDoubt * weights[i]);
  doubt += squared(kMissingDoubt) * (!signs.has_host + !signs.has_account + !signs.has_time + !signs.has_tactic);
  const double other = squared(kDeviations) * doubt;
  const Calibration& calibration = calibrator_.current();
  return {calibration.probability(score), calibration.probability(score - std::sqrt(squared(below) + other)), calibration.probability(score + std::sqrt(squared(above) + other))};
}

Probability AlertConfidences::confidence(const AlertSigns& signs) const {
  const Weights weights = weigh(signs);
  double score = base();
  for (const double weight : weights) score += weight;
  return probability_of_score(score, weights, signs);
}

void AlertConfidences::judge(const AlertSigns& signs, Verdict verdict) {
  if (verdict == Verdict::kNone) return;
  const double before = score(signs);
  const RuleRecords::Learnt learnt = records_.learn(signs, verdict);
  if (signs.rule < evidence_.size()) evidence_[signs.rule] = std::numeric_limits<double>::quiet_NaN();
  const bool is_attack = learnt.verdict == Verdict::kTruePositive;
  if (learnt.is_new) {
    labels_[signs.group] = calibrator_.add(before, is_attack);
  } else {
    calibrator_.amend(labels_[signs.group], is_attack);
  }
}

AlertConfidence AlertConfidences::explain(const AlertSigns& signs, const AlertFacts& facts) const {
  const Weights weights = weigh(signs);
  AlertConfidence all;
  all.base = base();
  all.score = all.base;
  for (const double weight : weights) all.score += weight;
  all.confidence = probability_of_score(all.score, weights, signs);
  for (std::size_t i = 0; i < kReasons; ++i) {
    if (weights[i] != 0) all.evidence.push_back({kReasonNames[i], weights[i], words(static_cast<Reason>(i), signs, facts)});
  }
  std::ranges::stable_sort(all.evidence, std::greater<>(), [](const EvidenceItem& item) { return std::abs(item.weight); });
  all.missing = missing_roles(signs);
  return all;
}

namespace {

std::string verdicts_words(int count, Verdict verdict) {
  return std::to_string(count) + " more verdict" + (count == 1 ? "" : "s") + " " + std::string(word_of(verdict)) + " on its rule, about other hosts or times";
}

}  // namespace

/// The fewest of one kind that do it; more than kVerdictsAsked are no small change.
void AlertConfidences::add_verdict_changes(double bar, double score, const AlertSigns& signs, std::vector<Change>& changes) const {
  const RecordBeta record = records_.of_rule(signs);
  const double now = log_odds(record.mean());
  const bool is_over = calibrator_.current().probability(score) >= bar;
  const Verdict verdict = is_over ? Verdict::kFalsePositive : Verdict::kTruePositive;
  for (int count = 1; count <= kVerdictsAsked; ++count) {
    const RecordBeta with{record.attacks + (is_over ? 0 : count), record.others + (is_over ? count : 0)};
    const double weight = log_odds(with.mean()) - now, confidence = calibrator_.current().probability(score + weight);
    if ((confidence >= bar) == is_over) continue;
    changes.push_back({"with " + verdicts_words(count, verdict), weight, confidence});
    return;
  }
}

std::vector<Change> AlertConfidences::changes_over(double bar, const AlertSigns& signs) const {
  const Weights weights = weigh(signs);
  double score = base();
  for (const double weight : weights) score += weight;
  const bool is_over = calibrator_.current().probability(score) >= bar;
  std::vector<Change> changes;
  const auto ask = [&](std::string words, double weight) {
    const double confidence = calibrator_.current().probability(score + weight);
    if (weight != 0 && (confidence >= bar) != is_over) changes.push_back({std::move(words), weight, confidence});
  };
  for (std::size_t i = static_cast<std::size_t>(Reason::kHere); i < kReasons; ++i) {
    if (weights[i] != 0) ask("without '" + std::string(kReasonNames[i]) + "'", -weights[i]);
  }
  AlertSigns other = signs;
  other.incident_tactics = static_cast<std::uint8_t>(std::max(signs.incident_tactics, signs.host_tactics) + 1);
  ask("with another tactic of ATT&CK in its incident", stages_weight(other) - at(weights, Reason::kStages));
  other.malicious = 1;
  if (signs.malicious == 0) ask("with an entity of it on a list of what is bad", intel_weight(other));
  other.benign = true;
  if (!signs.benign) ask("with an entity of it on a list of what is known to be good", known_good_weight(other));
  const double critical = log_odds(prior_of(4, RuleStatus::kTest)) - log_odds(kBaseRate);
  ask("with a critical alert on this host within the hour", std::max(0.0, beside_weight(critical) - at(weights, Reason::kBeside)));
  add_verdict_changes(bar, score, signs, changes);
  std::ranges::stable_sort(changes, {}, [](const Change& change) { return std::abs(change.weight); });
  return changes;
}

}  // namespace tocsin::analyze
