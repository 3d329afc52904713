#include "forward/relp_client.h"

#include <gtest/gtest.h>

#include "collect/acked_testing.h"
#include "collect/relp_frames.h"

namespace tocsin::forward {
namespace {

/// The server's own reader understands what is sent, and this one its answers.
TEST(RelpClient, TalksToTheServer) {
  RelpClient client;
  std::string out;
  client.open(out);
  client.message("one", out);
  client.message("", out);
  client.message("a\nb", out);
  RelpFrames server;
  const AckedRun run = run_acked(server, out, out.size());
  EXPECT_EQ(run.error, "");
  ASSERT_EQ(run.records.size(), 3u);
  EXPECT_EQ(run.records[2].raw, "a\nb");
  EXPECT_FALSE(client.is_open());
  EXPECT_EQ(client.take(run.out).value(), run.out.size());
  EXPECT_TRUE(client.is_open());
  EXPECT_EQ(client.answered(), 3u);
  EXPECT_EQ(client.in_flight(), 0u);
}

TEST(RelpClient, TakesAnswersInPieces) {
  RelpClient client;
  std::string out;
  client.open(out);
  client.message("x", out);
  const std::string answers = "1 rsp 21 200 OK\nrelp_version=0\n2 rsp 6 200 OK\n0 serverclose 0\n";
  std::string held;
  for (const char byte : answers) {
    held += byte;
    held.erase(0, client.take(held).value());
  }
  EXPECT_EQ(held, "");
  EXPECT_EQ(client.answered(), 1u);
  EXPECT_TRUE(client.is_closing());
}

TEST(RelpClient, ARefusedMessageIsCounted) {
  RelpClient client;
  std::string out;
  client.message("x", out);
  client.message("y", out);
  EXPECT_TRUE(client.take("1 rsp 6 500 no\n2 rsp 3 200\n"));
  EXPECT_EQ(client.answered(), 2u);
  EXPECT_EQ(client.refused(), 1u);
}

TEST(RelpClient, ACommandHasItsAnswer) {
  RelpClient client;
  std::string out;
  client.command("enrol", "code key", out);
  EXPECT_EQ(out, "1 enrol 8 code key\n");
  EXPECT_TRUE(client.take("1 rsp 13 200 OK\nline 1\n"));
  EXPECT_EQ(client.response()->code, 200u);
  EXPECT_EQ(client.response()->text, "OK\nline 1");
}

TEST(RelpClient, WhatIsNoAnswerIsAnError) {
  for (const char* const bytes : {"HTTP/1.1 400 Bad Request\r\n", "2 rsp 6 200 OK\n", "1 rsp 6 200 OK \n", "1 rsp 99999 200", "1 rsp x 200 OK\n", "1 syslog 1 x\n", "1 rsp 2 no\n", "1234567890 rsp 0\n", "1 rsp 6 500 no\n", "1 aaaaaaaaaabbbbbbbbbbccccccccccddd 0\n"}) {
    RelpClient client;
    std::string out;
    client.open(out);
    EXPECT_FALSE(client.take(bytes)) << bytes;
  }
}

TEST(RelpClient, NumbersBeginAnew) {
  RelpClient client;
  std::string out;
  client.set_next(kRelpTxnrMax);
  client.message("x", out);
  client.message("y", out);
  EXPECT_EQ(out, "999999999 syslog 1 x\n1 syslog 1 y\n");
  EXPECT_TRUE(client.take("999999999 rsp 6 200 OK\n1 rsp 6 200 OK\n"));
  EXPECT_EQ(client.answered(), 2u);
}

}  // namespace
}  // namespace tocsin::forward
