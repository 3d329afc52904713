#include "base/time.h"

#include <gtest/gtest.h>

#include <random>
#include <tuple>

namespace tocsin {
namespace {

constexpr TimeUs kSecond = 1'000'000;

TimeUs utc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0, int microsecond = 0) {
  return to_time({year, month, day, hour, minute, second, microsecond});
}

bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int month_length(int year, int month) {
  return month == 2                                              ? (is_leap(year) ? 29 : 28)
         : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                 : 31;
}

TEST(CivilTime, EveryDayOfTwelveThousandYearsFollowsTheOneBefore) {
  // Counted day by day, with nothing but the leap-year rule; 719,528 days lie between 0000-01-01 and the
  // epoch.
  std::int64_t days = -719'528;
  for (int year = 0; year < 12'000; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= month_length(year, month); ++day, ++days) {
        const TimeUs time = utc(year, month, day);
        ASSERT_EQ(time, days * 86'400 * kSecond) << year << "-" << month << "-" << day;
        const CivilTime back = to_civil(time);
        ASSERT_TRUE(back.year == year && back.month == month && back.day == day);
      }
    }
  }
}

TEST(CivilTime, ThereAndBackOverTheWholeRange) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200'000; ++round) {
    const auto time = static_cast<TimeUs>(random()) >> (random() % 40);
    if (time < INT64_MIN + 86'400 * kSecond) continue;
    const CivilTime civil = to_civil(time);
    ASSERT_EQ(to_time(civil), time);
    ASSERT_TRUE(civil.hour >= 0 && civil.hour < 24 && civil.minute >= 0 && civil.minute < 60);
    ASSERT_TRUE(civil.second >= 0 && civil.second < 60 && civil.microsecond >= 0 &&
                civil.microsecond < kSecond);
  }
}

