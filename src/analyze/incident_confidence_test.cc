#include "analyze/incident_confidence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "analyze/track_record.h"

namespace tocsin::analyze {
namespace {

IncidentAlertLine line(std::string rule, double confidence, Verdict verdict = Verdict::kNone, std::uint8_t stage = 0) {
  IncidentAlertLine alert;
  static std::uint32_t number = 0;
  alert.number = number++;
  alert.id = std::to_string(alert.number);
  alert.rule_id = alert.title = std::move(rule);
  alert.confidence = {confidence, confidence / 2, std::min(0.99, confidence * 2)};
  alert.verdict = verdict;
  alert.stage = stage;
  return alert;
}

Incident of(std::vector<IncidentAlertLine> alerts, Criticality criticality = Criticality::kUnknown) {
  Incident incident;
  incident.alerts = std::move(alerts);
  weigh_incident(incident, criticality);
  return incident;
}

TEST(IncidentConfidence, IsThatOfTheSurestRaisedByFurtherRules) {
  EXPECT_NEAR(of({line("a", 0.3)}).confidence.mean, 0.3, 1e-12);
  EXPECT_NEAR(of({line("a", 0.3), line("a", 0.2), line("a", 0.3)}).confidence.mean, 0.3, 1e-12) << "the same rule again";
  EXPECT_NEAR(of({line("b", 0.2), line("a", 0.3)}).confidence.mean, 1 - 0.7 * std::sqrt(0.8), 1e-12);
  const Incident three = of({line("c", 0.1), line("a", 0.3), line("b", 0.2)});
  EXPECT_NEAR(three.confidence.mean, 1 - 0.7 * std::sqrt(0.8) * std::pow(0.9, 0.25), 1e-12);
  EXPECT_EQ(three.surest, three.alerts[1].id);
  EXPECT_TRUE(three.confidence.low < three.confidence.mean && three.confidence.mean < three.confidence.high);
  double sum = 0;
  for (const EvidenceItem& item : three.evidence) sum += item.weight;
  EXPECT_NEAR(sum, log_odds(three.confidence.mean), 1e-12);
  // However many: not more than two that were as sure and independent.
  std::vector<IncidentAlertLine> many;
  for (int i = 0; i < 100; ++i) many.push_back(line("rule " + std::to_string(i), 0.3));
  EXPECT_LE(of(many).confidence.mean, 1 - 0.7 * 0.7);
  EXPECT_EQ(of(many).evidence.size(), kIncidentRulesMax);
}

TEST(IncidentConfidence, PeopleCountForTheLossAndNotForTheConfidence) {
  const Incident harmless = of({line("a", 0.9, Verdict::kBenign), line("b", 0.1)});
  EXPECT_GT(harmless.confidence.mean, 0.9);
  EXPECT_NEAR(harmless.judged, 0.1, 1e-12);
  EXPECT_EQ(harmless.by_verdict[static_cast<std::size_t>(Verdict::kBenign)], 1u);
  const Incident attack = of({line("a", 0.01, Verdict::kTruePositive)});
  EXPECT_NEAR(attack.confidence.mean, 0.01, 1e-12);
  EXPECT_GT(attack.judged, 0.99);
  EXPECT_EQ(of({line("a", 0.5, Verdict::kFalsePositive)}).loss, 0);
}

TEST(IncidentConfidence, LossIsConfidenceCriticalityAndStage) {
  EXPECT_NEAR(of({line("a", 0.2)}).loss, 0.2, 1e-12);
  EXPECT_NEAR(of({line("a", 0.2, Verdict::kNone, 15)}, Criticality::kCritical).loss, 0.2 * 4 * 3, 1e-12);
  EXPECT_NEAR(of({line("a", 0.2, Verdict::kNone, 4), line("a", 0.05, Verdict::kNone, 15)}).loss, 0.2, 1e-12) << "hardly an alert does not say how far it came";
  EXPECT_GT(stage_factor(14), stage_factor(4));
  EXPECT_LT(criticality_factor(Criticality::kLow), criticality_factor(Criticality::kUnknown));
}

TEST(IncidentConfidence, OrderIsByLossThenLevel) {
  std::vector<Incident> incidents(3);
  incidents[0].id = "a";
  incidents[1].id = "b", incidents[1].level = 3;
  incidents[2].id = "c", incidents[2].loss = 0.1;
  sort_by_loss(incidents);
  EXPECT_EQ(incidents[0].id, "c");
  EXPECT_EQ(incidents[1].id, "b");
}

}  // namespace
}  // namespace tocsin::analyze
