#include "detect/match/line_memory.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tocsin::match {
namespace {

/// Reads escape by escape.
std::size_t plain_line_end(std::string_view text, bool escaped) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!escaped && text[at] == '\n') return at;
    if (!escaped || text[at] != '\\') continue;
    if (at + 1 < text.size() && text[at + 1] == 'n') return at;
    ++at;
  }
  return text.size();
}

TEST(LineEnd, AgreesWithReadingEscapeByEscape) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 70, ' ');
    for (char& c : text) c = "\\\\\\nna\n"[random() % (round % 2 == 0 ? 4 : 7)];
    for (const bool escaped : {false, true}) ASSERT_EQ(line_end(text, escaped), plain_line_end(text, escaped)) << text;
  }
}

TEST(LineMemory, KeepsWhatWasFoundPerLineAndAsker) {
  LineMemory memory;
  const std::vector<std::uint32_t> entries = {3, 1, 4};
  EXPECT_EQ(memory.get(7, "a line", 16), nullptr);
  LineMemory::Line* const line = memory.put(7, "a line", 16, entries);
  ASSERT_NE(line, nullptr);
  EXPECT_EQ(std::vector<std::uint32_t>(line->found().begin(), line->found().end()), entries);
  EXPECT_EQ(memory.get(7, "a line", 16), line);
  EXPECT_EQ(memory.get(7, "a lime", 16), nullptr) << "same hash, other bytes";
  EXPECT_EQ(memory.get(7, "a line", 17), nullptr) << "same bytes, asked by another";
}

TEST(LineMemory, RecognisesWhatALineBeginsWithOnlyWithItsFeed) {
  LineMemory memory;
  LineMemory::Line* const line = memory.put(7, "one", 16, {});
  EXPECT_TRUE(LineMemory::begins_with(line, "one\\ntwo", "\\n", 16));
  EXPECT_FALSE(LineMemory::begins_with(line, "one\\rtwo", "\\n", 16));
  EXPECT_FALSE(LineMemory::begins_with(line, "one", "\\n", 16)) << "the last line";
  EXPECT_FALSE(LineMemory::begins_with(line, "ons\\n", "\\n", 16));
  EXPECT_FALSE(LineMemory::begins_with(line, "one\\n", "\\n", 17));
  EXPECT_FALSE(LineMemory::begins_with(nullptr, "one\\n", "\\n", 16));
}

TEST(LineMemory, DoesNotKeepWhatIsTooMuch) {
  LineMemory memory;
  const std::vector<std::uint32_t> many(LineMemory::kEntriesMax + 1);
  EXPECT_EQ(memory.put(1, "a", 16, many), nullptr);
  EXPECT_NE(memory.put(1, "a", 16, std::span(many).first(LineMemory::kEntriesMax)), nullptr);
  EXPECT_EQ(memory.put(2, std::string(LineMemory::kLineBytesMax + 1, 'a'), 16, {}), nullptr);
  EXPECT_NE(memory.put(2, std::string(LineMemory::kLineBytesMax, 'a'), 16, {}), nullptr);
}

TEST(LineMemory, ForgetsEverythingWhenItIsFull) {
  LineMemory memory;
  const std::string line(LineMemory::kLineBytesMax, 'a');
  LineMemory::Line* const first = memory.put(0, "first", 16, {});
  constexpr std::size_t kFull = LineMemory::kArenaBytes / LineMemory::kLineBytesMax;
  for (std::uint64_t i = 1; i < kFull; ++i) ASSERT_NE(memory.put(i, line, 16, {}), nullptr);
  EXPECT_EQ(memory.get(0, "first", 16), first);
  ASSERT_NE(memory.put(kFull, line, 16, {}), nullptr);
  EXPECT_EQ(memory.get(0, "first", 16), nullptr);
  EXPECT_FALSE(LineMemory::begins_with(first, "first\n", "\n", 16));
  EXPECT_NE(memory.get(kFull, line, 16), nullptr);
}

}  // namespace
}  // namespace tocsin::match
