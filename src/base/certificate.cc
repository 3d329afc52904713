#include "base/certificate.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/address.h"
#include "base/check.h"
#include "base/openssl.h"

namespace tocsin {

namespace {

using OwnNames = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using OwnExtension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

/// The longest common name (RFC 5280, ub-common-name).
constexpr std::size_t kCommonNameMax = 64;
/// A point of P-256, uncompressed: its kind and two coordinates.
constexpr std::size_t kPointBytes = 65;

Error trouble() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return {Code::kIo, std::string("no certificate could be made: ") + (reason == nullptr ? "the system gave no reason" : reason)};
}

bool is_address(std::string_view text) {
  std::uint8_t bytes[16];
  bool v6 = false;
  return parse_address(text, bytes, v6);
}

OwnBio text_of(std::string_view pem) { return OwnBio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

OwnCertificate certificate_of(std::string_view pem) {
  const OwnBio text = text_of(pem);
  return OwnCertificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
}

OwnKey key_of(std::string_view pem) {
  const OwnBio text = text_of(pem);
  const auto no_passphrase = [](char*, int, int, void*) -> int { return -1; };
  return OwnKey(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
}

std::string pem_of(const OwnBio& written) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(written.get(), &bytes);
  return size <= 0 ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

Result<Identity> as_pem(X509* certificate, EVP_PKEY* key) {
  const OwnBio first(BIO_new(BIO_s_mem())), second(BIO_new(BIO_s_secmem()));
  if (first == nullptr || second == nullptr || PEM_write_bio_X509(first.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(second.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return trouble();
  }
  return Identity{pem_of(first), pem_of(second)};
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, and always of the same length
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, TimeUs from, TimeUs until) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<std::time_t>(from / 1'000'000)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<std::time_t>(until / 1'000'000)) != nullptr;
}

bool set_name(X509* certificate, std::string_view name) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(name.data());
  const int size = static_cast<int>(std::min(name.size(), kCommonNameMax));
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, bytes, size, -1, 0) == 1;
}

bool add_extension(X509* certificate, X509* signer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, signer, certificate, nullptr, nullptr, 0);
  const OwnExtension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_names(X509* certificate, std::span<const std::string> names) {
  const OwnNames all(GENERAL_NAMES_new());
  if (all == nullptr) return false;
  for (const std::string& name : names) {
    std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>> one(GENERAL_NAME_new());
    if (one == nullptr) return false;
    if (is_address(name)) {
      GENERAL_NAME_set0_value(one.get(), GEN_IPADD, a2i_IPADDRESS(name.c_str()));
    } else {
      ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
      if (text == nullptr || ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) != 1) return false;
      GENERAL_NAME_set0_value(one.get(), GEN_DNS, text);
    }
    if (sk_GENERAL_NAME_push(all.get(), one.get()) == 0) return false;
    (void)one.release();
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

/// A certificate for `key`, with all but what it is for, and not signed yet.
OwnCertificate begin(std::string_view name, EVP_PKEY* key, X509* signer, TimeUs now, TimeUs until) {
  OwnCertificate made(X509_new());
  if (made == nullptr || X509_set_version(made.get(), X509_VERSION_3) != 1 || !set_serial(made.get()) ||
      !set_times(made.get(), now - kCertificateBeforeUs, until) || !set_name(made.get(), name) || X509_set_pubkey(made.get(), key) != 1 ||
      X509_set_issuer_name(made.get(), X509_get_subject_name(signer == nullptr ? made.get() : signer)) != 1 ||
      !add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash")) {
    return nullptr;
  }
  return made;
}

constexpr TimeUs days_us(int days) { return days * TimeUs{86'400'000'000}; }

TimeUs time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return kNoTime;
  return static_cast<TimeUs>(::timegm(&parts)) * 1'000'000;
}

struct Leaf {
  std::string_view name;
  std::span<const std::string> names;
  const char* purpose = "";
  int days = 0;  // 0: as long as the authority
};

/// For `key`, of which the public half is enough.
Result<OwnCertificate> sign_leaf(const Identity& authority, const Leaf& leaf, EVP_PKEY* key, TimeUs now) {
  const OwnCertificate signer = certificate_of(authority.certificate);
  const OwnKey signing = key_of(authority.key);
  if (signer == nullptr || signing == nullptr || key == nullptr) return trouble();
  const TimeUs last = time_of(X509_get0_notAfter(signer.get()));
  OwnCertificate made = begin(leaf.name, key, signer.get(), now, leaf.days == 0 ? last : std::min(last, now + days_us(leaf.days)));
  if (made == nullptr || !add_extension(made.get(), signer.get(), NID_authority_key_identifier, "keyid") ||
      !add_extension(made.get(), signer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(made.get(), signer.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(made.get(), signer.get(), NID_ext_key_usage, leaf.purpose) || (!leaf.names.empty() && !add_names(made.get(), leaf.names)) ||
      X509_sign(made.get(), signing.get(), EVP_sha256()) == 0) {
    return trouble();
  }
  return made;
}

Result<Identity> make_leaf(const Identity& authority, const Leaf& leaf, TimeUs now) {
  const OwnKey key(EVP_EC_gen("P-256"));
  const OwnCertificate made = TRY(sign_leaf(authority, leaf, key.get(), now));
  return as_pem(made.get(), key.get());
}

/// nullptr where it is none of the curve.
OwnKey key_of_point(std::string_view point) {
  const std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  const std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  OwnKey own(key);
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> checked(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return checked != nullptr && EVP_PKEY_public_check(checked.get()) == 1 ? std::move(own) : nullptr;
}

}  // namespace

Result<Identity> make_authority(std::string_view machine, TimeUs now) {
  const OwnKey key(EVP_EC_gen("P-256"));
  if (key == nullptr) return trouble();
  const OwnCertificate made = begin("Tocsin on " + std::string(machine), key.get(), nullptr, now, now + days_us(kAuthorityDays));
  if (made == nullptr || !add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign") || X509_sign(made.get(), key.get(), EVP_sha256()) == 0) {
    return trouble();
  }
  return as_pem(made.get(), key.get());
}

Result<Identity> make_server_identity(const Identity& authority, std::span<const std::string> names, TimeUs now) {
  TOCSIN_CHECK(!names.empty());
  return make_leaf(authority, {names.front(), names, "serverAuth", kServerCertificateDays}, now);
}

Result<Identity> make_client_identity(const Identity& authority, std::string_view name, TimeUs now) {
  return make_leaf(authority, {name, {}, "clientAuth", 0}, now);
}

Result<std::string> make_private_key() {
  const OwnKey key(EVP_EC_gen("P-256"));
  const OwnBio written(BIO_new(BIO_s_secmem()));
  if (key == nullptr || written == nullptr || PEM_write_bio_PKCS8PrivateKey(written.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) return trouble();
  return pem_of(written);
}

Result<std::string> public_point(std::string_view key_pem) {
  const OwnKey key = key_of(key_pem);
  std::array<unsigned char, kPointBytes> point{};
  std::size_t size = 0;
  if (key == nullptr || EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1 || size != point.size() || point[0] != 4) {
    return Error{Code::kInvalid, "there is no private key of P-256 in it (a text with -----BEGIN PRIVATE KEY-----)"};
  }
  return std::string(reinterpret_cast<const char*>(point.data()), point.size());
}

Result<std::string> sign_client_key(const Identity& authority, std::string_view name, std::string_view point, TimeUs now) {
  const OwnKey key = point.size() == kPointBytes ? key_of_point(point) : nullptr;
  if (key == nullptr) return Error{Code::kInvalid, "the key is no point of P-256"};
  const OwnCertificate made = TRY(sign_leaf(authority, {name, {}, "clientAuth", 0}, key.get(), now));
  const OwnBio written(BIO_new(BIO_s_mem()));
  if (written == nullptr || PEM_write_bio_X509(written.get(), made.get()) != 1) return trouble();
  return pem_of(written);
}

Result<Certificate> read_certificate(std::string_view pem) {
  const OwnCertificate certificate = certificate_of(pem);
  std::array<unsigned char, 32> digest{};
  if (certificate == nullptr || X509_digest(certificate.get(), EVP_sha256(), digest.data(), nullptr) != 1) {
    return Error{Code::kInvalid, "there is no certificate in it (a text with -----BEGIN CERTIFICATE-----)"};
  }
  return Certificate{{reinterpret_cast<const char*>(digest.data()), digest.size()},
                     time_of(X509_get0_notBefore(certificate.get())), time_of(X509_get0_notAfter(certificate.get()))};
}

bool is_signed_by(std::string_view pem, std::string_view authority) {
  const OwnCertificate certificate = certificate_of(pem), signer = certificate_of(authority);
  return certificate != nullptr && signer != nullptr && X509_verify(certificate.get(), X509_get0_pubkey(signer.get())) == 1;
}

bool certificate_is_for(std::string_view pem, const std::string& name) {
  const OwnCertificate certificate = certificate_of(pem);
  if (certificate == nullptr) return false;
  return is_address(name) ? X509_check_ip_asc(certificate.get(), name.c_str(), 0) == 1
                          : X509_check_host(certificate.get(), name.data(), name.size(), 0, nullptr) == 1;
}

}  // namespace tocsin
