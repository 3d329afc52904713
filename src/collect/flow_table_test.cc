#include "collect/flow_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "collect/capture_testing.h"
#include "collect/zeek_line.h"

namespace tocsin {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

class Flows : public ::testing::Test, public FlowVisitor {
 protected:
  void packet(Flow&, int, const Packet&, std::int64_t) override {}
  void ended(Flow& flow) override {
    std::string line;
    append_conn_line(line, flow);
    lines.push_back(line);
    ends.push_back(std::string(conn_state(flow)) + " " + flow.history + " " + std::to_string(flow.ends.source_port) + " " + std::to_string(flow.sides[0].packets) + "/" + std::to_string(flow.sides[1].packets));
  }
  void send(bool back, const std::string& transport, unsigned protocol = kProtocolTcp, double seconds = -1) {
    time_ns_ = seconds < 0 ? time_ns_ + 1'000'000 : static_cast<std::int64_t>(seconds * 1e9);
    Packet one;
    ASSERT_EQ(read_packet(101, ipv4(back ? "198.51.100.7" : "192.0.2.1", back ? "192.0.2.1" : "198.51.100.7", protocol, transport), one), PacketKind::kFlow);
    table_.packet(one, time_ns_);
  }
  void client(unsigned flags, const std::string& data = "") { send(false, tcp(50'000, 443, flags, 1, data)); }
  void server(unsigned flags, const std::string& data = "") { send(true, tcp(443, 50'000, flags, 1, data)); }
  std::string state() {
    table_.finish();
    std::string all;
    for (const std::string& one : std::exchange(ends, {})) all += (all.empty() ? "" : "; ") + one;
    return all;
  }

  std::vector<std::string> lines, ends;
  std::int64_t time_ns_ = 0;
  FlowTable table_{*this};
};

constexpr unsigned kSynAck = kTcpSyn | kTcpAck, kFinAck = kTcpFin | kTcpAck, kRstAck = kTcpRst | kTcpAck;

TEST_F(Flows, StatesAreThoseOfZeek) {
  const auto open = [this] {
    client(kTcpSyn);
    server(kSynAck);
    client(kTcpAck);
  };
  client(kTcpSyn);
  EXPECT_EQ(state(), "S0 S 50000 1/0");
  open();
  EXPECT_EQ(state(), "S1 ShA 50000 2/1");
  open();
  client(kTcpAck, "question");
  server(kTcpAck, "answer");
  client(kFinAck);
  EXPECT_EQ(state(), "S2 ShADdF 50000 4/2");
  open();
  server(kFinAck);
  EXPECT_EQ(state(), "S3 ShAf 50000 2/2");
  open();
  client(kFinAck);
  server(kFinAck);
  client(kTcpAck);
  EXPECT_EQ(state(), "SF ShAFf 50000 4/2");
  client(kTcpSyn);
  server(kRstAck);
  EXPECT_EQ(state(), "REJ Sr 50000 1/1");
  open();
  client(kTcpRst);
  server(kTcpRst);
  EXPECT_EQ(state(), "RSTO ShARr 50000 3/2");
  open();
  server(kTcpRst);
  EXPECT_EQ(state(), "RSTR ShAr 50000 2/2");
  client(kTcpSyn);
  client(kTcpRst);
  EXPECT_EQ(state(), "RSTOS0 SR 50000 2/0");
  client(kTcpSyn);
  client(kTcpFin);
  EXPECT_EQ(state(), "SH SF 50000 2/0");
  server(kSynAck);
  server(kTcpRst);
  EXPECT_EQ(state(), "RSTRH ^hr 50000 0/2");
  server(kSynAck);
  server(kFinAck);
  EXPECT_EQ(state(), "SHR ^hf 50000 0/2");
  client(kTcpAck, "middle");
  EXPECT_EQ(state(), "OTH D 50000 1/0");
  server(kTcpAck, "middle");
  EXPECT_EQ(state(), "OTH ^d 50000 0/1") << "the port of a server tells who began";
}

TEST_F(Flows, DatagramsAndEchoes) {
  send(false, udp(50'000, 53, "q"), kProtocolUdp);
  send(true, udp(53, 50'000, "a"), kProtocolUdp);
  EXPECT_EQ(state(), "SF Dd 50000 1/1");
  send(true, udp(53, 50'000, "a"), kProtocolUdp);
  EXPECT_EQ(state(), "SHR ^d 50000 0/1");
  send(false, udp(50'000, 4'000, ""), kProtocolUdp);
  EXPECT_EQ(state(), "S0  50000 1/0");
  send(false, icmp(8, 0, "ping"), kProtocolIcmp);
  send(true, icmp(0, 0, "ping"), kProtocolIcmp);
  EXPECT_EQ(state(), "OTH  8 1/1");
  send(true, icmp(0, 0, "ping"), kProtocolIcmp);
  EXPECT_EQ(state(), "OTH ^ 8 0/1");
  send(false, icmp(3, 3), kProtocolIcmp);
  send(true, icmp(3, 3), kProtocolIcmp);
  EXPECT_EQ(state(), "OTH  3 1/0; OTH  3 1/0") << "nothing answers these";
  send(false, "tunnel", 47);
  send(true, "tunnel", 47);
  EXPECT_EQ(state(), "OTH  0 1/1");
}

TEST_F(Flows, ALineSaysItAll) {
  client(kTcpSyn);
  server(kSynAck);
  client(kTcpAck, "hello");
  state();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            R"({"_path":"conn","ts":0.001000,"uid":")" + lines[0].substr(lines[0].find("\"uid\":\"") + 7, 18) +
                R"(","id.orig_h":"192.0.2.1","id.orig_p":50000,"id.resp_h":"198.51.100.7","id.resp_p":443,"proto":"tcp","duration":0.002000,"orig_bytes":5,"resp_bytes":0,"conn_state":"S1","history":"ShD",)"
                R"("orig_pkts":2,"orig_ip_bytes":85,"resp_pkts":1,"resp_ip_bytes":40,"ip_proto":6,"community_id":"1:tXBfHcLekJx+/ZBmdAEqJAZvz+I="})"
                "\n");
}

TEST_F(Flows, SilenceEndsThemEachInItsTime) {
  send(false, tcp(1'101, 443, kTcpSyn, 1), kProtocolTcp, 0);
  send(false, udp(1'102, 4'000, "x"), kProtocolUdp, 0);
  send(false, tcp(1'103, 443, kTcpSyn, 1), kProtocolTcp, 1);
  send(true, tcp(443, 1'103, kRstAck, 1), kProtocolTcp, 1);
  send(false, udp(9, 9, "x"), kProtocolUdp, 6);
  EXPECT_TRUE(ends.empty());
  send(false, udp(9, 9, "x"), kProtocolUdp, 6.5);
  EXPECT_EQ(ends, (std::vector<std::string>{"REJ Sr 1103 1/1"})) << "five seconds behind its end";
  send(false, udp(9, 9, "x"), kProtocolUdp, 60);
  EXPECT_EQ(ends.size(), 1U);
  send(false, udp(9, 9, "x"), kProtocolUdp, 60.5);
  EXPECT_EQ(ends.back(), "S0 D 1102 1/0");
  for (int i = 1; i < 5; ++i) send(false, udp(9, 9, "x"), kProtocolUdp, 60 + i * 60);
  EXPECT_EQ(ends.size(), 2U);
  send(false, udp(9, 9, "x"), kProtocolUdp, 300.5);
  EXPECT_EQ(ends.back(), "S0 S 1101 1/0");
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(Flows, WhatBeginsAnewIsAnother) {
  client(kTcpSyn);
  server(kRstAck);
  client(kTcpSyn);
  server(kRstAck);
  EXPECT_EQ(state(), "REJ Sr 50000 1/1; REJ Sr 50000 1/1");
  client(kTcpSyn);
  client(kTcpSyn);
  EXPECT_EQ(state(), "S0 S 50000 2/0") << "asked twice";
  // One that lasts for hours is told in parts, each with who began the first.
  for (int i = 0; i <= 15; ++i) send(i % 2 == 1, i % 2 == 1 ? tcp(6'000, 5'000, 16, 1, "x") : tcp(5'000, 6'000, 16, 1, "x"), kProtocolTcp, 20'000 + i * 250);
  EXPECT_EQ(state(), "OTH Dd 5000 8/7; OTH d 5000 0/1");
}

TEST_F(Flows, ClocksThatGoBackChangeNothing) {
  send(false, udp(50'000, 53, "q"), kProtocolUdp, 100);
  send(true, udp(53, 50'000, "a"), kProtocolUdp, 40);
  EXPECT_EQ(state(), "SF Dd 50000 1/1");
  EXPECT_NE(lines[0].find("\"duration\":0.000000"), std::string::npos);
}

TEST_F(Flows, ThereIsRoomForSoMany) {
  FlowTable small(*this, 3);
  Packet one;
  for (unsigned port = 1; port <= 5; ++port) {
    read_packet(101, ipv4("192.0.2.1", "198.51.100.7", port == 2 ? kProtocolTcp : kProtocolUdp, port == 2 ? tcp(2'000 + port, 9'000, kTcpSyn, 1) : udp(2'000 + port, 9'000, "x")), one);
    small.packet(one, port * kSecond);
  }
  EXPECT_EQ(small.size(), 3U);
  EXPECT_EQ(small.evicted(), 2U);
  EXPECT_EQ(ends.size(), 2U);
  EXPECT_TRUE(ends[0].ends_with(" 2001 1/0") && ends[1].ends_with(" 2002 1/0")) << "the longest silent first, whatever its protocol";
  small.finish();
  EXPECT_EQ(small.evicted(), 2U);
  EXPECT_EQ(ends.size(), 5U);
}

/// The slow and obvious way: all flows in a map, and all of them looked at for each packet.
struct Twin {
  struct One {
    std::uint64_t packets = 0, bytes = 0;
    std::int64_t first = 0, seen = 0;
    bool operator<(const One& other) const { return std::tie(first, packets, bytes, seen) < std::tie(other.first, other.packets, other.bytes, other.seen); }
    bool operator==(const One&) const = default;
  };
  std::map<unsigned, One> flows;  // by the port of who began
  std::vector<One> done;
  void packet(unsigned port, std::uint64_t bytes, std::int64_t now) {
    for (auto one = flows.begin(); one != flows.end();) {
      const bool late = now - one->second.seen > kFlowIdleSeconds * kSecond || (one->first == port && now - one->second.first > kFlowActiveSeconds * kSecond);
      if (late) done.push_back(one->second);
      one = late ? flows.erase(one) : std::next(one);
    }
    One& one = flows[port];
    if (one.packets == 0) one.first = now;
    one.packets += 1;
    one.bytes += bytes;
    one.seen = now;
  }
};

struct Counted : FlowVisitor {
  void packet(Flow&, int, const Packet&, std::int64_t) override {}
  void ended(Flow& flow) override { done.push_back({flow.sides[0].packets + flow.sides[1].packets, flow.sides[0].ip_bytes + flow.sides[1].ip_bytes, flow.first_ns, flow.last_ns}); }
  std::vector<Twin::One> done;
};

TEST(FlowTwins, DatagramsOfManyFlowsAreCountedAsTheSlowWayDoes) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    Counted counted;
    FlowTable table(counted);
    Twin twin;
    std::int64_t now = 0;
    for (int i = 0; i < 2'000; ++i) {
      now += static_cast<std::int64_t>(random() % (round < 10 ? 8 : 90)) * kSecond / 2;
      const auto port = static_cast<unsigned>(2'000 + random() % 40);
      const bool back = twin.flows.contains(port) && random() % 2 == 0;
      const std::string data(static_cast<std::size_t>(random() % 100), 'x');
      Packet one;
      read_packet(101, back ? ipv4("198.51.100.7", "192.0.2.1", kProtocolUdp, udp(9'000, port, data)) : ipv4("192.0.2.1", "198.51.100.7", kProtocolUdp, udp(port, 9'000, data)), one);
      table.packet(one, now);
      twin.packet(port, one.ip_bytes, now);
    }
    table.finish();
    for (const auto& [port, one] : twin.flows) twin.done.push_back(one);
    std::sort(twin.done.begin(), twin.done.end());
    std::sort(counted.done.begin(), counted.done.end());
    EXPECT_EQ(counted.done.size(), twin.done.size());
    EXPECT_TRUE(counted.done == twin.done);
  }
}

}  // namespace
}  // namespace tocsin
