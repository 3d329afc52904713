#include "detect/match/keyword_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tocsin::match {
namespace {

std::vector<plan::ScanKernel> kernels() {
  std::vector<plan::ScanKernel> all = {plan::scan_portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) all.push_back(plan::scan_avx2);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi")) all.push_back(plan::scan_avx512);
#endif
  return all;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool holds_any(const std::vector<std::string>& literals, std::string text) {
  for (char& c : text) c = lower(c);
  return std::ranges::any_of(literals, [&](const std::string& literal) { return text.find(literal) != std::string::npos; });
}

TEST(KeywordFilter, FindsWhatIsThereAndOnlyThat) {
  std::mt19937 random(7);
  const auto letters = [&](std::size_t size) {
    std::string text(size, ' ');
    for (char& c : text) c = "abcABC:-"[random() % 8];
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> literals;
    for (std::size_t i = 0, count = 1 + random() % 20; i < count; ++i) {
      std::string literal = letters(2 + random() % 6);
      for (char& c : literal) c = lower(c);
      literals.push_back(literal);
    }
    for (const plan::ScanKernel kernel : kernels()) {
      const KeywordFilter filter(literals, kernel);
      for (int k = 0; k < 20; ++k) {
        // Exactly as long as the allocation: a sanitizer sees any read beyond it.
        const std::string made = letters(random() % 200);
        const std::vector<char> exact(made.begin(), made.end());
        EXPECT_EQ(filter.might_match({exact.data(), exact.size()}), holds_any(literals, made)) << made;
      }
    }
  }
}

TEST(KeywordFilter, EveryPlaceOfALongText) {
  for (const plan::ScanKernel kernel : kernels()) {
    const KeywordFilter filter({"needle", "xy"}, kernel);
    for (std::size_t size = 0; size < 200; ++size) {
      EXPECT_FALSE(filter.might_match(std::string(size, '.')));
      for (std::size_t at = 0; at + 6 <= size; ++at) {
        std::string text(size, '.');
        text.replace(at, 6, "NeedLe");
        ASSERT_TRUE(filter.might_match(text)) << size << ' ' << at;
      }
      for (std::size_t at = 0; at + 2 <= size; ++at) {
        std::string text(size, '.');
        text.replace(at, 2, "xy");
        ASSERT_TRUE(filter.might_match(text)) << size << ' ' << at;
      }
    }
  }
}

TEST(KeywordFilter, CharactersThatFoldToAsciiAreAYes) {
  for (const plan::ScanKernel kernel : kernels()) {
    const KeywordFilter filter({"needle"}, kernel);
    EXPECT_TRUE(filter.might_match(std::string(100, '.') + "\xC5\xBF" + std::string(100, '.')));
    EXPECT_TRUE(filter.might_match("\xE2\x84\xAA"));
    EXPECT_FALSE(filter.might_match(std::string(100, '.') + "\xC3\xA9" + std::string(100, '.')));
  }
}

}  // namespace
}  // namespace tocsin::match
