#include "pipeline/clock_skew.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr TimeUs kSecond = 1'000'000, kBegin = 1'796'000'000'000'000;

TEST(ClockSkew, IsTheLeastDelayOfAWindow) {
  ClockSkew skew;
  skew.add(kBegin, kBegin - 900 * kSecond);
  skew.add(kBegin + 10 * kSecond, kBegin - 600 * kSecond);
  skew.add(kBegin + 20 * kSecond, kNoTime);
  EXPECT_FALSE(skew.known()) << "the window is not over";
  skew.add(kBegin + ClockSkew::kWindowUs, kBegin + ClockSkew::kWindowUs);
  EXPECT_EQ(skew.known(), 610 * kSecond);
  skew.add(kBegin + 2 * ClockSkew::kWindowUs, kBegin);
  EXPECT_EQ(skew.known(), 0) << "what came first in the second window was fresh";
}

TEST(ClockSkew, EventsOfTheFutureAreAhead) {
  ClockSkew skew;
  skew.add(kBegin, kBegin + 3600 * kSecond);
  skew.add(kBegin + ClockSkew::kWindowUs, kBegin + ClockSkew::kWindowUs);
  EXPECT_EQ(skew.known(), -3600 * kSecond);
}

TEST(ClockSkew, OurOwnClockMayBeSetBack) {
  ClockSkew skew;
  skew.add(kBegin, kBegin - 5 * kSecond);
  skew.add(kBegin - 7200 * kSecond, kBegin - 7200 * kSecond);
  EXPECT_EQ(skew.known(), 5 * kSecond);
}

}  // namespace
}  // namespace tocsin
