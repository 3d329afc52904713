// Who talks to whom in a flow, and the two spellings of it that leave the program: addresses, and the Community ID by which flows of different sensors
// are joined (Community ID Flow Hashing, version 1, seed 0). Plain data and pure functions, safe from any thread; nothing fails.
//
//   append_community_id(line, ends);   // 1:LQU9qZlK+B5F3KDmev6m5PMibrg=
//
//   Community ID = "1:" base64(SHA-1(seed: 16 bits, address, address, protocol: 8 bits, 0: 8 bits, port, port))
//
// in network order, the smaller end first; ports only for TCP, UDP, SCTP and ICMP. An ICMP message has its type for the one port, and for the other the type of what
// answers it, so that question and answer are one flow; of types that no other answers, it is the code, and the order stays as it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

inline constexpr std::uint8_t kProtocolIcmp = 1, kProtocolTcp = 6, kProtocolUdp = 17, kProtocolIcmpV6 = 58, kProtocolSctp = 132;

struct FlowEnds {
  using Address = std::array<std::uint8_t, 16>;  // in network order; behind IPv4's four bytes are zeros
  Address source{}, destination{};
  std::uint16_t source_port = 0, destination_port = 0;  // of ICMP: type and code
  std::uint8_t protocol = 0;
  bool v6 = false;
  bool operator==(const FlowEnds&) const = default;
};

/// Of the type of ICMP or ICMPv6 that answers it, or that it answers.
std::optional<std::uint8_t> icmp_counterpart(bool v6, std::uint8_t type);

/// Dotted decimal, or as RFC 5952 has it. `bytes` are 4 or 16.
void append_address(std::string& out, std::string_view bytes);
void append_address(std::string& out, const FlowEnds::Address& address, bool v6);
void append_community_id(std::string& out, const FlowEnds& ends);

/// The first bytes of a SHA-1 (RFC 3174), which is what tells flows apart here and protects nothing.
std::array<char, 20> sha1(std::string_view bytes);

}  // namespace tocsin
