#include "respond/executor/poll_credential.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>

#include "oidc/strict_json.h"
#include "oidc/url.h"
#include "respond/executor/service_account.h"
#include "respond/executor/sigv4.h"

namespace tocsin::executor {

namespace {

namespace json = boost::json;

constexpr std::string_view kCredential = "credential:";
/// A token is not used in the last minute in which it is good, and none is kept for longer than a day.
constexpr TimeUs kMinute = 60'000'000, kDay = 86'400'000'000;

Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

/// "aws_access_key_id = AKIA…", as in a credentials file of the AWS CLI.
std::string value_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto trimmed = [](std::string_view part) {
      while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
      while (!part.empty() && (part.back() == ' ' || part.back() == '\t' || part.back() == '\r')) part.remove_suffix(1);
      return part;
    };
    if (trimmed(line.substr(0, equals)) == name) return std::string(trimmed(line.substr(equals + 1)));
  }
  return {};
}

/// A header's value: a token with a line end in it would be a header of its own.
bool is_header_text(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Result<std::string> secret_path(const PollerSettings& settings) {
  const std::string& where = settings.value("secret");
  if (!where.starts_with(kCredential)) return where;
  const std::string name = where.substr(kCredential.size());
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return wrong(fmt::format("systemd gives no credentials (LoadCredential={}:FILE in the unit does)", name));
  if (name.empty() || name.find('/') != std::string::npos) return wrong(fmt::format("'{}' is no name of a credential", name));
  return std::string(folder) + "/" + name;
}

Result<std::string> PollCredential::secret() const { return env_.read_file(TRY(secret_path(settings_)), kSecretBytesMax); }

Result<std::string> PollCredential::one_line() const {
  std::string text = TRY(secret());
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (!is_header_text(text)) return wrong(fmt::format("{}: a token is one line without spaces", settings_.value("secret")));
  return text;
}

Result<Headers> PollCredential::headers(const std::string& url, TimeUs now) {
  switch (settings_.kind()) {
    case PollKind::kGithub: return Headers{{"Authorization", "Bearer " + TRY(one_line())}, {"X-GitHub-Api-Version", "2022-11-28"}};
    case PollKind::kOkta: return Headers{{"Authorization", "SSWS " + TRY(one_line())}};
    case PollKind::kCloudTrail: return signed_headers(url, now);
    case PollKind::kTaxii: return of_taxii();
    default: return with_token(now);
  }
}

/// HTTP Basic (RFC 7617) where there is a user, a token (RFC 6750) where there is none, nothing where there is no secret.
Result<Headers> PollCredential::of_taxii() const {
  if (settings_.value("secret").empty()) return Headers{};
  const std::string& user = settings_.value("user");
  if (user.empty()) return Headers{{"Authorization", "Bearer " + TRY(one_line())}};
  std::string password = TRY(secret());
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  if (password.empty() || std::ranges::any_of(password, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return wrong(fmt::format("{}: a password is one line", settings_.value("secret")));
  const std::string plain = user + ":" + password;
  std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return Headers{{"Authorization", "Basic " + encoded}};
}

Result<Headers> PollCredential::with_token(TimeUs now) {
  if (token_.empty() || now >= token_until_) TRY(get_token(now));
  return Headers{{"Authorization", "Bearer " + token_}};
}

/// OAuth 2.0: client credentials (RFC 6749, section 4.4), or an assertion (RFC 7523).
Result<std::string> PollCredential::token_form(TimeUs now) const {
  std::string form;
  if (settings_.kind() == PollKind::kGoogle) {
    const Result<ServiceAccount> account = read_service_account(TRY(secret()));
    if (!account) return wrong(settings_.value("secret") + ": " + account.error().message);
    oidc::append_form(form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
    oidc::append_form(form, "assertion", TRY(assertion_of(*account, settings_.value("subject"), settings_.login_url + "/token", now)));
    return form;
  }
  oidc::append_form(form, "grant_type", "client_credentials");
  oidc::append_form(form, "client_id", settings_.value("client_id"));
  oidc::append_form(form, "client_secret", TRY(one_line()));
  oidc::append_form(form, "scope", fmt::format("{}/.default", settings_.facts->url));
  return form;
}

Status PollCredential::get_token(TimeUs now) {
  token_.clear();
  const bool google = settings_.kind() == PollKind::kGoogle;
  const std::string url = google ? settings_.login_url + "/token" : fmt::format("{}/{}/oauth2/v2.0/token", settings_.login_url, settings_.value("tenant"));
  std::string form = TRY(token_form(now));
  const oidc::HttpAnswer answer = TRY(fetch_.ask({.url = url, .form = std::move(form)}));
  if (answer.status != 200) {
    const bool is_ours = answer.status >= 400 && answer.status < 500 && answer.status != 429;
    return Error{is_ours ? Code::kDenied : Code::kIo, fmt::format("{}: the login service says {}{}", settings_.login_url, answer.status,
                                                                  is_ours ? fmt::format(": the secret may have expired, or not belong to what the settings name ({})", settings_.value("secret")) : "")};
  }
  const Result<json::object> read = oidc::read_strict_object(answer.body, "the token");
  const json::value* const token = read ? read->if_contains("access_token") : nullptr;
  const json::value* const seconds = read ? read->if_contains("expires_in") : nullptr;
  if (token == nullptr || !token->is_string() || token->get_string().size() > kTokenBytesMax || !is_header_text({token->get_string().data(), token->get_string().size()})) {
    return wrong(fmt::format("{}: the login service gives no token", settings_.login_url));
  }
  const std::int64_t good_s = seconds != nullptr && seconds->is_int64() ? std::clamp<std::int64_t>(seconds->get_int64(), 0, kDay / 1'000'000) : 300;
  token_ = std::string(token->get_string());
  token_until_ = now + std::max<TimeUs>(good_s * 1'000'000 - kMinute, 0);
  return {};
}

Result<Headers> PollCredential::signed_headers(const std::string& url, TimeUs now) const {
  const std::string text = TRY(secret());
  const AwsKey key{value_of(text, "aws_access_key_id"), value_of(text, "aws_secret_access_key"), value_of(text, "aws_session_token")};
  if (!is_header_text(key.id) || key.secret.empty() || (!key.session.empty() && !is_header_text(key.session))) {
    return wrong(fmt::format("{}: there are no lines aws_access_key_id = … and aws_secret_access_key = …", settings_.value("secret")));
  }
  const oidc::Url read = TRY(oidc::read_safe_url(url));
  return sigv4_headers(key, {read.origin().substr(read.tls ? 8 : 7), read.target, settings_.value("region"), "s3", now});
}

}  // namespace tocsin::executor
