// Local times of inputs and hosts with a zone: which times are moved, and which are not; the days on which clocks change, and New Year.
#include "normalize/local_times.h"

#include <gtest/gtest.h>

#include "normalize/json.h"
#include "normalize/mapping_files.h"
#include "normalize/taxonomy.h"
#include "normalize/text.h"

namespace tocsin {
namespace {

constexpr const char* kZones =
    "time_zones:\n"
    "  - {zone: Europe/Berlin, source: 'syslog/fw-*'}\n"
    "  - {zone: America/New_York, host: 'nyc-*'}\n"
    "  - {zone: Pacific/Auckland, source: nz.log}\n"
    "  - {zone: Europe/Berlin, source: '*.log'}\n";

TimeUs at(const char* text) { return parse_time(text).value(); }

class LocalTimesOfEvents : public testing::Test {
 protected:
  /// The time of the one event of a line, or of a JSON text, of this input.
  std::string time_of(const std::string& source, const std::string& text, const char* latest = "2026-08-01T00:00:00Z") {
    static const std::unique_ptr<const Taxonomy> taxonomy = std::move(*load_taxonomy({{"zones.yml", kZones}}));
    PathTable paths(*taxonomy);
    LogSourceTable log_sources;
    Classifier classifier(*taxonomy, log_sources, paths);
    classifier.begin_source(source, at(latest));
    Event event;
    if (text.starts_with('{')) {
      std::string json = text;
      json.append(kJsonPadding, ' ');
      JsonParser parser(paths);
      EXPECT_TRUE(parser.parse(std::string_view(json).substr(0, text.size()), event));
      classifier.classify(event);
      const TimeUs once = event.time;
      classifier.classify(event);
      EXPECT_EQ(event.time, once);
      return format_time(event.time).substr(0, 19);
    }
    TextParser parser(paths, &taxonomy->formats());
    parser.begin_file(at(latest));
    std::string time;
    parser.parse(text, [&](Event& one, std::size_t) {
      classifier.classify(one);
      time = format_time(one.time).substr(0, 19);
    });
    return time;
  }
};

TEST_F(LocalTimesOfEvents, LinesThatSayNoZoneAreMoved) {
  EXPECT_EQ(time_of("syslog/fw-1", "Jul  2 08:15:30 fw-1 sshd[7]: hello"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("syslog/fw-1", "Jan  2 08:15:30 fw-1 sshd[7]: hello"), "2026-01-02T07:15:30");
  EXPECT_EQ(time_of("syslog/fw-1", "<166>Jul 02 2026 08:15:30 asa-1 : %ASA-6-302016: Teardown UDP connection 1 for outside:203.0.113.7/53 to inside:10.20.0.31/5 duration 0:00:02 bytes 180"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", "2026-07-02 08:15:30,120 [http-1] ERROR com.example.Shop - no"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", "[Thu Jul 02 08:15:30.123456 2026] [core:error] [pid 311:tid 14] no"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", "081109 203615 148 INFO dfs.DataNode$PacketResponder: Received block blk_7 of size 512 from /192.0.2.7"), "2008-11-09T20:36:15");  // no clock that could be told
  EXPECT_EQ(time_of("a.log", "LEEF:1.0|Example|Wall|1|Deny|devTime=Jul 02 2026 08:15:30\tsrc=203.0.113.7"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("syslog/fw-1", "Jul  2 08:15:31 fw-1 CEF:0|Example|Wall|1|100|Denied|5|rt=Jul 02 2026 08:15:30 src=203.0.113.7 act=deny"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", "2026-07-02 08:15:30 something of no format"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", "date=2026-07-02 time=08:15:30 devname=\"x\" logid=\"1\" type=\"event\" msg=\"x\""), "2026-07-02T06:15:30");
}

TEST_F(LocalTimesOfEvents, WhatSaysItsZoneStays) {
  EXPECT_EQ(time_of("syslog/fw-1", "2026-07-02T08:15:30+01:00 fw-1 sshd[7]: hello"), "2026-07-02T07:15:30");
  EXPECT_EQ(time_of("syslog/fw-1", "<34>1 2026-07-02T08:15:30Z fw-1 sshd 7 - - hello"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("a.log", "192.0.2.7 - - [02/Jul/2026:08:15:30 +0000] \"GET / HTTP/1.1\" 200 1"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("a.log", "1782980130.120      1 10.20.0.31 TCP_MISS/200 1 GET http://www.example.org/ - HIER_DIRECT/203.0.113.7 -"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("a.log", "date=2026-07-02 time=10:15:30 devname=\"x\" eventtime=1782980130120000000 tz=\"+0200\" logid=\"1\" type=\"event\""), "2026-07-02T08:15:30");
  // CEF's own time is better than that of the line around it, and is not that line's.
  EXPECT_EQ(time_of("syslog/fw-1", "Jul  2 10:15:30 fw-1 CEF:0|Example|Wall|1|100|Denied|5|rt=1782980130120 src=203.0.113.7 act=deny"), "2026-07-02T08:15:30");
  // W3C is UTC.
  EXPECT_EQ(time_of("a.log", "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-07-02 08:15:30 192.0.2.7 GET / 200"), "2026-07-02T08:15:30");
}

TEST_F(LocalTimesOfEvents, JsonByTheRankOfItsField) {
  EXPECT_EQ(time_of("a.log", R"({"EventTime":"2026-07-02 08:15:30","EventID":4625,"Channel":"Security"})"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", R"({"timestamp":"2026-07-02 08:15:30","message":"x"})"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("a.log", R"({"timestamp":"2026-07-02T08:15:30Z","message":"x"})"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("a.log", R"({"timestamp":1782980130,"message":"x"})"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("a.log", R"({"CreationTime":"2026-07-02T08:15:30","Operation":"x","Workload":"Exchange"})"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("a.log", R"({"UtcTime":"2026-07-02 08:15:30.120","EventTime":"2026-07-02 10:15:30"})"), "2026-07-02T08:15:30");
}

TEST_F(LocalTimesOfEvents, ByInputAndByHostTheFirstThatFits) {
  EXPECT_EQ(time_of("syslog", "Jul  2 08:15:30 nyc-sw-1 sshd[7]: hello"), "2026-07-02T12:15:30");
  EXPECT_EQ(time_of("syslog", "Jul  2 08:15:30 NYC-SW-1 sshd[7]: hello"), "2026-07-02T12:15:30");
  EXPECT_EQ(time_of("syslog", "Jul  2 08:15:30 muc-sw-1 sshd[7]: hello"), "2026-07-02T08:15:30");
  EXPECT_EQ(time_of("syslog/fw-1", "Jul  2 08:15:30 nyc-sw-1 sshd[7]: hello"), "2026-07-02T06:15:30");
  EXPECT_EQ(time_of("syslog/other", "Jul  2 08:15:30 x sshd[7]: hello"), "2026-07-02T08:15:30");
}

TEST_F(LocalTimesOfEvents, TheHourThatComesTwiceIsThatOfItsReceipt) {
  EXPECT_EQ(time_of("syslog/fw-1", "Oct 25 02:30:00 fw-1 sshd[7]: hello", "2026-10-25T00:30:01Z"), "2026-10-25T00:30:00");
  EXPECT_EQ(time_of("syslog/fw-1", "Oct 25 02:30:00 fw-1 sshd[7]: hello", "2026-10-25T01:30:01Z"), "2026-10-25T01:30:00");
  EXPECT_EQ(time_of("syslog/fw-1", "Mar 29 02:30:00 fw-1 sshd[7]: hello", "2026-03-29T01:30:01Z"), "2026-03-29T01:30:00");
}

TEST_F(LocalTimesOfEvents, AtTheTurnOfTheYearTheYearIsThatOfTheClock) {
  // In Berlin it is New Year already.
  EXPECT_EQ(time_of("syslog/fw-1", "Jan  1 00:30:00 fw-1 sshd[7]: hello", "2025-12-31T23:30:01Z"), "2025-12-31T23:30:00");
  EXPECT_EQ(time_of("nz.log", "Jan  1 12:30:00 x sshd[7]: hello", "2025-12-31T23:30:01Z"), "2025-12-31T23:30:00");
  // In New York it is not yet.
  EXPECT_EQ(time_of("syslog", "Dec 31 19:30:00 nyc-1 sshd[7]: hello", "2026-01-01T00:30:01Z"), "2026-01-01T00:30:00");
  // Last year's, read in the new one.
  EXPECT_EQ(time_of("syslog/fw-1", "Dec 31 23:59:59 fw-1 sshd[7]: hello", "2026-01-05T00:00:00Z"), "2025-12-31T22:59:59");
  EXPECT_EQ(time_of("syslog/fw-1", "Feb 29 12:00:00 fw-1 sshd[7]: hello", "2026-01-05T00:00:00Z"), "2024-02-29T11:00:00");
}

TEST(LocalTimes, NamesNoZone) {
  for (const char* text : {"2026-07-02 08:15:30", "Jul  2 08:15:30", "08:15", "Thu Jul 02 08:15:30.123 2026", "2026-07-02 08:15:30 CET"}) EXPECT_TRUE(names_no_zone(text)) << text;
  for (const char* text : {"2026-07-02T08:15:30Z", "2026-07-02 08:15:30+02", "2026-07-02T08:15:30-0500", "2026-07-02 08:15:30 UTC", "02/Jul/2026:08:15:30 +0000", "1782980130", "1782980130.5", "2026-07-02", ""}) {
    EXPECT_FALSE(names_no_zone(text)) << text;
  }
}

std::string error_of_zones(const char* yaml) {
  const auto taxonomy = load_taxonomy({{"z.yml", yaml}});
  return taxonomy ? "loaded" : taxonomy.error().message;
}

TEST(LocalTimes, MistakesHaveTheirPlace) {
  EXPECT_TRUE(error_of_zones("time_zones:\n  - {zone: Europe/Nowhere}\n").starts_with("z.yml:2:12: 'Europe/Nowhere' is no time zone"));
  EXPECT_TRUE(error_of_zones("time_zones:\n  - {source: x}\n").starts_with("z.yml:2:5: needs a zone"));
  EXPECT_TRUE(error_of_zones("time_zones: Europe/Berlin\n").starts_with("z.yml:1:13: time_zones must be a list"));
  EXPECT_TRUE(error_of_zones("time_zones:\n  - {zone: UTC, sender: x}\n").starts_with("z.yml:2:17: 'sender' is not a part of a time zone"));
  std::string many = "time_zones:\n";
  for (std::size_t i = 0; i < kZoneRulesMax; ++i) many += "  - {zone: UTC}\n";
  EXPECT_EQ(error_of_zones(many.c_str()), "loaded");
  EXPECT_NE(error_of_zones((many + "  - {zone: UTC}\n").c_str()).find("more than 256 time zones"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
