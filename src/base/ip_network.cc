#include "base/ip_network.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <vector>

#include "base/address.h"

namespace tocsin {

namespace {

constexpr std::uint64_t kV4 = std::uint64_t{0xFFFF} << 32;
constexpr unsigned kV4Bits = 96;  // before those of an IPv4 address

std::uint64_t big_endian(const std::uint8_t* bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return number;
}

std::optional<unsigned> read_bits(std::string_view text) {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc() || end != text.data() + text.size() || text.size() > 3) return std::nullopt;
  return bits;
}

struct Special {
  const char* network;
  IpScope scope;
};
constexpr Special kSpecial[] = {
    {"0.0.0.0/8", IpScope::kLocal},        {"10.0.0.0/8", IpScope::kLocal},        {"100.64.0.0/10", IpScope::kLocal},
    {"127.0.0.0/8", IpScope::kLocal},      {"169.254.0.0/16", IpScope::kLocal},    {"172.16.0.0/12", IpScope::kLocal},
    {"192.168.0.0/16", IpScope::kLocal},   {"224.0.0.0/4", IpScope::kLocal},       {"255.255.255.255", IpScope::kLocal},
    {"192.0.0.0/24", IpScope::kReserved},  {"192.0.2.0/24", IpScope::kReserved},   {"198.18.0.0/15", IpScope::kReserved},
    {"198.51.100.0/24", IpScope::kReserved}, {"203.0.113.0/24", IpScope::kReserved}, {"240.0.0.0/4", IpScope::kReserved},
    {"::/127", IpScope::kLocal},           {"fc00::/7", IpScope::kLocal},          {"fe80::/10", IpScope::kLocal},
    {"ff00::/8", IpScope::kLocal},         {"100::/64", IpScope::kReserved},       {"2001:db8::/32", IpScope::kReserved},
    {"3fff::/20", IpScope::kReserved},     {"fec0::/10", IpScope::kReserved},
};

}  // namespace

IpAddress first_bits(const IpAddress& address, unsigned bits) {
  if (bits >= 128) return address;
  if (bits > 64) return {address.high, address.low & ~(~std::uint64_t{0} >> (bits - 64))};
  if (bits == 64) return {address.high, 0};
  return {bits == 0 ? 0 : address.high & ~(~std::uint64_t{0} >> bits), 0};
}

std::optional<IpAddress> read_ip(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  std::uint8_t bytes[16];
  bool v6 = false;
  if (!parse_address(text, bytes, v6)) return std::nullopt;
  if (v6) return IpAddress{big_endian(bytes), big_endian(bytes + 8)};
  return IpAddress{0, kV4 | big_endian(bytes) >> 32};
}

std::optional<IpNetwork> read_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = read_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpNetwork{*address, 128};
  const std::optional<unsigned> bits = read_bits(text.substr(slash + 1));
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  if (!bits || *bits > (v4 ? 32u : 128u)) return std::nullopt;
  const unsigned all = *bits + (v4 ? kV4Bits : 0);
  return IpNetwork{first_bits(*address, all), all};
}

std::string network_text(const IpNetwork& network) {
  std::uint8_t bytes[16];
  for (unsigned i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(network.base.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(network.base.low >> (56 - 8 * i));
  }
  const bool v4 = network.bits >= kV4Bits && network.base.is_v4();
  char text[INET6_ADDRSTRLEN];
  if (::inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + 12 : bytes, text, sizeof text) == nullptr) return "";
  return network.bits == 128 ? std::string(text) : std::string(text) + "/" + std::to_string(network.bits - (v4 ? kV4Bits : 0));
}

IpScope scope_of(const IpAddress& address) {
  struct Known {
    IpNetwork network;
    IpScope scope;
  };
  static const std::vector<Known> known = [] {
    std::vector<Known> all;
    for (const Special& special : kSpecial) all.push_back({*read_network(special.network), special.scope});
    return all;
  }();
  for (const Known& each : known) {
    if (each.network.holds(address)) return each.scope;
  }
  return IpScope::kGlobal;
}

}  // namespace tocsin
