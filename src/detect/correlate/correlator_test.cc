// What docs/sigma-correlations.md decides, one test for each decision.
#include "detect/correlate/correlator.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "detect/correlate/testing.h"

namespace tocsin::correlate {
namespace {

using sigma::Correlation;
using testing::Collected;
using testing::events;
using testing::Fields;
using testing::hit;
using testing::kSecond;
using Type = Correlation::Type;
using Op = Correlation::Bound::Op;

/// Over the rules named, by user, within so many seconds.
Correlation correlation(Type type, std::vector<std::string> rules, std::int64_t seconds,
                        std::vector<Correlation::Bound> bounds = {}) {
  Correlation made;
  made.type = type;
  made.rules = std::move(rules);
  made.group_by = {"user"};
  made.timespan_us = seconds * kSecond;
  made.bounds = std::move(bounds);
  if (type != Type::kEventCount && type != Type::kTemporal && type != Type::kTemporalOrdered) made.value_fields = {"v"};
  return made;
}

Correlation temporal(Type type, std::vector<std::string> rules, std::int64_t seconds) {
  const auto all = static_cast<double>(rules.size());
  return correlation(type, std::move(rules), seconds, {{Op::kGte, all}});
}

Hit valued(std::uint32_t rule, std::int64_t seconds, std::uint64_t index, const std::string& value) {
  return hit(rule, seconds, index, {{"user", "ann"}, {"v", value}});
}

std::vector<CorrelationAlert> run(const sigma::RuleSet& set, const std::vector<Hit>& hits, Correlator::Options options = {},
                                  CorrelatorStats* stats = nullptr) {
  Correlator correlator(set, options);
  Collected sink;
  for (const Hit& each : hits) correlator.add(each, sink);
  correlator.finish(sink);
  if (stats != nullptr) *stats = correlator.stats();
  return std::move(sink.alerts);
}

std::vector<std::string> all_events(const std::vector<CorrelationAlert>& alerts) {
  std::vector<std::string> out;
  for (const CorrelationAlert& alert : alerts) out.push_back(events(alert));
  return out;
}

using Texts = std::vector<std::string>;

// -- windows

TEST(Correlate, WindowsSlideAndHoldBothEnds) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 3}})});
  // 0 to 10 is a window; it did not begin at a full ten seconds.
  EXPECT_EQ(all_events(run(set, {hit(0, 7, 1), hit(0, 9, 2), hit(0, 17, 3)})), Texts{"1 2 3"});
  EXPECT_EQ(all_events(run(set, {hit(0, 7, 1), hit(0, 9, 2), hit(0, 18, 3)})), Texts{});
  EXPECT_EQ(all_events(run(set, {hit(0, 0, 1), hit(0, 9, 2), hit(0, 18, 3), hit(0, 19, 4)})), Texts{"2 3 4"});
}

TEST(Correlate, GroupsAreApart) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 2}})});
  const std::vector<Hit> hits = {hit(0, 1, 1, {{"user", "ann"}}), hit(0, 2, 2, {{"user", "Ann"}}), hit(0, 3, 3, {{"user", "bob"}}),
                                 hit(0, 4, 4, {{"user", "ann"}})};
  const auto alerts = run(set, hits);
  ASSERT_EQ(all_events(alerts), Texts{"1 4"});
  EXPECT_EQ(alerts[0].group, (Fields{{"user", "ann"}}));
  EXPECT_EQ(alerts[0].time, 4 * kSecond);
  EXPECT_EQ(alerts[0].value, 2);
}

TEST(Correlate, GroupValuesDoNotRunTogether) {
  auto by_two = correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 2}});
  by_two.group_by = {"a", "b"};
  const auto set = testing::rules(1, {by_two});
  EXPECT_EQ(run(set, {hit(0, 1, 1, {{"a", "x"}, {"b", "yz"}}), hit(0, 2, 2, {{"a", "xy"}, {"b", "z"}})}).size(), 0u);
}

