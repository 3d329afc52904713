#include "store/text_pattern.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "base/text.h"

namespace tocsin::store {
namespace {

std::vector<std::uint32_t> folded_codes(std::string_view text) {
  std::vector<std::uint32_t> codes;
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    codes.push_back(fold(c.code));
    at += c.size;
  }
  return codes;
}

/// The slow twin: which characters of the text the pattern can have come to, part by part.
bool slowly_matches(const WildString& wild, std::string_view text) {
  const std::vector<std::uint32_t> codes = folded_codes(text);
  std::vector<bool> reached(codes.size() + 1);
  reached[0] = true;
  const auto step = [&](auto&& fits) {
    for (std::size_t i = codes.size(); i > 0; --i) reached[i] = reached[i - 1] && fits(codes[i - 1]);
    reached[0] = false;
  };
  for (const WildPart& part : wild) {
    if (part.kind == WildPart::Kind::kOne) step([](std::uint32_t) { return true; });
    for (const std::uint32_t wanted : folded_codes(part.literal)) step([&](std::uint32_t code) { return code == wanted; });
    if (part.kind != WildPart::Kind::kAny) continue;
    for (std::size_t i = 1; i < reached.size(); ++i) reached[i] = reached[i] || reached[i - 1];
  }
  return reached.back();
}

/// Asks a copy without a byte to spare at either end, so that a sanitizer sees who reads beyond.
bool matches(const TextPattern& pattern, std::string_view text) {
  const auto copy = std::make_unique<char[]>(text.size());
  std::ranges::copy(text, copy.get());
  std::string scratch;
  return pattern.matches({copy.get(), text.size()}, scratch);
}

bool matches(std::string_view written, std::string_view text) { return matches(TextPattern(read_wild(written)), text); }

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  template <std::size_t N>
  std::string text(std::size_t pieces, const std::string_view (&of)[N]) {
    std::string text;
    for (; pieces > 0; --pieces) text += of[below(N)];
    return text;
  }

 private:
  std::mt19937 random_;
};

constexpr std::string_view kAscii[] = {"a", "A", "b", "k", "K", "s", "S", "z", "Z", "@", "`", "[", "{", "0", "\n", std::string_view("\0", 1)};
constexpr std::string_view kAnything[] = {"a",      "A",      "k",      "K",      "\u212a", "s",      "S",      "\u017f",           "\u0130", "i",     "\u0131",
                                          "\u00df", "\u1e9e", "\u0436", "\u0416", "\u023a", "\u2c65", "\u00e9", "\xf0\x9f\x94\x94", "\n",     "\u20ac"};

TEST(TextPatterns, AreReadAsTheyAreWritten) {
  using Kind = WildPart::Kind;
  EXPECT_EQ(read_wild(""), WildString());
  EXPECT_EQ(read_wild("**"), (WildString{{Kind::kAny, {}}}));
  EXPECT_EQ(read_wild("a\\*?\\"), (WildString{{Kind::kLiteral, "a*"}, {Kind::kOne, {}}, {Kind::kLiteral, "\\"}}));
  for (const std::string_view written : {"", "*", "a", "*\\\\a\\?b??c*", "\\x", "?*?*", "\\\\*", "\\\\\\\\"}) {
    const WildString wild = read_wild(written);
    EXPECT_EQ(read_wild(write_wild(wild)), wild) << written;
  }
}

TEST(TextPatterns, MatchWholeTexts) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a", ""));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("MIMIkatz", "mimi\u212aatz"));
  EXPECT_FALSE(matches("mimikatz", "mimikatz "));
  EXPECT_TRUE(matches("*\\cmd.exe", "C:\\Windows\\CMD.EXE"));
  EXPECT_FALSE(matches("*\\cmd.exe", "cmd.exe"));
  EXPECT_TRUE(matches("ab*ba", "abba"));
  EXPECT_FALSE(matches("ab*ba", "aba"));
  EXPECT_TRUE(matches("*a?c*", "abbabc"));
  EXPECT_TRUE(matches("??", "\u20ac\xf0\x9f\x94\x94"));
  EXPECT_FALSE(matches("??", "\u20ac"));
  EXPECT_TRUE(matches("*stra\u00dfe*", "Lange STRA\u1e9eE 1"));
  EXPECT_FALSE(matches("*strasse*", "Lange stra\u00dfe 1"));
  EXPECT_FALSE(matches("i", "\u0130"));
}

/// What is said of patterns of ASCII rests on this.
TEST(TextPatterns, TwoCharactersFoldIntoAscii) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t code = 0x80; code < 0x110000; ++code) {
    if (fold(code) < 0x80) found.push_back(code);
  }
  EXPECT_EQ(found, (std::vector<std::uint32_t>{0x17f, 0x212a}));
}

TEST(TextPatterns, FindALiteralWhereverItStands) {
  Chance chance(1);
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::string needle = chance.text(size, kAscii);
    const TextPattern pattern(read_wild("*" + write_wild({{WildPart::Kind::kLiteral, needle}}) + "*"));
    for (std::size_t length = 0; length <= 100; ++length) {
      std::string text(length, '~');
      EXPECT_FALSE(matches(pattern, text));
      for (std::size_t at = 0; at + size <= length; ++at) {
        text.assign(length, '~').replace(at, size, needle);
        ASSERT_TRUE(matches(pattern, text)) << size << " bytes at " << at << " of " << length;
        text[at + (at + length) % size] ^= '\x01';
        ASSERT_FALSE(matches(pattern, text)) << size << " bytes at " << at << " of " << length;
      }
    }
  }
}

/// Texts of few characters, so that much nearly fits, and patterns out of them.
template <std::size_t N>
void compare_with_twin(std::uint32_t seed, const std::string_view (&pieces)[N]) {
  Chance chance(seed);
  std::size_t found = 0;
  constexpr std::size_t kRounds = 40'000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const std::string text = chance.text(chance.below(101), pieces);
    std::string written = chance.below(2) == 0 ? "*" : "";
    std::size_t at = chance.below(text.size() + 1);
    while (at < text.size() && char_at(text, at).code >= 0x110000) ++at;  // to the beginning of a character
    for (std::size_t left = chance.below(41); left > 0 && at < text.size(); --left) {
      const std::uint32_t size = char_at(text, at).size;
      const std::size_t choice = chance.below(24);
      written += choice == 0 ? "?" : choice == 1 ? "*" : choice == 2 ? std::string(pieces[chance.below(N)]) : text.substr(at, size);
      at += size;
    }
    if (chance.below(2) == 0) written += "*";
    const WildString wild = read_wild(written);
    const bool expected = slowly_matches(wild, text);
    ASSERT_EQ(matches(TextPattern(wild), text), expected) << testing::PrintToString(written) << " in " << testing::PrintToString(text);
    found += expected ? 1 : 0;
  }
  EXPECT_GT(found, kRounds / 10);
  EXPECT_LT(found, kRounds * 9 / 10);
}

TEST(TextPatterns, AgreeWithTheirTwinOnAscii) { compare_with_twin(2, kAscii); }
TEST(TextPatterns, AgreeWithTheirTwinOnAnything) { compare_with_twin(3, kAnything); }

}  // namespace
}  // namespace tocsin::store
