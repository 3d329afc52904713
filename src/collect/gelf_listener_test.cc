// GELF at its ports: the listeners of syslog with GELF's frames and datagrams.
#include <gtest/gtest.h>

#include "collect/gelf_datagrams.h"
#include "collect/gelf_frames.h"
#include "collect/gelf_testing.h"
#include "collect/net_fakes.h"
#include "collect/syslog_listener.h"
#include "collect/syslog_udp.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;
using std::string_literals::operator""s;

class GelfPorts : public ::testing::Test {
 protected:
  void SetUp() override {
    const SyslogContext context{intake_, senders_, Env::system()};
    SyslogSettings settings;
    settings.input = "gelf";
    settings.make_frames = [] { return std::make_unique<GelfFrames>(); };
    SyslogUdpSettings udp_settings;
    udp_settings.input = "gelf";
    udp_settings.make_reader = [] { return std::make_unique<GelfDatagrams>(); };
    auto tcp = SyslogListener::open(io_, context, settings);
    auto udp = SyslogUdp::open(io_, context, udp_settings);
    ASSERT_TRUE(tcp && udp);
    tcp_ = std::move(*tcp);
    udp_ = std::move(*udp);
    threads_.emplace(io_);
  }
  void stop() {
    tcp_->stop();
    udp_->stop();
    threads_.reset();
  }
  void TearDown() override { stop(); }

  FakeIntake intake_;
  FakeSenders senders_;
  boost::asio::io_context io_;
  std::unique_ptr<SyslogListener> tcp_;
  std::unique_ptr<SyslogUdp> udp_;
  std::optional<FakeThreads> threads_;
};

TEST_F(GelfPorts, TextsOfAConnectionComeInTheirOrder) {
  FakeClient client(tcp_->address());
  client.send("{\"a\":1}\0{\"b\":"s);
  ASSERT_TRUE(intake_.wait_for_records(1));
  client.send("2}\0{\"c\""s);
  client.end();
  ASSERT_TRUE(intake_.wait_for_records(3));
  EXPECT_EQ(intake_.records(), (Texts{R"({"a":1})", R"({"b":2})", R"({"c")"}));
  EXPECT_NE(intake_.details()[0].find("127.0.0.1"), std::string::npos);
  EXPECT_TRUE(client.ended());
}

TEST_F(GelfPorts, DatagramsAreUnpackedAndPutTogether) {
  FakeClient client(udp_->address(), SOCK_DGRAM), other(udp_->address(), SOCK_DGRAM);
  client.send(packed(R"({"a":1})", kZlibBits));
  ASSERT_TRUE(intake_.wait_for_records(1));
  // The same id from two ports is two messages.
  client.send(gelf_chunk("id", 0, 2, R"({"b")"));
  other.send(gelf_chunk("id", 1, 2, R"(:4})"));
  other.send(gelf_chunk("id", 0, 2, R"({"c")"));
  ASSERT_TRUE(intake_.wait_for_records(2));
  client.send(gelf_chunk("id", 1, 2, R"(:3})"));
  ASSERT_TRUE(intake_.wait_for_records(3));
  EXPECT_EQ(intake_.records(), (Texts{R"({"a":1})", R"({"c":4})", R"({"b":3})"}));
  EXPECT_NE(intake_.details()[0].find("127.0.0.1"), std::string::npos);
}

TEST_F(GelfPorts, WhatIsLostIsCounted) {
  FakeClient client(udp_->address(), SOCK_DGRAM);
  client.send("\x1f\x8b no gzip");
  ASSERT_TRUE(intake_.wait_for_dropped(1));
  client.send(gelf_chunk("id", 0, 2, "x"));
  client.send("the last");
  ASSERT_TRUE(intake_.wait_for_records(1));
  EXPECT_EQ(intake_.dropped(), 1u);
  stop();
  EXPECT_EQ(intake_.dropped(), 2u) << "the message that was not whole";
}

}  // namespace
}  // namespace tocsin
