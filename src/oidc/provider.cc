#include "oidc/provider.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/sha256.h"
#include "oidc/strict_json.h"
#include "oidc/url.h"

namespace tocsin::oidc {

namespace {

namespace json = boost::json;

Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

Result<std::string> address_member(const json::object& about, std::string_view name) {
  std::string text = TRY(text_member(about, name));
  if (text.empty()) return wrong(fmt::format("the provider's description of itself has no '{}'", name));
  TRY(read_safe_url(text));
  return text;
}

bool lists(const json::object& about, std::string_view name, std::string_view word) {
  const json::value* const found = about.if_contains(name);
  return found != nullptr && found->is_array() && std::ranges::find(found->get_array(), json::value(word)) != found->get_array().end();
}

/// RFC 7617, of what RFC 6749, section 2.3.1, wants encoded before.
std::string basic_authorization(const std::string& id, const std::string& secret) {
  const std::string both = form_text(id) + ":" + form_text(secret);
  std::string text((both.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(both.data()), static_cast<int>(both.size()));
  text.resize(static_cast<std::size_t>(size));
  return "Basic " + text;
}

/// What a provider gives as the reason (RFC 6749, section 5.2), for the log.
std::string reason_of(const HttpAnswer& answer) {
  const Result<json::object> body = read_strict_object(answer.body, "it");
  const std::string word = body ? text_member(*body, "error").value_or("") : "";
  const std::string words = body ? text_member(*body, "error_description").value_or("") : "";
  if (word.empty()) return fmt::format("status {}", answer.status);
  return fmt::format("{}{}{}", word.substr(0, 64), words.empty() ? "" : ": ", words.substr(0, 300));
}

}  // namespace

Result<ProviderAbout> read_provider_about(std::string_view text, const std::string& issuer) {
  const json::object object = TRY(read_strict_object(text, "the provider's description of itself"));
  const std::string itself = TRY(text_member(object, "issuer"));
  if (itself != issuer) return wrong(fmt::format("the provider calls itself '{}'; the setting oidc.issuer has to be the same, letter by letter", itself.substr(0, 300)));
  ProviderAbout about;
  about.authorization_endpoint = TRY(address_member(object, "authorization_endpoint"));
  about.token_endpoint = TRY(address_member(object, "token_endpoint"));
  about.jwks_uri = TRY(address_member(object, "jwks_uri"));
  constexpr std::string_view kWays = "token_endpoint_auth_methods_supported";
  about.secret_in_form = object.contains(kWays) && !lists(object, kWays, "client_secret_basic") && lists(object, kWays, "client_secret_post");
  const json::value* const names = object.if_contains("authorization_response_iss_parameter_supported");
  about.names_itself = names != nullptr && *names == json::value(true);
  return about;
}

Result<std::string> Provider::login_address(const Attempt& attempt) {
  const ProviderAbout about = TRY(this->about());
  std::string scope = "openid profile email";
  for (const std::string& one : settings_.scopes) scope += " " + one;
  const Sha256 digest = sha256(attempt.verifier);
  std::string query;
  append_form(query, "response_type", "code");
  append_form(query, "client_id", settings_.client_id);
  append_form(query, "redirect_uri", settings_.redirect_uri);
  append_form(query, "scope", scope);
  append_form(query, "state", attempt.state);
  append_form(query, "nonce", attempt.nonce);
  append_form(query, "code_challenge", base64url({reinterpret_cast<const char*>(digest.data()), digest.size()}));
  append_form(query, "code_challenge_method", "S256");
  const bool has_query = about.authorization_endpoint.find('?') != std::string::npos;
  return about.authorization_endpoint + (has_query ? "&" : "?") + query;
}

Result<IdToken> Provider::redeem(const std::string& code, const Attempt& attempt, TimeUs now) {
  const ProviderAbout about = TRY(this->about());
  const std::string token = TRY(id_token_for(about, code, attempt));
  const std::string payload = TRY(verified(token));
  return read_id_token(payload, {settings_.issuer, settings_.client_id, attempt.nonce, attempt.started, now});
}

Result<bool> Provider::is_answer_of(const std::string& issuer) {
  if (!issuer.empty()) return issuer == settings_.issuer;
  return !TRY(about()).names_itself;
}

/// A failure is told again for a while: who comes then need not wait for the same.
Result<ProviderAbout> Provider::about() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const TimeUs now = env_.monotonic_ns() / 1'000;
  if (about_at_ != kNoTime && now - about_at_ < kProviderKeptUs) return about_;
  if (failed_at_ != kNoTime && now - failed_at_ < kFailureKeptUs) return failure_;
  Result<ProviderAbout> asked = ask_about();
  if (asked) {
    about_ = *asked;
    about_at_ = now;
  } else {
    failure_ = asked.error();
    failed_at_ = env_.monotonic_ns() / 1'000;
  }
  return asked;
}

Result<ProviderAbout> Provider::ask_about() {
  const std::string base = settings_.issuer.substr(0, settings_.issuer.find_last_not_of('/') + 1);
  const HttpAnswer answer = TRY(fetch_.ask({.url = base + "/.well-known/openid-configuration"}));
  if (answer.status != 200) return Error{Code::kIo, fmt::format("{} does not describe itself: status {}", base, answer.status)};
  return read_provider_about(answer.body, settings_.issuer);
}

Result<std::shared_ptr<const KeySet>> Provider::keys(bool newer) {
  const std::string address = TRY(about()).jwks_uri;
  const std::lock_guard<std::mutex> lock(mutex_);
  const TimeUs now = env_.monotonic_ns() / 1'000;
  if (keys_ != nullptr && now - keys_at_ < (newer ? kKeysAgainUs : kProviderKeptUs)) return keys_;
  const HttpAnswer answer = TRY(fetch_.ask({.url = address}));
  if (answer.status != 200) return Error{Code::kIo, fmt::format("the provider does not give its keys: status {}", answer.status)};
  keys_ = std::make_shared<const KeySet>(TRY(KeySet::read(answer.body)));
  keys_at_ = now;
  return keys_;
}

Result<std::string> Provider::id_token_for(const ProviderAbout& about, const std::string& code, const Attempt& attempt) {
  HttpQuestion question{.url = about.token_endpoint};
  append_form(question.form, "grant_type", "authorization_code");
  append_form(question.form, "code", code);
  append_form(question.form, "redirect_uri", settings_.redirect_uri);
  append_form(question.form, "code_verifier", attempt.verifier);
  if (about.secret_in_form) {
    append_form(question.form, "client_id", settings_.client_id);
    append_form(question.form, "client_secret", settings_.client_secret);
  } else {
    question.authorization = basic_authorization(settings_.client_id, settings_.client_secret);
  }
  const HttpAnswer answer = TRY(fetch_.ask(question));
  if (answer.status == 400 || answer.status == 401) return Error{Code::kDenied, "the provider does not take the code: " + reason_of(answer)};
  if (answer.status != 200) return Error{Code::kIo, "the provider fails: " + reason_of(answer)};
  const json::object body = TRY(read_strict_object(answer.body, "the provider's answer to the code"));
  std::string token = TRY(text_member(body, "id_token"));
  if (token.empty()) return wrong("the provider's answer to the code has no 'id_token'");
  return token;
}

/// Providers change keys; a token by one that is not known yet makes us ask again, not too often.
Result<std::string> Provider::verified(const std::string& token) {
  Result<std::string> payload = verify_jws(token, *TRY(keys(false)));
  if (payload || payload.error().code != Code::kNotFound) return payload;
  payload = verify_jws(token, *TRY(keys(true)));
  if (!payload) return wrong(payload.error().message);
  return payload;
}

}  // namespace tocsin::oidc
