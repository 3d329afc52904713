// Addresses of the Internet protocol as text: IPv4 in dotted decimal (no leading zeros, as RFC 6943 advises) and IPv6 as
// RFC 4291, 2.2: "::" once, and the last 32 bits may be written as IPv4. No zone ids. For rules and queries that ask for
// a network. Pure functions; what is no address is refused, never guessed.
//
//   std::uint8_t bytes[16];
//   bool v6;
//   if (parse_address("10.1.2.3", bytes, v6)) …  // v6 is false, the first four bytes are 10 1 2 3
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin {

/// In network order; the bytes behind an IPv4 address are zero.
bool parse_address(std::string_view text, std::uint8_t (&address)[16], bool& v6);

}  // namespace tocsin
