// Where a line without a year gets it from: the time its file was last written, else the clock of the scan.
#include "memory_scan.h"
#include "pipeline/rule_tests.h"

namespace tocsin {
namespace {

constexpr const char* kRule = R"(
title: Door Opened
id: 11111111-1111-4111-8111-111111111111
status: test
level: high
logsource:
    product: linux
detection:
    door: ['door opened']
    condition: door
)";
constexpr const char* kLine = "Mar  5 08:00:00 web-01 doord[7]: door opened\n";

TimeUs date(int year, int month, int day) { return to_time({year, month, day, 0, 0, 0, 0}); }

std::string time_of_alert(const std::string& alerts) {
  constexpr std::string_view kKey = "\"time\":\"";
  const std::size_t at = alerts.find(kKey);
  return at == std::string::npos ? "none" : alerts.substr(at + kKey.size(), 10);
}

TEST(YearFromFile, IsThatOfTheTimeItWasLastWritten) {
  MemoryScan scan(kRule);
  scan.env.add_file("logs/a.log", kLine);
  const MemoryScan::Options options{.reference = date(2026, 11, 24)};
  ASSERT_TRUE(scan.env.set_modified_us("logs/a.log", date(2019, 3, 6)));
  EXPECT_EQ(time_of_alert(scan.run(options)), "2019-03-05");
  ASSERT_TRUE(scan.env.set_modified_us("logs/a.log", date(2019, 3, 3)));
  EXPECT_EQ(time_of_alert(scan.run(options)), "2018-03-05");
}

TEST(YearFromFile, IsThatOfTheScanWhereTheFileHasNoDate) {
  MemoryScan scan(kRule);
  scan.env.add_file("logs/a.log", kLine);
  const MemoryScan::Options options{.reference = date(2026, 11, 24)};
  for (const TimeUs no_date : {kNoTime, TimeUs{0}, date(1980, 1, 1), BlockReader::kModifiedLeast - 1}) {
    ASSERT_TRUE(scan.env.set_modified_us("logs/a.log", no_date));
    EXPECT_EQ(time_of_alert(scan.run(options)), "2026-03-05") << no_date;
  }
  ASSERT_TRUE(scan.env.set_modified_us("logs/a.log", BlockReader::kModifiedLeast));
  EXPECT_EQ(time_of_alert(scan.run(options)), "1979-03-05");
}

TEST(YearFromFile, HoldsForEveryBlockOfTheFileAndForNoOther) {
  MemoryScan scan(kRule);
  std::string log;
  while (log.size() < 2 * BlockReader::kBlockBytes) log += "Mar  5 08:00:00 web-01 doord[7]: door shut\n";
  scan.env.add_file("logs/a.log", log + kLine);
  scan.env.add_file("logs/b.log", log + kLine);
  ASSERT_TRUE(scan.env.set_modified_us("logs/a.log", date(2019, 3, 6)));
  ASSERT_TRUE(scan.env.set_modified_us("logs/b.log", date(2022, 3, 6)));
  for (const unsigned threads : {1u, 3u}) {
    const std::string alerts = scan.run({.threads = threads, .reference = date(2026, 11, 24)});
    EXPECT_EQ(count_of(alerts, "\n"), 2u);
    EXPECT_EQ(count_of(alerts, "\"time\":\"2019-03-05"), 1u);
    EXPECT_EQ(count_of(alerts, "\"time\":\"2022-03-05"), 1u);
  }
}

TEST(YearFromFile, IsTheSameForRuleTestsWhateverTheFileSays) {
  const std::string rules = std::string(kRule) + R"(name: door
---
title: Doors Opened
id: 22222222-2222-4222-8222-222222222222
status: test
level: high
correlation:
    type: event_count
    rules: [door]
    timespan: 5m
    condition:
        gte: 2
)";
  MemoryEnv env;
  env.add_file("tests/doors/info.yml", R"(
rule_metadata: [{id: 22222222-2222-4222-8222-222222222222}]
regression_tests_info: [{path: doors.log, match_count: 1}]
)");
  env.add_file("tests/doors/doors.log", std::string(kLine) + "Mar  5 08:01:00 web-01 doord[7]: door opened\n");
  Engine engine(sigma::load({{"rules.yml", rules, false}}, {}).set, std::move(*Taxonomy::load(Taxonomy::shipped())));
  // A day and the half of a minute before: the second line would be of the year before, and not with the first.
  for (const TimeUs time : {kNoTime, to_time({2023, 3, 4, 8, 0, 30, 0})}) {
    ASSERT_TRUE(env.set_modified_us("tests/doors/doors.log", time));
    RuleTests tests(env, engine);
    tests.run({"tests/doors/info.yml", true});
    ASSERT_EQ(tests.results().size(), 1u);
    EXPECT_EQ(tests.results()[0].outcome, TestResult::Outcome::kPassed) << tests.results()[0].detail;
  }
}

}  // namespace
}  // namespace tocsin
