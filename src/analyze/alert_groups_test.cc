#include "analyze/alert_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "analyze/made_up_alerts.h"

namespace tocsin::analyze {
namespace {

using Key = std::tuple<std::int64_t, std::string, std::string>;

std::vector<std::pair<Key, std::pair<std::uint64_t, Verdict>>> grouped(const std::vector<MadeUpAlert>& alerts) {
  AlertNames names;
  AlertGroups groups(names);
  for (const MadeUpAlert& alert : alerts) EXPECT_TRUE(groups.add(alert.brief()));
  EXPECT_TRUE(groups.finish());
  std::vector<std::pair<Key, std::pair<std::uint64_t, Verdict>>> all;
  for (const AlertGroup& group : groups.groups()) {
    all.push_back({{group.start_s, std::string(names.hosts().name(group.host)), std::string(names.rules().name(group.rule))}, {group.alerts, group.verdict}});
  }
  return all;
}

TEST(AlertGroups, WindowsBeginAtMultiplesOfFiveMinutes) {
  EXPECT_EQ(window_of(0), 0);
  EXPECT_EQ(window_of(299), 0);
  EXPECT_EQ(window_of(300), 300);
  EXPECT_EQ(window_of(-1), -300);
  EXPECT_EQ(window_of(-300), -300);
}

TEST(AlertGroups, AsATreeCountsThemInAnyOrder) {
  std::vector<MadeUpAlert> alerts = made_up_alerts(1, 20'000);
  std::map<Key, std::pair<std::uint64_t, Verdict>> slow;
  for (const MadeUpAlert& alert : alerts) {
    auto& group = slow[{window_of(alert.time_s), alert.host, alert.rule}];
    ++group.first;
    group.second = std::max(group.second, alert.verdict);
  }
  const std::vector<std::pair<Key, std::pair<std::uint64_t, Verdict>>> wanted(slow.begin(), slow.end());
  EXPECT_EQ(grouped(alerts), wanted);
  std::ranges::shuffle(alerts, std::mt19937(2));
  EXPECT_EQ(grouped(alerts), wanted);
}

TEST(AlertGroups, OneTruePositiveSpeaksForItsGroup) {
  const auto groups = grouped({{"R", "h", 10, Verdict::kNone}, {"R", "h", 20, Verdict::kTruePositive}, {"R", "h", 30, Verdict::kFalsePositive}, {"R", "i", 30, Verdict::kBenign}});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].second, std::pair(std::uint64_t{3}, Verdict::kTruePositive));
  EXPECT_EQ(groups[1].second.second, Verdict::kBenign);
}

TEST(AlertGroups, FamiliesAreNamesBeforeTheLastDash) {
  EXPECT_EQ(family_name("A-Aud-Com4"), "A-Aud");
  EXPECT_EQ(family_name("whole"), "whole");
  EXPECT_EQ(family_name("-"), "");
  AlertNames names;
  const std::uint32_t a = *names.rule("A-x"), b = *names.rule("A-y"), c = *names.rule("A");
  EXPECT_EQ(names.family_of(a), names.family_of(b));
  EXPECT_EQ(names.family_of(a), names.family_of(c));
  EXPECT_NE(names.family_of(a), names.family_of(*names.rule("B-x")));
}

TEST(AlertGroups, AMillionHostsAreGroupedAndMoreThanTheLimitAreNot) {
  AlertNames names;
  AlertGroups groups(names);
  for (std::size_t i = 0; i < 1'000'000; ++i) ASSERT_TRUE(groups.add({"R", std::to_string(i), static_cast<std::int64_t>(i % 3 * 300), Verdict::kNone, {}}));
  ASSERT_TRUE(groups.finish());
  EXPECT_EQ(groups.groups().size(), 1'000'000u);
  Status status;
  for (std::size_t i = 1'000'000; i <= kAlertHostsMax && status; ++i) {
    const Result<std::uint32_t> host = names.host(std::to_string(i));
    if (!host) status = host.error();
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kLimit);
}

TEST(AlertGroups, RulesAndBytesOfNamesHaveTheirLimit) {
  AlertNames names;
  for (std::size_t i = 0; i < kAlertRulesMax; ++i) ASSERT_TRUE(names.rule(std::to_string(i)));
  EXPECT_EQ(names.rule("one more").error().code, Code::kLimit);
  AlertNames heavy;
  const std::string name(1 << 20, 'x');
  bool is_refused = false;
  for (int i = 0; i < 300 && !is_refused; ++i) is_refused = !heavy.host(std::to_string(i) + name);
  EXPECT_TRUE(is_refused);
}

}  // namespace
}  // namespace tocsin::analyze
