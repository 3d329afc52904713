#include "collect/relp_frames.h"

#include <gtest/gtest.h>

#include <random>

#include "collect/acked_testing.h"
#include "collect/relp_frames_twin.h"

namespace tocsin {
namespace {

constexpr std::string_view kOpen = "1 open 48 relp_version=0\nrelp_software=x,1\ncommands=syslog\n";
constexpr std::string_view kOpened = "1 rsp 58 200 OK\nrelp_version=0\nrelp_software=tocsin\ncommands=syslog\n";

std::vector<std::string> texts(const AckedRun& run) {
  std::vector<std::string> all;
  for (const AckedRun::Record& record : run.records) all.push_back(record.raw);
  return all;
}

/// Whatever the reads, it is what the twin says.
AckedRun run_relp(const std::string& bytes) {
  const RelpTwin twin(bytes);
  AckedRun first;
  for (const std::size_t step : {bytes.size() + 1, std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
    RelpFrames relp;
    const AckedRun run = run_acked(relp, bytes, step);
    if (step > bytes.size()) first = run;
    EXPECT_EQ(run, first) << step;
    EXPECT_EQ(run.out, twin.out) << bytes.substr(0, 200);
    EXPECT_EQ(texts(run), twin.messages);
    EXPECT_EQ(!run.error.empty(), twin.bad) << run.error;
    EXPECT_EQ(run.ended, twin.ended);
    EXPECT_EQ(relp.counts().messages, run.records.size());
  }
  return first;
}

TEST(RelpFrames, ASession) {
  const AckedRun run = run_relp(std::string(kOpen) + "2 syslog 6 <1>one\n3 syslog 0\n4 syslog 0 \n5 syslog 4 a\n\nb\n6 close 0\n");
  EXPECT_EQ(texts(run), (std::vector<std::string>{"<1>one", "", "", "a\n\nb"}));
  EXPECT_EQ(run.out, std::string(kOpened) + "2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 6 200 OK\n5 rsp 6 200 OK\n6 rsp 6 200 OK\n");
  EXPECT_TRUE(run.ended);
}

TEST(RelpFrames, NothingIsAnsweredBeforeItIsAskedFor) {
  RelpFrames relp;
  AckedRun run = run_acked(relp, kOpen, 1000);
  std::string out;
  relp.answer(out);
  EXPECT_EQ(out, "") << "each is answered once";
  relp.farewell(out);
  EXPECT_EQ(out, "0 serverclose 0\n");
}

TEST(RelpFrames, Offers) {
  const auto opened = [](const std::string& offers) { return run_relp("7 open " + std::to_string(offers.size()) + " " + offers + "\n"); };
  EXPECT_NE(opened("\nrelp_version=1\r\ncommands=eventlog,syslog\n").out.find("200 OK\nrelp_version=1\n"), std::string::npos);
  EXPECT_NE(opened("commands=syslog\nrelp_version=2").out.find("relp_version=1\n"), std::string::npos);
  for (const char* const offers : {"x", "relp_version=0", "commands=syslog", "relp_version=\ncommands=syslog", "relp_version=0\ncommands=syslogs,sys", "relp_version=0\nxcommands=syslog"}) {
    const AckedRun run = opened(offers);
    EXPECT_TRUE(run.ended) << offers;
    EXPECT_TRUE(run.out.starts_with("7 rsp 42 500 ")) << run.out;
  }
}

TEST(RelpFrames, HintsHaveNoAnswerAndUnknownCommandsHaveOne) {
  const AckedRun run = run_relp(std::string(kOpen) + "0 serverclose 0\n0 syslog 1 x\n2 starttls 0\n3 syslog 1 y\n");
  EXPECT_EQ(texts(run), std::vector<std::string>{"y"});
  EXPECT_EQ(run.out, std::string(kOpened) + "2 rsp 34 500 this command is not known here\n3 rsp 6 200 OK\n");
}

TEST(RelpFrames, WhatIsNoFrameEndsTheConnection) {
  const std::string open(kOpen);
  for (const std::string& bytes : {std::string("x"), std::string(" 1"), std::string("<34>1 syslog\n"), std::string("1\n"), std::string("1 syslog\n"), std::string("1  4"),
                                   std::string("1 sys-log 4 abcd\n"), std::string("1 syslog 4 abcd\n"), open + "1234567890 syslog 1 x\n", open + "2 syslog 4abcd\n",
                                   open + "2 syslog 1234567890 x", open + "2 syslog 4 abcde\n", open + "2 syslog 99999999 x", open + "2 syslog -1 x\n",
                                   open + "2 " + std::string(33, 'a') + " 0\n", open + "2 syslog 2\nxy\n"}) {
    const AckedRun run = run_relp(bytes);
    EXPECT_NE(run.error, "") << bytes;
    EXPECT_TRUE(run.error.starts_with("RELP, frame ")) << run.error;
    EXPECT_TRUE(run.records.empty());
  }
}

TEST(RelpFrames, AMessageThatIsTooLongIsCutAndMarked) {
  const std::string message((1u << 20) + 5, 'x');
  RelpFrames relp;
  const std::string bytes = std::string(kOpen) + "2 syslog " + std::to_string(message.size()) + " " + message + "\n3 syslog 1 y\n";
  const AckedRun run = run_acked(relp, bytes, 100'000);
  ASSERT_EQ(run.records.size(), 2u);
  EXPECT_EQ(run.records[0].raw.size(), kReceivedBytesMax);
  EXPECT_TRUE(run.records[0].truncated);
  EXPECT_FALSE(run.records[1].truncated);
  EXPECT_EQ(relp.counts(), (RelpFrames::Counts{.frames = 3, .messages = 2, .truncated = 1}));
  EXPECT_NE(run.out.find("2 rsp 6 200 OK\n3 rsp 6 200 OK\n"), std::string::npos);
}

TEST(RelpFrames, MadeUpStreamsAreReadAsTheTwinReadsThem) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {std::string(kOpen), "2 syslog 3 abc\n", "3 syslog 0\n", "0 hint 1 x\n", "4 close 0\n", "5 syslog 12 ", "1 ", "\n", "syslog", " ", "9", "abc", "\r"};
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes(round % 3 == 0 ? std::string() : std::string(kOpen));
    for (auto i = random() % 8; i > 0; --i) bytes += pieces[random() % pieces.size()];
    run_relp(bytes);
    if (HasFailure()) FAIL() << bytes;
  }
}

}  // namespace
}  // namespace tocsin
