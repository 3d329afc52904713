#include "analyze/alert_confidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "analyze/confidence_book.h"
#include "analyze/incident_book.h"
#include "analyze/incident_testing.h"
#include "analyze/track_record.h"

namespace tocsin::analyze {
namespace {

std::vector<IncidentAlert> made_up(unsigned seed, unsigned count = 80) {
  std::mt19937 random(seed);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  std::vector<IncidentAlert> alerts;
  for (unsigned i = 0; i < count; ++i) {
    alerts.push_back(on("a" + std::to_string(1'000 + i), pick(9'000), pick(9) == 0 ? "" : "ws" + std::to_string(pick(6)), pick(2) == 0 ? "" : "user" + std::to_string(pick(4)), static_cast<std::uint8_t>(pick(5))));
    IncidentAlert& alert = alerts.back();
    alert.rule_id = "rule " + std::to_string(pick(9));
    alert.tags = {std::vector<std::string>{"attack.execution", "attack.discovery", "attack.impact"}[pick(3)]};
    alert.facts.status = static_cast<RuleStatus>(pick(6));
    alert.facts.criticality = static_cast<Criticality>(pick(5));
    if (pick(9) == 0) alert.facts.malicious = static_cast<std::uint8_t>(1 + pick(100));
    if (pick(9) == 0) alert.facts.benign_list = "partners";
    if (pick(3) == 0) alert.facts.values[alert.facts.value_count++] = pick(5);
  }
  return alerts;
}

std::vector<AlertVerdict> verdicts_on(const std::vector<IncidentAlert>& alerts, unsigned seed, std::size_t count) {
  std::mt19937 random(seed);
  std::vector<AlertVerdict> verdicts;
  for (std::size_t i = 0; i < count; ++i) {
    const IncidentAlert& alert = alerts[random() % alerts.size()];
    verdicts.push_back({alert.id, static_cast<Verdict>(1 + random() % 3), "", "", static_cast<TimeUs>(i)});
  }
  return verdicts;
}

struct Told {
  std::map<std::string, AlertConfidence> by_id;
  std::string text;
};

Told told(std::vector<IncidentAlert> alerts, const std::vector<AlertVerdict>& verdicts = {}, std::uint32_t calibration_max = UINT32_MAX) {
  IncidentBook book;
  for (IncidentAlert& alert : alerts) EXPECT_TRUE(book.add(std::move(alert)));
  Told told;
  for (const Incident& incident : book.incidents(verdicts, calibration_max)) {
    told.text += incident.id;
    told.text.append(reinterpret_cast<const char*>(&incident.loss), sizeof incident.loss);
    told.text.append(reinterpret_cast<const char*>(&incident.confidence), sizeof incident.confidence);
  }
  for (std::size_t i = 0; i < book.alerts().size(); ++i) {
    const AlertConfidence one = book.confidences().explain(i, book.alerts()[i]);
    told.text.append(reinterpret_cast<const char*>(&one.confidence), sizeof one.confidence);
    for (const EvidenceItem& item : one.evidence) told.text += std::string(item.name) + item.why;
    told.by_id[book.alerts()[i].id] = one;
  }
  return told;
}

TEST(AlertConfidence, WeightsAddUpToTheScoreInAnyOrder) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const std::vector<IncidentAlert> alerts = made_up(seed);
    for (const auto& [id, one] : told(alerts, verdicts_on(alerts, seed, 50)).by_id) {
      double down = one.base, up = 0;
      for (const EvidenceItem& item : one.evidence) {
        down += item.weight;
        EXPECT_NE(item.weight, 0);
        EXPECT_FALSE(item.why.empty()) << item.name;
      }
      for (std::size_t i = one.evidence.size(); i-- > 0;) up += one.evidence[i].weight;
      EXPECT_EQ(down, one.score);
      EXPECT_EQ(up + one.base, one.score);
      EXPECT_TRUE(one.confidence.low <= one.confidence.mean && one.confidence.mean <= one.confidence.high);
      EXPECT_TRUE(one.confidence.low > 0 && one.confidence.high < 1);
    }
  }
}

