#include "oidc/jws.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "oidc/strict_json.h"

namespace tocsin::oidc {

namespace {

namespace json = boost::json;

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// A coordinate of P-256, and a half of its signatures.
constexpr std::size_t kP256Bytes = 32;

using OwnNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using OwnBuild = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using OwnParams = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using OwnKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using OwnSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
OwnNumber number_of(std::string_view bytes) { return OwnNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)); }

/// nullptr if OpenSSL finds that they are no key.
OwnKey key_of(const char* type, OSSL_PARAM_BLD* build) {
  const OwnParams params(OSSL_PARAM_BLD_to_param(build));
  const OwnKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return OwnKey(key);
}

Result<std::string> bytes_member(const json::object& key, std::string_view name) {
  const std::string text = TRY(text_member(key, name));
  std::string bytes;
  if (text.empty() || !read_base64url(text, bytes)) return wrong(fmt::format("a key's '{}' is not there, or no base64url", name));
  return bytes;
}

Result<OwnKey> rsa_key(const json::object& from) {
  const OwnNumber n = number_of(TRY(bytes_member(from, "n"))), e = number_of(TRY(bytes_member(from, "e")));
  if (n == nullptr || e == nullptr) return wrong("a key for RSA is malformed");
  // A large or even exponent is slow or no key.
  if (BN_num_bits(n.get()) < kRsaBitsMin || BN_num_bits(n.get()) > kRsaBitsMax || BN_num_bits(e.get()) > 32 || BN_is_odd(e.get()) == 0 || BN_is_one(e.get())) {
    return wrong(fmt::format("a key for RSA has not between {} and {} bits, or an exponent that none has", kRsaBitsMin, kRsaBitsMax));
  }
  const OwnBuild build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  OwnKey key = key_of("RSA", build.get());
  if (key == nullptr) return wrong("a key for RSA is none");
  return key;
}

Result<OwnKey> p256_key(const json::object& from) {
  const std::string x = TRY(bytes_member(from, "x")), y = TRY(bytes_member(from, "y"));
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) return wrong("a key on P-256 has coordinates of another size");
  const std::string point = "\x04" + x + y;
  const OwnBuild build(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  OwnKey key = key_of("EC", build.get());
  if (key == nullptr) return wrong("a key on P-256 is no point of it");
  const OwnKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (EVP_PKEY_public_check(context.get()) != 1) return wrong("a key on P-256 is no point of it");
  return key;
}

/// Whether its owner means it for checking signatures (RFC 7517, sections 4.2 and 4.3).
bool is_for_signatures(const json::object& key) {
  const json::value* const use = key.if_contains("use");
  if (use != nullptr && *use != "sig") return false;
  const json::value* const operations = key.if_contains("key_ops");
  if (operations == nullptr) return true;
  return operations->is_array() && std::ranges::find(operations->get_array(), json::value("verify")) != operations->get_array().end();
}

/// r and s in a row, as DER.
bool der_signature(std::string_view raw, std::string& der) {
  if (raw.size() != 2 * kP256Bytes) return false;
  const OwnSignature signature(ECDSA_SIG_new());
  OwnNumber r = number_of(raw.substr(0, kP256Bytes)), s = number_of(raw.substr(kP256Bytes));
  if (signature == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return false;
  (void)r.release();  // theirs now
  (void)s.release();
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &out);
  if (size <= 0) return false;
  der.assign(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  return true;
}

bool is_signature(EVP_PKEY* key, std::string_view algorithm, std::string_view signed_text, std::string_view signature) {
  std::string der;
  if (algorithm == "ES256") {
    if (!der_signature(signature, der)) return false;
    signature = der;
  }
  const OwnDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* with = nullptr;
  if (context == nullptr || EVP_DigestVerifyInit(context.get(), &with, EVP_sha256(), nullptr, key) != 1) return false;
  if (algorithm == "PS256" && (EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) != 1 || EVP_PKEY_CTX_set_rsa_mgf1_md(with, EVP_sha256()) != 1 ||
                               EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_text), signed_text.size()) == 1;
}

struct Head {
  std::string algorithm;
  std::string id;
  bool has_id = false;
};

