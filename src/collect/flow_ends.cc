#include "collect/flow_ends.h"

#include <arpa/inet.h>

#include <utility>

#include "base/openssl.h"
#include "collect/base64.h"
#include "collect/big_endian.h"

namespace tocsin {

namespace {

using TypePair = std::pair<std::uint8_t, std::uint8_t>;
// Echo, router solicitation, timestamp, information, address mask (RFC 792, 950, 1256).
constexpr TypePair kIcmpPairs[] = {{8, 0}, {10, 9}, {13, 14}, {15, 16}, {17, 18}};
// Echo, listener query, router and neighbour solicitation, who are you, home agent discovery (RFC 4443, 2710, 4861, 4620, 6275).
constexpr TypePair kIcmpV6Pairs[] = {{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140}, {144, 145}};

template <std::size_t N>
std::optional<std::uint8_t> other_of(const TypePair (&pairs)[N], std::uint8_t type) {
  for (const auto& [one, other] : pairs) {
    if (type == one) return other;
    if (type == other) return one;
  }
  return std::nullopt;
}

bool has_ports(std::uint8_t protocol) {
  return protocol == kProtocolIcmp || protocol == kProtocolTcp || protocol == kProtocolUdp || protocol == kProtocolIcmpV6 || protocol == kProtocolSctp;
}

std::string_view bytes_of(const FlowEnds::Address& address, bool v6) { return {reinterpret_cast<const char*>(address.data()), v6 ? 16U : 4U}; }

}  // namespace

std::optional<std::uint8_t> icmp_counterpart(bool v6, std::uint8_t type) { return v6 ? other_of(kIcmpV6Pairs, type) : other_of(kIcmpPairs, type); }

std::array<char, 20> sha1(std::string_view bytes) {
  thread_local FetchedDigest digest("SHA1");
  std::array<char, 20> out{};
  digest.begin();
  digest.update(bytes);
  digest.finish({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

void append_address(std::string& out, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  out += text;
}

void append_address(std::string& out, const FlowEnds::Address& address, bool v6) { append_address(out, bytes_of(address, v6)); }

void append_community_id(std::string& out, const FlowEnds& ends) {
  std::string_view source = bytes_of(ends.source, ends.v6), destination = bytes_of(ends.destination, ends.v6);
  std::uint16_t source_port = ends.source_port, destination_port = ends.destination_port;
  bool one_way = false;
  if (ends.protocol == kProtocolIcmp || ends.protocol == kProtocolIcmpV6) {
    const auto other = icmp_counterpart(ends.protocol == kProtocolIcmpV6, static_cast<std::uint8_t>(source_port));
    one_way = !other;
    if (other) destination_port = *other;
  }
  const bool ports = has_ports(ends.protocol);
  const bool in_order = source < destination || (source == destination && (!ports || source_port <= destination_port));
  if (!one_way && !in_order) {
    std::swap(source, destination);
    std::swap(source_port, destination_port);
  }
  char bytes[40];
  std::size_t size = 0;
  const auto put = [&](std::string_view part) { size += part.copy(bytes + size, part.size()); };
  const auto put_byte = [&](unsigned value) { bytes[size++] = static_cast<char>(value); };
  put(std::string_view("\0\0", 2));
  put(source);
  put(destination);
  put_byte(ends.protocol);
  put_byte(0);
  for (const unsigned port : {unsigned{source_port}, unsigned{destination_port}}) {
    if (!ports) break;
    put_byte(port >> 8);
    put_byte(port & 0xFF);
  }
  const auto digest = sha1({bytes, size});
  out += "1:";
  append_base64(out, {digest.data(), digest.size()});
}

}  // namespace tocsin
