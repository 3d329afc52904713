#include "collect/packet.h"

#include <gtest/gtest.h>

#include "collect/capture_testing.h"

namespace tocsin {
namespace {

const std::string kSegment = tcp(50'000, 443, kTcpSyn, 7, "hello");
const std::string kV4 = ipv4("192.0.2.1", "198.51.100.7", kProtocolTcp, kSegment);
const std::string kV6 = ipv6("2001:db8::1", "2001:db8::2", kProtocolTcp, kSegment);

/// Keeps the bytes, which the packet's payload is a part of, until the next.
PacketKind take(std::uint16_t link, std::string bytes, Packet& packet) {
  static std::string kept;
  kept = std::move(bytes);
  return read_packet(link, kept, packet);
}

std::string ends_of(const Packet& packet) {
  std::string text;
  append_address(text, packet.ends.source, packet.ends.v6);
  text += " " + std::to_string(packet.ends.source_port) + " ";
  append_address(text, packet.ends.destination, packet.ends.v6);
  return text + " " + std::to_string(packet.ends.destination_port) + " " + std::to_string(packet.ends.protocol);
}

void expect_whole(std::uint16_t link, const std::string& bytes, const char* what, unsigned vlan = 0) {
  Packet packet;
  ASSERT_EQ(take(link, bytes, packet), PacketKind::kFlow) << what;
  EXPECT_EQ(ends_of(packet), packet.ends.v6 ? "2001:db8::1 50000 2001:db8::2 443 6" : "192.0.2.1 50000 198.51.100.7 443 6") << what;
  EXPECT_EQ(packet.payload, "hello") << what;
  EXPECT_EQ(packet.payload_bytes, 5U) << what;
  EXPECT_EQ(packet.ip_bytes, packet.ends.v6 ? 65U : 45U) << what;
  EXPECT_EQ(packet.flags, kTcpSyn) << what;
  EXPECT_EQ(packet.sequence, 7U) << what;
  EXPECT_EQ(packet.vlan, vlan) << what;
}

TEST(Packets, EveryLinkLeadsToTheSame) {
  const std::string padding(10, '\0');
  expect_whole(1, ether(kV4) + padding, "Ethernet, filled to its least size");
  expect_whole(1, ether(kV6), "Ethernet");
  expect_whole(1, ether(kV4, be16(0x8100) + be16(0xE02A)), "802.1Q", 42);
  expect_whole(1, ether(kV4, be16(0x88A8) + be16(7) + be16(0x8100) + be16(42)), "QinQ", 7);
  for (const std::uint16_t link : std::initializer_list<std::uint16_t>{12, 14, 101, 228}) expect_whole(link, kV4, "raw");
  expect_whole(229, kV6, "raw");
  expect_whole(113, be16(0) + be16(1) + be16(6) + std::string(8, '\1') + be16(0x0800) + kV4, "cooked");
  expect_whole(276, be16(0x86DD) + be16(0) + be32(3) + be16(1) + be8(0) + be8(6) + std::string(8, '\1') + kV6, "cooked, second version");
  expect_whole(0, std::string("\2\0\0\0", 4) + kV4, "null");
  expect_whole(0, std::string("\0\0\0\x1E", 4) + kV6, "null of the other order");
  expect_whole(108, be32(24) + kV6, "loop");
}

TEST(Packets, WhatIsNoIpIsToldApart) {
  Packet packet;
  EXPECT_EQ(take(1, std::string(12, 'x') + be16(0x0806) + std::string(28, '\0'), packet), PacketKind::kOther);
  EXPECT_EQ(take(1, "short", packet), PacketKind::kOther);
  EXPECT_EQ(take(101, "", packet), PacketKind::kOther);
  EXPECT_EQ(take(195, kV4, packet), PacketKind::kUnknownLink);
  EXPECT_EQ(take(1, ether(kV4, be16(0x8100)), packet), PacketKind::kOther);
}

TEST(Packets, HeadersOfIpv6AreFollowed) {
  Packet packet;
  const std::string options = be8(kProtocolTcp) + be8(0) + std::string(6, '\0'), routing = be8(60) + be8(1) + std::string(14, '\0');
  ASSERT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", 43, routing + options + kSegment), packet), PacketKind::kFlow);
  EXPECT_EQ(ends_of(packet), "2001:db8::1 50000 2001:db8::2 443 6");
  EXPECT_EQ(packet.payload, "hello");
  const std::string authentication = be8(kProtocolTcp) + be8(4) + std::string(22, '\0');
  ASSERT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", 51, authentication + kSegment), packet), PacketKind::kFlow);
  EXPECT_EQ(packet.payload, "hello");
  EXPECT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", 43, be8(6) + be8(200) + std::string(6, '\0')), packet), PacketKind::kDamaged);
}

TEST(Packets, OfFragmentsTheFirstHasPorts) {
  Packet packet;
  ASSERT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", kProtocolUdp, udp(1, 2, "part"), 0x2000), packet), PacketKind::kFlow);
  EXPECT_TRUE(packet.fragment);
  EXPECT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", kProtocolUdp, "more", 0x2001), packet), PacketKind::kFragment);
  EXPECT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", kProtocolUdp, "last", 0x0002), packet), PacketKind::kFragment);
  const auto fragment = [](unsigned place) { return be8(kProtocolUdp) + be8(0) + be16(place) + be32(9); };
  ASSERT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", 44, fragment(1) + udp(1, 2, "part")), packet), PacketKind::kFlow);
  EXPECT_TRUE(packet.fragment);
  EXPECT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", 44, fragment(8) + "more"), packet), PacketKind::kFragment);
  ASSERT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", 44, fragment(0) + udp(1, 2, "all")), packet), PacketKind::kFlow);
  EXPECT_FALSE(packet.fragment);
}

TEST(Packets, IcmpHasTypesForPorts) {
  Packet packet;
  ASSERT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", kProtocolIcmp, icmp(8, 0, "ping")), packet), PacketKind::kFlow);
  EXPECT_EQ(ends_of(packet), "192.0.2.1 8 198.51.100.7 0 1");
  EXPECT_EQ(packet.payload, "ping");
  ASSERT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", kProtocolIcmp, icmp(3, 13)), packet), PacketKind::kFlow);
  EXPECT_EQ(ends_of(packet), "192.0.2.1 3 198.51.100.7 13 1");
  ASSERT_EQ(take(101, ipv6("2001:db8::1", "2001:db8::2", kProtocolIcmpV6, icmp(129, 0)), packet), PacketKind::kFlow);
  EXPECT_EQ(ends_of(packet), "2001:db8::1 129 2001:db8::2 128 58");
}

TEST(Packets, OtherProtocolsHaveNoPorts) {
  Packet packet;
  ASSERT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", 47, "tunnelled"), packet), PacketKind::kFlow);
  EXPECT_EQ(ends_of(packet), "192.0.2.1 0 198.51.100.7 0 47");
  EXPECT_EQ(packet.payload_bytes, 9U);
  ASSERT_EQ(take(101, ipv4("192.0.2.1", "198.51.100.7", kProtocolSctp, be16(9) + be16(10) + be32(0) + be32(0)), packet), PacketKind::kFlow);
  EXPECT_EQ(ends_of(packet), "192.0.2.1 9 198.51.100.7 10 132");
}

TEST(Packets, WhatWasNotCapturedIsCountedAsItWas) {
  Packet packet;
  const std::string whole = ipv4("192.0.2.1", "198.51.100.7", kProtocolTcp, tcp(50'000, 443, 16, 7, std::string(1'000, 'x')));
  ASSERT_EQ(take(101, whole.substr(0, 44), packet), PacketKind::kFlow);
  EXPECT_EQ(packet.payload, "xxxx");
  EXPECT_EQ(packet.payload_bytes, 1'000U);
  EXPECT_EQ(packet.ip_bytes, 1'040U);
  ASSERT_EQ(take(101, whole.substr(0, 24), packet), PacketKind::kFlow) << "addresses and ports are there";
  EXPECT_EQ(packet.flags, 0);
  EXPECT_EQ(take(101, whole.substr(0, 23), packet), PacketKind::kDamaged);
  // A network card that cuts packets itself says 0.
  std::string offloaded = kV4;
  offloaded[2] = offloaded[3] = '\0';
  ASSERT_EQ(take(101, offloaded, packet), PacketKind::kFlow);
  EXPECT_EQ(packet.ip_bytes, 45U);
  EXPECT_EQ(packet.payload, "hello");
}

TEST(Packets, DamagedOnesAreToldAtEveryByte) {
  for (const std::string& whole : {ether(kV4), ether(kV6), ether(ipv6("2001:db8::1", "2001:db8::2", 44, be8(6) + be8(0) + be16(0) + be32(9) + kSegment))}) {
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string changed = whole.substr(0, size);
        changed[at] = static_cast<char>(changed[at] ^ 0xFF);
        Packet packet;
        take(1, changed, packet);
        EXPECT_LE(packet.payload.size(), size);
      }
    }
  }
}

}  // namespace
}  // namespace tocsin
