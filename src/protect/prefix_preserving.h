// Addresses in other words, so that those of one network stay in one network: if two have their first n bits in common, so have what stands for them, and no more. This is
// Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, ICNP 2002), with AES-128 by OpenSSL, for IPv4 and IPv6. A network becomes a network of the same size, so a rule about
// one can be asked of what stands for its addresses. Under one key each address has one image; who has the key can turn it back. One thread at a time.
//
//   PrefixPreserving addresses(key);
//   std::uint8_t bytes[16]; bool v6;
//   if (parse_address("128.11.68.132", bytes, v6)) addresses.replace(bytes, v6);
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/openssl.h"

namespace tocsin::protect {

class PrefixPreserving {
 public:
  /// The first half is the cipher's key, the second makes the padding.
  explicit PrefixPreserving(const std::array<std::uint8_t, 32>& key);
  /// In place; the bytes behind an IPv4 address stay as they are.
  void replace(std::uint8_t (&address)[16], bool v6);
  /// The address that stood there, given what `replace` made of it.
  void restore(std::uint8_t (&address)[16], bool v6);
  /// Appends what stands for the address `text`; false, and nothing appended, if it is none.
  bool append_replaced(std::string_view text, std::string& out);
  /// The address for which `text` stands; false, and nothing appended, if that is no address.
  bool append_restored(std::string_view text, std::string& out);

 private:
  using Block = std::array<std::uint8_t, 16>;
  bool append(std::string_view text, bool restore, std::string& out);
  void encrypt(const std::uint8_t* from, std::uint8_t* to, std::size_t blocks);
  Block padded(const std::uint8_t* address, std::size_t bits) const;

  std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>> cipher_;
  Block padding_{};
};

}  // namespace tocsin::protect
