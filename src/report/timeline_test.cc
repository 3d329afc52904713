#include "report/timeline.h"

#include <gtest/gtest.h>

#include "base/time.h"

namespace tocsin {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;

std::int64_t minute(int year, int month, int day, int hour = 0, int minute_of_hour = 0) {
  return to_time({year, month, day, hour, minute_of_hour, 0, 0}) / kMinuteUs;
}

LevelCounts high(std::uint64_t count) {
  LevelCounts counts;
  counts.counts[3] = count;
  return counts;
}

/// "label=count" per row, "(label)" for a pause.
std::string text_of(const Timeline& timeline) {
  std::string text = timeline.step + ":";
  for (const TimelineRow& row : timeline.rows) {
    text += row.pause ? " (" + row.label + ")" : " " + row.label + "=" + std::to_string(row.counts.total());
  }
  return text;
}

std::uint64_t total(const Timeline& timeline) {
  std::uint64_t sum = 0;
  for (const TimelineRow& row : timeline.rows) sum += row.counts.total();
  return sum;
}

TEST(Timeline, OfNothingIsEmpty) { EXPECT_TRUE(make_timeline({}).rows.empty()); }

TEST(Timeline, ShortDataIsShownByMinutes) {
  EXPECT_EQ(text_of(make_timeline({{minute(2026, 11, 23, 8, 59), high(2)}, {minute(2026, 11, 23, 9, 1), high(3)}})),
            "minute: 2026-11-23 08:59=2 2026-11-23 09:00=0 2026-11-23 09:01=3");
}

TEST(Timeline, ALoneAlertOfAnotherYearDoesNotSqueezeTheRest) {
  std::map<std::int64_t, LevelCounts> alerts{{minute(2017, 6, 12), high(1)}};
  for (int i = 0; i < 20; ++i) alerts[minute(2026, 11, 23, 9, i)] = high(1);
  const Timeline timeline = make_timeline(alerts);
  EXPECT_EQ(timeline.step, "minute");
  ASSERT_EQ(timeline.rows.size(), 22u);
  EXPECT_TRUE(timeline.rows[1].pause);
  EXPECT_EQ(timeline.rows[1].label, "9 years");
}

TEST(Timeline, YearsAreShownByMonthsOfTheCalendarAndPausesInOneRow) {
  std::map<std::int64_t, LevelCounts> alerts;
  for (int month = 1; month <= 12; ++month) {
    for (int day = 1; day <= 28; day += 3) alerts[minute(2020, month, day, 23, 59)] = high(1);
  }
  alerts[minute(2022, 3, 1)] = high(5);
  const std::string text = text_of(make_timeline(alerts));
  EXPECT_TRUE(text.starts_with("month: 2020-01=10 2020-02=10 ")) << text;
  EXPECT_TRUE(text.ends_with(" 2020-12=10 (14 months) 2022-03=5")) << text;
}

TEST(Timeline, WeeksBeginOnMonday) {
  std::map<std::int64_t, LevelCounts> alerts;
  for (int day = 1; day <= 28; ++day) alerts[minute(2026, 2, day)] = high(1);
  for (int day = 1; day <= 31; ++day) alerts[minute(2026, 3, day)] = high(1);
  const std::string text = text_of(make_timeline(alerts));
  EXPECT_TRUE(text.starts_with("week: 2026-01-26=1 2026-02-02=7 ")) << text;
}

TEST(Timeline, ManyPausesTakeACoarserStep) {
  std::map<std::int64_t, LevelCounts> alerts;
  for (int hour = 0; hour < 10; ++hour) alerts[minute(2026, 11, 23, hour, 7 * hour % 60)] = high(1);
  const Timeline timeline = make_timeline(alerts);
  EXPECT_EQ(timeline.step, "15 minutes");  // by two minutes every alert would stand alone between pauses
  EXPECT_EQ(total(timeline), 10u);
}

TEST(Timeline, StepsBefore1970HoldWhatFollowsTheirBeginning) {
  std::map<std::int64_t, LevelCounts> alerts;
  for (int i = 0; i < 40; ++i) alerts[minute(1969, 12, 31, 23, i)] = high(1);
  EXPECT_TRUE(text_of(make_timeline(alerts)).starts_with("2 minutes: 1969-12-31 23:00=2 1969-12-31 23:02=2 "));
}

TEST(Timeline, StaysBoundedAndCountsEveryAlertWhateverTheTimes) {
  std::map<std::int64_t, LevelCounts> every_year, ends, before_1970;
  for (int year = 0; year <= 9'999; ++year) every_year[minute(year, 1 + year % 12, 1 + year % 28)] = high(1);
  for (const TimeUs time : {INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) ends[time / kMinuteUs] = high(1);
  for (int day = 1; day <= 31; ++day) before_1970[minute(1969, 12, day, 12)] = high(1);
  for (const auto& alerts : {every_year, ends, before_1970}) {
    const Timeline timeline = make_timeline(alerts);
    EXPECT_LE(timeline.rows.size(), kTimelineRowsMax);
    std::uint64_t all = 0;
    for (const auto& [at, counts] : alerts) all += counts.total();
    EXPECT_EQ(total(timeline), all);
  }
  EXPECT_EQ(make_timeline(every_year).rows.front().label, "0000");
}

}  // namespace
}  // namespace tocsin
