// What correlations find does not depend on which file is read first, on how many threads read, or on whether hits fit into
// memory; and where some do not fit even on disk, everything says so.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/sanitized.h"
#include "memory_scan.h"

namespace tocsin {
namespace {

constexpr const char* kRules = R"(
title: Password Refused
id: 11111111-1111-4111-8111-000000000001
name: refused
status: test
level: informational
logsource: {product: windows, service: security}
detection:
    event: {EventID: 4625}
    condition: event
---
title: Shell Started
id: 11111111-1111-4111-8111-000000000002
name: shell
status: test
level: informational
logsource: {product: windows, service: sysmon}
detection:
    event: {EventID: 1, Image|endswith: '\cmd.exe'}
    condition: event
---
title: Refused, Then a Shell
id: 11111111-1111-4111-8111-000000000003
status: test
level: high
correlation:
    type: temporal_ordered
    rules: [refused, shell]
    group-by: [Computer]
    timespan: 30s
---
title: Many Refused
id: 11111111-1111-4111-8111-000000000004
status: test
level: medium
correlation:
    type: event_count
    rules: [refused]
    group-by: [Computer]
    timespan: 1m
    condition: {gte: 8}
)";

/// One log of refused passwords and one of shells, over the same hour: each in order, but read one after the other.
struct Logs {
  explicit Logs(int refused_count) {
    std::mt19937 random(7);
    for (int i = 0; i < refused_count; ++i) refused += line(random, i, refused_count, "Security", "Microsoft-Windows-Security-Auditing", 4625, "");
    for (int i = 0; i < 60; ++i) {
      shells += line(random, i, 60, "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1, R"(,"Image":"C:\\Windows\\cmd.exe")");
    }
  }

  static std::string line(std::mt19937& random, int i, int count, const char* channel, const char* provider, int id, const char* more) {
    const long ms = 3'600'000L * i / count + (id == 1 ? 1 : 0);  // no two files have an event at the same time
    const std::string time = fmt::format("2026-11-24 09:{:02}:{:02}.{:03}", ms / 60'000, ms / 1000 % 60, ms % 1000);
    return fmt::format(R"({{"Channel":"{}","Provider_Name":"{}","EventID":{},"Computer":"ws-{}","UtcTime":"{}","@timestamp":"{}Z"{}}})", channel, provider, id,
                       random() % 5, time, time, more) +
           "\n";
  }

  std::string refused, shells;
};

/// Of each line of CSV the time and the rule: what does not name the file.
std::string times_and_rules(const std::string& csv) {
  std::vector<std::string> lines;
  constexpr std::size_t kIdSize = 33;  // with its comma
  for (std::size_t at = 0; at < csv.size(); at = csv.find('\n', at) + 1) {
    lines.push_back(csv.substr(at + kIdSize, csv.find(",test,", at) - at - kIdSize));
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

TEST(CorrelateFiles, WhicheverFileIsReadFirst) {
  const Logs logs(2'500);
  std::string expected;
  for (const bool refused_first : {true, false}) {
    MemoryScan scan(kRules);
    scan.env.add_file(refused_first ? "logs/a.ndjson" : "logs/b.ndjson", logs.refused);
    scan.env.add_file(refused_first ? "logs/b.ndjson" : "logs/a.ndjson", logs.shells);
    const std::string found = times_and_rules(scan.run({.format = "csv"}));
    if (expected.empty()) expected = found;
    EXPECT_EQ(found, expected);
    EXPECT_GT(count_of(found, "000000000003"), 3u);
    EXPECT_GT(count_of(found, "000000000004"), 3u);
  }
}

TEST(CorrelateFiles, HitsThatDoNotFitIntoMemoryGiveTheSame) {
  const Logs logs(6'000);
  MemoryScan scan(kRules);
  scan.env.add_file("logs/a.ndjson", logs.refused);
  scan.env.add_file("logs/b.ndjson", logs.shells);
  const std::string expected = scan.run({.format = "ndjson"});
  EXPECT_GT(count_of(expected, "\"events\""), 20u);
  EXPECT_EQ(count_of(expected, "\"evicted\":0"), count_of(expected, "\"events\""));
  for (const unsigned threads : {1u, 3u}) {
    scan.env.fail_call(0);
    EXPECT_EQ(scan.run({.threads = threads, .hit_bytes_max = 256 << 10}), expected);
    EXPECT_TRUE(scan.summary.notes.empty());
    EXPECT_GT(scan.env.calls(), 10u);
  }
}

TEST(CorrelateFiles, WhatDoesNotFitOnDiskIsSaidOnEveryAlert) {
  const Logs logs(12'000);
  MemoryScan scan(kRules);
  scan.env.add_file("logs/a.ndjson", logs.refused);
  scan.env.add_file("logs/b.ndjson", logs.shells);
  const std::string first = scan.run({.threads = 1, .hit_bytes_max = 256 << 10});
  ASSERT_EQ(scan.summary.notes.size(), 1u);
  EXPECT_NE(scan.summary.notes[0].find("could not be kept for correlations"), std::string::npos) << scan.summary.notes[0];
  EXPECT_GT(count_of(first, "\"events\""), 20u);
  EXPECT_EQ(count_of(first, "\"evicted\":0"), 0u);
  EXPECT_EQ(scan.run({.threads = 3, .hit_bytes_max = 256 << 10}), first);
}

TEST(CorrelateFiles, ADiskThatFailsIsSaidOnEveryAlert) {
  const Logs logs(4'000);
  MemoryScan scan(kRules);
  scan.env.add_file("logs/a.ndjson", logs.refused);
  scan.env.add_file("logs/b.ndjson", logs.shells);
  scan.env.fail_call(0);
  const std::string expected = scan.run({.threads = 1, .hit_bytes_max = 256 << 10});
  const std::uint64_t calls = scan.env.calls();
  std::uint64_t said = 0, marked = 0;
  for (std::uint64_t failing = 4; failing <= calls; failing += is_sanitized() ? 3 : 1) {  // before that the inputs are opened
    scan.env.fail_call(failing);
    const std::string found = scan.run({.threads = 1, .may_fail = true, .hit_bytes_max = 256 << 10});
    if (scan.failed) continue;  // alerts could not be kept: the scan says so and ends
    if (!scan.summary.problems.empty()) continue;  // an input could not be read
    if (scan.summary.notes.empty()) {
      EXPECT_EQ(found, expected) << "call " << failing;
      continue;
    }
    ++said;
    marked += count_of(found, "\"events\"") - count_of(found, "\"evicted\":0");
  }
  EXPECT_GT(said, is_sanitized() ? 0u : 5u);  // one thread: the same calls fail each time
  EXPECT_GT(marked, is_sanitized() ? 3u : 20u);
}

constexpr const char* kFlood = R"(
title: Password Refused
id: 11111111-1111-4111-8111-000000000001
name: refused
status: test
level: informational
logsource: {product: windows, service: security}
detection:
    event: {EventID: 4625}
    condition: event
---
title: Flood
id: 11111111-1111-4111-8111-000000000002
status: test
level: high
correlation:
    type: event_count
    rules: [refused]
    timespan: 2h
    condition: {gte: 10012}
)";

TEST(CorrelateFiles, AFloodSaysHowManyEventsItDoesNotName) {
  MemoryScan scan(kFlood);
  scan.env.add_file("logs/a.ndjson", Logs(11'000).refused);
  const std::string found = scan.run({});
  EXPECT_EQ(count_of(found, "\"index\":"), 10'000u);
  EXPECT_NE(found.find("\"value\":10012,\"timespan_us\":7200000000,\"folded\":0,\"events_left_out\":12,\"evicted\":0"), std::string::npos);
}

TEST(CorrelateFiles, WindowsThatOutgrowTheirMemoryAreTold) {
  MemoryScan scan(kRules);
  scan.env.add_file("logs/a.ndjson", Logs(2'500).refused);
  scan.env.add_file("logs/b.ndjson", Logs(0).shells);
  const std::string found = scan.run({.correlation_bytes_max = 4 << 10});
  EXPECT_GT(scan.summary.correlations.evicted.count, 0u);
  ASSERT_EQ(scan.summary.notes.size(), 1u);
  EXPECT_NE(scan.summary.notes[0].find("ran out of memory"), std::string::npos);
  EXPECT_LT(count_of(found, "\"evicted\":0"), count_of(found, "\"events\":"));
  EXPECT_NE(scan.run({.format = "table", .correlation_bytes_max = 4 << 10}).find("matches were dropped (memory):"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
