#include "respond/executor/service_account.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json.hpp>

#include "base/openssl.h"
#include "oidc/jws.h"
#include "oidc/strict_json.h"

namespace tocsin::executor {

namespace {

namespace json = boost::json;

constexpr std::string_view kScope = "https://www.googleapis.com/auth/admin.reports.audit.readonly";
constexpr std::int64_t kGoodS = 3'600;


Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(json::string_view(name.data(), name.size()));
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<std::string> signature_of(const std::string& text, const std::string& pem) {
  const OwnBio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const OwnKey key(bio == nullptr ? nullptr : PEM_read_bio_PrivateKey(bio.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return wrong("its private_key is no RSA key in PEM");
  const OwnDigestContext context(EVP_MD_CTX_new());
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) return wrong("its private_key cannot sign");
  std::size_t size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) return wrong("its private_key cannot sign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1) return wrong("its private_key cannot sign");
  signature.resize(size);
  return signature;
}

}  // namespace

Result<ServiceAccount> read_service_account(std::string_view text) {
  const Result<json::object> read = oidc::read_strict_object(text, "the key file");
  if (!read) return wrong("it is no key file of a service account, which is JSON");  // no word of it: it has the key
  ServiceAccount account{text_in(*read, "client_email"), text_in(*read, "private_key_id"), text_in(*read, "private_key")};
  if (account.email.empty() || account.key.empty()) return wrong("it is no key file of a service account: client_email or private_key is missing");
  return account;
}

Result<std::string> assertion_of(const ServiceAccount& account, std::string_view subject, std::string_view audience, TimeUs now) {
  const std::int64_t seconds = now / 1'000'000;
  json::object head = {{"alg", "RS256"}, {"typ", "JWT"}};
  if (!account.key_id.empty()) head["kid"] = account.key_id;
  const json::object claims = {{"iss", account.email},    {"sub", json::string_view(subject.data(), subject.size())}, {"scope", json::string_view(kScope.data(), kScope.size())},
                               {"aud", json::string_view(audience.data(), audience.size())}, {"iat", seconds}, {"exp", seconds + kGoodS}};
  const std::string text = oidc::base64url(json::serialize(head)) + "." + oidc::base64url(json::serialize(claims));
  return text + "." + oidc::base64url(TRY(signature_of(text, account.key)));
}

}  // namespace tocsin::executor
