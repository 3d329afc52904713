#include "base/number.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Number, IsDecimal) {
  for (const char* const text : {"0", "-1", "+12", "1.", ".5", "1.25", "1e3", "1E-3", "-.5e+10"}) EXPECT_TRUE(is_decimal_number(text)) << text;
  for (const char* const text : {"", "-", ".", "1e", "1e+", "e3", " 1", "1 ", "1.2.3", "0x10", "1,5", "inf", "nan", "--1"}) EXPECT_FALSE(is_decimal_number(text)) << text;
}

}  // namespace
}  // namespace tocsin
