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

}  // namespace
}  // namespace tocsin::store
