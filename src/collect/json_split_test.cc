// What the data tests of collect cannot hold: inputs of many megabytes.
#include "collect/json_split.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

struct Told : JsonSplitter::Visitor {
  void event(std::size_t from, std::size_t size) override { events.emplace_back(text.substr(from, size)); }
  void damage(std::size_t, const char* what, bool) override { damages.emplace_back(what); }

  std::string_view text;
  std::vector<std::string> events, damages;
};

/// Hands the text over as a reader does: more of it at a time while nothing is used, twice as much each time.
Told split(const std::string& bytes) {
  JsonSplitter splitter;
  Told told;
  constexpr std::size_t kBlock = 256 << 10;
  for (std::size_t from = 0, size = kBlock; from < bytes.size();) {
    const bool at_end = from + size >= bytes.size();
    told.text = std::string_view(bytes).substr(from, size);
    const std::size_t used = splitter.split(told.text, at_end, told);
    if (at_end) break;
    size = used == 0 ? size * 2 : size - used + kBlock;
    from += used;
  }
  return told;
}

std::string times(std::size_t count, std::string_view unit) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += unit;
  return text;
}

TEST(JsonSplitter, BracesThatNeverCloseAreNotEachFollowedToTheEnd) {
  const Told told = split(times(2'000'000, "{\n"));
  EXPECT_TRUE(told.events.empty());
  EXPECT_LT(told.damages.size(), 100u);
  ASSERT_FALSE(told.damages.empty());
  EXPECT_EQ(told.damages.back(), "a JSON value does not end, as many before it: what follows is left out");
}

TEST(JsonSplitter, TheSameInAFileOfManyTimesTheLargestEvent) {
  const Told told = split(times(8'000'000, "{ \n"));
  EXPECT_TRUE(told.events.empty());
  EXPECT_LT(told.damages.size(), 100u);
}

TEST(JsonSplitter, AnEventThatIsTooLargeIsOneDamageAndTheNextAreRead) {
  const std::string large = "{\"value\": [" + times(2'000'000, "\n  {\"a\": \"}\\\"\"},") + "\n  1]}";
  ASSERT_GT(large.size(), JsonSplitter::kEventBytesMax);
  const Told told = split("{\"b\": 1}\n" + large + "\n{\"c\": 2}\n");
  EXPECT_EQ(told.events, (std::vector<std::string>{"{\"b\": 1}", "{\"c\": 2}"}));
  EXPECT_EQ(told.damages, (std::vector<std::string>{"a JSON value is larger than 16 MiB"}));
}

TEST(JsonSplitter, AnElementThatIsTooLargeIsOneDamageAndTheArrayGoesOn) {
  const std::string large = "{\"value\": [" + times(2'000'000, "\n  {\"a\": \"}\\\"\"},") + "\n  1]}";
  const Told told = split("[{\"b\": 1}, " + large + ", {\"c\": 2}]\n");
  EXPECT_EQ(told.events, (std::vector<std::string>{"{\"b\": 1}", "{\"c\": 2}"}));
  EXPECT_EQ(told.damages, (std::vector<std::string>{"a JSON value is larger than 16 MiB"}));
}

TEST(JsonSplitter, AnEventThatDoesNotEndLosesNothingBehindTheNextLineThatBeginsOne) {
  const std::string unended = "{\"value\": [" + times(2'000'000, "\n  {\"a\": 1},");
  ASSERT_GT(unended.size(), JsonSplitter::kEventBytesMax);
  const Told told = split(unended + "\n{\"c\": 2}\n{\"d\": 3}\n");
  EXPECT_EQ(told.events, (std::vector<std::string>{"{\"c\": 2}", "{\"d\": 3}"}));
  EXPECT_EQ(told.damages, (std::vector<std::string>{"a JSON value is larger than 16 MiB"}));
}

}  // namespace
}  // namespace tocsin
