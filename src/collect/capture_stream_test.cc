#include "collect/capture_stream.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "collect/capture_talks.h"
#include "collect/capture_testing.h"
#include "collect/json_walk.h"

namespace tocsin {
namespace {

constexpr unsigned kSynAck = kTcpSyn | kTcpAck;
const std::string kClient = "192.0.2.1", kServer = "198.51.100.7";

/// One connection to a port; each call is a packet, a millisecond later.
struct Connection {
  Capture& capture;
  double& now;
  unsigned port;
  std::uint32_t next[2] = {1'000, UINT32_MAX - 20};  // the other's number comes round
  unsigned from = 50'000;

  void packet(int side, unsigned flags, const std::string& data = "") {
    raw(side, flags, next[side], data);
    next[side] += static_cast<std::uint32_t>(data.size() + ((flags & (kTcpSyn | kTcpFin)) != 0 ? 1 : 0));
  }
  void raw(int side, unsigned flags, std::uint32_t sequence, const std::string& data) {
    capture.add(now += 0.001, ether(side == 0 ? ipv4(kClient, kServer, kProtocolTcp, tcp(from, port, flags, sequence, data)) : ipv4(kServer, kClient, kProtocolTcp, tcp(port, from, flags, sequence, data))));
  }
  void open() {
    packet(0, kTcpSyn);
    packet(1, kSynAck);
    packet(0, kTcpAck);
  }
};

class Captures : public ::testing::Test {
 protected:
  /// The lines, without what all of a flow have in common.
  std::vector<std::string> lines(const std::string& bytes, std::size_t piece = 4'096) {
    const auto stream = make_capture_stream(std::make_unique<TextStream>(bytes));
    std::vector<std::string> all;
    for (std::string text = read_all(*stream, trouble_, piece); !text.empty(); text.erase(0, text.find('\n') + 1)) {
      all.push_back(text.substr(0, text.find('\n')));
      EXPECT_TRUE(is_json_object(all.back())) << all.back();
    }
    return all;
  }
  /// Those of one log, from behind "proto" on.
  std::vector<std::string> of(std::string_view path) {
    std::vector<std::string> all;
    for (const std::string& line : lines(capture_.pcap())) {
      if (!line.starts_with("{\"_path\":\"" + std::string(path) + "\"")) continue;
      const std::size_t at = line.find("\"proto\":");
      all.push_back(at == std::string::npos ? line : line.substr(line.find(',', at) + 1));
    }
    return all;
  }
  void add(const std::string& packet) { capture_.add(now_ += 0.001, ether(packet)); }
  void datagram(bool back, unsigned port, const std::string& data) {
    add(back ? ipv4(kServer, kClient, kProtocolUdp, udp(53, port, data)) : ipv4(kClient, kServer, kProtocolUdp, udp(port, 53, data)));
  }
  Connection connection(unsigned port) { return {capture_, now_, port}; }

