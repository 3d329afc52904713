// Addresses and networks as numbers, so that tables of them can be searched: 128 bits, an IPv4 address in its place within IPv6 (RFC 4291, 2.5.5.2: ::ffff:0:0/96).
// Pure functions; what is no address or network is refused, never guessed.
//
//   const std::optional<IpNetwork> network = read_network("203.0.113.0/24");
//   if (network->holds(*read_ip("203.0.113.7"))) …
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

/// The first eight bytes in network order, and the others.
struct IpAddress {
  std::uint64_t high = 0, low = 0;
  auto operator<=>(const IpAddress&) const = default;
  bool is_v4() const { return high == 0 && low >> 32 == 0xFFFF; }
};

/// The first `bits` bits of the 128 (0 to 128); all behind them are zero.
IpAddress first_bits(const IpAddress& address, unsigned bits);

struct IpNetwork {
  IpAddress base;
  unsigned bits = 128;
  auto operator<=>(const IpNetwork&) const = default;
  bool holds(const IpAddress& address) const { return first_bits(address, bits) == base; }
};

/// As logs write it: also within brackets, and an IPv4 address as IPv6. No zone, no port.
std::optional<IpAddress> read_ip(std::string_view text);
/// An address, or one with /N behind it; bits behind the N are taken for zero.
std::optional<IpNetwork> read_network(std::string_view text);
/// 203.0.113.0/24; of a whole address the address alone.
std::string network_text(const IpNetwork& network);

/// What an address means beyond the network in which it was seen (IANA's registries of special purpose addresses, RFC 6890).
enum class IpScope : std::uint8_t {
  kGlobal,
  kReserved,  // documentation, benchmarks, what is not assigned: nobody's
  kLocal,     // private, loopback, link-local, carrier NAT, multicast: another one's in every network
};
IpScope scope_of(const IpAddress& address);

}  // namespace tocsin
