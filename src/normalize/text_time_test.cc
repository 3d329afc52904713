#include "normalize/text_time.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

/// "size time", "0 " where there is no timestamp.
std::string shown(const TimeText& found) { return std::to_string(found.size) + ' ' + format_time(found.time); }

std::string bsd(std::string_view text, std::string_view reference = "2024-06-30T00:00:00Z") {
  return shown(read_bsd_time(text, reference.empty() ? kNoTime : parse_time(reference).value()));
}

TEST(TextTime, Iso) {
  const auto iso = [](std::string_view text) { return shown(read_iso_time(text)); };
  EXPECT_EQ(iso("2024-01-05T03:02:01Z x"), "20 2024-01-05T03:02:01.000000Z");
  EXPECT_EQ(iso("2024-01-05T03:02:01.1234567+01:00 x"), "33 2024-01-05T02:02:01.123456Z");
  EXPECT_EQ(iso("2024-01-05 03:02:01,5"), "21 2024-01-05T03:02:01.500000Z");
  EXPECT_EQ(iso("2024-01-05 03:02:01, text"), "19 2024-01-05T03:02:01.000000Z");
  EXPECT_EQ(iso("2024-01-05 03:02:01 +0100"), "19 2024-01-05T03:02:01.000000Z");
  EXPECT_EQ(iso("2024-01-05T03:02:01-0930"), "24 2024-01-05T12:32:01.000000Z");
  EXPECT_EQ(iso("2024-01-05T03:02:01-09 x"), "22 2024-01-05T12:02:01.000000Z");
  EXPECT_EQ(iso("2024/01/05 03:02:01"), "19 2024-01-05T03:02:01.000000Z");
  for (const std::string_view none :
       {"", "2024", "2024-01-05", "2024-1-05T03:02:01", "2023-02-29T00:00:00", "2024-00-01T00:00:00",
        "2024-01-05T24:00:00", "2024-01-05T03:60:00", "2024-01-05T03:02:61", "2024-01/05 03:02:01", "2024-01-05T03:02",
        "2024-01-05T03:02:1"}) {
    EXPECT_EQ(iso(none), "0 ") << none;
  }
}

TEST(TextTime, Bsd) {
  EXPECT_EQ(bsd("Jan  5 03:02:01 host"), "15 2024-01-05T03:02:01.000000Z");
  EXPECT_EQ(bsd("Jan 5 3:02:01.25 host"), "16 2024-01-05T03:02:01.250000Z");
  EXPECT_EQ(bsd("Jan 05 2019 03:02:01 host"), "20 2019-01-05T03:02:01.000000Z");
  EXPECT_EQ(bsd("2019 Jan  5 03:02:01 UTC host"), "24 2019-01-05T03:02:01.000000Z");
  EXPECT_EQ(bsd("Jan  5 03:02:01 2019 host"), "20 2019-01-05T03:02:01.000000Z");
  EXPECT_EQ(bsd("Jan  5 03:02:01 CET"), "15 2024-01-05T03:02:01.000000Z");
  EXPECT_EQ(bsd("Jan  5 03:02:01+02:00"), "21 2024-01-05T01:02:01.000000Z");
  for (const std::string_view none :
       {"", "Jan", "Foo  5 03:02:01", "Jan 32 03:02:01", "Feb 30 03:02:01", "Jan   5 03:02:01", "Jan  5 03:02",
        "Feb 29 2023 03:02:01", "January 5 03:02:01"}) {
    EXPECT_EQ(bsd(none), "0 ") << none;
  }
}

TEST(TextTime, AYearIsGivenByTheReference) {
  EXPECT_EQ(bsd("Jun 30 23:59:59 h"), "15 2024-06-30T23:59:59.000000Z") << "not later than the reference and a day";
  EXPECT_EQ(bsd("Jul  1 00:00:01 h"), "15 2023-07-01T00:00:01.000000Z");
  EXPECT_EQ(bsd("Dec 31 12:00:00 h", "2024-01-01T00:00:00Z"), "15 2023-12-31T12:00:00.000000Z");
  EXPECT_EQ(bsd("Jan  1 12:00:00 h", "2023-12-31T18:00:00Z"), "15 2024-01-01T12:00:00.000000Z");
  EXPECT_EQ(bsd("Feb 29 12:00:00 h", "2023-06-01T00:00:00Z"), "15 2020-02-29T12:00:00.000000Z");
  EXPECT_EQ(bsd("Feb 29 12:00:00 h", "1903-06-01T00:00:00Z"), "15 1896-02-29T12:00:00.000000Z") << "1900 had none";
  EXPECT_EQ(bsd("Jan  5 03:02:01 h", ""), "15 ") << "no reference";
}

TEST(TextTime, ClfAndCtime) {
  const auto clf = [](std::string_view text) { return shown(read_clf_time(text)); };
  EXPECT_EQ(clf("05/Jan/2024:03:02:01 +0100]"), "26 2024-01-05T02:02:01.000000Z");
  EXPECT_EQ(clf("05/Jan/2024:03:02:01]"), "20 2024-01-05T03:02:01.000000Z");
  EXPECT_EQ(clf("5/Jan/2024:03:02:01"), "0 ");
  EXPECT_EQ(clf("31/Feb/2024:03:02:01"), "0 ");
  const auto ctime = [](std::string_view text) { return shown(read_ctime(text)); };
  EXPECT_EQ(ctime("Sun Dec 04 04:47:44 2005]"), "24 2005-12-04T04:47:44.000000Z");
  EXPECT_EQ(ctime("Fri Jan  5 03:02:01.123456 2024"), "31 2024-01-05T03:02:01.123456Z");
  EXPECT_EQ(ctime("Fri Jan 35 03:02:01 2024"), "0 ");
}

TEST(TextTime, LeadingTimeOfAnyLine) {
  EXPECT_EQ(format_time(leading_time("[2024-01-05 03:02:01.5] x")), "2024-01-05T03:02:01.500000Z");
  EXPECT_EQ(format_time(leading_time("[Sun Dec 04 04:47:44 2005] [notice] x")), "2005-12-04T04:47:44.000000Z");
  EXPECT_EQ(leading_time("["), kNoTime);
  EXPECT_EQ(leading_time(""), kNoTime);
  EXPECT_EQ(leading_time("no time"), kNoTime);
}

}  // namespace
}  // namespace tocsin
