// Lateness and memory: what the engine does when hits come in disorder, and when there are too many.
#include <gtest/gtest.h>

#include <algorithm>

#include "detect/correlate/testing.h"

namespace tocsin::correlate {
namespace {

using sigma::Correlation;
using testing::Collected;
using testing::events;
using testing::hit;
using testing::kSecond;
using Op = Correlation::Bound::Op;

Correlation count(std::int64_t seconds, Op op, double bound) {
  Correlation made;
  made.rules = {"r0"};
  made.group_by = {"user"};
  made.timespan_us = seconds * kSecond;
  made.bounds = {{op, bound}};
  return made;
}

Hit of(const std::string& user, std::int64_t seconds, std::uint64_t index) { return hit(0, seconds, index, {{"user", user}}); }

// -- lateness

TEST(CorrelateLateness, HitsAreHeldUntilTheWatermarkHasPassedThem) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 2)});
  Correlator correlator(set, {.lateness_us = 5 * kSecond});
  Collected sink;
  correlator.add(hit(0, 10, 2), sink);
  correlator.add(hit(0, 8, 1), sink);
  EXPECT_EQ(sink.alerts.size(), 0u);
  correlator.advance(15 * kSecond, sink);
  EXPECT_EQ(sink.alerts.size(), 0u);  // another hit at 10 is not late yet
  correlator.advance(15 * kSecond + 1, sink);
  ASSERT_EQ(sink.alerts.size(), 1u);
  EXPECT_EQ(events(sink.alerts[0]), "1 2");
  EXPECT_FALSE(sink.alerts[0].late);
  EXPECT_EQ(correlator.stats().late, 0u);
}

TEST(CorrelateLateness, ALateHitCountsAgainstWhatIsStillHeld) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 2)});
  Correlator correlator(set, {.lateness_us = 0});
  Collected sink;
  correlator.add(hit(0, 10, 1), sink);
  correlator.advance(16 * kSecond, sink);
  correlator.add(hit(0, 7, 2), sink);  // late
  ASSERT_EQ(sink.alerts.size(), 1u);
  EXPECT_EQ(events(sink.alerts[0]), "2 1");
  EXPECT_TRUE(sink.alerts[0].late);
  EXPECT_EQ(correlator.stats().late, 1u);
  correlator.add(hit(0, -1, 3), sink);  // too old to stand beside 10
  EXPECT_EQ(correlator.stats().correlations[0].late_unused, 1u);
}

TEST(CorrelateLateness, WhatIsLateAsAWholeIsCorrelatedAllTheSame) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 3)});
  Correlator correlator(set, {.lateness_us = 5 * kSecond});
  Collected sink;
  std::uint64_t index = 0;
  for (std::int64_t second = 0; second < 4'000; ++second) {
    correlator.advance(second * kSecond, sink);
    if (second >= 3'000 && second < 3'030) correlator.add(of("delayed", second - 3'000, ++index), sink);
  }
  ASSERT_FALSE(sink.alerts.empty());
  EXPECT_EQ(sink.alerts.size(), 10u - correlator.stats().correlations[0].folded);
  EXPECT_TRUE(sink.alerts.front().late);
  EXPECT_EQ(events(sink.alerts.front()), "1 2 3");
  EXPECT_EQ(correlator.stats().correlations[0].late_unused, 0u);
}

/// What only a close decides waits for nobody: a window that were opened for a late hit would close before the next came.
TEST(CorrelateLateness, WhatIsJudgedAtACloseTakesNoHitOlderThanATimespan) {
  const auto set = testing::rules(1, {count(10, Op::kLt, 3)});
  Correlator correlator(set, {.lateness_us = 0});
  Collected sink;
  correlator.advance(100 * kSecond, sink);
  for (std::uint64_t i = 0; i < 5; ++i) correlator.add(hit(0, static_cast<std::int64_t>(50 + i), i), sink);
  correlator.advance(200 * kSecond, sink);
  EXPECT_EQ(sink.alerts.size(), 0u);
  EXPECT_EQ(correlator.stats().correlations[0].late_unused, 5u);
}

TEST(CorrelateLateness, ALateHitEndsAChainButIsNotSlippedIn) {
  Correlation ordered = count(100, Op::kGte, 3);
  ordered.type = Correlation::Type::kTemporalOrdered;
  ordered.rules = {"r0", "r1", "r2"};
  const auto set = testing::rules(3, {ordered});
  {
    Correlator correlator(set, {.lateness_us = 0});
    Collected sink;
    correlator.add(hit(0, 1, 1), sink);
    correlator.add(hit(1, 2, 2), sink);
    correlator.advance(10 * kSecond, sink);
    correlator.add(hit(2, 3, 3), sink);
    ASSERT_EQ(sink.alerts.size(), 1u);
    EXPECT_TRUE(sink.alerts[0].late);
  }
  Correlator correlator(set, {.lateness_us = 0});
  Collected sink;
  correlator.add(hit(0, 1, 1), sink);
  correlator.add(hit(2, 3, 3), sink);
  correlator.advance(10 * kSecond, sink);
  correlator.add(hit(1, 2, 2), sink);
  correlator.finish(sink);
  EXPECT_EQ(sink.alerts.size(), 0u);
}

TEST(CorrelateLateness, LatenessIsPassedOnToChainedCorrelations) {
  Correlation inner = count(10, Op::kGte, 2);
  inner.id = "inner";
  inner.reported = false;
  Correlation outer = count(10, Op::kGte, 1);
  outer.rules = {"inner"};
  const auto set = testing::rules(1, {inner, outer});
  Correlator correlator(set, {.lateness_us = 0});
  Collected sink;
  correlator.add(hit(0, 10, 1), sink);
  correlator.advance(12 * kSecond, sink);
  correlator.add(hit(0, 9, 2), sink);
  ASSERT_EQ(sink.alerts.size(), 1u);
  EXPECT_EQ(sink.alerts[0].correlation, 1u);
  EXPECT_TRUE(sink.alerts[0].late);
}

TEST(CorrelateLateness, AClockAheadDoesNotMakeOthersLate) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 2)});
  Correlator correlator(set, {.lateness_us = 5 * kSecond});
  Collected sink;
  correlator.set_clock(100 * kSecond);
  correlator.add(hit(0, 1'000'000, 1), sink);  // from a host that lives in another year
  correlator.add(hit(0, 98, 2), sink);
  correlator.add(hit(0, 97, 3), sink);
  EXPECT_EQ(correlator.stats().late, 0u);
  correlator.set_clock(200 * kSecond);
  correlator.advance(200 * kSecond, sink);
  ASSERT_EQ(sink.alerts.size(), 1u);
  EXPECT_EQ(events(sink.alerts[0]), "3 2");
}

