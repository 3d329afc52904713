#include "collect/netflow_datagrams.h"

#include <gtest/gtest.h>

#include <cstring>

#include "collect/json_walk.h"
#include "collect/netflow_testing.h"

namespace tocsin {
namespace {

const std::vector<TestField> kPlain = {{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {1, 4}};

std::string plain(unsigned host, std::uint32_t bytes) { return ip4(192, 0, 2, host) + ip4(198, 51, 100, 7) + u16(50'000) + u16(443) + u8(6) + u32(bytes); }

class Netflow : public ::testing::Test, public FlowsRead {
 protected:
  void read(const std::string& datagram, std::string_view sender = "a") { netflow_.read(datagram, {sender, "192.0.2.1"}, 0, *this); }
  const NetflowDatagrams::Counts& counts() const { return netflow_.counts(); }
  NetflowDatagrams netflow_;
};

TEST_F(Netflow, AFlowOfVersion5HasTheNamesOfIana) {
  read(v5(60'000, kFlowTime, 7, 0x4064, {v5_record(31, 50'000, 59'000)}));
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_EQ(texts[0],
            R"({"exportProtocolVersion":5,"exporterIPv4Address":"192.0.2.1","observationDomainId":258,"exportTime":"2026-03-02T08:15:30.250000Z","flowStart":"2026-03-02T08:15:20.250000Z",)"
            R"("flowEnd":"2026-03-02T08:15:29.250000Z","sourceIPv4Address":"192.0.2.31","destinationIPv4Address":"198.51.100.7","ipNextHopIPv4Address":"203.0.113.1","ingressInterface":3,"egressInterface":4,)"
            R"("packetDeltaCount":5,"octetDeltaCount":400,"flowStartSysUpTime":50000,"flowEndSysUpTime":59000,"sourceTransportPort":50000,"destinationTransportPort":443,"tcpControlBits":27,)"
            R"("protocolIdentifier":6,"ipClassOfService":0,"bgpSourceAsNumber":64500,"bgpDestinationAsNumber":64501,"sourceIPv4PrefixLength":24,"destinationIPv4PrefixLength":16,"samplingInterval":100,)"
            R"("communityID":"1:+O1+mn0OcvCs2Qay4wEJS4mbsI0="})");
}

TEST_F(Netflow, TemplatesOfVersion9TellWhatARecordIs) {
  read(v9(60'000, kFlowTime, 1, 9, template_set(0, 256, {{27, 16}, {28, 16}, {7, 2}, {11, 2}, {4, 1}, {21, 4}, {22, 4}, {1, 8}, {56, 6}, {82, 4}, {40'000, 3}}) +
                                       set(256, u64(0x20010db800000000) + u64(1) + u64(0x20010db800000000) + u64(2) + u16(1) + u16(2) + u8(17) + u32(59'000) + u32(0) + u64(UINT64_MAX) +
                                                    std::string("\x02\0\0\0\0\x01", 6) + std::string("e\"0\0", 4) + "\x01\xab\xff" + std::string(2, '\0'))));
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_EQ(texts[0],
            R"({"exportProtocolVersion":9,"exporterIPv4Address":"192.0.2.1","observationDomainId":9,"exportTime":"2026-03-02T08:15:30.000000Z","flowStart":"2026-03-02T08:14:30.000000Z",)"
            R"("flowEnd":"2026-03-02T08:15:29.000000Z","sourceIPv6Address":"2001:db8::1","destinationIPv6Address":"2001:db8::2","sourceTransportPort":1,"destinationTransportPort":2,"protocolIdentifier":17,)"
            R"("flowEndSysUpTime":59000,"flowStartSysUpTime":0,"octetDeltaCount":18446744073709551615,"sourceMacAddress":"02:00:00:00:00:01","interfaceName":"e\"0","element_40000":"0x01abff",)"
            R"("communityID":"1:RjLlkxoHfQ4+6asRR6O6V2Fxk+4="})");
  EXPECT_EQ(counts().bad, 0U);
}

TEST_F(Netflow, FieldsOfVariableSizeEnterprisesAndTheOtherDirectionOfIpfix) {
  const std::string text(300, 'x');
  read(ipfix(kFlowTime, 0, 3, template_set(2, 300, {{8, 4}, {12, 4}, {460, kVariableSize}, {1, kVariableSize, 32473}, {1, 2}, {1, 2, kReverseEnterprise}, {152, 8}, {153, 8}, {82, kVariableSize}, {210, 3}}) +
                                  set(300, ip4(192, 0, 2, 1) + ip4(192, 0, 2, 2) + u8(255) + u16(300) + text + u8(2) + "\x0a\xf0" + u16(40) + u16(1'500) + u64(kFlowTime * 1000ULL + 7) + u64(kFlowTime * 1000ULL + 9) + u8(0) + "pad")));
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_EQ(member("httpRequestHost"), "\"" + text + "\"");
  EXPECT_EQ(member("enterprise_32473_1"), "\"0x0af0\"");
  EXPECT_EQ(member("octetDeltaCount"), "40");
  EXPECT_EQ(member("reverseOctetDeltaCount"), "1500");
  EXPECT_EQ(member("flowStart"), "\"2026-03-02T08:15:30.007000Z\"");
  EXPECT_EQ(member("flowEnd"), "\"2026-03-02T08:15:30.009000Z\"");
  EXPECT_EQ(member("interfaceName"), "") << "a value of no bytes is left out";
  EXPECT_EQ(texts[0].find("padding"), std::string::npos);
  EXPECT_EQ(member("observationDomainId"), "3");
}

TEST_F(Netflow, ValuesAreWrittenAsTheirTypesSay) {
  const double load = 0.25;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &load, sizeof bits);
  read(ipfix(kFlowTime, 0, 0, template_set(2, 256, {{320, 8}, {276, 1}, {276, 1}, {434, 4}, {154, 8}, {70, 3}, {70, 3}, {8, 5}, {156, 8}, {1, 9}, {82, 2}}) +
                                  set(256, u64(bits) + u8(1) + u8(2) + u32(0xFFFFFFFE) + u64((kFlowTime + 2'208'988'800ULL) << 32 | 0x80000000) + std::string("\0\1\2", 3) + "abc" + "12345" + u64(5) +
                                               "123456789" + "\xff\x01")));
  ASSERT_EQ(texts.size(), 1U) << counts().bad;
  EXPECT_EQ(member("absoluteError"), "0.25");
  EXPECT_NE(texts[0].find(R"("mplsTopLabelStackSection":["0x000102","0x616263"])"), std::string::npos);
  EXPECT_EQ(member("flowStartMicroseconds"), "\"2026-03-02T08:15:30.500000Z\"");
  EXPECT_EQ(member("flowStart"), "\"2026-03-02T08:15:30.500000Z\"") << "nanoseconds that are no time are left aside";
  EXPECT_EQ(member("flowStartNanoseconds"), "\"0x0000000000000005\"");
  EXPECT_EQ(member("mibObjectValueInteger"), "-2");
  EXPECT_NE(texts[0].find(R"("dataRecordsReliability":[true,false])"), std::string::npos);
  EXPECT_EQ(member("sourceIPv4Address"), "\"0x3132333435\"") << "no address has five bytes";
  EXPECT_EQ(member("octetDeltaCount"), "\"0x313233343536373839\"") << "no number has nine bytes";
  EXPECT_EQ(member("interfaceName"), "\"\xEF\xBF\xBD\\u0001\"");
}

TEST_F(Netflow, WhatComesBeforeItsTemplateWaits) {
  read(v9(1'000, kFlowTime, 1, 0, set(256, plain(1, 10) + plain(2, 20))));
  read(v9(1'000, kFlowTime + 5, 2, 0, set(257, plain(3, 30))));
  EXPECT_TRUE(texts.empty());
  EXPECT_EQ(netflow_.held_bytes(), 3 * plain(1, 1).size());
  read(v9(1'000, kFlowTime + 10, 3, 0, template_set(0, 256, kPlain) + set(256, plain(4, 40))));
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_EQ(member_of(texts[0], "octetDeltaCount"), "10");
  EXPECT_EQ(member_of(texts[0], "exportTime"), "\"2026-03-02T08:15:30.000000Z\"") << "its own datagram's";
  EXPECT_EQ(member_of(texts[2], "octetDeltaCount"), "40");
  EXPECT_EQ(netflow_.held_bytes(), plain(1, 1).size());
  EXPECT_EQ(netflow_.take_lost(), 0U);
  netflow_.finish();
  EXPECT_EQ(netflow_.take_lost(), 1U) << "the template of 257 never came";
  EXPECT_EQ(netflow_.held_bytes(), 0U);
}

TEST_F(Netflow, TemplatesAreOfOneExporterAndDomain) {
  read(ipfix(kFlowTime, 0, 1, template_set(2, 256, kPlain) + set(256, plain(1, 10))));
  read(ipfix(kFlowTime, 0, 2, set(256, plain(2, 20))));
  read(ipfix(kFlowTime, 0, 1, set(256, plain(3, 30))), "b");
  EXPECT_EQ(texts.size(), 1U);
  read(ipfix(kFlowTime, 1, 1, template_set(2, 256, {{8, 4}, {12, 4}}) + set(256, ip4(1, 2, 3, 4) + ip4(5, 6, 7, 8))));
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(member("destinationIPv4Address"), "\"5.6.7.8\"") << "a template is replaced by one of its number";
}

TEST_F(Netflow, TemplatesAreWithdrawn) {
  const std::string options = set(3, u16(258) + u16(2) + u16(1) + field_list({{149, 4}, {34, 4}}));
  read(ipfix(kFlowTime, 0, 1, template_set(2, 256, kPlain) + template_set(2, 257, kPlain) + options));
  EXPECT_EQ(netflow_.fields(), 2 * kPlain.size() + 2);
  read(ipfix(kFlowTime, 0, 1, set(2, u16(256) + u16(0))));
  EXPECT_EQ(netflow_.fields(), kPlain.size() + 2);
  read(ipfix(kFlowTime, 0, 1, set(256, plain(1, 10)) + set(257, plain(2, 20))));
  EXPECT_EQ(texts.size(), 1U);
  read(ipfix(kFlowTime, 1, 1, set(2, u16(2) + u16(0))));
  EXPECT_EQ(netflow_.fields(), 2U) << "all that are not of options";
  read(ipfix(kFlowTime, 1, 1, set(3, u16(3) + u16(0))));
  EXPECT_EQ(netflow_.fields(), 0U);
}

TEST_F(Netflow, OptionsSayHowManyPacketsStandForOne) {
  // Version 9: bytes of scopes, bytes of options. Two samplers; the flow says which is its.
  const std::string options = set(1, u16(300) + u16(4) + u16(8) + u16(1) + u16(4) + u16(48) + u16(1) + u16(50) + u16(4) + std::string(2, '\0'));
  read(v9(0, kFlowTime, 1, 0, options + set(300, u32(0) + u8(1) + u32(100) + u32(0) + u8(2) + u32(500)) + template_set(0, 256, {{8, 4}, {12, 4}, {48, 1}})));
  EXPECT_EQ(counts().options, 2U);
  EXPECT_TRUE(texts.empty());
  read(v9(0, kFlowTime, 2, 0, set(256, ip4(1, 1, 1, 1) + ip4(2, 2, 2, 2) + u8(2))));
  EXPECT_EQ(member("samplingInterval"), "500");
  // IPFIX: one packet of a hundred, in other words; the exporter's start is there, too.
  const std::string said = set(3, u16(301) + u16(4) + u16(1) + field_list({{149, 4}, {305, 4}, {306, 4}, {160, 8}}));
  read(ipfix(kFlowTime, 0, 5, said + set(301, u32(5) + u32(1) + u32(99) + u64(kFlowTime * 1000ULL - 60'000)) + template_set(2, 256, {{8, 4}, {12, 4}, {22, 4}}) +
                                  set(256, ip4(1, 1, 1, 1) + ip4(2, 2, 2, 2) + u32(59'000))));
  EXPECT_EQ(member("samplingInterval"), "100");
  EXPECT_EQ(member("flowStart"), "\"2026-03-02T08:15:29.000000Z\"");
  EXPECT_EQ(counts().bad, 0U);
}

TEST_F(Netflow, WhatTheSequenceMissesIsSaidByTheNextFlow) {
  read(v5(0, kFlowTime, 100, 0, {v5_record(1, 0, 0), v5_record(2, 0, 0)}));
  read(v5(0, kFlowTime, 102, 0, {v5_record(3, 0, 0)}));
  EXPECT_EQ(member("missedFlows"), "");
  read(v5(0, kFlowTime, 110, 0, {v5_record(4, 0, 0), v5_record(5, 0, 0)}));
  EXPECT_EQ(member_of(texts[3], "missedFlows"), "7");
  EXPECT_EQ(member("missedFlows"), "") << "it is said once";
  read(v5(0, kFlowTime, 103, 0, {v5_record(6, 0, 0)}));
  read(v5(0, kFlowTime, 112, 0, {v5_record(6, 0, 0)}));
  EXPECT_EQ(counts().missed, 7U) << "one that was overtaken is no gap, and leaves what is expected";
  read(v5(0, kFlowTime, 5'000'000, 0, {v5_record(6, 0, 0)}));
  EXPECT_EQ(counts().missed, 7U) << "an exporter that starts anew";
  // The number comes round.
  read(v5(0, kFlowTime, UINT32_MAX, 0, {v5_record(1, 0, 0)}), "b");
  read(v5(0, kFlowTime, 2, 0, {v5_record(1, 0, 0)}), "b");
  EXPECT_EQ(member("missedFlows"), "2");
}

TEST_F(Netflow, Version9CountsDatagramsAndIpfixItsFlows) {
  read(v9(0, kFlowTime, 1, 0, template_set(0, 256, kPlain) + set(256, plain(1, 1) + plain(1, 2) + plain(1, 3))));
  read(v9(0, kFlowTime, 4, 0, set(256, plain(1, 1))));
  EXPECT_EQ(member("missedDatagrams"), "") << "an exporter that counts flows: as many as were in the datagram before";
  read(v9(0, kFlowTime, 7, 0, set(256, plain(1, 1))));
  EXPECT_EQ(member("missedDatagrams"), "2");
  const std::string two = set(256, plain(1, 1) + plain(1, 2));
  read(ipfix(kFlowTime, 50, 0, template_set(2, 256, kPlain) + two));
  read(ipfix(kFlowTime, 52, 0, two));
  read(ipfix(kFlowTime, 57, 0, two));
  EXPECT_EQ(counts().missed, 2U + 3U);
  read(ipfix(kFlowTime, 59, 0, two));
  EXPECT_EQ(member_of(texts[texts.size() - 2], "missedFlows"), "3");
  // One that numbers the end of its datagrams.
  read(ipfix(kFlowTime, 1, 7, template_set(2, 256, kPlain) + set(256, plain(1, 1))));
  read(ipfix(kFlowTime, 3, 7, two));
  read(ipfix(kFlowTime, 4, 7, set(256, plain(1, 1))));
  EXPECT_EQ(counts().missed, 5U);
  read(ipfix(kFlowTime, 9, 7, two));
  EXPECT_EQ(counts().missed, 8U);
}

TEST_F(Netflow, AClockThatComesRoundIsTheLastThatFits) {
  // Started 2^32 ms and a minute ago: the counter stands at a minute; the flow began two minutes ago.
  const std::uint32_t uptime = 60'000, first = UINT32_MAX - 59'999;
  read(v5(uptime, kFlowTime, 1, 0, {v5_record(1, first, 59'000)}));
  EXPECT_EQ(member("flowStart"), "\"2026-03-02T08:13:30.250000Z\"");
  EXPECT_EQ(member("flowEnd"), "\"2026-03-02T08:15:29.250000Z\"");
}

TEST_F(Netflow, IcmpIsFoundWhereverItsTypeStands) {
  const std::string addresses = ip4(192, 168, 0, 89) + ip4(192, 168, 0, 1) + u8(1), echo = "\"1:X0snYXpgwiv9TZtqg64sgzUn6Dk=\"";
  read(ipfix(kFlowTime, 0, 0, template_set(2, 256, {{8, 4}, {12, 4}, {4, 1}, {32, 2}}) + set(256, addresses + u16(0x0800)) + template_set(2, 257, {{8, 4}, {12, 4}, {4, 1}, {176, 1}, {177, 1}}) +
                                  set(257, addresses + u8(8) + u8(0)) + template_set(2, 258, {{8, 4}, {12, 4}, {4, 1}, {7, 2}, {11, 2}}) + set(258, addresses + u16(0) + u16(0x0800))));
  ASSERT_EQ(texts.size(), 3U);
  for (const std::string& text : texts) EXPECT_EQ(member_of(text, "communityID"), echo) << text;
}

TEST_F(Netflow, AnExporterThatNamesItselfIsTaken) {
  read(ipfix(kFlowTime, 0, 4, template_set(2, 256, {{8, 4}, {12, 4}, {130, 4}, {149, 4}}) + set(256, ip4(1, 1, 1, 1) + ip4(2, 2, 2, 2) + ip4(203, 0, 113, 9) + u32(77))));
  EXPECT_EQ(member("exporterIPv4Address"), "\"203.0.113.9\"");
  EXPECT_EQ(member("observationDomainId"), "77");
  EXPECT_EQ(texts[0].find("192.0.2.1"), std::string::npos);
}

TEST_F(Netflow, WhatCannotBeIsCountedAndTheRestIsRead) {
  read("");
  read(u16(1) + std::string(40, '\0'));
  read(v5(0, kFlowTime, 0, 0, {v5_record(1, 0, 0)}).substr(0, 60));
  read(u16(5) + u16(0) + std::string(44, '\0'));
  read(u16(9) + "x");
  read(ipfix(kFlowTime, 0, 0, "").substr(0, 12));
  std::string longer = ipfix(kFlowTime, 0, 0, "");
  longer[3] = 60;
  read(longer);
  EXPECT_EQ(counts().bad, 7U);
  read(v9(0, kFlowTime, 0, 0, template_set(0, 256, {}) + template_set(0, 256, {{8, 0}}) + template_set(0, 255, kPlain) + set(0, u16(256) + u16(9) + "abcd") + set(7, "x") + template_set(0, 256, kPlain) +
                                   set(256, plain(1, 10)) + u16(256) + u16(3) + "x"));
  EXPECT_EQ(counts().bad, 7U + 6U);
  EXPECT_EQ(texts.size(), 1U);
  read(v9(0, kFlowTime, 1, 0, template_set(0, 257, {{8, 4}, {82, kVariableSize}}) + set(257, ip4(1, 1, 1, 1) + u8(200) + "short") + set(256, plain(2, 20))));
  EXPECT_EQ(counts().bad, 14U);
  EXPECT_EQ(texts.size(), 2U);
  EXPECT_EQ(netflow_.take_lost(), 14U);
  EXPECT_EQ(netflow_.take_lost(), 0U);
}

TEST_F(Netflow, WhatIsRememberedHasBounds) {
  for (std::size_t i = 0; i <= kNetflowDomainsMax; ++i) read(ipfix(kFlowTime, 0, static_cast<std::uint32_t>(i), template_set(2, 256, kPlain)));
  EXPECT_EQ(netflow_.domains(), kNetflowDomainsMax);
  read(ipfix(kFlowTime, 0, 0, set(256, plain(1, 1))));
  EXPECT_TRUE(texts.empty()) << "the one that was silent longest was forgotten";
  const std::vector<TestField> large(kNetflowFieldsMax, TestField{1, 1});
  for (unsigned i = 0; i < kNetflowTemplatesMax; ++i) read(ipfix(kFlowTime, 0, 1, template_set(2, 256 + i, large)), "c");
  EXPECT_EQ(counts().bad, 0U);
  read(ipfix(kFlowTime, 0, 1, template_set(2, 256 + kNetflowTemplatesMax, kPlain)), "c");
  EXPECT_EQ(counts().bad, 1U) << "templates of one domain";
  for (unsigned k = 0; k < 3; ++k) {
    for (unsigned i = 0; i < kNetflowTemplatesMax; ++i) read(ipfix(kFlowTime, 0, k, template_set(2, 256 + i, large)), "d");
    EXPECT_LE(netflow_.fields(), kNetflowAllFieldsMax);
  }
  std::vector<TestField> more = large;
  more.push_back({1, 1});
  read(ipfix(kFlowTime, 0, 9, template_set(2, 256, more)), "e");
  EXPECT_EQ(counts().bad, 2U) << "fields of one template";
}

TEST_F(Netflow, WhatWaitsHasBounds) {
  const std::string piece = set(256, std::string(60'000, 'x'));
  for (unsigned i = 0; i < 3; ++i) read(ipfix(kFlowTime, 0, 1, piece));
  EXPECT_EQ(netflow_.held_bytes(), 120'000U);
  EXPECT_EQ(netflow_.take_lost(), 1U);
  for (unsigned i = 2; i < 200; ++i) read(ipfix(kFlowTime, 0, i, piece));
  EXPECT_LE(netflow_.held_bytes(), kNetflowAllHeldBytesMax);
  EXPECT_GT(netflow_.held_bytes(), kNetflowAllHeldBytesMax - 60'000);
  // A template of one byte makes no more than so many flows of what waited.
  read(ipfix(kFlowTime, 0, 1, template_set(2, 256, {{4, 1}})));
  EXPECT_EQ(texts.size(), kNetflowRecordsMax);
}

TEST_F(Netflow, SamplersHaveABound) {
  std::string records;
  for (unsigned i = 0; i <= kNetflowSamplersMax; ++i) records += u16(i) + u32(10 + i);
  read(ipfix(kFlowTime, 0, 0, set(3, u16(301) + u16(2) + u16(1) + field_list({{302, 2}, {34, 4}})) + set(301, records) + template_set(2, 256, {{8, 4}, {12, 4}, {302, 2}}) +
                                  set(256, ip4(1, 1, 1, 1) + ip4(2, 2, 2, 2) + u16(kNetflowSamplersMax - 1))));
  EXPECT_EQ(member("samplingInterval"), std::to_string(10 + kNetflowSamplersMax - 1));
  read(ipfix(kFlowTime, 66, 0, set(256, ip4(1, 1, 1, 1) + ip4(2, 2, 2, 2) + u16(kNetflowSamplersMax))));
  EXPECT_EQ(member("samplingInterval"), "10") << "one too many has that of number 0";
}

/// Every beginning of a datagram, and every byte of it changed: what comes out is JSON, and nothing is written elsewhere.
TEST_F(Netflow, DamagedDatagramsGiveJsonOrNothing) {
  const std::string whole = ipfix(kFlowTime, 0, 0, template_set(2, 256, {{8, 4}, {12, 4}, {82, kVariableSize}, {320, 8}, {1, 8}, {152, 8}}) +
                                                       set(256, ip4(1, 1, 1, 1) + ip4(2, 2, 2, 2) + u8(3) + "eth" + u64(1) + u64(2) + u64(kFlowTime * 1000ULL)));
  for (std::size_t size = 0; size < whole.size(); ++size) NetflowDatagrams().read(whole.substr(0, size), {"a", "x"}, 0, *this);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      NetflowDatagrams().read(changed, {"a", "192.0.2.1"}, 0, *this);
    }
  }
  EXPECT_GT(texts.size(), whole.size());
  for (const std::string& text : texts) EXPECT_TRUE(is_json_object(text)) << text;
}

}  // namespace
}  // namespace tocsin
