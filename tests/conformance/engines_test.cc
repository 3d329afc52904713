// The fast evaluator and its slow twin over generated rules and events. The seeds are fixed, so a failure repeats; the fuzz
// target detect_diff goes where they do not.
#include <gtest/gtest.h>

#include "../../fuzz/detect_diff.h"

namespace tocsin {
namespace {

TEST(Engines, AgreeOnGeneratedWorlds) {
  constexpr std::uint64_t kWorlds = 4'000;
  std::size_t matches = 0;
  for (std::uint64_t seed = 0; seed < kWorlds; ++seed) {
    naive::Choices choices(seed);
    std::size_t found = 0;
    const std::string difference = find_difference(choices, found);
    ASSERT_EQ(difference, "") << "seed " << seed;
    matches += found;
  }
  EXPECT_GT(matches, kWorlds);  // else the generator has gone astray, and nothing was compared
}

}  // namespace
}  // namespace tocsin
