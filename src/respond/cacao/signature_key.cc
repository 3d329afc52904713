#include "respond/cacao/signature_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/canonical_json.h"
#include "base/sha256.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {

namespace {

namespace json = boost::json;

using OwnNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using OwnBuild = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using OwnParams = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using OwnKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using OwnEcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr SignatureAlgorithm kAlgorithms[] = {{"RS256", "RSA", "", "SHA256"},        {"RS384", "RSA", "", "SHA384"},        {"RS512", "RSA", "", "SHA512"},        {"PS256", "RSA", "", "SHA256", true}, {"PS384", "RSA", "", "SHA384", true},
                                              {"PS512", "RSA", "", "SHA512", true},  {"ES256", "EC", "prime256v1", "SHA256"}, {"ES384", "EC", "secp384r1", "SHA384"}, {"ES512", "EC", "secp521r1", "SHA512"}, {"Ed25519", "ED25519", "", ""},
                                              {"Ed448", "ED448", "", ""}};
struct Curve {
  std::string_view jwk;
  const char* group;
  std::size_t bytes;  // of a coordinate
};
constexpr Curve kCurves[] = {{"P-256", "prime256v1", 32}, {"P-384", "secp384r1", 48}, {"P-521", "secp521r1", 66}};

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
OwnNumber number_of(std::string_view bytes) { return OwnNumber(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)); }
Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

std::string group_of(const EVP_PKEY* key) {
  char name[64] = {};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1 ? std::string(name, size) : "";
}

std::string der_of(const EVP_PKEY* key) {
  unsigned char* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  std::string der(size > 0 ? reinterpret_cast<char*>(out) : "", size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(out);
  return der;
}

std::string fingerprint_of(std::string_view der) {
  const Sha256 digest = sha256(der);
  return to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}, Base64::kUrl);
}

const SignatureAlgorithm* algorithm_of(const EVP_PKEY* key) {
  const auto found = std::ranges::find_if(kAlgorithms, [&](const SignatureAlgorithm& one) { return EVP_PKEY_is_a(key, one.key_type) == 1 && (*one.group == 0 || group_of(key) == one.group); });
  return found == std::end(kAlgorithms) ? nullptr : &*found;
}

/// Takes it, if something here can be done with it.
Result<SignatureKey> checked(OwnKey key) {
  if (key == nullptr) return wrong("is no key");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (algorithm_of(key.get()) == nullptr) return wrong("is a key of a kind that is not known here: RSA, EC on P-256, P-384 or P-521, Ed25519, Ed448");
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1 && (bits < kRsaBitsMin || bits > kRsaBitsMax)) return wrong(fmt::format("is a key for RSA of {} bits: {} to {} are taken", bits, kRsaBitsMin, kRsaBitsMax));
  SignatureKey made;
  made.fingerprint = fingerprint_of(der_of(key.get()));
  const std::string group = group_of(key.get());
  made.name = fmt::format("{}, {}", EVP_PKEY_get0_type_name(key.get()), group.empty() ? fmt::format("{} bits", bits) : group);
  made.key = std::move(key);
  return made;
}

Result<SignatureKey> from_certificate(X509* certificate) {
  SignatureKey key = TRY(checked(OwnKey(X509_get_pubkey(certificate))));
  unsigned char* out = nullptr;
  const int size = i2d_X509(certificate, &out);
  if (size > 0) key.certificate = fingerprint_of({reinterpret_cast<char*>(out), static_cast<std::size_t>(size)});
  OPENSSL_free(out);
  return key;
}

/// nullptr if OpenSSL finds that they are no key.
OwnKey made_of(const char* type, OSSL_PARAM_BLD* build) {
  const OwnParams params(OSSL_PARAM_BLD_to_param(build));
  const OwnKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  OwnKey made(key);
  const OwnKeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, made.get(), nullptr));
  return EVP_PKEY_public_check(check.get()) == 1 ? std::move(made) : nullptr;  // a point that is none of the curve
}