Result<Head> read_head(std::string_view text) {
  std::string bytes;
  if (!read_base64url(text, bytes)) return wrong("the token's head is no base64url");
  const json::object object = TRY(read_strict_object(bytes, "the token's head"));
  if (object.contains("crit")) return wrong("the token's head asks for an extension ('crit'), and none is known here");
  Head head;
  head.algorithm = TRY(text_member(object, "alg"));
  head.id = TRY(text_member(object, "kid"));
  head.has_id = object.contains("kid");
  std::string type = TRY(text_member(object, "typ"));
  std::ranges::transform(type, type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!type.empty() && type != "jwt") return wrong("the token is of another kind: its 'typ' is not JWT");
  if (head.algorithm != "RS256" && head.algorithm != "PS256" && head.algorithm != "ES256") {
    return wrong(fmt::format("the token's algorithm '{}' is none of RS256, PS256 and ES256", head.algorithm.substr(0, 32)));
  }
  return head;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (bits += 8; bits >= 6; bits -= 6) out += kDigits[held >> (bits - 6) & 63];
  }
  if (bits > 0) out += kDigits[held << (6 - bits) & 63];
  return out;
}

bool read_base64url(std::string_view text, std::string& bytes) {
  bytes.clear();
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return false;
    held = (held << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xff);
  }
  return bits < 6 && (held & ((1u << bits) - 1)) == 0;
}

Result<KeySet::Key> KeySet::read_key(std::string_view json_of_key) {
  const json::object from = TRY(read_strict_object(json_of_key, "a key"));
  Key key;
  if (!is_for_signatures(from)) return key;
  const std::string type = TRY(text_member(from, "kty")), curve = TRY(text_member(from, "crv"));
  key.id = TRY(text_member(from, "kid"));
  key.algorithm = TRY(text_member(from, "alg"));
  key.rsa = type == "RSA";
  if (!key.rsa && (type != "EC" || curve != "P-256")) return key;
  key.key = key.rsa ? TRY(rsa_key(from)) : TRY(p256_key(from));
  return key;
}

Result<KeySet> KeySet::read(std::string_view text) {
  const json::object all = TRY(read_strict_object(text, "the provider's list of keys"));
  const json::value* const keys = all.if_contains("keys");
  if (keys == nullptr || !keys->is_array()) return wrong("the provider's list of keys has no 'keys'");
  if (keys->get_array().size() > kProviderKeysMax) return Error{Code::kLimit, fmt::format("the provider has more than {} keys", kProviderKeysMax)};
  KeySet set;
  for (const json::value& each : keys->get_array()) {
    // One that is damaged, or of tomorrow's kind, does not make the others useless.
    if (Result<Key> key = read_key(json::serialize(each)); key && key->key != nullptr) set.keys_.push_back(std::move(*key));
  }
  return set;
}

/// By id where the token names one. Without, there has to be only one that fits (OpenID Connect Core, section 10.1).
const KeySet::Key* KeySet::find(std::string_view algorithm, const std::string* id, bool& several) const {
  const Key* found = nullptr;
  for (const Key& key : keys_) {
    const bool fits = key.rsa == (algorithm != "ES256") && (key.algorithm.empty() || key.algorithm == algorithm) && (id == nullptr || key.id == *id);
    if (!fits) continue;
    several = found != nullptr;
    found = &key;
    if (several) return nullptr;
  }
  return found;
}

Result<std::string> verify_jws(std::string_view token, const KeySet& keys) {
  if (token.size() > kJwsBytesMax) return wrong(fmt::format("the token is longer than {} bytes", kJwsBytesMax));
  const std::size_t first = token.find('.'), second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return wrong("the token has not three parts");
  const Head head = TRY(read_head(token.substr(0, first)));
  std::string payload, signature;
  if (!read_base64url(token.substr(first + 1, second - first - 1), payload)) return wrong("the token's content is no base64url");
  if (!read_base64url(token.substr(second + 1), signature)) return wrong("the token's signature is no base64url");
  bool several = false;
  const KeySet::Key* const key = keys.find(head.algorithm, head.has_id ? &head.id : nullptr, several);
  if (several) return wrong("the token may be by any of several keys");
  if (key == nullptr) return Error{Code::kNotFound, fmt::format("the provider has no key for {} with the id '{}'", head.algorithm, head.id.substr(0, 64))};
  if (!is_signature(key->key.get(), head.algorithm, token.substr(0, second), signature)) return wrong("the token's signature does not hold");
  return payload;
}

}  // namespace tocsin::oidc
