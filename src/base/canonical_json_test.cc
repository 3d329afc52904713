#include "base/canonical_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <random>

namespace tocsin {
namespace {

std::string canonical(std::string_view text) {
  const Result<std::string> done = canonical_json(text);
  return done ? *done : "error: " + done.error().message;
}

std::string number(double value) {
  std::string text;
  append_canonical_number(text, value);
  return text;
}

/// RFC 8785, appendix B.
TEST(CanonicalJson, NumbersAreThoseOfEcmaScript) {
  const std::pair<std::uint64_t, const char*> rows[] = {
      {0x0000000000000000, "0"}, {0x8000000000000000, "0"}, {0x0000000000000001, "5e-324"}, {0x8000000000000001, "-5e-324"}, {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"}, {0x4340000000000000, "9007199254740992"}, {0xc340000000000000, "-9007199254740992"}, {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"}, {0x44b52d02c7e14af6, "1e+23"}, {0x44b52d02c7e14af7, "1.0000000000000001e+23"}, {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"}, {0x444b1ae4d6e2ef50, "1e+21"}, {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"}, {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"}, {0x41b3de4355555554, "333333333.33333325"}, {0x41b3de4355555555, "333333333.3333333"}, {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"}, {0xbecbf647612f3696, "-0.0000033333333333333333"}, {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& [bits, text] : rows) EXPECT_EQ(number(std::bit_cast<double>(bits)), text);
  EXPECT_EQ(number(100), "100");
  EXPECT_EQ(number(-1.5), "-1.5");
}

/// Whatever is written gives the number back, and is itself canonical.
TEST(CanonicalJson, NumbersGiveThemselvesBack) {
  std::mt19937_64 random(8785);
  for (int i = 0; i < 20'000; ++i) {
    double value = std::bit_cast<double>(random());
    if (i % 2 == 0) value = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 120) - 80);
    if (!std::isfinite(value)) continue;
    const std::string text = number(value);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    ASSERT_EQ(canonical(text), text);
  }
}

TEST(CanonicalJson, NumbersOfTheTextAreReadExactly) {
  EXPECT_EQ(canonical("9007199254740993"), "9007199254740992") << "a double has no more";
  EXPECT_EQ(canonical("18446744073709551615"), "18446744073709552000");
  EXPECT_EQ(canonical("[1e-400,-0,-0.0,1E2,0.10,123456789012345678901234567890]"), "[0,0,0,100,0.1,1.2345678901234568e+29]");
  EXPECT_EQ(canonical("0.1e1"), "1");
  EXPECT_EQ(canonical("8.41e21"), "8.41e+21");
  EXPECT_EQ(canonical("1.0715660391465826e-75"), "1.0715660391465826e-75");
}

TEST(CanonicalJson, MembersAreInTheOrderOfUtf16) {
  EXPECT_EQ(canonical(" { \"b\" : [ 1 , 2 ] , \"a\" : { \"d\" : null , \"c\" : true } } "), R"({"a":{"c":true,"d":null},"b":[1,2]})");
  EXPECT_EQ(canonical("{\"\xEF\xAC\xB3\":1,\"\xF0\x9F\x98\x80\":2,\"\xED\x9F\xBF\":3,\"\xEE\x80\x80\":4,\"z\":5,\"\":6,\"zz\":7}"),
            "{\"\":6,\"z\":5,\"zz\":7,\"\xED\x9F\xBF\":3,\"\xF0\x9F\x98\x80\":2,\"\xEE\x80\x80\":4,\"\xEF\xAC\xB3\":1}")
      << "a character of two units stands before U+E000";
}

TEST(CanonicalJson, TextsHaveAsFewEscapesAsCanBe) {
  EXPECT_EQ(canonical(R"("\u0041\/\u00e9\u20ac\ud83d\ude00")"), "\"A/\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(canonical(R"("\u0000\u001f\u0008\u0009\u000a\u000c\u000d\u0022\u005c\u007f")"), "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\\x7f\"");
}

TEST(CanonicalJson, WhatReadersWouldNotAgreeOnIsAnError) {
  EXPECT_EQ(canonical(R"({"a":1,"b":{"x":1,"y":2,"x":3}})"), "error: byte 29: the name 'x' is twice in an object");
  EXPECT_EQ(canonical(R"({"a":1,"\u0061":2})"), "error: byte 17: the name 'a' is twice in an object");
  for (const char* const bad : {"", " ", "{", "[1,]", "01", "1 2", "[1] x", "nul", "\"\\ud800\"", "\"\\udc00x\"", "\"\xC3\"", "\"\xED\xA0\x80\"", "\"\t\"", "NaN", "{\"a\" 1}", "// x\n1", "'a'"}) {
    EXPECT_TRUE(canonical(bad).starts_with("error: byte ")) << bad << ": " << canonical(bad);
  }
  EXPECT_NE(canonical("[1e400]").find("more than a double can hold"), std::string::npos);
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(canonical(nested(kCanonicalDepthMax)), nested(kCanonicalDepthMax));
  EXPECT_TRUE(canonical(nested(kCanonicalDepthMax + 1)).starts_with("error: "));
}

}  // namespace
}  // namespace tocsin
