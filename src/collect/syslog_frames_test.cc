#include "collect/syslog_frames.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "collect/syslog_frames_twin.h"

namespace tocsin {
namespace {

using Message = SyslogTwin::Message;

struct Told : ReceivedVisitor {
  void record(const Received& received) override {
    messages.push_back({std::string(received.raw), received.truncated});
  }
  std::vector<Message> messages;
  SyslogFrames::Counts counts;

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const Message& message : messages) all.push_back(message.text);
    return all;
  }
};

/// Reads of `step` bytes each.
Told read(std::string_view bytes, std::size_t step = 1u << 30) {
  SyslogFrames frames;
  Told told;
  for (std::size_t at = 0; at < bytes.size(); at += step) frames.read(bytes.substr(at, step), told);
  frames.finish(told);
  told.counts = frames.counts();
  return told;
}

using Texts = std::vector<std::string>;
using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

TEST(SyslogFrames, FramingIsToldFrameByFrame) {
  const Told told = read(
      "12 <34>1 - a: b<13>line one\n<13>line two\r\n<13>three\0"
      "8 <1>\nx\0yz<2>last"sv);
  EXPECT_EQ(told.texts(),
            (Texts{"<34>1 - a: b", "<13>line one", "<13>line two", "<13>three", "<1>\nx\0yz"s, "<2>last"}));
  EXPECT_EQ(told.counts.counted, 2u);
  EXPECT_EQ(told.counts.frames, 6u);
  EXPECT_EQ(told.counts.bad_counts, 0u);
}

TEST(SyslogFrames, TrailersBesideCountsAreNoMessages) {
  EXPECT_EQ(read("4 <1>a\n5 <1>b\n\r\n6 <1>c\r\n5 <1>d\0"sv).texts(), (Texts{"<1>a", "<1>b", "<1>c", "<1>d"}));
  EXPECT_EQ(read("\n\r\n\0\0"sv).texts(), Texts{});
}

TEST(SyslogFrames, ALineMayBeginWithANumber) {
  const Told told = read("2024-01-05T10:00:00Z host a\n0x1\n7\n");
  EXPECT_EQ(told.texts(), (Texts{"2024-01-05T10:00:00Z host a", "0x1", "7"}));
  EXPECT_EQ(told.counts.bad_counts, 0u);
}

TEST(SyslogFrames, ABadCountIsALineAndTheNextFrameIsReadRight) {
  for (const std::string bad :
       {"012 <1>a", "0 <1>a", "12 Jan host b", "99999999 <1>c", "123456789 <1>d", "16777217 <1>e"}) {
    const Told told = read(bad + "\n5 <1>ok");
    EXPECT_EQ(told.texts(), (Texts{bad, "<1>ok"})) << bad;
    EXPECT_EQ(told.counts.bad_counts, 1u) << bad;
  }
}

TEST(SyslogFrames, ACountThatIsTooSmallIsInStepAgainBehindTheLine) {
  EXPECT_EQ(read("6 <1>abcdef\n5 <1>ok").texts(), (Texts{"<1>abc", "def", "<1>ok"}));
}

TEST(SyslogFrames, ALongFrameIsCutAndTheRestCounted) {
  constexpr std::size_t kMax = SyslogFrames::kFrameBytesMax;
  const std::string fits = "<1>" + std::string(kMax - 3, 'a'), longer = fits + "bc";
  for (const std::size_t step : {1u << 20, 4096u, 1u}) {
    const Told told =
        read(fits + "\r\n" + longer + "\n" + std::to_string(longer.size()) + " " + longer + "5 <1>ok", step);
    EXPECT_EQ(told.messages, (std::vector<Message>{{fits, false}, {fits, true}, {fits, true}, {"<1>ok", false}}));
    EXPECT_EQ(told.counts.truncated, 2u);
    EXPECT_EQ(told.counts.skipped_bytes, 4u);
  }
}

TEST(SyslogFrames, WhereALongCountedFrameEndsDoesNotDependOnTheReads) {
  const std::string text = "<1>" + std::string(SyslogFrames::kFrameBytesMax - 3, 'a') + "\n";
  const std::string bytes = std::to_string(text.size()) + " " + text;
  const SyslogTwin twin(bytes);
  EXPECT_EQ(twin.counts.skipped_bytes, 1u);
  for (const std::size_t step : {1u << 20, 4096u, 1u}) {
    const Told told = read(bytes, step);
    EXPECT_EQ(told.messages, twin.messages);
    EXPECT_EQ(told.counts, twin.counts);
  }
}

TEST(SyslogFrames, TheLargestCountIsBelieved) {
  const std::string huge = "<1>" + std::string(SyslogFrames::kCountMax - 3, 'a');
  const Told told = read(std::to_string(huge.size()) + " " + huge + "5 <1>ok", 100'000);
  EXPECT_EQ(told.messages.size(), 2u);
  EXPECT_EQ(told.counts.skipped_bytes, SyslogFrames::kCountMax - SyslogFrames::kFrameBytesMax);
}

TEST(SyslogFrames, WhatAClosedConnectionLeavesIsAMessage) {
  EXPECT_EQ(read("<1>half a line").texts(), Texts{"<1>half a line"});
  EXPECT_EQ(read("<1>a\r").texts(), Texts{"<1>a"});
  EXPECT_EQ(read("12").texts(), Texts{"12"});
  EXPECT_EQ(read("12 ").texts(), Texts{"12 "});
  const Told told = read("10 <1>abc\n");
  EXPECT_EQ(told.messages, (std::vector<Message>{{"<1>abc\n", true}}));
  EXPECT_EQ(told.counts.cut_off, 1u);
  EXPECT_EQ(told.counts.truncated, 0u);
}

/// Streams of pieces that matter, read in pieces of every small size: the same as the twin says of the whole.
TEST(SyslogFrames, WhatComesOutDoesNotDependOnTheReads) {
  std::mt19937 random(7);
  const std::string_view pieces[] = {"<",  "<1>",  "1",    "5 ", "12 <", "0",       " ",      "\n",
                                     "\r", "\r\n", "\0"sv, "a",  "bcd",  "9999999", "4 <1>\n"};
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (std::size_t count = random() % 14; count > 0; --count) bytes += pieces[random() % std::size(pieces)];
    const SyslogTwin twin(bytes);
    for (const std::size_t step : {1u, 2u, 3u, 5u, 64u}) {
      const Told told = read(bytes, step);
      ASSERT_EQ(told.messages, twin.messages) << bytes << " by " << step;
      ASSERT_EQ(told.counts, twin.counts) << bytes << " by " << step;
    }
  }
}

}  // namespace
}  // namespace tocsin
