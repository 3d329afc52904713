#include "cli/oidc_settings.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/mistake.h"
#include "cli/settings.h"
#include "oidc/url.h"

namespace tocsin::cli {

namespace {

constexpr std::string_view kDescription = "/.well-known/openid-configuration";
/// Secrets have some tens of characters; a list of authorities some hundred KB.
constexpr std::size_t kSecretBytesMax = 4 << 10, kAuthoritiesBytesMax = 1 << 20;

Error wrong(std::string message) { return {Code::kInvalid, std::move(message)}; }

/// Of a file, or of the credential, without the end of its line.
Result<std::string> read_secret(Env& env, const Settings& settings) {
  std::string path = settings.text(kOidcSecretFile);
  if (path.empty()) {
    const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
    path = folder == nullptr ? "" : std::string(folder) + "/tocsin-oidc-secret";
    if (path.empty() || !env.exists(path)) return wrong("oidc.client_secret_file: there is no secret: this setting names its file, or systemd's credential tocsin-oidc-secret holds it");
  }
  std::string secret = TRY(env.read_file(path, kSecretBytesMax));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty() || secret.find('\n') != std::string::npos) return wrong(path + ": a secret is one line");
  return secret;
}

}  // namespace

Status check_origin(std::string_view text) {
  const oidc::Url url = TRY(oidc::read_url(text));
  if (!url.tls) return wrong(fmt::format("'{}' is not https", text));
  if (url.target != "/" || text.ends_with('/')) return wrong(fmt::format("'{}' has something behind the machine's name; did you mean '{}'?", text, url.origin()));
  return {};
}

Status check_issuer(std::string_view text) {
  if (text.find("://") == std::string_view::npos && !text.empty()) return wrong(fmt::format("'{}' is no address; did you mean 'https://{}'?", text, text));
  const oidc::Url url = TRY(oidc::read_url(text));
  if (!url.tls && !url.is_loopback()) return wrong(fmt::format("'{}' is not https; did you mean 'https{}'?", text, text.substr(4)));
  if (text.ends_with(kDescription)) {
    return wrong(fmt::format("'{}' is where the issuer describes itself; did you mean '{}'?", text, text.substr(0, text.size() - kDescription.size())));
  }
  if (text.find('?') != std::string_view::npos) return wrong(fmt::format("'{}' has a query, which no issuer has", text));
  return {};
}

Result<std::pair<std::string, std::string>> read_role_mapping(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) return wrong(fmt::format("'{}' is not VALUE=ROLE, such as soc=analyst", text));
  const std::string_view role = text.substr(equals + 1);
  if (api::role_of(role) == api::Role::kNone) {
    const std::string near = suggestion(role, api::kRoleWords);
    return wrong(fmt::format("'{}' is no role{}", role, near.empty() ? ": viewer, analyst, responder, approver or admin" : "; " + near));
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(role));
}

void check_oidc(const Settings& settings, std::vector<std::string>& mistakes) {
  const bool wanted = !settings.text(kOidcIssuer).empty();
  if (!wanted) {
    for (std::size_t id = kOidcClientId; id <= kOidcAuthorities; ++id) {
      const Settings::Value& value = settings.value(static_cast<SettingId>(id));
      if (value.source != "default") mistakes.push_back(fmt::format("{}: '{}' says how to log in with a provider, and 'oidc.issuer' names none", value.source, kSettings[id].name));
    }
    return;
  }
  const std::string& from = settings.value(kOidcIssuer).source;
  const auto missing = [&](SettingId id, const char* why) { mistakes.push_back(fmt::format("{}: log-in with a provider needs '{}', {}", from, kSettings[id].name, why)); };
  if (settings.text(kOidcClientId).empty()) missing(kOidcClientId, "the service's name there");
  if (settings.value(kOidcRoles).texts.empty()) missing(kOidcRoles, "or nobody could come in");
  if (settings.text(kApiUrl).empty()) missing(kApiUrl, "where the provider sends browsers back to");
}

Result<std::optional<api::ProviderLoginSettings>> provider_login(Env& env, const Settings& settings) {
  if (settings.text(kOidcIssuer).empty()) return std::optional<api::ProviderLoginSettings>();
  api::ProviderLoginSettings login;
  login.provider.issuer = settings.text(kOidcIssuer);
  login.provider.client_id = settings.text(kOidcClientId);
  login.provider.client_secret = TRY(read_secret(env, settings));
  login.provider.scopes = settings.value(kOidcScopes).texts;
  login.name = settings.text(kOidcName);
  login.roles_claim = settings.text(kOidcRolesClaim);
  for (const std::string& text : settings.value(kOidcRoles).texts) {
    auto [value, role] = TRY(read_role_mapping(text));
    login.roles.emplace(std::move(value), std::move(role));
  }
  const std::string& file = settings.text(kOidcAuthorities);
  if (file.empty()) return std::optional(std::move(login));
  login.authorities = TRY(env.read_file(file, kAuthoritiesBytesMax));
  if (login.authorities.find("-----BEGIN CERTIFICATE-----") == std::string::npos) return wrong(file + ": there is no certificate in it (a text with -----BEGIN CERTIFICATE-----)");
  return std::optional(std::move(login));
}

}  // namespace tocsin::cli
