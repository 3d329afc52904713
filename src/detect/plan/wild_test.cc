#include "detect/plan/wild.h"

#include <gtest/gtest.h>

namespace tocsin::plan {
namespace {

using Kind = sigma::WildPart::Kind;

/// "a*b?c" as parts; no escapes.
sigma::WildString parts(std::string_view text) {
  sigma::WildString all;
  for (const char c : text) {
    if (c == '*') {
      all.push_back({Kind::kAny, {}});
    } else if (c == '?') {
      all.push_back({Kind::kOne, {}});
    } else if (all.empty() || all.back().kind != Kind::kLiteral) {
      all.push_back({Kind::kLiteral, std::string(1, c)});
    } else {
      all.back().literal.push_back(c);
    }
  }
  return all;
}

bool matches(std::string_view pattern, std::string_view text) { return wild_matches(parts(pattern), text); }

TEST(Wild, Shapes) {
  EXPECT_EQ(compile_wild(parts("Ab"), false).shape, Shape::kEquals);
  EXPECT_EQ(compile_wild(parts("Ab"), false).literal, "ab");
  EXPECT_EQ(compile_wild(parts(""), false).shape, Shape::kEquals);
  EXPECT_EQ(compile_wild(parts("*"), false).shape, Shape::kEverything);
  EXPECT_EQ(compile_wild(parts("ab*"), false).shape, Shape::kPrefix);
  EXPECT_EQ(compile_wild(parts("*ab"), false).shape, Shape::kSuffix);
  EXPECT_EQ(compile_wild(parts("*ab*"), false).shape, Shape::kContains);
  EXPECT_EQ(compile_wild(parts("a*b"), false).shape, Shape::kGeneral);
  EXPECT_EQ(compile_keyword(parts("ab"), false).shape, Shape::kContains);
  EXPECT_EQ(compile_keyword(parts(""), false).shape, Shape::kEverything);
}

TEST(Wild, Matching) {
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches("a*b*c", "a-c-b"));
  EXPECT_TRUE(matches("*aab", "aaaab"));
  EXPECT_TRUE(matches("?", "\xC3\xA9"));      // one character of two bytes
  EXPECT_TRUE(matches("?", "\xFF"));          // a byte that is no character counts as one
  EXPECT_FALSE(matches("?", "ab"));
  EXPECT_TRUE(matches("a?*", "ab"));
  EXPECT_FALSE(matches("a?*", "a"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
}

TEST(Wild, HostilePatternEndsSoon) {
  std::string pattern, text(20'000, 'a');
  for (int i = 0; i < 50; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "*b", text));
}

}  // namespace
}  // namespace tocsin::plan
