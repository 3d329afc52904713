// Keys that playbooks are signed with, of whoever wrote them, by OpenSSL: read from PEM, a JWK or set (RFC 7517, 8037), a certificate, or the Base64 of a public key as CACAO has it; and what is done with them. Asymmetric ones alone:
// a secret that all who check must have proves nothing. Pure functions, any thread.
//
//   const std::vector<SignatureKey> trusted = TRY(read_keys(text));
//   if (is_signed("ES256", trusted.front(), bytes, signature)) …
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/openssl.h"
#include "base/result.h"

namespace tocsin::cacao {

/// A file of keys, and how many it has: each is tried for a signature that does not say by which one it is.
inline constexpr std::size_t kKeyFileBytesMax = 1u << 20;
inline constexpr std::size_t kKeysMax = 64;
/// Bits of a key for RSA: fewer are weak, more cost time for nothing.
inline constexpr int kRsaBitsMin = 2'048, kRsaBitsMax = 8'192;

struct SignatureKey {
  OwnKey key;
  std::string fingerprint;   // SHA-256 of the DER of the public key, base64url
  std::string certificate;   // the same of the certificate it came in; "" without
  std::string name;          // "RSA, 2048 bits"
};

/// The vocabulary signature-algorithm-type-ov: how a name signs. The first of a kind of key is the one that sign() takes.
struct SignatureAlgorithm {
  std::string_view name;
  const char* key_type;   // as OpenSSL calls it
  const char* group;      // of EC; "" else
  const char* digest;     // "" where the algorithm has its own
  bool is_pss = false;
};
/// nullptr if it is none that is known here.
const SignatureAlgorithm* algorithm_named(std::string_view name);
const SignatureAlgorithm* algorithm_for(const SignatureKey& key);

/// PEM (public keys, certificates), one JWK, or a set of them.
Result<std::vector<SignatureKey>> read_keys(std::string_view text);
/// A key in PEM that can sign; nobody is asked for a passphrase.
Result<SignatureKey> read_private_key(std::string_view pem);
/// The Base64 of a SubjectPublicKeyInfo (RFC 5280, 4.1), or of a certificate.
Result<SignatureKey> key_from_base64(std::string_view text);
Result<SignatureKey> key_from_certificate(std::string_view base64);
/// As CACAO has it: PEM without its first line, last line and line breaks.
std::string public_key_text(const SignatureKey& key);

/// Whether the signature is that of the bytes by this key. Signatures on curves are r and s in a row (RFC 7518, 3.4).
bool is_signed(const SignatureAlgorithm& algorithm, const SignatureKey& key, std::string_view bytes, std::string_view signature);
Result<std::string> sign(const SignatureAlgorithm& algorithm, const SignatureKey& key, std::string_view bytes);

/// "sha-256", "sha-384", "sha-512" (IANA's names); nothing if it is none of them.
Result<std::string> hash_named(std::string_view name, std::string_view bytes);

}  // namespace tocsin::cacao
