// An OpenID Connect provider, as a client sees it (OpenID Connect Core and Discovery, authorization code flow with PKCE): where a browser is sent, and what a code that
// it brings back is worth. What the provider says of itself, and its keys, are asked for when they are first needed and kept for an hour; keys once more
// when a token names one that is not known, but not more than once a minute. Safe from any thread; calls wait for the provider (oidc/https_fetch.h), one
// at a time while it is asked about itself. kIo: it cannot be reached, or fails; kDenied: it does not take the code; kInvalid: what it says is not to
// be believed. Words of an error are for the log.
//
//   Provider provider(settings, fetch, env);
//   const std::string address = TRY(provider.login_address(attempt));      // the browser goes there
//   const IdToken token = TRY(provider.redeem(code, attempt, now));        // and comes back with a code
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "oidc/https_fetch.h"
#include "oidc/id_token.h"
#include "oidc/jws.h"

namespace tocsin::oidc {

/// How long its own description and its keys are kept, how soon keys are asked for again for an unknown one, and how long a failure is remembered.
inline constexpr TimeUs kProviderKeptUs = 3'600 * std::int64_t{1'000'000};
inline constexpr TimeUs kKeysAgainUs = 60 * std::int64_t{1'000'000};
inline constexpr TimeUs kFailureKeptUs = 5 * std::int64_t{1'000'000};

struct ProviderSettings {
  std::string issuer;  // as its ID tokens name it
  std::string client_id, client_secret;
  std::string redirect_uri;
  std::vector<std::string> scopes = {};  // beside openid, profile and email
};

/// One log-in under way: what was sent along, to be recognised.
struct Attempt {
  std::string state, nonce;
  std::string verifier;  // of PKCE (RFC 7636), 43 to 128 letters and digits
  TimeUs started = 0;
};

/// Where it is asked, and what it can.
struct ProviderAbout {
  std::string authorization_endpoint, token_endpoint, jwks_uri;
  bool secret_in_form = false;    // client_secret_post, where it does not take client_secret_basic
  bool names_itself = false;      // in every answer (RFC 9207)
};

/// kInvalid if `text` is no description of a provider with this issuer, or gives an address that is not safe.
Result<ProviderAbout> read_provider_about(std::string_view text, const std::string& issuer);

class Provider {
 public:
  Provider(ProviderSettings settings, Fetch& fetch, Env& env) : settings_(std::move(settings)), fetch_(fetch), env_(env) {}

  Result<std::string> login_address(const Attempt& attempt);
  Result<IdToken> redeem(const std::string& code, const Attempt& attempt, TimeUs now);
  /// Whether an answer with this `iss` (""; none) may be the provider's (RFC 9207).
  Result<bool> is_answer_of(const std::string& issuer);

 private:
  Result<ProviderAbout> about();
  Result<ProviderAbout> ask_about();
  Result<std::shared_ptr<const KeySet>> keys(bool newer);
  Result<std::string> id_token_for(const ProviderAbout& about, const std::string& code, const Attempt& attempt);
  Result<std::string> verified(const std::string& token);

  const ProviderSettings settings_;
  Fetch& fetch_;
  Env& env_;
  std::mutex mutex_;  // of what follows
  ProviderAbout about_;
  TimeUs about_at_ = kNoTime, failed_at_ = kNoTime, keys_at_ = kNoTime;
  Error failure_;
  std::shared_ptr<const KeySet> keys_;  // shared with those that verify while newer ones come
};

}  // namespace tocsin::oidc
