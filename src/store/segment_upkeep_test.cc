#include "store/segment_upkeep.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::store {
namespace {

constexpr TimeUs kDay = 86'400'000'000, kToday = 20'000 * kDay;

/// Of `day`, so many bytes of records.
Segment made(std::uint64_t number, TimeUs day, std::uint64_t raw_bytes) {
  Segment segment;
  segment.file = std::to_string(number);
  segment.first_sequence = number;
  segment.first_received = segment.last_received = day + static_cast<TimeUs>(number);
  segment.raw_bytes = raw_bytes;
  segment.bytes = 100;
  return segment;
}

std::string names(const std::vector<Segment>& segments) {
  std::string all;
  for (const Segment& segment : segments) all += (all.empty() ? "" : " ") + segment.file;
  return all;
}

TEST(SegmentUpkeep, SmallNeighboursOfADayAreMerged) {
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < 7; ++i) segments.push_back(made(i, kToday, 1'000));
  EXPECT_EQ(names(mergeable(segments, kToday + kDay / 2)), "") << "too few yet";
  EXPECT_EQ(names(mergeable(segments, kToday + kDay)), "0 1 2 3 4 5 6") << "no more will come";
  segments.push_back(made(7, kToday, 1'000));
  EXPECT_EQ(names(mergeable(segments, kToday + kDay / 2)), "0 1 2 3 4 5 6 7");
  segments[4].raw_bytes = kSmallRawBytes;
  EXPECT_EQ(names(mergeable(segments, kToday + kDay / 2)), "") << "a large one stands between";
  EXPECT_EQ(names(mergeable(segments, kToday + kDay)), "0 1 2 3");
  EXPECT_EQ(names(mergeable({}, kToday)), "");
  EXPECT_EQ(names(mergeable(std::vector<Segment>{made(0, kToday, 1)}, kToday + kDay)), "") << "one alone";
}

TEST(SegmentUpkeep, DaysAreNotMixedAndMergesAreBounded) {
  std::vector<Segment> segments = {made(0, kToday - kDay, 1), made(1, kToday, 1), made(2, kToday, 1)};
  EXPECT_EQ(names(mergeable(segments, kToday + kDay)), "1 2");
  segments.clear();
  for (std::uint64_t i = 0; i < 20; ++i) segments.push_back(made(i, kToday, kSmallRawBytes - 1));
  EXPECT_EQ(mergeable(segments, kToday).size(), kMergedRawBytesMax / kSmallRawBytes);
  segments.clear();
  for (std::uint64_t i = 0; i < 1'000; ++i) segments.push_back(made(i, kToday, 1));
  EXPECT_EQ(mergeable(segments, kToday).size(), kMergeMost);
}

TEST(SegmentUpkeep, WhatIsOldOrTooMuchExpires) {
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < 5; ++i) segments.push_back(made(i, kToday + static_cast<TimeUs>(i) * kDay, 1));
  const TimeUs now = kToday + 5 * kDay;
  EXPECT_EQ(names(expired(segments, {}, now)), "") << "no limits";
  EXPECT_EQ(names(expired(segments, {.age_us = 3 * kDay, .bytes = 0}, now)), "0 1");
  EXPECT_EQ(names(expired(segments, {.age_us = 0, .bytes = 499}, now)), "0");
  EXPECT_EQ(names(expired(segments, {.age_us = 0, .bytes = 500}, now)), "");
  EXPECT_EQ(names(expired(segments, {.age_us = 0, .bytes = 1}, now)), "0 1 2 3 4");
  EXPECT_EQ(names(expired(segments, {.age_us = 4 * kDay, .bytes = 400}, now)), "0") << "what goes by age makes room";
}

/// Of a retention group.
Segment of_group(Segment segment, const RetentionRule& rule) {
  segment.file += "." + group_name(rule) + ".parquet";
  return segment;
}

TEST(SegmentUpkeep, SourcesCanHaveLimitsOfTheirOwn) {
  const RetentionRule audit{"bulk/audit_*", 10 * kDay, 0}, firewall{"syslog/fw", kDay, 150}, odd{"odd", 0, 0};
  const KeepLimits limits{.age_us = 5 * kDay, .bytes = 0, .rules = {audit, firewall}};
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < 4; ++i) {
    const TimeUs day = kToday + static_cast<TimeUs>(i) * 2 * kDay;
    segments.push_back(made(4 * i, day, 1));
    segments.push_back(of_group(made(4 * i + 1, day, 1), audit));
    segments.push_back(of_group(made(4 * i + 2, day, 1), firewall));
    segments.push_back(of_group(made(4 * i + 3, day, 1), odd));
  }
  const auto gone = [&](const KeepLimits& keep, TimeUs now) {
    std::string all;
    for (const Segment& segment : expired(segments, keep, now)) all += std::to_string(segment.first_sequence) + " ";
    return all;
  };
  EXPECT_EQ(gone(limits, kToday + 6 * kDay + kDay / 2), "0 2 3 6 10 ") << "five days, but one for the firewall and ten for audit; what no setting names as all others";
  EXPECT_EQ(gone(limits, kToday + 6 * kDay), "0 2 3 6 10 ");
  KeepLimits small = limits;
  small.age_us = 0;
  small.rules[1].age_us = 0;
  EXPECT_EQ(gone(small, kToday), "2 6 10 ") << "150 bytes for the firewall are one file";
  small.bytes = 1'000;
  EXPECT_EQ(gone(small, kToday), "0 1 2 3 6 10 ") << "16 files; 3 go by the firewall's limit, then the oldest of all";
}

TEST(SegmentUpkeep, OnlyFilesOfOneGroupAreMerged) {
  const RetentionRule a{"a", 0, 0};
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < 6; ++i) segments.push_back(i % 2 == 0 ? made(i, kToday, 1'000) : of_group(made(i, kToday, 1'000), a));
  EXPECT_EQ(names(mergeable(segments, kToday + kDay)), "0 2 4");
  for (const std::size_t i : {4u, 2u, 0u}) segments.erase(segments.begin() + i);
  EXPECT_EQ(names(mergeable(segments, kToday + kDay)), "1.a.parquet 3.a.parquet 5.a.parquet");
}

TEST(SegmentUpkeep, TheFirstRuleThatFitsASourceIsItsGroup) {
  RetentionGroups groups({{"bulk/web", 1, 0}, {"category:dns_*", 2, 0}, {"bulk/*", 3, 0}, {"product:WINDOWS", 4, 0}, {"service:sshd", 5, 0}});
  const LogSourceClass unknown, dns{{{"windows", "dns_query", ""}}, {}}, windows{{{"windows", "", "security"}}, {}}, ssh{{{"linux", "", "sshd"}, {"unix", "", ""}}, {}};
  EXPECT_EQ(groups.of("bulk/web", dns), 1u) << "the first that fits";
  EXPECT_EQ(groups.of("bulk/db", dns), 2u);
  EXPECT_EQ(groups.of("bulk/db", windows), 3u);
  EXPECT_EQ(groups.of("bulk/db", windows), 3u);
  EXPECT_EQ(groups.of("syslog/web", windows), 4u);
  EXPECT_EQ(groups.of("syslog/web", ssh), 5u);
  EXPECT_EQ(groups.of("syslog/web", unknown), 0u);
  EXPECT_EQ(groups.of("product:windows", unknown), 0u);
  EXPECT_EQ(group_name({"syslog/f_w*", 0, 0}), "syslog_2ff_5fw_2a");
  EXPECT_EQ(group_name({"product:linux", 0, 0}), "product_3alinux");
  Segment segment;
  segment.file = "2026-07-27/1-2.syslog_2ffw.parquet";
  EXPECT_EQ(group_of(segment), "syslog_2ffw");
  segment.file = "2026-07-27/1-2.parquet";
  EXPECT_EQ(group_of(segment), "");
}

}  // namespace
}  // namespace tocsin::store
