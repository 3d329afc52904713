#include "collect/syslog_listener.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "collect/net_fakes.h"
#include "collect/syslog_udp.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

class Syslog : public ::testing::Test {
 protected:
  void open(const SyslogSettings& settings = {}, const SyslogUdpSettings& udp_settings = {}) {
    const SyslogContext context{intake_, senders_, Env::system()};
    auto tcp = SyslogListener::open(io_, context, settings);
    auto udp = SyslogUdp::open(io_, context, udp_settings);
    ASSERT_TRUE(tcp && udp);
    tcp_ = std::move(*tcp);
    udp_ = std::move(*udp);
    threads_.emplace(io_);
  }
  void stop() {
    if (tcp_ != nullptr) tcp_->stop();
    if (udp_ != nullptr) udp_->stop();
    threads_.reset();
  }
  void TearDown() override {
    intake_.set(FakeIntake::Mode::kAnswer);
    intake_.release();
    stop();
  }

  FakeIntake intake_;
  FakeSenders senders_;
  boost::asio::io_context io_;
  std::unique_ptr<SyslogListener> tcp_;
  std::unique_ptr<SyslogUdp> udp_;
  std::optional<FakeThreads> threads_;
};

TEST_F(Syslog, MessagesOfAConnectionComeInTheirOrder) {
  open();
  FakeClient client(tcp_->address());
  client.send("<1>one\n5 <1>ab");
  ASSERT_TRUE(intake_.wait_for_records(2));
  client.send("<1>thr");
  client.send("ee\n<1>the last, without an end");
  client.end();
  ASSERT_TRUE(intake_.wait_for_records(4));
  EXPECT_EQ(intake_.records(), (Texts{"<1>one", "<1>ab", "<1>three", "<1>the last, without an end"}));
  EXPECT_NE(intake_.details()[0].find("127.0.0.1"), std::string::npos);
  EXPECT_TRUE(client.ended());
}

TEST_F(Syslog, AConnectionIsNotReadWhileItsBatchIsNotSafe) {
  open();
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient client(tcp_->address());
  client.send("<1>a\n");
  ASSERT_TRUE(intake_.wait_for_held(1));
  client.send("<1>b\n");
  EXPECT_FALSE(client.has_more(50));
  intake_.set(FakeIntake::Mode::kAnswer);
  EXPECT_TRUE(intake_.records().empty());
  intake_.release();
  ASSERT_TRUE(intake_.wait_for_records(2));
  EXPECT_EQ(intake_.records(), (Texts{"<1>a", "<1>b"}));
}

TEST_F(Syslog, ABatchThatDoesNotFitIsOfferedAgain) {
  open();
  intake_.set(FakeIntake::Mode::kFull);
  FakeClient client(tcp_->address());
  FakeClient datagrams(udp_->address(), SOCK_DGRAM);
  client.send("<1>a\n<1>b\n");
  datagrams.send("<1>c");
  ASSERT_TRUE(intake_.wait_for_submits(6));
  intake_.set(FakeIntake::Mode::kAnswer);
  ASSERT_TRUE(intake_.wait_for_records(3));
  EXPECT_EQ(intake_.dropped(), 0);
}

TEST_F(Syslog, WhatABrokenJournalDidNotTakeIsCounted) {
  SyslogSettings settings;
  settings.pause_ms = 1;
  open(settings);
  intake_.set(FakeIntake::Mode::kFail);
  FakeClient client(tcp_->address());
  FakeClient datagrams(udp_->address(), SOCK_DGRAM);
  client.send("<1>a\n<1>b\n");
  datagrams.send("<1>c");
  ASSERT_TRUE(intake_.wait_for_dropped(3));
  intake_.set(FakeIntake::Mode::kAnswer);
  client.send("<1>d\n");
  datagrams.send("<1>e");
  ASSERT_TRUE(intake_.wait_for_records(2));
  EXPECT_EQ(intake_.dropped(), 3);
}

TEST_F(Syslog, WhoGoesOnSendingToAServiceThatStoppedNoticesWithTheNextMessage) {
  open();
  FakeClient client(tcp_->address());
  client.send("<1>a\n");
  ASSERT_TRUE(intake_.wait_for_records(1));
  stop();  // until the connection is closed
  EXPECT_FALSE(client.try_send("<1>b\n")) << "it would take this for sent";
}

TEST_F(Syslog, MuchIsTakenWholeOverManyReads) {
  open();
  FakeClient client(tcp_->address());
  std::string all;
  Texts expected;
  for (int i = 0; i < 50'000; ++i) {
    expected.push_back("<34>1 2026-07-17T14:18:34Z host app - - - message " + std::to_string(i));
    all += i % 2 == 0 ? expected.back() + "\n" : std::to_string(expected.back().size()) + " " + expected.back();
  }
  client.send(all);
  ASSERT_TRUE(intake_.wait_for_records(expected.size()));
  EXPECT_EQ(intake_.records(), expected);
}

