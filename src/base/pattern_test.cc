#include "base/pattern.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Pattern, PatternsHaveStars) {
  EXPECT_TRUE(fits_pattern("*", ""));
  EXPECT_TRUE(fits_pattern("a*b*c", "AxxBbxC"));
  EXPECT_TRUE(fits_pattern("*.pin", "x.pin.pin"));
  EXPECT_FALSE(fits_pattern("*.pin", "x.pins"));
  EXPECT_FALSE(fits_pattern("a", "ab"));
  EXPECT_FALSE(fits_pattern("", "a"));
}

}  // namespace
}  // namespace tocsin