std::string text_of(const json::object& from, std::string_view name) {
  const json::value* const value = from.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// RFC 7518, 6.2 and 6.3; RFC 8037, 2.
Result<SignatureKey> from_jwk(const json::object& from) {
  const std::string type = text_of(from, "kty"), curve = text_of(from, "crv");
  const auto member = [&](std::string_view name) { return from_base64(text_of(from, name), Base64::kUrl).value_or(""); };
  const OwnBuild build(OSSL_PARAM_BLD_new());
  if (type == "RSA") {
    const OwnNumber n = number_of(member("n")), e = number_of(member("e"));
    if (BN_num_bits(n.get()) > kRsaBitsMax || BN_num_bits(e.get()) > 32 || BN_is_odd(e.get()) == 0) return wrong("is a key for RSA with an 'n' or 'e' that none has");
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    return checked(made_of("RSA", build.get()));
  }
  const std::string x = member("x");
  if (type == "OKP" && (curve == "Ed25519" || curve == "Ed448")) return checked(OwnKey(EVP_PKEY_new_raw_public_key(curve == "Ed448" ? EVP_PKEY_ED448 : EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size())));
  const auto known = std::ranges::find(kCurves, curve, &Curve::jwk);
  if (type != "EC" || known == std::end(kCurves)) return wrong("is a key of a kind that is not known here ('kty', 'crv')");
  const std::string point = "\x04" + x + member("y");
  if (x.size() != known->bytes || point.size() != 1 + 2 * known->bytes) return wrong("is a key on a curve with coordinates of another size");
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, known->group, 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  return checked(made_of("EC", build.get()));
}

Result<std::vector<SignatureKey>> from_json(std::string_view text) {
  const std::string sound = TRY(canonical_json(text));
  json::error_code error;
  const json::value document = json::parse(sound, error);
  std::vector<SignatureKey> keys;
  const json::object* const object = document.if_object();
  const json::value* const set = object == nullptr ? nullptr : object->if_contains("keys");
  if (error || object == nullptr || (set != nullptr && !set->is_array())) return wrong("is neither a JWK nor a set of them");
  if (set == nullptr) keys.push_back(TRY(from_jwk(*object)));
  for (const json::value& one : set == nullptr ? json::array() : set->get_array()) {
    if (keys.size() == kKeysMax) return Error{Code::kLimit, fmt::format("has more than {} keys", kKeysMax)};
    if (!one.is_object()) return wrong("has a key that is no object");
    keys.push_back(TRY(from_jwk(one.get_object())));
  }
  return keys;
}

/// r and s in a row, to DER.
std::string der_signature(std::string_view raw) {
  if (raw.empty() || raw.size() % 2 != 0) return "";
  const OwnEcSignature signature(ECDSA_SIG_new());
  OwnNumber r = number_of(raw.substr(0, raw.size() / 2)), s = number_of(raw.substr(raw.size() / 2));
  if (signature == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return "";
  (void)r.release();  // theirs now
  (void)s.release();
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &out);
  std::string der(size > 0 ? reinterpret_cast<char*>(out) : "", size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(out);
  return der;
}

/// The other way.
Result<std::string> raw_signature(std::string_view der, std::size_t bytes) {
  const unsigned char* at = bytes_of(der);
  const OwnEcSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string raw(2 * bytes, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(raw.data());
  if (signature == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, static_cast<int>(bytes)) < 0 || BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + bytes, static_cast<int>(bytes)) < 0) return wrong("the signature has another size than its curve");
  return raw;
}

std::size_t coordinate_bytes(const SignatureAlgorithm& algorithm) { return std::ranges::find(kCurves, std::string_view(algorithm.group), &Curve::group)->bytes; }

const EVP_MD* digest_of(const SignatureAlgorithm& algorithm) { return *algorithm.digest == 0 ? nullptr : EVP_get_digestbyname(algorithm.digest); }

/// RFC 7518, 3.5: MGF1 with the same digest, and a salt as long as it.
bool set_padding(const SignatureAlgorithm& algorithm, EVP_PKEY_CTX* with) {
  return !algorithm.is_pss || (EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(with, digest_of(algorithm)) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST) == 1);
}

bool is_for(const SignatureAlgorithm& algorithm, const SignatureKey& key) { return EVP_PKEY_is_a(key.key.get(), algorithm.key_type) == 1 && (*algorithm.group == 0 || group_of(key.key.get()) == algorithm.group); }

/// A key that needs a passphrase is refused: OpenSSL would ask the terminal for it.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

const SignatureAlgorithm* algorithm_named(std::string_view name) {
  const auto found = std::ranges::find(kAlgorithms, name, &SignatureAlgorithm::name);
  return found == std::end(kAlgorithms) ? nullptr : &*found;
}