TEST(CorrelateLateness, TheEndsOfTimeAreTimes) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 2), count(10, Op::kLt, 9)});
  for (const std::int64_t lateness_us : {std::int64_t{0}, 5 * kSecond, Correlator::kSortEverything}) {
    Correlator correlator(set, {.lateness_us = lateness_us});
    Collected sink;
    for (const TimeUs time : {INT64_MIN + 1, INT64_MIN + 2, TimeUs{0}, INT64_MAX - 1, INT64_MAX}) {
      Hit made = hit(0, 0, static_cast<std::uint64_t>(time));
      made.time = time;
      correlator.add(made, sink);
    }
    correlator.finish(sink);
    EXPECT_EQ(sink.alerts.size(), 5u) << lateness_us;  // 2 pairs; and 3 windows with less than nine
  }
}

// -- memory

TEST(CorrelateMemory, WhenTooManyWaitTheOldestTakeTheirTurnEarly) {
  const auto set = testing::rules(1, {count(1'000'000, Op::kGte, 10'000)});
  Correlator correlator(set, {.bytes_max = 400'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 3'000; ++i) correlator.add(hit(0, static_cast<std::int64_t>(3'000 - i), i), sink);
  EXPECT_GT(correlator.stats().early, 0u);
  EXPECT_GT(correlator.stats().late, 0u);  // and whoever comes after them is late, and says so
  EXPECT_LT(correlator.stats().bytes_peak, 450'000u);  // one window may have doubled its room before it was cut
  correlator.finish(sink);
}

TEST(CorrelateMemory, WhatIsDroppedIsSaidOnTheAlert) {
  const auto set = testing::rules(1, {count(1'000'000, Op::kLt, 1'000'000)});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 400'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 5'000; ++i) correlator.add(of("flood", static_cast<std::int64_t>(i), i), sink);
  correlator.add(of("quiet", 5'000, 5'000), sink);
  EXPECT_LT(correlator.stats().bytes_peak, 450'000u);
  const std::uint64_t dropped = correlator.stats().correlations[0].evicted;
  EXPECT_GT(dropped, 1'000u);
  correlator.finish(sink);
  ASSERT_EQ(sink.alerts.size(), 2u);
  const CorrelationAlert& flood = sink.alerts[sink.alerts[0].group[0].second == "flood" ? 0 : 1];
  const CorrelationAlert& quiet = sink.alerts[sink.alerts[0].group[0].second == "flood" ? 1 : 0];
  EXPECT_TRUE(flood.evicted);
  EXPECT_EQ(flood.lost, dropped);
  EXPECT_EQ(flood.lost + flood.hits.size(), 5'000u);
  EXPECT_EQ(flood.hits.back().event.index, 4'999u);  // the oldest went first
  EXPECT_FALSE(quiet.evicted);  // the largest group paid
}

TEST(CorrelateMemory, HitsInOrderDoNotWait) {
  const auto set = testing::rules(1, {count(1, Op::kGte, 2)});
  const auto run = [&](bool in_order) {
    Correlator correlator(set, {.lateness_us = 0, .bytes_max = 40'000});
    Collected sink;
    for (std::uint64_t i = 0; i < 1'000; ++i) {  // all at one time: those that wait for others of that time wait for all
      const Hit each = hit(0, 5, i);
      if (in_order) correlator.add_in_order(each, sink);
      if (!in_order) correlator.add(each, sink);
    }
    correlator.finish(sink);
    return correlator.stats();
  };
  EXPECT_GT(run(false).early, 0u);
  EXPECT_EQ(run(true).early, 0u);
  EXPECT_EQ(run(true).late, 0u);
  EXPECT_EQ(run(true).correlations[0].evicted, 0u);
  EXPECT_LT(run(true).bytes_peak, 10'000u);
}

TEST(CorrelateMemory, OfGroupsOfOneSizeTheOldestGoFirst) {
  const auto set = testing::rules(1, {count(1'000'000, Op::kLt, 2)});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 200'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 1'000; ++i) correlator.add(of("user" + std::to_string(1'000 + i), static_cast<std::int64_t>(i), i), sink);
  const std::uint64_t dropped = correlator.stats().correlations[0].evicted;
  EXPECT_GT(dropped, 100u);
  correlator.finish(sink);
  ASSERT_EQ(sink.alerts.size(), 1'000 - dropped);
  for (const CorrelationAlert& alert : sink.alerts) EXPECT_GE(alert.hits.front().event.index, dropped);
}

TEST(CorrelateMemory, GroupsThatWentWholeCountAgainstEveryLaterAlert) {
  const auto set = testing::rules(1, {count(100'000, Op::kGte, 2)});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 400'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 2'000; ++i) correlator.add(of("user" + std::to_string(i), static_cast<std::int64_t>(i), i), sink);
  EXPECT_LT(correlator.stats().bytes_peak, 402'000u);
  const std::uint64_t dropped = correlator.stats().correlations[0].evicted;
  EXPECT_GT(dropped, 1'000u);
  correlator.add(of("user1999", 2'000, 2'000), sink);
  correlator.add(of("user1999", 200'000, 2'001), sink);
  correlator.add(of("user1999", 200'001, 2'002), sink);
  correlator.finish(sink);
  ASSERT_EQ(sink.alerts.size(), 2u);
  EXPECT_TRUE(sink.alerts[0].evicted);
  EXPECT_GE(sink.alerts[0].lost, dropped);
  EXPECT_LE(sink.alerts[0].lost, correlator.stats().correlations[0].evicted);
  EXPECT_FALSE(sink.alerts[1].evicted);  // nothing that was dropped can have been in its window
}

TEST(CorrelateMemory, WhatWasLostBelowIsSaidAbove) {
  Correlation inner = count(1'000'000, Op::kLt, 1'000'000);
  inner.id = "inner";
  inner.reported = false;
  Correlation outer = count(1'000'000, Op::kGte, 1);
  outer.rules = {"inner"};
  const auto set = testing::rules(1, {inner, outer});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 400'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 5'000; ++i) correlator.add(of("flood", static_cast<std::int64_t>(i), i), sink);
  correlator.finish(sink);
  ASSERT_EQ(sink.alerts.size(), 1u);
  EXPECT_TRUE(sink.alerts[0].evicted);
  EXPECT_EQ(sink.alerts[0].lost, correlator.stats().correlations[0].evicted);
}

TEST(CorrelateMemory, GroupsAreForgottenWhenTheirTimeIsOver) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 2)});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 400'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    correlator.add(of("user" + std::to_string(i), static_cast<std::int64_t>(i) * 100, i), sink);
  }
  EXPECT_EQ(correlator.stats().correlations[0].evicted, 0u);
  EXPECT_LT(correlator.stats().bytes_peak, 50'000u);
}

TEST(CorrelateMemory, GroupsKeptForLateHitsMakeRoomForOthers) {
  const auto set = testing::rules(1, {count(10, Op::kGte, 2)});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 400'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    correlator.add(of("user" + std::to_string(i), static_cast<std::int64_t>(i), i), sink);
  }
  EXPECT_EQ(correlator.stats().correlations[0].evicted, 0u);
  EXPECT_GT(correlator.stats().bytes_peak, 100'000u);
  EXPECT_LT(correlator.stats().bytes_peak, 250'000u);
}

TEST(CorrelateMemory, NoMoreIsDroppedThanMustBe) {
  Correlation distinct = count(1'000'000, Op::kGte, 1'000'000);
  distinct.type = Correlation::Type::kValueCount;
  distinct.value_fields = {"v"};
  const auto set = testing::rules(1, {distinct});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 200'000});
  Collected sink;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    correlator.add(hit(0, static_cast<std::int64_t>(i), i, {{"user", "ann"}, {"v", std::to_string(i)}}), sink);
    if (correlator.stats().correlations[0].evicted > 0) {
      ASSERT_GT(correlator.stats().bytes, 99'000u);
    }
  }
  EXPECT_GT(correlator.stats().correlations[0].evicted, 1'000u);
}

TEST(CorrelateMemory, EveryKindOfWindowGivesItsBytesBack) {
  using Type = Correlation::Type;
  for (const Type type : {Type::kEventCount, Type::kValueCount, Type::kValueSum, Type::kValueMedian, Type::kTemporal, Type::kTemporalOrdered}) {
    Correlation made = count(1'000'000, Op::kGte, 1'000'000'000);
    made.type = type;
    made.rules = {"r0", "r1", "r2"};
    if (type != Type::kEventCount && type != Type::kTemporal && type != Type::kTemporalOrdered) made.value_fields = {"v"};
    if (type == Type::kTemporalOrdered) made.bounds = {{Op::kLt, 3}};
    const auto set = testing::rules(3, {made});
    Correlator correlator(set, {.lateness_us = 0, .bytes_max = 60'000});
    Collected sink;
    for (std::uint64_t i = 0; i < 3'000; ++i) {
      const std::string user = "u" + std::to_string(i * i % 97);
      correlator.add(hit(static_cast<std::uint32_t>(i % 3), static_cast<std::int64_t>(i), i, {{"user", user}, {"v", std::to_string(i)}}), sink);
      ASSERT_LE(correlator.stats().bytes, 60'000u);
    }
    EXPECT_GT(correlator.stats().correlations[0].evicted, 0u) << static_cast<int>(type);
    // The books are right if, once a new time has come and all groups have gone, nothing is left on them.
    correlator.finish(sink);
    Correlator empty(set, {});
    correlator.add(hit(0, 1'000'000'000, 1, {{"user", "z"}, {"v", "1"}}), sink);
    empty.add(hit(0, 1'000'000'000, 1, {{"user", "z"}, {"v", "1"}}), sink);
    correlator.finish(sink);
    empty.finish(sink);
    // (But for the table of groups, which keeps room for eight times what it holds.)
    EXPECT_GE(correlator.stats().bytes, empty.stats().bytes) << static_cast<int>(type);
    EXPECT_LE(correlator.stats().bytes, empty.stats().bytes + 16 * 48) << static_cast<int>(type);
  }
}

TEST(CorrelateMemory, OneBudgetTooSmallForAnythingStillAnswers) {
  const auto set = testing::rules(1, {count(100, Op::kGte, 1)});
  Correlator correlator(set, {.lateness_us = 0, .bytes_max = 0});
  Collected sink;
  for (std::uint64_t i = 0; i < 100; ++i) correlator.add(hit(0, static_cast<std::int64_t>(i), i), sink);
  correlator.finish(sink);
  EXPECT_GT(sink.alerts.size(), 0u);
}

// -- many

TEST(CorrelateMemory, AMillionHits) {
  Correlation ordered = count(60, Op::kGte, 2);
  ordered.type = Correlation::Type::kTemporalOrdered;
  ordered.rules = {"r0", "r1"};
  Correlation distinct = count(60, Op::kGte, 50);
  distinct.type = Correlation::Type::kValueCount;
  distinct.value_fields = {"v"};
  const auto set = testing::rules(2, {count(60, Op::kGte, 100), distinct, ordered});
  Correlator correlator(set, {.lateness_us = 60 * kSecond});
  Collected sink;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    const std::uint64_t mixed = i * 0x9e3779b97f4a7c15ull >> 40;
    const auto at = static_cast<std::int64_t>(i / 1'000 + mixed % 30);
    correlator.add(hit(i % 50 == 0 ? 1 : 0, at, i, {{"user", "user" + std::to_string(mixed % 10'000)}, {"v", std::to_string(mixed % 211)}}), sink);
  }
  correlator.finish(sink);
  EXPECT_EQ(correlator.stats().hits, 1'000'000u);
  EXPECT_EQ(correlator.stats().late + correlator.stats().early, 0u);
  EXPECT_GT(sink.alerts.size(), 1'000u);
}

}  // namespace
}  // namespace tocsin::correlate
