#include "collect/guess_limit.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;

TEST(GuessLimit, SomeAreFreeEachMinute) {
  GuessLimit guesses;
  for (int minute = 0; minute < 3; ++minute) {
    for (std::uint32_t i = 0; i < kGuessesPerMinuteMax; ++i) EXPECT_FALSE(guesses.failed("192.0.2.1", minute * kMinuteNs)) << i;
    EXPECT_TRUE(guesses.failed("192.0.2.1", minute * kMinuteNs));
    EXPECT_TRUE(guesses.failed("192.0.2.1", (minute + 1) * kMinuteNs - 1));
  }
}

TEST(GuessLimit, AddressesAreCountedApart) {
  GuessLimit guesses;
  for (std::uint32_t i = 0; i <= kGuessesPerMinuteMax; ++i) (void)guesses.failed("192.0.2.1", 0);
  EXPECT_TRUE(guesses.failed("192.0.2.1", 0));
  int slowed = 0;  // one that has the same place may be
  for (int i = 2; i < 12; ++i) slowed += guesses.failed("192.0.2." + std::to_string(i), 0) ? 1 : 0;
  EXPECT_LE(slowed, 1);
}

}  // namespace
}  // namespace tocsin
