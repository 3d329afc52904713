#include "collect/lumberjack_frames.h"

#include <gtest/gtest.h>

#include <random>

#include "collect/acked_testing.h"
#include "collect/lumberjack_frames_twin.h"
#include "collect/packed_testing.h"

namespace tocsin {
namespace {

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}
std::string window(std::uint32_t events) { return "2W" + number(events); }
std::string event(std::uint32_t sequence, const std::string& json) { return "2J" + number(sequence) + number(static_cast<std::uint32_t>(json.size())) + json; }
std::string ack(std::uint32_t sequence) { return "2A" + number(sequence); }
std::string in_one(const std::string& frames) {
  const std::string bytes = packed(frames, 15);
  return "2C" + number(static_cast<std::uint32_t>(bytes.size())) + bytes;
}

std::vector<std::string> texts(const AckedRun& run) {
  std::vector<std::string> all;
  for (const AckedRun::Record& record : run.records) all.push_back(record.raw);
  return all;
}

/// Whatever the reads, it is what the twin says.
AckedRun run_beats(const std::string& bytes) {
  const LumberjackTwin twin(bytes);
  AckedRun first;
  for (const std::size_t step : {bytes.size() + 1, std::size_t{1}, std::size_t{7}}) {
    LumberjackFrames beats;
    const AckedRun run = run_acked(beats, bytes, step);
    if (step > bytes.size()) first = run;
    EXPECT_EQ(run, first) << step;
    EXPECT_EQ(run.out, twin.out);
    EXPECT_EQ(texts(run), twin.events);
    EXPECT_EQ(!run.error.empty(), twin.bad) << run.error;
    EXPECT_EQ(beats.counts().events, run.records.size());
  }
  return first;
}

TEST(LumberjackFrames, WindowsAreAcknowledgedAtTheirEnd) {
  const AckedRun run = run_beats(window(2) + event(1, "{\"a\":1}") + event(2, "{}") + window(1) + event(1, "no JSON, \xff") + window(3) + in_one(event(1, "x") + event(2, "y")) + event(3, ""));
  EXPECT_EQ(texts(run), (std::vector<std::string>{"{\"a\":1}", "{}", "no JSON, \xff", "x", "y", ""}));
  EXPECT_EQ(run.out, ack(2) + ack(1) + ack(3));
}

TEST(LumberjackFrames, WithinAWindowWhatIsSafeIsAcknowledgedOnce) {
  LumberjackFrames beats;
  EXPECT_EQ(run_acked(beats, window(4) + event(1, "a") + event(2, "b"), 1000).out, ack(2));
  std::string out;
  beats.answer(out);
  EXPECT_EQ(out, "");
  EXPECT_EQ(run_acked(beats, event(3, "c"), 1000).out, ack(3));
  beats.keep_alive(out);
  EXPECT_EQ(out, ack(3)) << "a sign of life says nothing new";
  EXPECT_EQ(run_acked(beats, event(4, "d") + window(2) + event(1, "e"), 1000).out, ack(4) + ack(1));
}

TEST(LumberjackFrames, ASignOfLifeAcknowledgesNothingThatIsNotSafe) {
  LumberjackFrames beats;
  struct None : ReceivedVisitor {
    void record(const Received&) override {}
  } none;
  std::string bytes = window(2) + event(1, "a"), out;
  for (Result<std::size_t> used = beats.take(bytes, none); used && *used > 0 && !bytes.empty();) {
    bytes.erase(0, *used);
    if (!bytes.empty()) used = beats.take(bytes, none);
  }
  beats.keep_alive(out);
  EXPECT_EQ(out, ack(0));
  beats.answer(out);
  EXPECT_EQ(out, ack(0) + ack(1));
}

TEST(LumberjackFrames, WhatIsNoFrameEndsTheConnection) {
  const std::string good = window(9) + event(1, "a");
  for (const std::string& bad :
       {std::string("x"), std::string("1W") + number(1), std::string("\x16\x03\x01"), std::string("2D") + number(1), std::string("2A") + number(1), window(1), event(1, "a").substr(0, 6) + number(0xFFFFFFFF),
        in_one("2W" + number(1)), in_one(event(2, "b") + "x"), in_one(event(2, "b") + "2J"), in_one(in_one(event(2, "b"))), "2C" + number(3) + "abc", "2C" + number(0),
        in_one(event(2, "b")).substr(0, 12) + std::string(20, 'x'), in_one(event(2, "1") + event(3, "2") + event(4, "3") + event(5, "4") + event(6, "5") + event(7, "6") + event(8, "7") + event(9, "8") + event(10, "9"))}) {
    const AckedRun run = run_beats(good + bad);
    EXPECT_TRUE(run.error.starts_with("Lumberjack, window 1, behind event 1: ")) << run.error;
    EXPECT_EQ(texts(run), std::vector<std::string>{"a"}) << "what stands before it is taken";
    EXPECT_EQ(run.out, ack(1));
  }
  for (const std::string& bad : {event(1, "a"), in_one(event(1, "a")), window(0), window((1u << 20) + 1)}) EXPECT_NE(run_beats(bad).error, "");
}

TEST(LumberjackFrames, PackedFramesHaveASize) {
  LumberjackFrames beats;
  const std::string large(LumberjackFrames::kLumberjackUnpackedBytesMax, ' ');
  const AckedRun run = run_acked(beats, window(1) + in_one(event(1, large)), 1 << 20);
  EXPECT_NE(run.error.find("unpacks to more than 16777216 bytes"), std::string::npos) << run.error;
  EXPECT_TRUE(run.records.empty());
}

TEST(LumberjackFrames, AnEventThatIsTooLongIsCutAndMarked) {
  LumberjackFrames beats;
  const AckedRun run = run_acked(beats, window(2) + event(1, std::string((1u << 20) + 1, 'x')) + event(2, "y"), 1 << 20);
  ASSERT_EQ(run.records.size(), 2u);
  EXPECT_EQ(run.records[0].raw.size(), kReceivedBytesMax);
  EXPECT_TRUE(run.records[0].truncated);
  EXPECT_FALSE(run.records[1].truncated);
  EXPECT_EQ(run.out, ack(2));
  EXPECT_EQ(beats.counts(), (LumberjackFrames::Counts{.windows = 1, .events = 2, .packed = 0, .truncated = 1}));
}

TEST(LumberjackFrames, MadeUpStreamsAreReadAsTheTwinReadsThem) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {window(1), window(3), event(1, "a"), event(2, "bb"), event(0, "c"), in_one(event(1, "d") + event(2, "e")), in_one(event(5, "")), in_one("x"), "2", "2J", number(1), "2C"};
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes(random() % 4 == 0 ? std::string() : window(4));
    for (auto i = random() % 8; i > 0; --i) bytes += pieces[random() % pieces.size()];
    run_beats(bytes);
    if (HasFailure()) FAIL() << bytes;
  }
}

}  // namespace
}  // namespace tocsin
