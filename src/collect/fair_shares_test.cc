#include "collect/fair_shares.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

/// Takes bytes one by one until there are no more for it.
std::size_t take_all(FairShares& shares, std::uint32_t source) {
  std::size_t taken = 0;
  while (shares.take(source, 1)) ++taken;
  return taken;
}

TEST(FairShares, OneAloneGetsAHalf) {
  FairShares shares(1'000);
  EXPECT_EQ(take_all(shares, 1), 500u);
  EXPECT_EQ(shares.used(), 500u);
}

TEST(FairShares, WhoComesNextAlwaysFindsRoom) {
  FairShares shares(1'000);
  std::size_t last = 1'000;
  for (std::uint32_t source = 0; source < 8; ++source) {
    const std::size_t taken = take_all(shares, source);
    EXPECT_GT(taken, 0u) << source;
    EXPECT_LT(taken, last) << source;
    last = taken;
  }
}

TEST(FairShares, TwoThatWantAllOfItGetAThirdEach) {
  FairShares shares(900);
  for (bool more = true; more;) {
    const bool first = shares.take(1, 1), second = shares.take(2, 1);
    more = first || second;
  }
  EXPECT_EQ(shares.used(), 600u);
  shares.give(1, 300);
  EXPECT_EQ(take_all(shares, 2), 150u) << "up to a half, once the other is gone";
  shares.give(2, 450);
  EXPECT_EQ(shares.used(), 0u);
}

TEST(FairShares, WhoHoldsNothingMayTakeAllThatIsFree) {
  FairShares shares(1'000);
  EXPECT_FALSE(shares.take(1, 1'001));
  EXPECT_TRUE(shares.take(1, 1'000));
  EXPECT_FALSE(shares.take(2, 1));
  shares.give(1, 1'000);
  EXPECT_TRUE(shares.take(2, 900));
  EXPECT_FALSE(shares.take(2, 1));
  EXPECT_TRUE(shares.take(1, 100));
}

}  // namespace
}  // namespace tocsin
