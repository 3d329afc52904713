// SHA-256 (FIPS 180-4), by OpenSSL. Pure, safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);

/// The same of bytes that come in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void update(std::string_view bytes);
  /// Once, at the end.
  Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The first 2 * `bytes` hexadecimal digits, lower case.
void append_hex(std::string& out, const Sha256& digest, std::size_t bytes);

}  // namespace tocsin
