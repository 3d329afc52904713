#include "analyze/confidence_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "analyze/group_lines.h"
#include "analyze/made_up_alerts.h"
#include "analyze/model_file.h"

namespace tocsin::analyze {
namespace {

using Kind = ConfidenceModel::Kind;

/// Scenarios of seeds; they stay where they are.
std::deque<MadeUpScenario> made_up_scenarios(unsigned first, unsigned count, std::size_t alerts = 2'000) {
  std::deque<MadeUpScenario> all;
  for (unsigned seed = first; seed < first + count; ++seed) EXPECT_TRUE(all.emplace_back().fill(made_up_alerts(seed, alerts)));
  return all;
}

Result<ConfidenceModel> taught(const std::deque<MadeUpScenario>& made) {
  std::vector<Scenario> scenarios;
  for (const MadeUpScenario& one : made) scenarios.push_back(one.scenario);
  return ConfidenceModel::fit(scenarios);
}

/// What `tocsin score` prints.
std::string lines(const ConfidenceModel& model, const MadeUpScenario& made) {
  std::string out;
  GroupScorer scorer(model, made.names);
  std::vector<ScoredGroup> scored;
  for_each_window(made.groups.groups(), [&](std::span<const AlertGroup> window) {
    EXPECT_TRUE(scorer.take(window, scored));
    for (std::size_t i = 0; i < window.size(); ++i) append_group_line(out, model, made.names, window[i], scored[i]);
  });
  return out;
}

std::vector<double> confidences(const ConfidenceModel& model, const MadeUpScenario& made) {
  std::vector<double> all;
  for (const GroupFeatures& features : features_of(made.scenario, model.record())) all.push_back(model.confidence(features).confidence);
  return all;
}

TEST(TrackRecord, IsSmoothedByTheOneAbove) {
  TrackRecord record;
  SituationTallies tallies{};
  tallies[kRecent] = {1, 4};
  record.add("F-a", tallies);
  tallies[kRecent] = {0, 6};
  record.add("F-b", tallies);
  const double base = 0.1, family = (1 + 20 * base) / (10 + 20), rule = (1 + 10 * family) / (4 + 10), here = (1 + 3 * rule) / (4 + 3);
  EXPECT_DOUBLE_EQ(record.base_rate(), base);
  EXPECT_DOUBLE_EQ(record.probability("F-a", kRecent), here);
  EXPECT_DOUBLE_EQ(record.probability("F-a", kNewHost), rule);
  EXPECT_DOUBLE_EQ(record.probability("F-c", kRecent), family);
  EXPECT_DOUBLE_EQ(record.probability("other", kRecent), base);
  EXPECT_NEAR(record.evidence_of("F-a")[kRecent], std::log(here / (1 - here)) - std::log(base / (1 - base)), kEvidenceStep);
}

TEST(TrackRecord, OfOneKindAloneIsStillNoCertainty) {
  TrackRecord record;
  SituationTallies tallies{};
  tallies[kRecent] = {0, 50};
  record.add("F-a", tallies);
  EXPECT_GT(record.base_rate(), 0);
  EXPECT_TRUE(std::isfinite(record.evidence_of("F-a")[kRecent]));
}

TEST(ConfidenceModel, SaysWhatItWasTaughtWith) {
  EXPECT_EQ(ConfidenceModel().kind(), Kind::kPrior);
  EXPECT_EQ(taught(made_up_scenarios(1, 1))->kind(), Kind::kRecord);
  EXPECT_EQ(taught(made_up_scenarios(1, 2))->kind(), Kind::kUncalibrated);
  EXPECT_EQ(taught(made_up_scenarios(1, 3))->kind(), Kind::kCalibrated);
}

TEST(ConfidenceModel, NeedsBothKindsOfVerdicts) {
  EXPECT_FALSE(ConfidenceModel::fit({}));
  std::vector<MadeUpAlert> alerts = made_up_alerts(1, 500);
  for (const Verdict verdict : {Verdict::kNone, Verdict::kFalsePositive, Verdict::kTruePositive}) {
    for (MadeUpAlert& alert : alerts) alert.verdict = verdict;
    std::deque<MadeUpScenario> made;
    ASSERT_TRUE(made.emplace_back().fill(alerts));
    const auto model = taught(made);
    ASSERT_FALSE(model);
    EXPECT_EQ(model.error().code, Code::kInvalid);
  }
}

TEST(ConfidenceModel, LearnsWhatAnAttackLooksLike) {
  const auto model = taught(made_up_scenarios(1, 4));
  ASSERT_TRUE(model);
  MadeUpScenario held_out;
  ASSERT_TRUE(held_out.fill(made_up_alerts(99, 2'000)));
  const std::vector<double> all = confidences(*model, held_out);
  double attacks = 0, others = 0, of_attacks = 0, of_others = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_attack = held_out.groups.groups()[i].verdict == Verdict::kTruePositive;
    (is_attack ? attacks : others) += 1;
    (is_attack ? of_attacks : of_others) += all[i];
  }
  EXPECT_GT(of_attacks / attacks, 2 * of_others / others);
}

TEST(ConfidenceModel, WeightsAddUpToTheConfidence) {
  for (const unsigned count : {0u, 1u, 2u, 3u}) {
    const ConfidenceModel model = count == 0 ? ConfidenceModel() : *taught(made_up_scenarios(1, count));
    MadeUpScenario held_out;
    ASSERT_TRUE(held_out.fill(made_up_alerts(99, 500)));
    for (const GroupFeatures& features : features_of(held_out.scenario, model.record())) {
      const Confidence confidence = model.confidence(features);
      double sum = confidence.base;
      for (const double weight : confidence.weights) sum += weight;
      ASSERT_NEAR(log_odds(confidence.confidence), sum, 1e-7);
      ASSERT_GT(confidence.confidence, 0);
      ASSERT_LT(confidence.confidence, 1);
    }
  }
}

TEST(ConfidenceModel, OfOneScenarioIsTheRecord) {
  const std::deque<MadeUpScenario> made = made_up_scenarios(1, 1);
  const ConfidenceModel model = *taught(made);
  const std::vector<double> all = confidences(model, made[0]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_NEAR(all[i], model.record().probability(made[0].names.rules().name(made[0].groups.groups()[i].rule), made[0].scenario.contexts[i].situation), 1e-9);
  }
}

/// Files in another order, hosts and rules with other names, everything two days later: not one bit is different.
TEST(ConfidenceModel, NamesAndOrderDecideNothing) {
  std::deque<MadeUpScenario> made, changed;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    std::vector<MadeUpAlert> alerts = made_up_alerts(seed, 1'000);
    ASSERT_TRUE(made.emplace_back().fill(alerts));
    for (MadeUpAlert& alert : alerts) {
      alert.time_s += 2 * 86'400;
      alert.host = "z" + std::to_string(9 - (alert.host.back() - '0')) + alert.host;
      alert.rule = std::string(1, static_cast<char>('Z' - alert.rule[0] % 7 - alert.rule[1] % 5)) + alert.rule;
    }
    std::ranges::shuffle(alerts, std::mt19937(seed));
    ASSERT_TRUE(changed.emplace_front().fill(alerts));
  }
  std::vector<double> a = confidences(*taught(made), made[0]), b = confidences(*taught(changed), changed[3]);
  std::ranges::sort(a);
  std::ranges::sort(b);
  EXPECT_EQ(a, b);
}

TEST(ConfidenceModel, TheFutureChangesNothing) {
  const ConfidenceModel model = *taught(made_up_scenarios(1, 3));
  std::vector<MadeUpAlert> alerts = made_up_alerts(50, 1'500);
  MadeUpScenario whole, cut;
  ASSERT_TRUE(whole.fill(alerts));
  const std::int64_t end_s = window_of(alerts[900].time_s);
  std::erase_if(alerts, [&](const MadeUpAlert& alert) { return alert.time_s >= end_s; });
  ASSERT_TRUE(cut.fill(alerts));
  const std::string before = lines(model, cut);
  EXPECT_GT(before.size(), 1'000u);
  EXPECT_TRUE(lines(model, whole).starts_with(before));
}

TEST(ModelFile, ReadsBackToTheSameNumbers) {
  MadeUpScenario held_out;
  ASSERT_TRUE(held_out.fill(made_up_alerts(99, 500)));
  for (const unsigned count : {0u, 1u, 2u, 3u}) {
    const ConfidenceModel model = count == 0 ? ConfidenceModel() : *taught(made_up_scenarios(1, count));
    const std::string text = model_text(model);
    const auto again = read_model(text);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(model_text(*again), text);
    EXPECT_EQ(lines(*again, held_out), lines(model, held_out));
  }
}

TEST(ModelFile, WhatIsNoneIsRefused) {
  const std::string text = model_text(*taught(made_up_scenarios(1, 3)));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_EQ(read_model(with("confidence-model/1", "confidence-model/2")).error().code, Code::kUnsupported);
  for (const std::string& bad : {std::string(), std::string("[]"), std::string("{}"), text.substr(0, text.size() / 2), with("\"calibrated\"", "\"best\""), with("\"calibrated\"", "\"record\""),
                                 with("\"slope\":", "\"slope\":-"), with("\"intercept\":", "\"intercept\":1e300,\"x\":"), with("\"deviation\":", "\"deviation\":0,\"x\":"), with("\"own\"", "\"mine\""),
                                 with("\"weights\":[", "\"weights\":[0,"), with("\"weights\":[", "\"weights\":[\"a\","), with("\"tallies\":[", "\"tallies\":[9,"), with("\"rules\":[", "\"rules\":[{},"),
                                 with("\"features\":[", "\"features\":[],\"x\":[")}) {
    EXPECT_FALSE(read_model(bad)) << bad.substr(0, 200);
  }
  EXPECT_FALSE(read_model(with("\"tallies\":[", "\"tallies\":[5,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],\"x\":[")));
  EXPECT_EQ(read_model(std::string(kModelBytesMax + 1, ' ')).error().code, Code::kLimit);
}

TEST(ModelFile, MoreRulesThanTheLimitAreRefused) {
  std::string text = R"({"format":"tocsin.confidence-model/1","kind":"record","intercept":0,"slope":1,"offset":0,"features":[],"rules":[)";
  for (std::size_t i = 0; i <= kAlertRulesMax; ++i) {
    text += (i > 0 ? ",{\"name\":\"" : "{\"name\":\"") + std::to_string(i) + R"(","tallies":[0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]})";
  }
  EXPECT_EQ(read_model(text + "]}").error().code, Code::kLimit);
}

TEST(GroupLines, SayWhyInTheOrderOfWeight) {
  const std::deque<MadeUpScenario> made = made_up_scenarios(1, 3);
  const ConfidenceModel model = *taught(made);
  const std::string line = lines(model, made[0]).substr(0, lines(model, made[0]).find('\n'));
  EXPECT_TRUE(line.starts_with("{\"rule\":\"")) << line;
  EXPECT_TRUE(line.ends_with("nothing beside it and nothing before\"}]}")) << line;
  double last = 1e9;
  std::size_t items = 0;
  for (std::size_t at = line.find("\"weight\":"); at != std::string::npos; at = line.find("\"weight\":", at + 1), ++items) {
    const double weight = std::abs(std::stod(line.substr(at + 9)));
    const bool is_base = line.find("\"name\":\"base\"") < at;
    EXPECT_TRUE(is_base || weight <= last) << line;
    last = weight;
  }
  EXPECT_GE(items, 3u);  // what moves nothing is left out
}

}  // namespace
}  // namespace tocsin::analyze