TEST(Correlate, AMissingGroupFieldLeavesTheHitOut) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 2}})});
  CorrelatorStats stats;
  EXPECT_EQ(run(set, {hit(0, 1, 1, {}), hit(0, 2, 2, {})}, {}, &stats).size(), 0u);
  EXPECT_EQ(stats.correlations[0].ungrouped, 2u);
  // An empty text is a value like any other.
  EXPECT_EQ(run(set, {hit(0, 1, 1, {{"user", ""}}), hit(0, 2, 2, {{"user", ""}})}).size(), 1u);
}

TEST(Correlate, WithoutGroupByThereIsOneGroup) {
  auto all = correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 2}});
  all.group_by = {};
  EXPECT_EQ(run(testing::rules(1, {all}), {hit(0, 1, 1, {}), hit(0, 2, 2, {{"user", "ann"}})}).size(), 1u);
}

TEST(Correlate, AHitWithoutTimeIsCounted) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 1}})});
  Hit untimed = hit(0, 0, 1);
  untimed.time = kNoTime;
  CorrelatorStats stats;
  EXPECT_EQ(run(set, {untimed}, {}, &stats).size(), 0u);
  EXPECT_EQ(stats.unplaced, 1u);
}

TEST(Correlate, RulesThatNothingRefersToAreNotWanted) {
  const auto set = testing::rules(2, {correlation(Type::kEventCount, {"r1"}, 10, {{Op::kGte, 1}})});
  const Correlator correlator(set, {});
  EXPECT_FALSE(correlator.wants(0));
  EXPECT_TRUE(correlator.wants(1));
  CorrelatorStats stats;
  EXPECT_EQ(run(set, {hit(0, 1, 1)}, {}, &stats).size(), 0u);
  EXPECT_EQ(stats.unreferenced, 1u);
}

// -- how often

TEST(Correlate, AMatchUsesItsHitsUp) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 100, {{Op::kGte, 3}})});
  std::vector<Hit> hits;
  for (std::uint64_t i = 0; i < 7; ++i) hits.push_back(hit(0, static_cast<std::int64_t>(i), i));
  EXPECT_EQ(all_events(run(set, hits)), (Texts{"0 1 2", "3 4 5"}));
}

TEST(Correlate, AFloodMakesFewAlertsAndIsNotHidden) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 600, {{Op::kGte, 10}})});
  std::vector<Hit> flood;
  for (std::uint64_t i = 0; i < 10'000; ++i) flood.push_back(hit(0, static_cast<std::int64_t>(i / 20), i));
  CorrelatorStats stats;
  const auto alerts = run(set, flood, {}, &stats);
  ASSERT_EQ(alerts.size(), 10u);  // matches 1, 2, 4 … 512 of 1,000
  EXPECT_EQ(events(alerts[0]), "0 1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(alerts[0].folded, 0u);
  EXPECT_EQ(alerts[1].folded, 0u);
  EXPECT_EQ(alerts[2].folded, 1u);
  EXPECT_EQ(alerts[9].folded, 255u);
  EXPECT_EQ(stats.correlations[0].matches, 1'000u);
  EXPECT_EQ(stats.correlations[0].folded, 990u);

  // One failure a second for a day: at least one alert in every timespan.
  std::vector<Hit> day;
  for (std::uint64_t i = 0; i < 86'400; ++i) day.push_back(hit(0, static_cast<std::int64_t>(i), i));
  const auto all_day = run(set, day);
  TimeUs last = 0;
  for (const CorrelationAlert& alert : all_day) {
    EXPECT_LE(alert.time - last, 611 * kSecond);
    last = alert.time;
  }
  EXPECT_LT(all_day.size(), 170u);
}

TEST(Correlate, AfterATimespanWithoutAMatchANewSeriesBegins) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 1}})});
  std::vector<Hit> hits;
  for (const std::int64_t at : {0, 1, 2, 13, 14, 15}) hits.push_back(hit(0, at, static_cast<std::uint64_t>(at)));
  EXPECT_EQ(all_events(run(set, hits)), (Texts{"0", "1", "13", "14"}));

  // The same where hits that make no match keep the group from being forgotten.
  const auto three = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 3}})});
  hits.clear();
  for (const std::int64_t at : {0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 26, 27, 28, 29, 30}) {
    hits.push_back(hit(0, at, static_cast<std::uint64_t>(at)));
  }
  const auto alerts = run(three, hits);
  EXPECT_EQ(all_events(alerts), (Texts{"0 1 2", "3 4 5", "20 26 27", "28 29 30"}));
  EXPECT_EQ(alerts[2].folded, 0u);
}

