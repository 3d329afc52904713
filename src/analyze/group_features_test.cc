#include <gtest/gtest.h>

#include "analyze/feature_twin.h"
#include "analyze/group_history.h"
#include "analyze/made_up_alerts.h"
#include "analyze/neighbour_evidence.h"

namespace tocsin::analyze {
namespace {

void compare_with_twin(const std::vector<MadeUpAlert>& alerts, unsigned seed) {
  MadeUpScenario made;
  ASSERT_TRUE(made.fill(alerts));
  const std::vector<AlertGroup>& groups = made.groups.groups();
  const FeatureTwin twin(made.names, groups);
  std::mt19937 random(seed);
  std::vector<double> evidence;
  for (std::size_t i = 0; i < groups.size(); ++i) evidence.push_back(rounded_evidence(static_cast<double>(random() % 9000) / 1000 - 4));
  NeighbourEvidence neighbours;
  std::vector<GroupFeatures> features;
  std::size_t at = 0;
  for_each_window(groups, [&](std::span<const AlertGroup> window) {
    const auto contexts = std::span(made.scenario.contexts).subspan(at, window.size());
    neighbours.take(window, contexts, std::span(evidence).subspan(at, window.size()), features);
    for (std::size_t i = 0; i < window.size(); ++i, ++at) {
      const GroupContext slow = twin.context(at);
      ASSERT_EQ(contexts[i].situation, slow.situation) << "group " << at << " seed " << seed;
      const GroupFeatures wanted = twin.features(at, evidence);
      for (std::size_t f = 0; f < kFeatures; ++f) ASSERT_NEAR(features[i][f], wanted[f], 1e-8) << name_of(static_cast<Feature>(f)) << " of group " << at << " seed " << seed;
    }
  });
  ASSERT_EQ(at, groups.size());
}

TEST(GroupFeatures, AsTheirDefinitionsSay) {
  for (unsigned seed = 1; seed <= 8; ++seed) compare_with_twin(made_up_alerts(seed, 700), seed);
}

TEST(GroupFeatures, WithLongPausesAndTimesBefore1970) {
  for (unsigned seed = 20; seed < 24; ++seed) {
    std::vector<MadeUpAlert> alerts = made_up_alerts(seed, 300, -200'000);
    for (std::size_t i = 0; i < alerts.size(); ++i) alerts[i].time_s += static_cast<std::int64_t>(i / 60) * 86'400 * 5;  // twelve days and more between some
    compare_with_twin(alerts, seed);
  }
}

TEST(GroupFeatures, TheSameInAnyOrderOfNames) {
  const std::vector<MadeUpAlert> alerts = made_up_alerts(3, 3'000);
  std::vector<MadeUpAlert> renamed = alerts;
  for (MadeUpAlert& alert : renamed) {
    alert.host = std::string(1, static_cast<char>('z' - (alert.host.back() - '0')));
    alert.rule = alert.rule.substr(0, 1) == "F" ? std::string(1, static_cast<char>('9' - (alert.rule[1] - '0'))) + "-" + alert.rule.substr(3) : "0" + alert.rule;
  }
  MadeUpScenario one, other;
  ASSERT_TRUE(one.fill(alerts));
  ASSERT_TRUE(other.fill(renamed));
  TrackRecord of_one, of_other;
  of_one.learn(one.names, one.groups.groups(), one.scenario.contexts);
  of_other.learn(other.names, other.groups.groups(), other.scenario.contexts);
  std::vector<GroupFeatures> a = features_of(one.scenario, of_one), b = features_of(other.scenario, of_other);
  std::ranges::sort(a);
  std::ranges::sort(b);
  EXPECT_EQ(a, b);
}

TEST(GroupHistory, AWindowOfTooManyGroupsIsRefused) {
  AlertNames names;
  ASSERT_TRUE(names.rule("R"));
  const std::vector<AlertGroup> window(kWindowGroupsMax + 1);
  GroupHistory history(names);
  std::vector<GroupContext> contexts;
  const Status status = history.take(window, contexts);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kLimit);
}

/// Of the pairs that are remembered all but the last day's are let go before that is an error.
TEST(GroupHistory, RemembersSoManyPairsAndForgetsTheOldOnes) {
  AlertNames names;
  ASSERT_TRUE(names.rule("R"));
  GroupHistory history(names);
  std::vector<GroupContext> contexts;
  std::vector<AlertGroup> window(1u << 19);
  const auto take = [&](std::int64_t start_s, std::uint32_t first_host) {
    for (std::uint32_t i = 0; i < window.size(); ++i) window[i] = {start_s, first_host + i, 0, 1, Verdict::kNone};
    return history.take(window, contexts);
  };
  std::int64_t now_s = 0;
  std::uint32_t host = 0;
  const auto lot = static_cast<std::uint32_t>(window.size());
  for (; host + lot <= kHistoryPairsMax; now_s += 300, host += lot) ASSERT_TRUE(take(now_s, host));
  ASSERT_FALSE(take(now_s, host));
  EXPECT_TRUE(take(now_s + kHistorySpanSeconds + 300, host));
}

}  // namespace
}  // namespace tocsin::analyze
