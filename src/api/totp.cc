#include "api/totp.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace tocsin::api {

namespace {

constexpr TimeUs kStepUs = 30'000'000;

}  // namespace

std::string totp_code(std::string_view secret, std::int64_t step, int digits) {
  std::array<unsigned char, 8> counter{};
  for (int i = 0; i < 8; ++i) counter[7 - i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * i) & 0xff);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  ::HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(), &size);
  const std::size_t at = mac[size - 1] & 0x0fu;
  const std::uint32_t number = (mac[at] & 0x7fu) << 24 | static_cast<std::uint32_t>(mac[at + 1]) << 16 | static_cast<std::uint32_t>(mac[at + 2]) << 8 | mac[at + 3];
  std::uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return fmt::format("{:0{}}", number % modulus, digits);
}

std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, TimeUs now) {
  const std::int64_t step = now / kStepUs;
  std::optional<std::int64_t> found;
  for (const std::int64_t near : {step, step - 1, step + 1}) {
    const std::string wanted = totp_code(secret, near);
    if (wanted.size() == code.size() && ::CRYPTO_memcmp(wanted.data(), code.data(), code.size()) == 0) found = found.value_or(near);
  }
  return found;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(byte)) & 0xffff;
    for (held += 8; held >= 5; held -= 5) text += kAlphabet[bits >> (held - 5) & 31];
  }
  if (held > 0) text += kAlphabet[bits << (5 - held) & 31];
  return text;
}

std::string totp_link(std::string_view secret, std::string_view user) {
  return fmt::format("otpauth://totp/Tocsin:{}?secret={}&issuer=Tocsin", user, base32(secret));
}

}  // namespace tocsin::api