TEST(Correlate, AnEventThatFiredDoesNotBeginTheNextSet) {
  const auto set = testing::rules(3, {correlation(Type::kTemporal, {"r0", "r1", "r2"}, 10, {{Op::kGte, 2}})});
  // Event 2 matches r1 and r2; after r1 fired, r2 of the same event is used up too.
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(1, 2, 2), hit(2, 2, 2), hit(0, 3, 3)})), Texts{"1 2"});
}

// -- counts

TEST(Correlate, AnEventCountsOnceWhateverRulesItMatches) {
  const auto set = testing::rules(2, {correlation(Type::kEventCount, {"r0", "r1"}, 10, {{Op::kGte, 2}})});
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(1, 1, 1)}).size(), 0u);
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(1, 1, 1), hit(1, 2, 2)})), Texts{"1 2"});
}

TEST(Correlate, OfAnEventThatSeveralRulesMatchTheFirstIsMeasured) {
  auto sum = correlation(Type::kValueSum, {"r1", "r0"}, 10, {{Op::kGte, 1}});
  sum.value_fields = {"size"};
  sum.aliases = {{"size", {{"r0", "sent"}, {"r1", "received"}}}};
  const auto set = testing::rules(2, {sum});
  const Fields fields = {{"received", "5"}, {"sent", "2"}, {"user", "ann"}};
  // Judged at the event's first hit: then its hits are used up. The order is that of the rule set.
  auto alerts = run(set, {hit(1, 1, 1, fields), hit(0, 1, 1, fields)});
  ASSERT_EQ(all_events(alerts), Texts{"1"});
  EXPECT_EQ(alerts[0].value, 2);
  sum.bounds = {{Op::kLt, 100}};  // judged at the close, when both were there
  alerts = run(testing::rules(2, {sum}), {hit(1, 1, 1, fields), hit(0, 1, 1, fields)});
  ASSERT_EQ(all_events(alerts), Texts{"1"});
  EXPECT_EQ(alerts[0].value, 2);
}

TEST(Correlate, DistinctValuesKeepTheirLatestHit) {
  const auto set = testing::rules(1, {correlation(Type::kValueCount, {"r0"}, 10, {{Op::kGte, 3}})});
  EXPECT_EQ(all_events(run(set, {valued(0, 1, 1, "a"), valued(0, 2, 2, "b"), valued(0, 3, 3, "a"), valued(0, 4, 4, "c")})),
            Texts{"2 3 4"});
  // Because "a" came again at 9, it still stands at 14.
  EXPECT_EQ(run(set, {valued(0, 1, 1, "a"), valued(0, 5, 2, "b"), valued(0, 9, 3, "a"), valued(0, 14, 4, "c")}).size(), 1u);
  EXPECT_EQ(run(set, {valued(0, 1, 1, "a"), valued(0, 5, 2, "b"), valued(0, 14, 4, "c")}).size(), 0u);
}

TEST(Correlate, SeveralFieldsAreCountedAsTuples) {
  auto tuples = correlation(Type::kValueCount, {"r0"}, 10, {{Op::kGte, 2}});
  tuples.value_fields = {"v", "w"};
  const auto set = testing::rules(1, {tuples});
  const auto both = [](std::int64_t at, const char* v, const char* w) {
    return hit(0, at, static_cast<std::uint64_t>(at), {{"user", "ann"}, {"v", v}, {"w", w}});
  };
  EXPECT_EQ(run(set, {both(1, "a", "b"), both(2, "a", "b")}).size(), 0u);
  EXPECT_EQ(run(set, {both(1, "a", "b"), both(2, "b", "a")}).size(), 1u);
  EXPECT_EQ(run(set, {both(1, "a", "bc"), both(2, "ab", "c")}).size(), 1u);
  CorrelatorStats stats;
  EXPECT_EQ(run(set, {both(1, "a", "b"), valued(0, 2, 2, "c")}, {}, &stats).size(), 0u);
  EXPECT_EQ(stats.correlations[0].without_value, 1u);
}

