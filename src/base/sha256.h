// SHA-256 (FIPS 180-4), by OpenSSL. Pure, safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
/// The first 2 * `bytes` hexadecimal digits, lower case.
void append_hex(std::string& out, const Sha256& digest, std::size_t bytes);

}  // namespace tocsin
