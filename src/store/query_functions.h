// What queries need of the connection that DuckDB has not: address_key, the bytes by which addresses are compared. The store
// registers it with every connection on which it runs compiled queries (query_duckdb.h). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::store {

/// 04 and four bytes, or 06 and sixteen, in network order, so that a network is a range of keys; nothing if the text is
/// no address (base/address.h).
std::optional<std::string> address_key(std::string_view text);

/// Keys from low to high, both included.
struct AddressKeys {
  std::string low, high;
};
/// One range; for IPv4 a second one, of the same addresses written as IPv6.
std::vector<AddressKeys> keys_of_network(const std::uint8_t (&network)[16], bool v6, int prefix_bits);

}  // namespace tocsin::store
