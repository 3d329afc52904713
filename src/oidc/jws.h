// Signatures of tokens (RFC 7515, compact form) by the keys of a provider (RFC 7517), with OpenSSL. Asymmetric ones alone: RS256 and PS256 by a key for RSA, ES256 by one
// on P-256. "none" and HS* are not known here at all, and which algorithm may be used is said by the key, not by the token. What a token's head says of
// keys (jwk, jku, x5u, x5c) is not looked at; a "crit" is refused, since nothing of it is understood. Pure functions, safe from any thread.
//
//   const KeySet keys = TRY(KeySet::read(jwks_text));
//   Result<std::string> payload = verify_jws(token, keys);   // kNotFound: no key for it; newer keys may have one
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/openssl.h"
#include "base/result.h"

namespace tocsin::oidc {

/// A token; those of people in hundreds of groups have some KB.
inline constexpr std::size_t kJwsBytesMax = 64 << 10;
/// Keys of one provider; they have two to ten.
inline constexpr std::size_t kProviderKeysMax = 64;
/// Bits of a key for RSA: fewer are weak, more cost time for nothing.
inline constexpr int kRsaBitsMin = 2'048, kRsaBitsMax = 8'192;

class KeySet {
 public:
  /// Keys that are for something else, or of a kind not known here, are left out. kLimit if they are too many.
  static Result<KeySet> read(std::string_view json);
  std::size_t size() const { return keys_.size(); }

 private:
  friend Result<std::string> verify_jws(std::string_view token, const KeySet& keys);
  struct Key {
    std::string id, algorithm;  // "": not said
    bool rsa = false;           // else on P-256
    OwnKey key;
  };
  static Result<Key> read_key(std::string_view json_of_key);
  const Key* find(std::string_view algorithm, const std::string* id, bool& several) const;

  std::vector<Key> keys_;
};

/// What was signed. kNotFound if no key is meant by it; kInvalid, with why, for everything else that is not right.
Result<std::string> verify_jws(std::string_view token, const KeySet& keys);

/// RFC 4648, section 5, without padding, as tokens have it.
std::string base64url(std::string_view bytes);
/// False if it is none: another character, padding, or bits that mean nothing.
bool read_base64url(std::string_view text, std::string& bytes);

}  // namespace tocsin::oidc
