#include "baseline/alert_limit.h"

#include <gtest/gtest.h>

#include <array>

namespace tocsin::baseline {
namespace {

constexpr std::uint32_t kHour = 3'600, kStart = 400'000 * kHour;

bool admits(AlertLimit& limit, std::uint64_t print, std::uint32_t time_s, BaselineKind kind = BaselineKind::kTravel) { return limit.admits(kind, std::array{print}, time_s); }

TEST(AlertLimit, TheSameSignOnceInAShift) {
  AlertLimit limit;
  EXPECT_TRUE(admits(limit, 7, kStart));
  EXPECT_FALSE(admits(limit, 7, kStart));
  EXPECT_FALSE(admits(limit, 7, kStart + kSameSignSeconds - 1));
  EXPECT_FALSE(admits(limit, 7, kStart - 10 * kHour)) << "late";
  EXPECT_TRUE(admits(limit, 8, kStart));
  EXPECT_TRUE(admits(limit, 7, kStart + kSameSignSeconds));
  EXPECT_EQ(limit.held_back(), 0u) << "the same is nothing that somebody has to hear of";
}

TEST(AlertLimit, SignsOfOneEventAreOneAlert) {
  AlertLimit limit;
  const std::array<std::uint64_t, 3> all = {1, 2, 3};
  EXPECT_TRUE(limit.admits(BaselineKind::kVolume, all, kStart));
  EXPECT_FALSE(admits(limit, 2, kStart + 1, BaselineKind::kVolume)) << "told with the others";
  for (std::uint64_t i = 0; i < kSignAlertsPerHourMax - 1; ++i) EXPECT_TRUE(admits(limit, 100 + i, kStart, BaselineKind::kVolume)) << "the three were one";
  EXPECT_FALSE(admits(limit, 99, kStart, BaselineKind::kVolume));
}

TEST(AlertLimit, SoManyOfAKindInAnHour) {
  AlertLimit limit;
  for (std::uint64_t i = 1; i <= kSignAlertsPerHourMax; ++i) EXPECT_TRUE(admits(limit, i, kStart));
  EXPECT_FALSE(admits(limit, 500, kStart + kHour - 1));
  EXPECT_FALSE(admits(limit, 501, kStart - 5 * kHour)) << "a clock that is behind gets no hour of its own";
  EXPECT_EQ(limit.held_back(), 2u);
  EXPECT_FALSE(admits(limit, 500, kStart + kHour - 1));
  EXPECT_EQ(limit.held_back(), 2u) << "once";
  EXPECT_TRUE(admits(limit, 502, kStart, BaselineKind::kBeacon));
  EXPECT_TRUE(admits(limit, 503, kStart + kHour));
}

TEST(AlertLimit, GoesOnFromItsState) {
  AlertLimit limit, again;
  for (std::uint64_t i = 1; i <= kSignAlertsPerHourMax; ++i) (void)admits(limit, i, kStart);
  std::string state, same;
  limit.append_state(state);
  ASSERT_TRUE(again.read_state(state));
  again.append_state(same);
  EXPECT_EQ(same, state);
  EXPECT_FALSE(admits(again, 3, kStart + 2 * kHour));
  EXPECT_FALSE(admits(again, 77, kStart)) << "the hour is full";
  for (std::size_t size = 0; size < state.size(); ++size) EXPECT_FALSE(again.read_state(std::string_view(state).substr(0, size))) << size;
  EXPECT_FALSE(again.read_state(state + "x"));
  EXPECT_TRUE(admits(again, 3, kStart)) << "what was damaged is empty";
}

}  // namespace
}  // namespace tocsin::baseline