const SignatureAlgorithm* algorithm_for(const SignatureKey& key) { return algorithm_of(key.key.get()); }

Result<std::vector<SignatureKey>> read_keys(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return from_json(text);
  std::vector<SignatureKey> keys;
  constexpr std::string_view kBegin = "-----BEGIN ";
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at + 1)) {
    if (keys.size() == kKeysMax) return Error{Code::kLimit, fmt::format("has more than {} keys", kKeysMax)};
    const std::string_view rest = text.substr(at);
    const OwnBio bio(BIO_new_mem_buf(rest.data(), static_cast<int>(rest.size())));
    if (rest.starts_with("-----BEGIN CERTIFICATE-----")) {
      const OwnCertificate certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
      if (certificate == nullptr) return wrong("has a certificate that is none");
      keys.push_back(TRY(from_certificate(certificate.get())));
    } else if (rest.starts_with("-----BEGIN PUBLIC KEY-----")) {
      keys.push_back(TRY(checked(OwnKey(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)))));
    } else {
      return wrong("has something else than public keys and certificates: who checks needs no private key");
    }
  }
  if (keys.empty()) return wrong("has no key: PEM (PUBLIC KEY, CERTIFICATE) or JWK");
  return keys;
}

Result<SignatureKey> read_private_key(std::string_view pem) {
  const OwnBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  OwnKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return wrong("is no private key in PEM, or one with a passphrase (openssl pkey -in FILE takes it off)");
  return checked(std::move(key));
}

Result<SignatureKey> key_from_base64(std::string_view text) {
  std::string packed(text);
  std::erase_if(packed, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  const std::optional<std::string> der = from_base64(packed, Base64::kPlain);
  if (!der) return wrong("is no Base64");
  const unsigned char* at = bytes_of(*der);
  OwnKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der->size())));
  if (key != nullptr && at != bytes_of(*der) + der->size()) return wrong("has something behind the key");
  return checked(std::move(key));
}

Result<SignatureKey> key_from_certificate(std::string_view base64) {
  const std::optional<std::string> der = from_base64(base64, Base64::kPlain);
  if (!der) return wrong("is no Base64");
  const unsigned char* at = bytes_of(*der);
  const OwnCertificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der->size())));
  if (certificate == nullptr) return wrong("is no certificate");
  return from_certificate(certificate.get());
}

std::string public_key_text(const SignatureKey& key) { return to_base64(der_of(key.key.get()), Base64::kPlain); }

bool is_signed(const SignatureAlgorithm& algorithm, const SignatureKey& key, std::string_view bytes, std::string_view signature) {
  std::string der;
  if (!is_for(algorithm, key)) return false;
  if (*algorithm.group != 0) {
    if (signature.size() != 2 * coordinate_bytes(algorithm)) return false;
    signature = der = der_signature(signature);
  }
  const OwnDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* with = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &with, digest_of(algorithm), nullptr, key.key.get()) != 1 || !set_padding(algorithm, with)) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
}

Result<std::string> sign(const SignatureAlgorithm& algorithm, const SignatureKey& key, std::string_view bytes) {
  const OwnDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* with = nullptr;
  std::size_t size = 0;
  if (!is_for(algorithm, key) || EVP_DigestSignInit(context.get(), &with, digest_of(algorithm), nullptr, key.key.get()) != 1 || !set_padding(algorithm, with) || EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) != 1) return wrong("the key cannot sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(bytes), bytes.size()) != 1) return wrong("the key cannot sign");
  signature.resize(size);
  return *algorithm.group == 0 ? Result<std::string>(std::move(signature)) : raw_signature(signature, coordinate_bytes(algorithm));
}

Result<std::string> hash_named(std::string_view name, std::string_view bytes) {
  constexpr std::pair<std::string_view, const char*> kHashes[] = {{"sha-256", "SHA256"}, {"sha-384", "SHA384"}, {"sha-512", "SHA512"}};
  const auto known = std::ranges::find(kHashes, name, [](const auto& row) { return row.first; });
  if (known == std::end(kHashes)) return Error{Code::kUnsupported, fmt::format("the hash '{}' is not known here (sha-256, sha-384, sha-512)", name.substr(0, 80))};
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_get_digestbyname(known->second), nullptr) != 1) return wrong("OpenSSL knows no " + std::string(name));
  digest.resize(size);
  return digest;
}

}  // namespace tocsin::cacao