// -- bounds that more hits can break

TEST(Correlate, AnUpperBoundIsJudgedWhenTheWindowCloses) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kLt, 3}})});
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(0, 2, 2)})), Texts{"1 2"});
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(0, 2, 2), hit(0, 11, 3)}).size(), 0u);
  // The window that was judged is used up, so the tail of a flood does not look like a trickle.
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(0, 2, 2), hit(0, 10, 3), hit(0, 11, 4), hit(0, 12, 5)})), Texts{"5"});
}

TEST(Correlate, TheEndClosesAllWindows) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 1'000, {{Op::kLt, 3}})});
  Correlator correlator(set, {.lateness_us = 0});
  Collected sink;
  correlator.add(hit(0, 1, 1, {{"user", "ann"}}), sink);
  correlator.add(hit(0, 500, 2, {{"user", "bob"}}), sink);
  EXPECT_EQ(sink.alerts.size(), 0u);
  correlator.finish(sink);
  EXPECT_EQ(all_events(sink.alerts), (Texts{"1", "2"}));
}

TEST(Correlate, AnUpperBoundWaitsForTheClockToPass) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kLte, 1}})});
  Correlator correlator(set, {.lateness_us = 0});
  Collected sink;
  correlator.add(hit(0, 1, 1), sink);
  correlator.advance(11 * kSecond, sink);
  EXPECT_EQ(sink.alerts.size(), 0u);  // a hit at 11 would still count
  correlator.advance(11 * kSecond + 1, sink);
  EXPECT_EQ(sink.alerts.size(), 1u);
}

TEST(Correlate, ARangeOpensWhenItsLowerEndIsReached) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 3}, {Op::kLt, 5}})});
  // Two hits too early to count slide out; 12, 13, 14 open the window 12 to 22.
  const auto alerts = run(set, {hit(0, 0, 1), hit(0, 1, 2), hit(0, 12, 3), hit(0, 13, 4), hit(0, 14, 5), hit(0, 22, 6)});
  EXPECT_EQ(all_events(alerts), Texts{"3 4 5 6"});
  EXPECT_EQ(run(set, {hit(0, 12, 3), hit(0, 13, 4), hit(0, 14, 5), hit(0, 20, 6), hit(0, 22, 7)}).size(), 0u);
  EXPECT_EQ(run(set, {hit(0, 12, 3), hit(0, 13, 4)}).size(), 0u);
}

TEST(Correlate, EqualAndUnequalAreJudgedAtTheClose) {
  const auto equal = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kEq, 2}})});
  EXPECT_EQ(run(equal, {hit(0, 1, 1)}).size(), 0u);
  EXPECT_EQ(all_events(run(equal, {hit(0, 1, 1), hit(0, 11, 2)})), Texts{"1 2"});
  EXPECT_EQ(run(equal, {hit(0, 1, 1), hit(0, 2, 2), hit(0, 3, 3)}).size(), 0u);
  const auto unequal = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kNeq, 2}})});
  EXPECT_EQ(run(unequal, {hit(0, 1, 1)}).size(), 1u);
  EXPECT_EQ(run(unequal, {hit(0, 1, 1), hit(0, 2, 2)}).size(), 0u);
}

TEST(Correlate, NothingIsNotCounted) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kEq, 0}})});
  EXPECT_EQ(run(set, {hit(0, 1, 1)}).size(), 0u);
  const auto any = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 0}})});
  EXPECT_EQ(run(any, {hit(0, 1, 1)}).size(), 1u);
}

// -- numbers