TEST_F(Syslog, WhoCameBeforeTheStopAndWasNotReadYetIsRead) {
  const SyslogContext context{intake_, senders_, Env::system()};
  tcp_ = std::move(*SyslogListener::open(io_, context, {}));
  for (int i = 0; i < 20; ++i) {
    FakeClient client(tcp_->address());
    ASSERT_TRUE(client.connected());
    client.send("<1>" + std::to_string(i) + "\n");
  }
  tcp_->stop();
  threads_.emplace(io_);  // nothing was accepted before
  ASSERT_TRUE(intake_.wait_for_records(20));
}

TEST_F(Syslog, StopTakesWhatIsOnItsWay) {
  open();
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient client(tcp_->address()), idle(tcp_->address());
  FakeClient datagrams(udp_->address(), SOCK_DGRAM);
  client.send("<1>a\n");
  ASSERT_TRUE(intake_.wait_for_held(1));
  client.send("<1>b\n<1>c");
  datagrams.send("<1>d");
  tcp_->stop();
  udp_->stop();
  intake_.set(FakeIntake::Mode::kAnswer);
  intake_.release();
  EXPECT_TRUE(idle.ended());
  threads_.reset();
  Texts records = intake_.records();
  std::sort(records.begin(), records.end());
  EXPECT_EQ(records, (Texts{"<1>a", "<1>b", "<1>c", "<1>d"}));
  EXPECT_EQ(intake_.dropped(), 0);
}

TEST_F(Syslog, StopDoesNotWaitForeverAndCountsWhatIsLost) {
  SyslogSettings settings;
  settings.stop_ms = 50;
  open(settings);
  intake_.set(FakeIntake::Mode::kFull);
  FakeClient client(tcp_->address());
  FakeClient datagrams(udp_->address(), SOCK_DGRAM);
  client.send("<1>a\n<1>b");
  datagrams.send("<1>c");
  ASSERT_TRUE(intake_.wait_for_submits(4));
  stop();
  // "b" has no end yet: it may be handed on alone, and is lost then too.
  EXPECT_EQ(intake_.dropped(), 3);
  EXPECT_TRUE(intake_.records().empty());
}

TEST_F(Syslog, ADatagramIsARecordAsItCame) {
  open();
  FakeClient datagrams(udp_->address(), SOCK_DGRAM);
  const Texts expected = {"<1>one\n", "no syslog at all", std::string("\0\xff\n<1>x", 7), std::string(60'000, 'x')};
  for (const std::string& text : expected) datagrams.send(text);
  ASSERT_TRUE(intake_.wait_for_records(expected.size()));
  EXPECT_EQ(intake_.records(), expected);
  EXPECT_NE(intake_.details()[0].find("127.0.0.1"), std::string::npos);
}

TEST_F(Syslog, WhatTheKernelLosesIsCounted) {
  Result<PortSocket> port = PortSocket::bind_udp("127.0.0.1:0", 1);  // the kernel's least
  ASSERT_TRUE(port);
  SyslogUdpSettings udp_settings;
  udp_settings.address = port->address();
  udp_settings.socket = ::dup(port->number());
  open({}, udp_settings);
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient datagrams(udp_->address(), SOCK_DGRAM);
  std::size_t sent = 0;
  for (std::size_t i = 0; i < kSyslogUdpFlightMax; ++i) {
    datagrams.send("<1>in flight");
    ++sent;
    ASSERT_TRUE(intake_.wait_for_held(i + 1));
  }
  for (int i = 0; i < 1'000; ++i, ++sent) datagrams.send("<1>" + std::string(500, 'x'));
  intake_.set(FakeIntake::Mode::kAnswer);
  intake_.release();
  const std::uint64_t lost = datagrams_lost(port->number());
  EXPECT_GT(lost, 0);
  ASSERT_TRUE(intake_.wait_for_records(sent - lost));
  stop();
  EXPECT_EQ(datagrams_lost(port->number()), lost) << "it is the socket that counts, whoever reads it";
  EXPECT_EQ(intake_.records().size(), sent - lost);
  EXPECT_EQ(intake_.dropped(), 0);
}

TEST_F(Syslog, WhoMayNotSendIsNotRead) {
  class Nobody : public FakeSenders {
    std::optional<Sender> without_token(std::string_view) override { return std::nullopt; }
  } nobody;
  const SyslogContext context{intake_, nobody, Env::system()};
  auto tcp = SyslogListener::open(io_, context, {});
  ASSERT_TRUE(tcp);
  tcp_ = std::move(*tcp);
  threads_.emplace(io_);
  FakeClient client(tcp_->address());
  EXPECT_TRUE(client.ended());
  stop();
}

}  // namespace
}  // namespace tocsin
