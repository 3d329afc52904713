#include "baseline/fading.h"

#include <gtest/gtest.h>

namespace tocsin::baseline {
namespace {

constexpr double kDay = 86'400e6;

TEST(Fading, HalvesWithEachHalfLife) {
  EXPECT_DOUBLE_EQ(faded(8, 0, static_cast<TimeUs>(kDay), kDay), 4);
  EXPECT_DOUBLE_EQ(faded(8, 0, static_cast<TimeUs>(3 * kDay), kDay), 1);
}

TEST(Fading, TakesNothingWhereTimeStandsOrGoesBack) {
  EXPECT_EQ(faded(8, 1'000, 1'000, kDay), 8);
  EXPECT_EQ(faded(8, static_cast<TimeUs>(kDay), 0, kDay), 8);
}

}  // namespace
}  // namespace tocsin::baseline