TEST(Correlate, ASumFiresAtOnce) {
  const auto set = testing::rules(1, {correlation(Type::kValueSum, {"r0"}, 10, {{Op::kGte, 0.3}})});
  const auto alerts = run(set, {valued(0, 1, 1, "0.1"), valued(0, 2, 2, "0.2"), valued(0, 3, 3, "0.1")});
  ASSERT_EQ(all_events(alerts), Texts{"1 2"});
  EXPECT_EQ(alerts[0].value, 0.3);
  // What has left the window leaves nothing behind.
  EXPECT_EQ(run(set, {valued(0, 1, 1, "0.2"), valued(0, 12, 2, "0.2")}).size(), 0u);
  EXPECT_EQ(run(set, {valued(0, 1, 1, "-1e17"), valued(0, 12, 2, "0.2"), valued(0, 13, 3, "0.1")}).size(), 1u);
}

TEST(Correlate, WhatIsNoNumberIsLeftOutAndCounted) {
  const auto set = testing::rules(1, {correlation(Type::kValueSum, {"r0"}, 10, {{Op::kGte, 3}})});
  CorrelatorStats stats;
  const auto alerts = run(set, {valued(0, 1, 1, "many"), hit(0, 2, 2), valued(0, 3, 3, "3")}, {}, &stats);
  EXPECT_EQ(all_events(alerts), Texts{"3"});
  EXPECT_EQ(stats.correlations[0].not_numeric, 1u);
  EXPECT_EQ(stats.correlations[0].without_value, 1u);
}

TEST(Correlate, AnAverageIsThatOfTheWholeWindow) {
  const auto set = testing::rules(1, {correlation(Type::kValueAvg, {"r0"}, 10, {{Op::kGt, 500}})});
  EXPECT_EQ(run(set, {valued(0, 1, 1, "600"), valued(0, 5, 2, "100")}).size(), 0u);  // not at the first hit
  const auto alerts = run(set, {valued(0, 1, 1, "600"), valued(0, 5, 2, "100"), valued(0, 11, 3, "1100")});
  ASSERT_EQ(all_events(alerts), Texts{"1 2 3"});
  EXPECT_EQ(alerts[0].value, 600);
}

TEST(Correlate, MedianAndPercentile) {
  const auto median = testing::rules(1, {correlation(Type::kValueMedian, {"r0"}, 10, {{Op::kEq, 2.5}})});
  EXPECT_EQ(run(median, {valued(0, 1, 1, "4"), valued(0, 2, 2, "1"), valued(0, 3, 3, "3"), valued(0, 4, 4, "2")}).size(), 1u);
  auto high = correlation(Type::kValuePercentile, {"r0"}, 10, {{Op::kGte, 46}});
  high.percentile = 90;
  std::vector<Hit> hits;
  for (const int value : {10, 20, 30, 40, 50}) {
    hits.push_back(valued(0, value / 10, static_cast<std::uint64_t>(value), std::to_string(value)));
  }
  const auto alerts = run(testing::rules(1, {high}), hits);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].value, 46);
}

// -- temporal

TEST(Correlate, TemporalTakesAnyOrder) {
  const auto set = testing::rules(3, {temporal(Type::kTemporal, {"r0", "r1", "r2"}, 10)});
  EXPECT_EQ(all_events(run(set, {hit(2, 1, 1), hit(0, 2, 2), hit(2, 3, 3), hit(1, 11, 4)})), Texts{"2 3 4"});
  EXPECT_EQ(run(set, {hit(2, 1, 1), hit(0, 2, 2), hit(1, 13, 4)}).size(), 0u);
  // One event can be two of them.
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(1, 1, 1), hit(2, 2, 2)})), Texts{"1 2"});
}

TEST(Correlate, ATemporalConditionCountsDistinctRules) {
  const auto set = testing::rules(3, {correlation(Type::kTemporal, {"r0", "r1", "r2"}, 10, {{Op::kGte, 2}})});
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(0, 2, 2)}).size(), 0u);
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(0, 2, 2), hit(2, 3, 3)})), Texts{"2 3"});
}

