#include "store/query_functions.h"

#include "base/address.h"

namespace tocsin::store {
namespace {

constexpr char kV4 = 4, kV6 = 6;
constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);

/// `low` with every bit of the address behind the first `prefix_bits` of `bytes` at `at` set.
std::string last_of(const std::string& low, std::size_t at, int prefix_bits) {
  std::string high = low;
  for (int bit = prefix_bits; at + static_cast<std::size_t>(bit / 8) < high.size(); ++bit) {
    char& byte = high[at + static_cast<std::size_t>(bit / 8)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | (0x80u >> (bit % 8)));
  }
  return high;
}

}  // namespace

std::optional<std::string> address_key(std::string_view text) {
  std::uint8_t bytes[16];
  bool v6 = false;
  if (!parse_address(text, bytes, v6)) return std::nullopt;
  return (v6 ? kV6 : kV4) + std::string(reinterpret_cast<const char*>(bytes), v6 ? 16 : 4);
}

std::vector<AddressKeys> keys_of_network(const std::uint8_t (&network)[16], bool v6, int prefix_bits) {
  const std::string bytes(reinterpret_cast<const char*>(network), v6 ? 16 : 4);
  const std::string low = (v6 ? kV6 : kV4) + bytes;
  std::vector<AddressKeys> keys = {{low, last_of(low, 1, prefix_bits)}};
  if (v6) return keys;
  const std::string mapped = kV6 + std::string(kMapped) + bytes;
  keys.push_back({mapped, last_of(mapped, 1 + kMapped.size(), prefix_bits)});
  return keys;
}

}  // namespace tocsin::store