TEST(CivilTime, TheFirstAndTheLastMoment) {
  const CivilTime first = to_civil(INT64_MIN), last = to_civil(INT64_MAX);
  EXPECT_EQ(std::tuple(first.hour, first.minute, first.second, first.microsecond), std::tuple(19, 59, 5, 224'192));
  EXPECT_EQ(std::tuple(last.hour, last.minute, last.second, last.microsecond), std::tuple(4, 0, 54, 775'807));
  EXPECT_EQ(first.year, -290'308);
  EXPECT_EQ(last.year, 294'247);
}

TEST(CivilTime, IsoWeeks) {
  // From the ISO 8601 rule, around the turns of years that differ in weekday and length.
  EXPECT_EQ(iso_week({2005, 1, 1}), 53);
  EXPECT_EQ(iso_week({2005, 1, 2}), 53);
  EXPECT_EQ(iso_week({2005, 1, 3}), 1);
  EXPECT_EQ(iso_week({2007, 1, 1}), 1);
  EXPECT_EQ(iso_week({2008, 12, 28}), 52);
  EXPECT_EQ(iso_week({2008, 12, 29}), 1);
  EXPECT_EQ(iso_week({2009, 12, 31}), 53);
  EXPECT_EQ(iso_week({2010, 1, 3}), 53);
  EXPECT_EQ(iso_week({2010, 1, 4}), 1);
  EXPECT_EQ(iso_week({1969, 12, 31}), 1);
  EXPECT_EQ(iso_week({2024, 2, 29}), 9);
}

TEST(ParseTime, SpellingsOfOneMoment) {
  const TimeUs moment = utc(2026, 7, 17, 14, 18, 34, 72'213);
  for (const char* text :
       {"2026-07-17T14:18:34.072213Z", "2026-07-17t14:18:34.072213z", "2026-07-17 14:18:34.072213",
        "2026-07-17T16:18:34.072213+02:00", "2026-07-17T04:48:34.072213-0930",
        "2026-07-17 15:18:34.072213+01", "2026-07-17T14:18:34.0722139Z", "2026-07-17T14:18:34.072213999Z",
        "2026-07-17 14:18:34.072213 UTC", "2026-07-18T00:18:34.072213+10:00",
        "2026-07-17T14:18:34.072213-00:00"}) {
    EXPECT_EQ(parse_time(text), moment) << text;
  }
  EXPECT_EQ(parse_time("2020-09-21 18:58:30 UTC"), utc(2020, 9, 21, 18, 58, 30));
  EXPECT_EQ(parse_time("2020-09-21T18:58:30.5Z"), utc(2020, 9, 21, 18, 58, 30, 500'000));
  EXPECT_EQ(parse_time("2020-09-21T18:58Z"), utc(2020, 9, 21, 18, 58));
  EXPECT_EQ(parse_time("2020-09-21 18:58"), utc(2020, 9, 21, 18, 58));
  EXPECT_EQ(parse_time("2020-09-21"), utc(2020, 9, 21));
}

TEST(ParseTime, Limits) {
  EXPECT_EQ(parse_time("0000-01-01T00:00:00Z"), utc(0, 1, 1));
  EXPECT_EQ(parse_time("9999-12-31T23:59:59.999999Z"), utc(9999, 12, 31, 23, 59, 59, 999'999));
  EXPECT_EQ(parse_time("2024-02-29"), utc(2024, 2, 29));
  EXPECT_EQ(parse_time("2000-02-29"), utc(2000, 2, 29));
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), utc(2017, 1, 1));
  EXPECT_EQ(parse_time("2017-01-01T05:29:60.25+05:30"), utc(2017, 1, 1) + kSecond / 4);
  EXPECT_EQ(parse_time("2020-01-01T00:00:00+23:59"), utc(2019, 12, 31, 0, 1));
}

TEST(ParseTime, NothingElse) {
  for (const char* text : {"",
                           "2026",
                           "2026-07",
                           "2026-7-17",
                           "2026-00-17",
                           "2026-13-17",
                           "2026-07-00",
                           "2026-07-32",
                           "2026-06-31",
                           "2023-02-29",
                           "1900-02-29",
                           "2026/07/17",
                           "2026-07-17T",
                           "2026-07-17T14",
                           "2026-07-17T14:",
                           "2026-07-17T14:1",
                           "2026-07-17T24:00:00Z",
                           "2026-07-17T14:60:00Z",
                           "2026-07-17T14:18:61Z",
                           "2026-07-17T14:18:3",
                           "2026-07-17T14:18:34.Z",
                           "2026-07-17T14:18:34.0123456789Z",
                           "2026-07-17T14:18:34ZZ",
                           "2026-07-17T14:18:34+",
                           "2026-07-17T14:18:34+2",
                           "2026-07-17T14:18:34+02:",
                           "2026-07-17T14:18:34+02:0",
                           "2026-07-17T14:18:34+02:000",
                           "2026-07-17T14:18:34+24:00",
                           "2026-07-17T14:18:34+02:60",
                           "2026-07-17T14:18:34 GMT",
                           "2026-07-17T14:18:34 utc",
                           "2026-07-17T14:18:34 ",
                           " 2026-07-17",
                           "2026-07-17 ",
                           "2026-07-17X14:18:34",
                           "x026-07-17",
                           "2026-07-17T1a:18:34",
                           "2026-07-17T14-18-34",
                           "+2026-07-17",
                           "2026-07-17T14:18:34,5Z",
                           "2026-07-17Z",
                           "20260717T141834Z"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(ParseTime, EveryCutAndEveryChangedByteIsSafe) {
  const std::string whole = "2026-07-17T14:18:34.072213+02:00";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string cut(whole.data(), size);
    parse_time({cut.data(), cut.size()});
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = cut;
        changed[at] = static_cast<char>(byte);
        parse_time(changed);
      }
    }
  }
}

TEST(FormatTime, IsReadBackExactly) {
  EXPECT_EQ(format_time(utc(2026, 7, 17, 14, 18, 34, 72'213)), "2026-07-17T14:18:34.072213Z");
  EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time(utc(0, 1, 1)), "0000-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(utc(12'345, 1, 1)), "12345-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(utc(-1, 1, 1)), "-0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(kNoTime), "");
  std::mt19937_64 random(4);
  const TimeUs first = utc(0, 1, 1), last = utc(9999, 12, 31, 23, 59, 59, 999'999);
  for (int round = 0; round < 200'000; ++round) {
    const TimeUs time = first + static_cast<TimeUs>(random() % static_cast<std::uint64_t>(last - first));
    ASSERT_EQ(parse_time(format_time(time)), time);
  }
}

TEST(ParseEpoch, UnitByMagnitude) {
  const TimeUs moment = utc(2026, 7, 17, 14, 18, 34, 72'213);
  EXPECT_EQ(parse_epoch("1784297914"), moment - 72'213);
  EXPECT_EQ(parse_epoch("1784297914.072213"), moment);
  EXPECT_EQ(parse_epoch("1784297914.0722139999999"), moment);
  EXPECT_EQ(parse_epoch("1784297914072"), moment - 213);
  EXPECT_EQ(parse_epoch("1784297914072.2139"), moment);
  EXPECT_EQ(parse_epoch("1784297914072213"), moment);
  EXPECT_EQ(parse_epoch("1784297914072213.9"), moment);
  EXPECT_EQ(parse_epoch("1784297914072213999"), moment);
  EXPECT_EQ(parse_epoch("1784297914072213999.5"), moment);
  EXPECT_EQ(parse_epoch("0"), 0);
  EXPECT_EQ(parse_epoch("-1.5"), -1'500'000);
  EXPECT_EQ(parse_epoch("99999999999"), 99'999'999'999 * kSecond);
  EXPECT_EQ(parse_epoch("100000000000"), 100'000'000'000 * 1000);
  EXPECT_EQ(parse_epoch("100000000000000"), 100'000'000'000'000);
  EXPECT_EQ(parse_epoch("100000000000000000"), 100'000'000'000'000);
}

TEST(ParseEpoch, NothingElse) {
  for (const char* text : {"", "-", "+1", ".5", "1.", "1e9", "1.2.3", " 1", "1 ", "0x1",
                           "9223372036854775808", "99999999999999999999"}) {
    EXPECT_EQ(parse_epoch(text), std::nullopt) << text;
  }
  EXPECT_NE(parse_epoch("9223372036854775807"), std::nullopt);
}

TEST(ParseTimespan, UnitsAndLimits) {
  EXPECT_EQ(parse_timespan_us("15s"), 15 * kSecond);
  EXPECT_EQ(parse_timespan_us("30m"), 1'800 * kSecond);
  EXPECT_EQ(parse_timespan_us("2h"), 7'200 * kSecond);
  EXPECT_EQ(parse_timespan_us("7d"), 604'800 * kSecond);
  EXPECT_EQ(parse_timespan_us("1w"), 604'800 * kSecond);
  EXPECT_EQ(parse_timespan_us("1M"), 2'592'000 * kSecond);
  EXPECT_EQ(parse_timespan_us("1y"), 31'536'000 * kSecond);
  EXPECT_EQ(parse_timespan_us("9223372036854s"), 9'223'372'036'854 * kSecond);
  for (const char* text : {"", "5", "m", "-5m", "5 m", "1.5h", "5min", "5H", "9223372036855s",
                           "99999999999999999999s", "300000y"}) {
    EXPECT_EQ(parse_timespan_us(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tocsin