TEST(Correlate, TemporalOrderedTakesTheOrderOfTheList) {
  const auto set = testing::rules(3, {temporal(Type::kTemporalOrdered, {"r0", "r1", "r2"}, 10)});
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(1, 2, 2), hit(2, 11, 3)})), Texts{"1 2 3"});
  EXPECT_EQ(run(set, {hit(1, 1, 1), hit(0, 2, 2), hit(2, 3, 3)}).size(), 0u);
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(1, 2, 2), hit(2, 12, 3)}).size(), 0u);
}

TEST(Correlate, TheChainThatStartsLatestIsTaken) {
  const auto set = testing::rules(3, {temporal(Type::kTemporalOrdered, {"r0", "r1", "r2"}, 10)});
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(0, 2, 2), hit(1, 3, 3), hit(0, 4, 4), hit(1, 5, 5), hit(0, 6, 6), hit(2, 7, 7)})),
            Texts{"4 5 7"});
  // The first r0 is out of reach by then, the second is not.
  EXPECT_EQ(all_events(run(set, {hit(0, 0, 1), hit(1, 1, 2), hit(0, 8, 3), hit(1, 9, 4), hit(2, 15, 5)})), Texts{"3 4 5"});
  EXPECT_EQ(run(set, {hit(0, 0, 1), hit(1, 9, 2), hit(0, 10, 3), hit(2, 15, 5)}).size(), 0u);
}

TEST(Correlate, EqualTimesStandInTheOrderOfSourceAndIndex) {
  const auto set = testing::rules(2, {temporal(Type::kTemporalOrdered, {"r0", "r1"}, 10)});
  EXPECT_EQ(run(set, {hit(1, 5, 2), hit(0, 5, 1)}).size(), 1u);
  EXPECT_EQ(run(set, {hit(1, 5, 1), hit(0, 5, 2)}).size(), 0u);
  Hit second = hit(1, 5, 1);
  second.event.source = 1;
  EXPECT_EQ(run(set, {second, hit(0, 5, 2)}).size(), 1u);
  // One event is not after itself.
  EXPECT_EQ(run(set, {hit(0, 5, 1), hit(1, 5, 1)}).size(), 0u);
  EXPECT_EQ(all_events(run(set, {hit(0, 4, 0), hit(0, 5, 1), hit(1, 5, 1)})), Texts{"0 1"});
}

TEST(Correlate, AnOrderedConditionCountsTheLongestChain) {
  const auto set = testing::rules(3, {correlation(Type::kTemporalOrdered, {"r0", "r1", "r2"}, 10, {{Op::kGte, 2}})});
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(2, 2, 2)})), Texts{"1 2"});
  EXPECT_EQ(run(set, {hit(2, 1, 1), hit(1, 2, 2), hit(0, 3, 3)}).size(), 0u);
}

// -- chains of correlations

sigma::RuleSet guessed_password(bool inner_reported) {
  auto many = correlation(Type::kEventCount, {"r0"}, 60, {{Op::kGte, 3}});
  many.reported = inner_reported;
  many.id = "many";
  return testing::rules(2, {many, temporal(Type::kTemporalOrdered, {"many", "r1"}, 60)});
}

TEST(Correlate, AMatchIsAHitAtItsLastEvent) {
  const auto alerts =
      run(guessed_password(false), {hit(0, 1, 1), hit(0, 2, 2), hit(0, 3, 3), hit(1, 63, 4)});
  ASSERT_EQ(all_events(alerts), Texts{"1 2 3 4"});
  EXPECT_EQ(alerts[0].correlation, 1u);
  EXPECT_EQ(alerts[0].value, 2);
  EXPECT_EQ(run(guessed_password(false), {hit(0, 1, 1), hit(0, 2, 2), hit(0, 3, 3), hit(1, 64, 4)}).size(), 0u);
  EXPECT_EQ(run(guessed_password(false), {hit(1, 0, 0), hit(0, 1, 1), hit(0, 2, 2), hit(0, 3, 3)}).size(), 0u);
}

