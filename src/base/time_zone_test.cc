// Local times in zones: both sides of the days on which clocks change, in several parts of the world, and names that are none.
#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin {
namespace {

TimeUs at(const char* text) { return parse_time(text).value(); }

std::string utc(const char* zone, const char* local, const char* latest = nullptr) {
  const auto found = TimeZone::find(zone);
  EXPECT_TRUE(found) << zone;
  return found ? format_time(found->to_utc(at(local), latest == nullptr ? kNoTime : at(latest))).substr(0, 19) : "";
}

TEST(TimeZone, HasSummerAndWinter) {
  EXPECT_EQ(utc("Europe/Berlin", "2026-01-15 12:00:00"), "2026-01-15T11:00:00");
  EXPECT_EQ(utc("Europe/Berlin", "2026-07-15 12:00:00"), "2026-07-15T10:00:00");
  EXPECT_EQ(utc("America/New_York", "2026-07-15 12:00:00"), "2026-07-15T16:00:00");
  EXPECT_EQ(utc("Australia/Sydney", "2026-01-15 12:00:00"), "2026-01-15T01:00:00");
  EXPECT_EQ(utc("Asia/Kolkata", "2026-01-15 12:00:00"), "2026-01-15T06:30:00");
  EXPECT_EQ(utc("UTC", "2026-01-15 12:00:00"), "2026-01-15T12:00:00");
}

TEST(TimeZone, KnowsOtherYears) {
  EXPECT_EQ(utc("Europe/Berlin", "2037-07-15 12:00:00"), "2037-07-15T10:00:00");
  EXPECT_EQ(utc("Europe/Berlin", "1975-07-15 12:00:00"), "1975-07-15T11:00:00");  // there was no summer time
}

TEST(TimeZone, AnHourThatIsMissingIsOfAClockThatWasNotPutForward) {
  EXPECT_EQ(utc("Europe/Berlin", "2026-03-29 01:59:59"), "2026-03-29T00:59:59");
  EXPECT_EQ(utc("Europe/Berlin", "2026-03-29 02:30:00"), "2026-03-29T01:30:00");
  EXPECT_EQ(utc("Europe/Berlin", "2026-03-29 03:00:00"), "2026-03-29T01:00:00");
}

TEST(TimeZone, AnHourThatComesTwiceIsTheOneThatFitsItsReceipt) {
  EXPECT_EQ(utc("Europe/Berlin", "2026-10-25 01:59:59"), "2026-10-24T23:59:59");
  EXPECT_EQ(utc("Europe/Berlin", "2026-10-25 02:30:00"), "2026-10-25T00:30:00");
  EXPECT_EQ(utc("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25 00:30:01"), "2026-10-25T00:30:00");
  EXPECT_EQ(utc("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25 01:30:01"), "2026-10-25T01:30:00");
  EXPECT_EQ(utc("Europe/Berlin", "2026-10-25 02:30:00", "2026-11-01 00:00:00"), "2026-10-25T00:30:00");
  EXPECT_EQ(utc("Europe/Berlin", "2026-10-25 03:00:00"), "2026-10-25T02:00:00");
}

TEST(TimeZone, FixedDistances) {
  EXPECT_EQ(utc("+01:00", "2026-07-15 12:00:00"), "2026-07-15T11:00:00");
  EXPECT_EQ(utc("-0530", "2026-07-15 12:00:00"), "2026-07-15T17:30:00");
  EXPECT_EQ(utc("+14", "2026-01-01 00:00:00"), "2025-12-31T10:00:00");
}

TEST(TimeZone, FractionsAndTimesBefore1970) {
  const auto zone = TimeZone::find("Europe/Berlin");
  ASSERT_TRUE(zone);
  EXPECT_EQ(format_time(zone->to_utc(at("2026-01-15 12:00:00.123456"))), "2026-01-15T11:00:00.123456Z");
  EXPECT_EQ(format_time(zone->to_utc(at("1960-01-01 00:00:00.5"))), "1959-12-31T23:00:00.500000Z");
  EXPECT_EQ(zone->to_utc(kNoTime), kNoTime);
}

TEST(TimeZone, AndBack) {
  for (const char* const zone : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "+05:30", "-08"}) {
    const TimeZone found = TimeZone::find(zone).value();
    for (const char* const time : {"2026-01-15 12:00:00", "2026-07-15 23:59:59", "1969-12-31 23:59:59.5"}) EXPECT_EQ(found.to_utc(found.to_local(at(time))), at(time)) << zone;
  }
  EXPECT_EQ(TimeZone::find("Europe/Berlin")->to_local(at("2026-07-15 22:30:00")), at("2026-07-16 00:30:00"));
  EXPECT_EQ(TimeZone::find("Europe/Berlin")->to_local(kNoTime), kNoTime);
}

TEST(TimeZone, IsNoOther) {
  for (const char* name : {"", "Europe", "Europe/Nowhere", "CET/CEST", "../etc/passwd", "+1", "+15:00", "+01:60", "+01:0", "+01:00x", "berlin"}) {
    const auto zone = TimeZone::find(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code, Code::kNotFound) << name;
  }
}

}  // namespace
}  // namespace tocsin
