#include "collect/percent.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin {
namespace {

std::string decoded(std::string_view text, bool plus = false) {
  std::string out = "before";
  return percent_decode(text, plus, out) ? out : "refused";
}

TEST(Percent, EscapesAreDecodedOnce) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("a%2Db%2dc%25%32%35"), "a-b-c%25");
  EXPECT_EQ(decoded("%C3%A9\xc3\xa9"), "\xc3\xa9\xc3\xa9");
  EXPECT_EQ(decoded("a+b%2B"), "a+b+");
  EXPECT_EQ(decoded("a+b%2B", true), "a b+");
}

TEST(Percent, WhatIsMalformedIsRefused) {
  for (const std::string_view text : {"%", "%4", "%4g", "%g4", "a%", "%%41"})
    EXPECT_EQ(decoded(text), "refused") << text;
}

TEST(Percent, ControlCharactersAreRefused) {
  for (const std::string_view text : {"%00", "%1f", "%7F", "%0a", "\n", "\x1f", "\x7f"})
    EXPECT_EQ(decoded(text), "refused");
  EXPECT_EQ(decoded("%20%80"), " \x80");
}

}  // namespace
}  // namespace tocsin