TEST(AlertConfidence, OrderOfAlertsAndVerdictsDecidesNothing) {
  std::mt19937 random(1);
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::vector<IncidentAlert> alerts = made_up(seed);
    std::vector<AlertVerdict> verdicts = standing_verdicts(verdicts_on(alerts, seed, 60));
    const std::string once = told(alerts, verdicts).text;
    std::ranges::shuffle(alerts, random);
    std::ranges::shuffle(verdicts, random);
    EXPECT_EQ(told(alerts, verdicts).text, once) << seed;
  }
}

TEST(AlertConfidence, WhatComesLaterDecidesNothing) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::vector<IncidentAlert> alerts = made_up(seed);
    std::ranges::sort(alerts, [](const IncidentAlert& a, const IncidentAlert& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
    const Told all = told(alerts);
    const auto half = std::ranges::find_if(alerts.begin() + 40, alerts.end(), [&](const IncidentAlert& alert) { return alert.time != alerts[39].time; });
    for (const auto& [id, one] : told({alerts.begin(), half}).by_id) EXPECT_EQ(one.score, all.by_id.at(id).score) << id;
  }
}

TEST(AlertConfidence, ATruePositiveNeverLowersItsRule) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const std::vector<IncidentAlert> alerts = made_up(seed);
    std::vector<AlertVerdict> verdicts = verdicts_on(alerts, seed, 25);
    std::erase_if(verdicts, [&](const AlertVerdict& verdict) { return verdict.alert == alerts.front().id; });
    const Told before = told(alerts, verdicts, 0);
    verdicts.push_back({alerts.front().id, Verdict::kTruePositive, "", "", 1'000});
    const Told after = told(alerts, verdicts, 0);
    bool any = false;
    for (const IncidentAlert& alert : alerts) {
      if (alert.rule_id != alerts.front().rule_id) continue;
      EXPECT_GE(after.by_id.at(alert.id).score, before.by_id.at(alert.id).score) << seed << ' ' << alert.id;
      any = any || after.by_id.at(alert.id).score > before.by_id.at(alert.id).score;
    }
    EXPECT_TRUE(any);
    EXPECT_EQ(after.by_id.at(alerts.front().id).evidence.size() > 0, true);
  }
}

/// An alert is judged by what is known without its own verdict.
TEST(AlertConfidence, ItsOwnVerdictIsLeftOut) {
  const std::vector<IncidentAlert> alerts = made_up(3);
  const Told before = told(alerts);
  for (const Verdict verdict : {Verdict::kTruePositive, Verdict::kFalsePositive}) {
    const Told after = told(alerts, {{alerts[5].id, verdict, "", "", 0}});
    const auto record = [&](const Told& of) {
      const auto& evidence = of.by_id.at(alerts[5].id).evidence;
      const auto at = std::ranges::find(evidence, "record", &EvidenceItem::name);
      return at == evidence.end() ? 0 : at->weight;
    };
    EXPECT_EQ(record(after), record(before));
  }
}

TEST(AlertConfidence, AVerdictThatIsTakenBackIsNone) {
  const std::vector<IncidentAlert> alerts = made_up(4);
  const std::vector<AlertVerdict> verdicts = {{alerts[0].id, Verdict::kTruePositive, "", "", 1}, {alerts[1].id, Verdict::kBenign, "", "", 2}, {alerts[0].id, Verdict::kNone, "", "", 3}};
  EXPECT_EQ(told(alerts, verdicts).text, told(alerts, {verdicts[1]}).text);
}

/// An earlier version is what it was when there were no more labels.
TEST(AlertConfidence, AnEarlierCalibrationIsUsedAgain) {
  const std::vector<IncidentAlert> alerts = made_up(6, 700);
  const std::vector<AlertVerdict> verdicts = standing_verdicts(verdicts_on(alerts, 6, 600));
  IncidentBook book;
  for (const IncidentAlert& alert : alerts) book.add(alert);
  (void)book.incidents(verdicts);
  ASSERT_GE(book.confidences().calibrator().current().version, 3u);
  const std::string second = book.confidences().calibrator().versions()[2].json();
  (void)book.incidents(verdicts, 2);
  EXPECT_EQ(book.confidences().calibrator().current().json(), second);
  (void)book.incidents(verdicts, 0);
  EXPECT_EQ(book.confidences().calibrator().current().version, 0u);
}

