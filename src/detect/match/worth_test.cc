#include "detect/match/worth.h"

#include <gtest/gtest.h>

namespace tocsin::match {
namespace {

TEST(Worth, AFieldThatRepeatsItselfPaysForGood) {
  Worth worth;
  for (int i = 0; i < 200'000; ++i) {
    worth.asked(true);
    ASSERT_TRUE(worth.pays()) << i;
  }
}

TEST(Worth, AFieldThatDoesNotIsTriedAgainOnceARound) {
  Worth worth;
  std::uint32_t paid = 0, rounds = 0;
  for (std::uint32_t i = 0; i < 3 * Worth::kRound; ++i) {
    paid += worth.pays();
    rounds += worth.asked(false);
  }
  EXPECT_EQ(rounds, 3u);
  EXPECT_EQ(paid, 3 * Worth::kJudged);
}

TEST(Worth, OneInEightIsEnough) {
  Worth enough, little;
  for (std::uint32_t i = 0; i < Worth::kJudged; ++i) {
    enough.asked(i % 8 == 0);
    little.asked(i % 8 == 0 && i != 0);
  }
  EXPECT_TRUE(enough.pays());
  EXPECT_FALSE(little.pays());
}

}  // namespace
}  // namespace tocsin::match
