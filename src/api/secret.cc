#include "api/secret.h"

#include <fmt/format.h>
#include <sodium.h>

#include "base/seal.h"
#include "base/sha256.h"

namespace tocsin::api {

namespace {

/// OWASP asks for 19 MiB and 2 passes at least; this is libsodium's measure for a person who waits.
constexpr unsigned long long kPasses = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr std::size_t kMemoryBytes = crypto_pwhash_MEMLIMIT_INTERACTIVE;

}  // namespace

Status check_new_password(std::string_view password, std::string_view user) {
  if (password.size() < kPasswordBytesMin) return Error{Code::kInvalid, fmt::format("a password has {} characters at least; four words will do", kPasswordBytesMin)};
  if (password.size() > kPasswordBytesMax) return Error{Code::kInvalid, fmt::format("a password has {} bytes at most", kPasswordBytesMax)};
  if (password == user) return Error{Code::kInvalid, "a password is not the user's name"};
  return {};
}

Result<std::string> hash_password(std::string_view password) {
  char kept[crypto_pwhash_STRBYTES];
  if (sodium_init() < 0 || crypto_pwhash_str(kept, password.data(), password.size(), kPasses, kMemoryBytes) != 0) {
    return Error{Code::kLimit, "there is no memory to hash a password now; try again"};
  }
  return std::string(kept);
}

bool is_password(const std::string& kept, std::string_view password) {
  if (sodium_init() < 0) return false;
  if (kept.empty()) {
    (void)hash_password(password);
    return false;
  }
  return crypto_pwhash_str_verify(kept.c_str(), password.data(), password.size()) == 0;
}

Result<std::string> random_secret(std::string_view prefix) {
  std::uint8_t bytes[32];
  TRY(random_bytes(bytes, sizeof bytes));
  std::string secret(prefix);
  for (const std::uint8_t byte : bytes) secret += fmt::format("{:02x}", byte);
  return secret;
}

std::string secret_digest(std::string_view secret) {
  const Sha256 digest = sha256(secret);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace tocsin::api