AlertSigns plain() {
  AlertSigns signs;
  signs.rule = 1;
  signs.level = 2;
  signs.status = RuleStatus::kTest;
  signs.has_host = signs.has_account = signs.has_time = signs.has_tactic = true;
  signs.place = 5;
  signs.group = 7;
  signs.gap_here_s = signs.gap_fleet_s = signs.gap_account_s = 60;
  return signs;
}
const std::vector<RuleName> kRules = {{}, {"A rule", 2, RuleStatus::kTest}, {"A grave rule", 4, RuleStatus::kTest}};

TEST(AlertConfidence, WhatIsNotKnownWeighsNothing) {
  const AlertConfidences scorer(kRules);
  const AlertConfidence one = scorer.explain(plain(), {});
  EXPECT_TRUE(one.evidence.empty());
  EXPECT_EQ(one.score, one.base);
  EXPECT_NEAR(one.confidence.mean, kBaseRate, 1e-9);
  EXPECT_TRUE(one.missing.empty());
}

TEST(AlertConfidence, WhatTheLogDoesNotSayWidens) {
  const AlertConfidences scorer(kRules);
  AlertSigns signs = plain();
  const Probability whole = scorer.confidence(signs);
  signs.has_account = signs.has_tactic = false;
  const AlertConfidence less = scorer.explain(signs, {});
  EXPECT_EQ(less.confidence.mean, whole.mean);
  EXPECT_LT(less.confidence.low, whole.low);
  EXPECT_GT(less.confidence.high, whole.high);
  EXPECT_EQ(less.missing, (std::vector<std::string_view>{"account", "tactic"}));
}

TEST(AlertConfidence, IsSurerWithMoreVerdicts) {
  AlertConfidences scorer(kRules, 0);
  const Probability before = scorer.confidence(plain());
  for (std::uint64_t i = 0; i < 200; ++i) {
    AlertSigns signs = plain();
    signs.group = 100 + i;
    signs.place = 300 + i;
    signs.day = static_cast<std::int32_t>(i);
    scorer.judge(signs, i % 33 == 0 ? Verdict::kTruePositive : Verdict::kBenign);
  }
  const Probability after = scorer.confidence(plain());
  EXPECT_NEAR(after.mean, before.mean, 0.01);
  EXPECT_GT(after.low, before.low);
}