TEST(Correlate, WhatOnlyFeedsAnotherIsNotReported) {
  const std::vector<Hit> hits = {hit(0, 1, 1), hit(0, 2, 2), hit(0, 3, 3), hit(1, 4, 4)};
  EXPECT_EQ(run(guessed_password(false), hits).size(), 1u);
  EXPECT_EQ(run(guessed_password(true), hits).size(), 2u);
}

TEST(Correlate, FoldedMatchesStillFeedOtherCorrelations) {
  // The failures go on until shortly before the success; the alert at their beginning is too old by then.
  std::vector<Hit> hits;
  for (std::uint64_t i = 0; i < 150; ++i) hits.push_back(hit(0, static_cast<std::int64_t>(i), i));
  hits.push_back(hit(1, 200, 200));
  const auto alerts = run(guessed_password(true), hits);
  EXPECT_EQ(std::count_if(alerts.begin(), alerts.end(), [](const CorrelationAlert& alert) { return alert.correlation == 1; }), 1);
  EXPECT_EQ(events(alerts.back()), "147 148 149 200");
}

TEST(Correlate, TheOuterGroupComesFromTheInnerOrItsLastEvent) {
  auto inner = correlation(Type::kEventCount, {"r0"}, 60, {{Op::kGte, 2}});
  inner.id = "inner";
  inner.reported = false;
  auto outer = temporal(Type::kTemporal, {"inner", "r1"}, 60);
  outer.group_by = {"host", "user"};
  const auto set = testing::rules(2, {inner, outer});
  const Correlator correlator(set, {});
  EXPECT_EQ(correlator.fields_wanted(0), (std::vector<std::string>{"host", "user"}));
  const auto on = [](std::uint32_t rule, std::int64_t at, const char* host) {
    return hit(rule, at, static_cast<std::uint64_t>(at), {{"host", host}, {"user", "ann"}});
  };
  const auto alerts = run(set, {on(0, 1, "a"), on(0, 2, "b"), on(1, 3, "b")});
  ASSERT_EQ(all_events(alerts), Texts{"1 2 3"});
  EXPECT_EQ(alerts[0].group, (Fields{{"host", "b"}, {"user", "ann"}}));
  EXPECT_EQ(run(set, {on(0, 1, "b"), on(0, 2, "a"), on(1, 3, "b")}).size(), 0u);
}

TEST(Correlate, AMatchThatOnlyACloseDecidesIsAHitAtThatTime) {
  auto few = correlation(Type::kEventCount, {"r0"}, 10, {{Op::kLte, 2}});
  few.id = "few";
  few.reported = false;
  const auto set = testing::rules(2, {few, temporal(Type::kTemporalOrdered, {"r1", "few"}, 60)});
  // The window 1 to 11 closes after r1 at 5, so r1 comes first.
  EXPECT_EQ(all_events(run(set, {hit(0, 1, 1), hit(1, 5, 2)})), Texts{"1 2"});
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(1, 12, 2)}).size(), 0u);
}

TEST(Correlate, HitsBelowTwoBranchesAreNamedOnce) {
  auto left = correlation(Type::kEventCount, {"r0"}, 60, {{Op::kGte, 1}});
  left.id = "left";
  auto right = left;
  right.id = "right";
  left.reported = right.reported = false;
  const auto set = testing::rules(1, {left, right, temporal(Type::kTemporal, {"left", "right"}, 60)});
  const auto alerts = run(set, {hit(0, 1, 1)});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].hits.size(), 1u);
}

TEST(Correlate, ALadderOfCorrelationsIsWalkedOnce) {
  // Each rung stands on both sides of the one below: 2^60 paths lead down from the top.
  std::vector<Correlation> rungs;
  std::string below = "r0";
  for (int i = 0; i < 60; ++i) {
    for (const char* side : {"left", "right"}) {
      rungs.push_back(correlation(Type::kEventCount, {below}, 60, {{Op::kGte, 1}}));
      rungs.back().id = side + std::to_string(i);
      rungs.back().reported = false;
    }
    rungs.push_back(temporal(Type::kTemporal, {"left" + std::to_string(i), "right" + std::to_string(i)}, 60));
    below = rungs.back().id = "rung" + std::to_string(i);
    rungs.back().reported = i == 59;
  }
  EXPECT_EQ(all_events(run(testing::rules(1, rungs), {hit(0, 1, 1)})), Texts{"1"});
}

