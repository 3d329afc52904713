// One captured packet down to what it carries: link, IPv4 or IPv6 with its extension headers, TCP, UDP, ICMP or another protocol. Pure, safe from any thread; the
// views are of the packet's bytes. What is shorter than its headers say is read as far as it goes: a capture may have kept the beginnings of packets only.
//
//   Packet packet;
//   if (read_packet(captured.link, captured.bytes, packet) == PacketKind::kFlow) …
//
// Links: Ethernet (with any number of tags of 802.1Q and 802.1ad that fits), raw IP, Linux cooked v1 and v2, loopback (null, in either order of bytes). Of a packet in fragments the first one
// counts, which has the ports; the others are told apart (kFragment), and their bytes are nobody's.
#pragma once

#include <cstdint>
#include <string_view>

#include "collect/flow_ends.h"

namespace tocsin {

inline constexpr std::uint8_t kTcpFin = 1, kTcpSyn = 2, kTcpRst = 4, kTcpAck = 16;

struct Packet {
  FlowEnds ends;
  std::uint32_t ip_bytes = 0;       // of the IP packet with its headers, as it says
  std::uint32_t payload_bytes = 0;  // of what TCP, UDP or ICMP carries, or of what is behind the IP headers
  std::string_view payload;         // what was captured of it
  std::uint32_t sequence = 0;       // TCP
  std::uint8_t flags = 0;           // TCP
  bool fragment = false;            // the first of several
  std::uint16_t vlan = 0;           // the outermost tag; 0: none
};

enum class PacketKind : std::uint8_t {
  kFlow,
  kFragment,     // not the first of its packet
  kOther,        // no IP
  kUnknownLink,  // of a link type that is not read
  kDamaged       // IP that cannot be, or is cut before addresses and ports
};

PacketKind read_packet(std::uint16_t link, std::string_view bytes, Packet& packet);

}  // namespace tocsin
