#include "base/regex.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace tocsin {
namespace {

Regex compiled(std::string_view pattern, RegexFlags flags = {}) {
  auto regex = Regex::compile(pattern, flags);
  EXPECT_TRUE(regex.has_value()) << pattern << ": " << (regex ? "" : regex.error().message);
  return std::move(*regex);
}

bool found(std::string_view pattern, std::string_view text, RegexFlags flags = {}) {
  return compiled(pattern, flags).search(text);
}

TEST(Regex, IsSearchedForAnywhere) {
  EXPECT_TRUE(found("b+c", "aabbcc"));
  EXPECT_FALSE(found("^b", "ab"));
  EXPECT_TRUE(found("", ""));
}

TEST(Regex, FlagsMeanTheSameInBothEngines) {
  for (const std::string engine : {"", "(?=)"}) {  // look-ahead: PCRE2
    EXPECT_EQ(compiled(engine + "a").is_linear(), engine.empty());
    EXPECT_FALSE(found(engine + "a", "A"));
    EXPECT_TRUE(found(engine + "a", "A", {.ignore_case = true}));
    EXPECT_TRUE(found(engine + "\xC3\xA4", "\xC3\x84", {.ignore_case = true}));
    EXPECT_FALSE(found(engine + "^b$", "a\nb\nc"));
    EXPECT_TRUE(found(engine + "^b$", "a\nb\nc", {.multi_line = true}));
    EXPECT_FALSE(found(engine + "a.b", "a\nb"));
    EXPECT_TRUE(found(engine + "a.b", "a\nb", {.dot_all = true}));
    EXPECT_FALSE(found(engine + "a$", "a\n"));
    EXPECT_TRUE(found(engine + "^.$", "\xE2\x82\xAC"));
    EXPECT_FALSE(found(engine + "\\d", "\xD9\xA1"));  // ARABIC-INDIC DIGIT ONE
  }
}

TEST(Regex, Pcre2DoesWhatRe2Lacks) {
  EXPECT_TRUE(found("(?<!x)ab", "ab"));
  EXPECT_FALSE(found("(?<!x)ab", "xab"));
  EXPECT_TRUE(found("(a|b)\\1", "xbb"));
  EXPECT_TRUE(found("a++b", "aab"));
  EXPECT_TRUE(found("a{1001}", std::string(1001, 'a')));
}

TEST(Regex, NeitherEngineIsAnErrorWithItsPlace) {
  std::size_t at = 99;
  EXPECT_FALSE(Regex::compile("ab(c", {}, &at).has_value());
  EXPECT_EQ(at, 4u);
  EXPECT_FALSE(Regex::compile("ab[z-a]", {}, &at).has_value());
  EXPECT_GE(at, 3u);
  EXPECT_FALSE(Regex::compile("a**+*", {}).has_value());
  EXPECT_FALSE(Regex::compile("(?=)\\C", {}).has_value());  // would cut characters
  EXPECT_FALSE(Regex::compile("\xFF", {}).has_value());
}

TEST(Regex, PatternLengthIsLimited) {
  EXPECT_TRUE(Regex::compile(std::string(kRegexBytesMax, 'a'), {}).has_value());
  const auto refused = Regex::compile(std::string(kRegexBytesMax + 1, 'a'), {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLimit);
}

TEST(Regex, ALargePatternGetsMoreMemory) {
  std::string pattern = "(?:";
  for (int i = 0; i < 1500; ++i) pattern += (i == 0 ? "" : "|") + std::to_string(i * 7919);
  EXPECT_TRUE(found(pattern + ")", "x11870581x"));
}

TEST(Regex, BacktrackingIsLimitedAndCounted) {
  const Regex regex = compiled("^(a+)+(?=b)b$");
  EXPECT_FALSE(regex.is_linear());
  EXPECT_TRUE(regex.search("aaab"));
  EXPECT_EQ(regex.limit_hits(), 0u);
  EXPECT_FALSE(regex.search(std::string(60, 'a') + "c b"));
  const Regex worse = compiled("(?=a)(a|aa)+$");
  EXPECT_FALSE(worse.search(std::string(60, 'a') + "b"));
  EXPECT_EQ(worse.limit_hits(), 1u);
  const Regex deep = compiled("(?=)(?:(.)(?=))*xy");
  EXPECT_FALSE(deep.search("yx" + std::string(1'000'000, 'a')));
  EXPECT_GT(deep.limit_hits(), 0u);
}

TEST(Regex, BrokenUtf8IsSearchedByteByByte) {
  for (const std::string engine : {"", "(?=)"}) {
    EXPECT_TRUE(found(engine + "a.b",
                      "a\xFF"
                      "b"));
    EXPECT_TRUE(found(engine + "cd", "\xFF\xFE cd"));
    EXPECT_TRUE(found(engine + "\xC3\xA4", "\xFF\xC3\xA4"));
    EXPECT_FALSE(found(engine + "a.b", "\xC3(a\nb"));
    EXPECT_TRUE(found(engine + "^.{3}$", "\xC3\x28\xFF"));
    EXPECT_TRUE(found(engine + "x", std::string("\0x", 2)));
  }
}

// The forms that are counted, beside ones that say the same and are run.
TEST(Regex, ALineOfSoManyCharactersIsCounted) {
  const std::vector<std::string> texts = {"",        "abcd",       "abcde",         "abc\nde", "ab\ncdefg\nh", "\xC3\xA4\xC3\xB6\xC3\xBC",
                                          "abcd\xFF", "ab\xFF\xFE" "c", "a\r\nbcde", "\xE2\x82\xAC" "1234"};
  for (const std::string counted : {".{5}", ".{5,}", ".{5,7}", "(.){5,}", "(?:.){5,}", ".{1,}"}) {
    for (const bool dot_all : {false, true}) {
      const std::string twin = "(?:" + counted + ")";
      for (const std::string& text : texts) {
        EXPECT_EQ(compiled(counted, {.dot_all = dot_all}).search(text), compiled(twin, {.dot_all = dot_all}).search(text))
            << counted << " in " << text;
      }
    }
  }
  for (const char* other : {".{5", ".{,5}", ".{a}", ".{5}x", ".{5,}?"}) {
    EXPECT_FALSE(compiled(other).search("abcd\n")) << other;
  }
}

std::string literal(std::string_view pattern, RegexFlags flags = {}) {
  const RegexLiterals literals = required_literals(pattern, flags);
  return literals.texts.empty() ? "" : literals.texts.front();
}

std::vector<std::string> literals(std::string_view pattern) { return required_literals(pattern, {}).texts; }

TEST(RegexLiteral, AreTheRunsThatEveryMatchContainsTheRarestFirst) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(literals("(set).*&&\\s?set.*(a|b).*&&.*\""), (Texts{"&&", "set"}));
  EXPECT_EQ(literals("cmd.{0,5}(?:/c|/r).+powershell.+"), (Texts{"powershell", "cmd"}));
  EXPECT_EQ(literals("\\^.*\\^"), (Texts{"^"}));
  EXPECT_EQ(literals("\\s-D\\s"), (Texts{"-D"}));
  EXPECT_EQ(literals("a(b(&&)c)?d%"), (Texts{"d%"}));
  EXPECT_EQ(literals("aa1.bb1.cc1.dd1.ee1.ff1.gg1.hh1.ii1").size(), kRegexLiteralsMax);
}

TEST(RegexLiteral, IsTheRarestRunThatEveryMatchContains) {
  EXPECT_EQ(literal("abc"), "abc");
  EXPECT_EQ(literal("abc.*defg"), "defg");
  EXPECT_EQ(literal("^powershell\\.exe$"), "powershell.exe");
  EXPECT_EQ(literal("abcd?"), "abc");
  EXPECT_EQ(literal("abcd*ef"), "abc");
  EXPECT_EQ(literal("abcd{0,3}"), "abc");
  EXPECT_EQ(literal("abcd+efgh"), "defgh");
  EXPECT_EQ(literal("abcd{2}"), "abcd");
  EXPECT_EQ(literal("(abcd)"), "abcd");
  EXPECT_EQ(literal("(abcd)+x"), "abcd");
  EXPECT_EQ(literal("(?:abcd|efgh)ijk"), "ijk");
  EXPECT_EQ(literal("eee.*zz"), "eee");
  EXPECT_EQ(literal("eee.*zzz"), "zzz");
  EXPECT_EQ(literal("[abc]defg[^]]"), "defg");
  EXPECT_EQ(literal("[[:alpha:]]defg"), "defg");
  EXPECT_EQ(literal("[]]]abc"), "]abc");
  EXPECT_EQ(literal("a\\tb\\x41c"), "a\tbAc");
  EXPECT_EQ(literal("\\\\Users\\\\"), "\\Users\\");
  EXPECT_EQ(literal("(?<name>abcd)"), "abcd");
  EXPECT_EQ(literal("ab{x}"), "ab{x}");
  EXPECT_EQ(literal("\\bword\\b"), "word");
}

TEST(RegexLiteral, IsEmptyWhereNothingIsCertain) {
  for (const char* pattern : {"ae",       "abc|def",      "(abc)?",        "(abc){0}",  "(?=abcd)",
                              "(?!abcd)", "a.b.c",        "\\d\\d\\d",     "(?x)a b c", "\\Qabc\\E",
                              "(?#abc)x", "(*ACCEPT)abc", "(?(1)abc|def)", "(abc",      "abc\\",
                              "a{,3}ec",  "\\p{L}abc",    "abc(?i)*",      "^(?i)*abc", ""}) {
    EXPECT_EQ(literal(pattern), "") << pattern;
  }
}

TEST(RegexLiteral, IsFoldedIfCaseIsIgnored) {
  EXPECT_EQ(literal("ABC", {.ignore_case = true}), "abc");
  EXPECT_TRUE(required_literals("(?i)ABCd", {}).folded);
  EXPECT_EQ(literal("(?i)ABCd"), "abcd");
  EXPECT_TRUE(required_literals("x(?i:ABC)y", {}).folded);
  EXPECT_FALSE(required_literals("abc", {}).folded);
  const Regex regex = compiled("kelvin", {.ignore_case = true});
  EXPECT_TRUE(
      regex.search("\xE2\x84\xAA"
                   "elvin"));
  EXPECT_NE(folded("\xE2\x84\xAA"
                   "elvin")
                .find(regex.required_literals().front()),
            std::string::npos);
}

}  // namespace
}  // namespace tocsin