  Capture capture_;
  double now_ = 0;
  std::string trouble_;
};

using Lines = std::vector<std::string>;

TEST_F(Captures, QuestionsAndAnswersOfDns) {
  datagram(false, 5'000, dns_question(1, "a.example", 1));
  datagram(false, 5'000, dns_question(1, "a.example", 1));  // asked again
  datagram(false, 5'000, dns_question(2, "silent.example", 28));
  datagram(true, 5'000, dns_reply(1, "A.example", 1, be32(0xC0000207)));
  datagram(true, 6'000, dns_reply(9, "unasked.example", 1, "", 3));
  EXPECT_EQ(of("dns"), (Lines{
                           R"("trans_id":1,"rtt":0.003000,"query":"a.example","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":0,"rcode_name":"NOERROR","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":["192.0.2.7"],"TTLs":[300],"rejected":false})",
                           R"("trans_id":9,"query":"unasked.example","qclass":1,"qclass_name":"C_INTERNET","qtype":1,"qtype_name":"A","rcode":3,"rcode_name":"NXDOMAIN","AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"rejected":true})",
                           R"("trans_id":2,"query":"silent.example","qclass":1,"qclass_name":"C_INTERNET","qtype":28,"qtype_name":"AAAA","AA":false,"TC":false,"RD":true,"RA":false,"Z":0,"rejected":false})",
                       }));
  EXPECT_EQ(trouble_, "");
}

TEST_F(Captures, DnsOverTcpInPieces) {
  Connection one = connection(53);
  one.open();
  const std::string question = dns_question(7, "zone.example", 1), reply = dns_reply(7, "zone.example", 1, be32(0xC0000207));
  const std::string asked = be16(static_cast<unsigned>(question.size())) + question, told = be16(static_cast<unsigned>(reply.size())) + reply;
  for (const char c : asked) one.packet(0, kTcpAck, std::string(1, c));
  one.raw(0, kTcpAck, one.next[0] - 3, asked.substr(asked.size() - 3));  // once more
  one.packet(1, kTcpAck, told.substr(0, 30));
  one.raw(1, kTcpAck, one.next[1] - 10, told.substr(20, 25));  // part of it is new
  one.next[1] += 15;
  one.packet(1, kTcpAck, told.substr(45));
  const Lines dns = of("dns");
  ASSERT_EQ(dns.size(), 1U);
  EXPECT_NE(dns[0].find(R"("query":"zone.example")"), std::string::npos);
  EXPECT_NE(dns[0].find(R"("answers":["192.0.2.7"])"), std::string::npos);
  EXPECT_NE(of("conn")[0].find(R"("service":"dns")"), std::string::npos);
  EXPECT_TRUE(of("weird").empty());
}

TEST_F(Captures, RequestsAndAnswersOfHttp) {
  Connection one = connection(8'080);
  one.open();
  one.packet(0, kTcpAck, "GET /a?b=1 HTTP/1.1\r\nHOST:  www.example.org \r\nUser-Agent: probe/1\r\nReferer: http://r.example/\r\n\r\nHEAD /h HTTP/1.1\r\n\r\nPO");
  one.packet(0, kTcpAck, "ST /form HTTP/1.1\nContent-Length: 5\n\nabcdeGET /last HTTP/1.0\r\n\r\n");
  one.packet(1, kTcpAck, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nxxxHTTP/1.1 404 Not Found\r\nContent-Length: 900\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(of("http"), (Lines{
                            R"("trans_depth":1,"method":"GET","host":"www.example.org","uri":"/a?b=1","referrer":"http://r.example/","version":"1.1","user_agent":"probe/1","request_body_len":0,"response_body_len":3,"status_code":200,"status_msg":"OK"})",
                            R"("trans_depth":2,"method":"HEAD","uri":"/h","version":"1.1","request_body_len":0,"response_body_len":0,"status_code":404,"status_msg":"Not Found"})",
                            R"("trans_depth":3,"method":"POST","uri":"/form","version":"1.1","request_body_len":5,"status_code":204,"status_msg":"No Content"})",
                            R"("trans_depth":4,"method":"GET","uri":"/last","version":"1.0","request_body_len":0})",
                        }));
}

TEST_F(Captures, WhereBodiesHaveNoEndRequestsAreStillWritten) {
  Connection one = connection(80);
  one.open();
  one.packet(0, kTcpAck, "GET /one HTTP/1.1\r\n\r\n");
  one.packet(1, kTcpAck, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
  one.packet(0, kTcpAck, "GET /two HTTP/1.1\r\n\r\n");
  for (std::size_t i = 0; i <= kHttpLogWaitingMax; ++i) one.packet(0, kTcpAck, "GET /more HTTP/1.1\r\n\r\n");
  one.packet(0, kTcpAck, "no request at all\r\n\r\nGET /unread HTTP/1.1\r\n\r\n");
  const Lines http = of("http");
  EXPECT_EQ(http.size(), 3 + kHttpLogWaitingMax);
  EXPECT_EQ(http[1], R"("trans_depth":2,"method":"GET","uri":"/two","version":"1.1","request_body_len":0})");
}

TEST_F(Captures, HeadsHaveABound) {
  Connection one = connection(80);
  one.open();
  one.packet(0, kTcpAck, "GET /" + std::string(kHttpLogHeadBytesMax - 30, 'x') + " HTTP/1.1\r\n\r\n");
  one.packet(0, kTcpAck, "GET /" + std::string(kHttpLogHeadBytesMax, 'x') + " HTTP/1.1\r\n\r\n");
  EXPECT_EQ(of("http").size(), 1U);
}

std::string hello(unsigned type, unsigned version, const std::string& middle, const std::string& extensions) {
  const std::string body = be16(version) + std::string(32, 'r') + be8(0) + middle + be16(static_cast<unsigned>(extensions.size())) + extensions;
  const std::string message = be8(type) + be8(0) + be16(static_cast<unsigned>(body.size())) + body;
  return be8(22) + be16(0x0301) + be16(static_cast<unsigned>(message.size())) + message;
}
std::string extension(unsigned kind, const std::string& value) { return be16(kind) + be16(static_cast<unsigned>(value.size())) + value; }

TEST_F(Captures, HellosOfTls) {
  Connection one = connection(8'443);
  one.open();
  const std::string name = "secure.example.org";
  const std::string extensions = extension(0x1A1A, "") + extension(0, be16(21) + be8(0) + be16(18) + name) + extension(10, be16(4) + be16(0x2A2A) + be16(29)) + extension(11, be8(1) + be8(0)) + extension(16, be16(3) + be8(2) + "h2");
  const std::string client = hello(1, 0x0303, be16(6) + be16(0x0A0A) + be16(0x1301) + be16(0xC02F) + be8(1) + be8(0), extensions);
  one.packet(0, kTcpAck, client.substr(0, 40));
  one.packet(0, kTcpAck, client.substr(40));
  one.packet(1, kTcpAck, hello(2, 0x0303, be16(0x1301) + be8(0), extension(43, be16(0x0304)) + extension(16, be16(3) + be8(2) + "h2")));
  // 771,4865-49199,0-10-11-16,29,0 and 771,4865,43-16
  EXPECT_EQ(of("ssl"), (Lines{R"("version":"TLSv13","cipher":"TLS_AES_128_GCM_SHA256","server_name":"secure.example.org","next_protocol":"h2","established":true,"ja3":"c7f387096cc158838bf2e6bc607e9426","ja3s":"2b83a23dea22815f9c4ffaaeaebdc796"})"}));
  Connection other = connection(8'444);
  other.open();
  other.packet(0, kTcpAck, client);
  EXPECT_EQ(of("ssl").size(), 2U) << "also one that nobody answered";
}

TEST_F(Captures, OtherProtocolsAreLeftAlone) {
  Connection one = connection(22);
  one.open();
  one.packet(1, kTcpAck, "SSH-2.0-x\r\n");
  one.packet(0, kTcpAck, "SSH-2.0-y\r\n");
  EXPECT_EQ(lines(capture_.pcap()).size(), 1U);
}

TEST_F(Captures, WhatCouldNotBeReadIsSaid) {
  datagram(false, 5'000, "no DNS");
  add(ipv4(kClient, kServer, kProtocolUdp, "tail", 0x0003));
  add(ipv4(kClient, kServer, kProtocolUdp, "xx"));
  Connection one = connection(53);
  one.open();
  one.raw(0, kTcpAck, one.next[0] + 100, "later");
  const Lines weird = of("weird");
  ASSERT_EQ(weird.size(), 4U);
  EXPECT_NE(weird[0].find("truncated_IP"), std::string::npos);
  EXPECT_NE(weird[1].find("fragments_not_reassembled"), std::string::npos);
  EXPECT_NE(weird[2].find("DNS_unparsable"), std::string::npos);
  EXPECT_EQ(weird[3], R"({"_path":"weird","ts":1772439330.007000,"name":"TCP_content_gap","addl":"1 directions of connections whose text is not whole, and was read up to there","notice":false})");
  const Lines unknown = lines(capture_.pcap(147));
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_NE(unknown[0].find(R"("name":"unknown_link_type","addl":"7 packets)"), std::string::npos);
}

TEST_F(Captures, ACaptureThatIsCutGivesWhatIsWholeAndSaysSo) {
  datagram(false, 5'000, dns_question(1, "a.example", 1));
  datagram(false, 5'001, dns_question(2, "b.example", 1));
  const std::string bytes = capture_.pcap();
  EXPECT_EQ(lines(bytes.substr(0, bytes.size() - 1)).size(), 2U);
  EXPECT_EQ(trouble_, "capture: ends inside a packet, at byte 109; everything before was read");
  EXPECT_EQ(lines(bytes, 7), lines(bytes));
  EXPECT_EQ(trouble_, "");
}

TEST_F(Captures, FilesAreToldByTheirFirstBytes) {
  datagram(false, 5'000, dns_question(1, "a.example", 1));
  MemoryEnv env;
  ASSERT_TRUE(env.write_file("x.txt", capture_.pcap()));
  const auto stream = ByteStream::open(env, "x.txt");
  ASSERT_TRUE(stream);
  EXPECT_TRUE(read_all(**stream, trouble_).starts_with("{\"_path\":\"dns\""));
  EXPECT_TRUE(is_encoded(capture_.pcap()));
}

TEST(CaptureTalk, TextOfManyConnectionsHasABound) {
  std::string out;
  CaptureTalks talks(out);
  std::vector<Flow> flows(kTalksBytesMax / 60'000 + 2);
  Packet packet;
  const std::string wanted = be16(65'000) + std::string(59'998, 'x');
  const std::string bytes = ipv4(kClient, kServer, kProtocolTcp, tcp(50'000, 53, kTcpAck, 1, wanted));
  for (Flow& flow : flows) {
    ASSERT_EQ(read_packet(101, bytes, packet), PacketKind::kFlow);
    flow.ends = packet.ends;
    talks.packet(flow, 0, packet, 0);
    EXPECT_LE(talks.bytes(), kTalksBytesMax);
  }
  EXPECT_GE(talks.broken(), 1U);
  for (Flow& flow : flows) talks.ended(flow);
  EXPECT_EQ(talks.bytes(), 0U);
}

TEST(CaptureTalk, QuestionsThatWaitHaveABound) {
  std::string out;
  CaptureTalks talks(out);
  Packet packet;
  Flow flow;
  std::size_t written = 0;
  for (unsigned id = 0; id <= kDnsWaitingMax; ++id) {
    const std::string bytes = ipv4(kClient, kServer, kProtocolUdp, udp(50'000, 53, dns_question(id, "a.example", 1)));
    ASSERT_EQ(read_packet(101, bytes, packet), PacketKind::kFlow);
    flow.ends = packet.ends;
    talks.packet(flow, 0, packet, 0);
    written += out.empty() ? 0 : 1;
  }
  EXPECT_EQ(written, 1U);
  EXPECT_NE(out.find("\"trans_id\":0,"), std::string::npos) << "the oldest is written as unanswered";
}

TEST(CaptureTalk, QuestionsOfAllFlowsHaveABound) {
  std::string out;
  DnsLog dns(out);
  Flow flow;
  std::vector<std::vector<DnsQuestion>> waiting(kDnsAllWaitingMax / kDnsWaitingMax + 1);
  for (std::size_t i = 0; i <= kDnsAllWaitingMax; ++i) ASSERT_TRUE(dns.message(flow, dns_question(static_cast<unsigned>(i & 0xFFFF), "a.example", 1 + static_cast<unsigned>(i >> 16)), 0, waiting[i / kDnsWaitingMax]));
  EXPECT_EQ(dns.waiting(), kDnsAllWaitingMax);
  EXPECT_FALSE(out.empty()) << "one more is written at once";
}

}  // namespace
}  // namespace tocsin
