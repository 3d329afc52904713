// Log-in through a provider (OpenID Connect): what the service has for it while it runs, and who may come in that way. The routes are in oidc_login.cc, the provider's side
// is the room oidc/. One for the whole service, if its settings name a provider; safe from any thread, but calls that ask the provider wait for it.
//
//   auto login = TRY(ProviderLogin::open(settings, env, nullptr));
//   const std::string address = TRY(login->provider().login_address(attempt));
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/access.h"
#include "api/login_tickets.h"
#include "oidc/provider.h"

namespace tocsin::api {

struct ProviderLoginSettings {
  oidc::ProviderSettings provider;  // its redirect_uri is set by the server
  std::string authorities = {};     // PEM; "": the system's
  std::string name = {};            // on the button
  std::string roles_claim = {};
  std::map<std::string, std::string> roles = {};  // of a value of that claim to a role
};

/// Where the provider sends a browser back to, below the address of the service.
inline constexpr std::string_view kCallbackPath = "/api/v1/login/oidc/callback";

/// Somebody for whom the provider vouches, as the service sees it.
struct Vouched {
  std::string name, role;
  std::string refused = {};  // the word for why it may not come in; "": it may
  std::string why = {};      // the same for the audit log
};
Vouched vouched_for(const ProviderLoginSettings& settings, const oidc::IdToken& token);

class ProviderLogin {
 public:
  /// Over HTTPS, or by `fetch`, which outlives it.
  static Result<std::unique_ptr<ProviderLogin>> open(ProviderLoginSettings settings, Env& env, oidc::Fetch* fetch);

  const ProviderLoginSettings& settings() const { return settings_; }
  oidc::Provider& provider() { return provider_; }
  LoginTickets& tickets() { return tickets_; }
  /// Whether trouble is to be told now: once a second is enough for whoever reads it, and strangers could make more.
  bool may_tell();
  /// What is asked of the provider fails soon.
  void stop() { fetch_.stop(); }

 private:
  ProviderLogin(ProviderLoginSettings settings, std::unique_ptr<oidc::Fetch> own, oidc::Fetch& fetch, Env& env, std::string key);

  const ProviderLoginSettings settings_;
  const std::unique_ptr<oidc::Fetch> own_;
  oidc::Fetch& fetch_;
  Env& env_;
  std::atomic<std::int64_t> told_ns_ = INT64_MIN / 2;
  oidc::Provider provider_;
  LoginTickets tickets_;
};

}  // namespace tocsin::api