TEST(AlertConfidence, EachPieceOfEvidenceHasItsSign) {
  const AlertConfidences scorer(kRules);
  const double base = scorer.score(plain());
  const auto with = [&](auto&& change) {
    AlertSigns signs = plain();
    change(signs);
    return scorer.score(signs) - base;
  };
  EXPECT_GT(with([](AlertSigns& s) { s.level = 4; }), 2);
  EXPECT_GT(with([](AlertSigns& s) { s.gap_here_s = 3 * 86'400; }), 0);
  EXPECT_EQ(with([](AlertSigns& s) { s.gap_here_s = kNever; }), 0) << "nothing was there to compare with";
  EXPECT_GT(with([](AlertSigns& s) { s.gap_here_s = kNever, s.host_days = 5; }), 0);
  EXPECT_LT(with([](AlertSigns& s) { s.usual_here = 50; }), 0);
  EXPECT_LT(with([](AlertSigns& s) { s.fleet_hosts = 10, s.rule_hosts = 8; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.fleet_hosts = 10, s.fleet_days = 3; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.has_new_value = true, s.usual_fleet = 20; }), 0);
  EXPECT_EQ(with([](AlertSigns& s) { s.has_new_value = true, s.usual_fleet = s.usual_new_values = 20; }), 0) << "it always meets new ones";
  EXPECT_GT(with([](AlertSigns& s) { s.gap_account_s = kNever, s.account_days = 5; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.recent_here = 30; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.beside[0] = 2; }), 0);
  EXPECT_EQ(with([](AlertSigns& s) { s.beside[0] = 1; }), 0) << "a rule of the base";
  EXPECT_GT(with([](AlertSigns& s) { s.across[0] = 2; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.around[0] = 2; }), with([](AlertSigns& s) { s.around[0] = 2, s.fleet_hosts = 500; }));
  EXPECT_GT(with([](AlertSigns& s) { s.incident_tactics = 4; }), with([](AlertSigns& s) { s.host_tactics = 2; }));
  EXPECT_GT(with([](AlertSigns& s) { s.malicious = 92; }), with([](AlertSigns& s) { s.malicious = 12; }));
  EXPECT_LT(with([](AlertSigns& s) { s.benign = true; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.criticality = Criticality::kCritical; }), 0);
  EXPECT_GT(with([](AlertSigns& s) { s.account_alerts = 40, s.account_days = 10; }), 0);
  EXPECT_LT(with([](AlertSigns& s) { s.account_alerts = s.account_hour = 40, s.account_days = 10; }), 0);
}

TEST(AlertConfidence, ChangesCrossTheBarAndTheSmallestComesFirst) {
  AlertConfidences scorer(kRules);
  AlertSigns signs = plain();
  signs.beside[0] = 2;
  signs.incident_tactics = 3;
  const double now = scorer.confidence(signs).mean;
  for (const double bar : {now - 0.05, now + 0.05}) {
    const std::vector<Change> changes = scorer.changes_over(bar, signs);
    ASSERT_FALSE(changes.empty()) << bar;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      EXPECT_NE(changes[i].confidence >= bar, now >= bar) << changes[i].words;
      if (i > 0) {
        EXPECT_GE(std::abs(changes[i].weight), std::abs(changes[i - 1].weight));
      }
    }
  }
  const std::vector<Change> fewer = scorer.changes_over(now - 0.001, signs);
  const auto verdict = std::ranges::find_if(fewer, [](const Change& change) { return change.words.starts_with("with 1 more verdict false_positive"); });
  ASSERT_NE(verdict, fewer.end());
  signs.group = 99;
  scorer.judge(signs, Verdict::kFalsePositive);
  AlertSigns other = signs;
  other.group = 7;
  other.place = 6;
  EXPECT_NEAR(scorer.confidence(other).mean, verdict->confidence, 1e-9);
}

/// An attack is judged as ten groups of one rule, and is one attack.
TEST(RuleRecords, VerdictsOfOneDayCountLessThanOfAsManyDays) {
  RuleRecords one_day, many_days;
  AlertSigns other = plain();
  for (std::uint64_t i = 0; i < 10; ++i) {
    AlertSigns signs = plain();
    signs.group = 100 + i;
    one_day.learn(signs, Verdict::kTruePositive);
    signs.day = static_cast<std::int32_t>(i);
    many_days.learn(signs, Verdict::kTruePositive);
  }
  EXPECT_NEAR(many_days.of_rule(other).attacks, kPriorGroups * kBaseRate + 10, 1e-12);
  EXPECT_NEAR(one_day.of_rule(other).attacks, kPriorGroups * kBaseRate + 10 / (1 + 9 * kAlike), 1e-12);
  EXPECT_EQ(one_day.counts_of(1).attacks, 10u);
  other.group = 104;  // its own is left out
  EXPECT_NEAR(one_day.of_rule(other).attacks, kPriorGroups * kBaseRate + 9 / (1 + 8 * kAlike), 1e-12);
  // One more attack never lowers, whatever else was judged that day.
  for (int others = 0; others < 20; ++others) {
    const double before = one_day.mean_of(1, kRules[1]);
    AlertSigns signs = plain();
    signs.group = 200 + static_cast<std::uint64_t>(others);
    one_day.learn(signs, others % 2 == 0 ? Verdict::kBenign : Verdict::kTruePositive);
    EXPECT_EQ(one_day.mean_of(1, kRules[1]) > before, others % 2 != 0);
  }
}

TEST(RuleRecords, TheGravestVerdictSpeaksForAGroup) {
  RuleRecords records;
  AlertSigns signs = plain(), other = plain();
  other.group = 8;
  EXPECT_TRUE(records.learn(signs, Verdict::kBenign).is_new);
  EXPECT_FALSE(records.learn(signs, Verdict::kTruePositive).is_new);
  EXPECT_EQ(records.learn(signs, Verdict::kFalsePositive).verdict, Verdict::kTruePositive);
  EXPECT_EQ(records.counts_of(1).attacks, 1u);
  EXPECT_EQ(records.counts_of(1).others, 0u);
  EXPECT_EQ(records.of_rule(signs).attacks, kPriorGroups * kBaseRate);
  EXPECT_EQ(records.of_rule(other).attacks, kPriorGroups * kBaseRate + 1);
}

}  // namespace
}  // namespace tocsin::analyze