// -- aliases

TEST(Correlate, AliasesAreResolvedPerRule) {
  auto made = temporal(Type::kTemporal, {"r0", "r1"}, 10);
  made.group_by = {"internal", "remote"};
  made.aliases = {{"internal", {{"r0", "dst"}, {"r1", "src"}}}, {"remote", {{"r0", "src"}, {"r1", "dst"}}}};
  const auto set = testing::rules(2, {made});
  const Correlator correlator(set, {});
  EXPECT_EQ(correlator.fields_wanted(0), (std::vector<std::string>{"dst", "src"}));
  const auto alerts = run(set, {hit(0, 1, 1, {{"src", "6.6.6.6"}, {"dst", "10.0.0.1"}}), hit(1, 2, 2, {{"src", "10.0.0.1"}, {"dst", "6.6.6.6"}})});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].group, (Fields{{"internal", "10.0.0.1"}, {"remote", "6.6.6.6"}}));
  EXPECT_EQ(run(set, {hit(0, 1, 1, {{"src", "10.0.0.1"}, {"dst", "6.6.6.6"}}), hit(1, 2, 2, {{"src", "10.0.0.1"}, {"dst", "6.6.6.6"}})}).size(), 0u);
}

TEST(Correlate, AnAliasWithoutATargetForTheRuleIsAFieldName) {
  auto made = correlation(Type::kEventCount, {"r0", "r1"}, 10, {{Op::kGte, 2}});
  made.group_by = {"who"};
  made.aliases = {{"who", {{"r0", "user"}}}};
  const auto set = testing::rules(2, {made});
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(1, 2, 2, {{"who", "ann"}})}).size(), 1u);
  EXPECT_EQ(run(set, {hit(0, 1, 1), hit(1, 2, 2)}).size(), 0u);
}

// -- what an alert carries

TEST(Correlate, AnAlertCarriesHitsAsTheyCameAndTheUnionOfEntities) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 10, {{Op::kGte, 2}})});
  Hit first = hit(0, 1, 1);
  first.log_source = {"windows", "", "security"};
  first.entities = {{EntityType::kUser, "ann"}, {EntityType::kHost, "a"}};
  Hit second = hit(0, 2, 2);
  second.entities = {{EntityType::kHost, "b"}, {EntityType::kUser, "ann"}};
  const auto alerts = run(set, {second, first});
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].entities,
            (std::vector<AlertEntity>{{EntityType::kHost, "a"}, {EntityType::kHost, "b"}, {EntityType::kUser, "ann"}}));
  ASSERT_EQ(alerts[0].hits.size(), 2u);
  EXPECT_EQ(alerts[0].hits[0].log_source, first.log_source);
  EXPECT_EQ(alerts[0].hits[0].fields, first.fields);
  EXPECT_EQ(alerts[0].hits[0].entities, first.entities);
  EXPECT_EQ(alerts[0].hits[1].log_source, LogSource{});
}

TEST(Correlate, AnAlertNamesSoManyHitsAtMost) {
  const auto set = testing::rules(1, {correlation(Type::kEventCount, {"r0"}, 100, {{Op::kGte, 10'003}})});
  std::vector<Hit> hits;
  for (std::uint64_t i = 0; i < 10'003; ++i) hits.push_back(hit(0, 1, i));
  const auto alerts = run(set, hits);
  ASSERT_EQ(alerts.size(), 1u);
  EXPECT_EQ(alerts[0].hits.size(), kAlertHitsMax);
  EXPECT_EQ(alerts[0].hits_left_out, 3u);
  EXPECT_EQ(alerts[0].value, 10'003);
  EXPECT_EQ(alerts[0].hits.back().event.index, 10'002u);
  EXPECT_EQ(alerts[0].hits[kAlertHitsMax - 2].event.index, kAlertHitsMax - 2);
}

}  // namespace
}  // namespace tocsin::correlate
