// What an ID token says, and whether it says it to us, now, and about this log-in (OpenID Connect Core, section 3.1.3.7). Its signature was checked before
// (oidc/jws.h). Pure functions, safe from any thread; kInvalid with what is not right, which is for the log: a person gets a word.
//
//   const IdToken token = TRY(read_id_token(payload, {.issuer = issuer, .client_id = id, .nonce = nonce, .started = started, .now = now}));
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tocsin::oidc {

/// How far a provider's clock may be off.
inline constexpr TimeUs kClockLeewayUs = 60 * std::int64_t{1'000'000};
/// As the standard has it (OpenID Connect Core, section 2).
inline constexpr std::size_t kSubjectBytesMax = 255;
/// Values of a claim with groups that are looked at.
inline constexpr std::size_t kClaimValuesMax = 2'000;

struct IdTokenWanted {
  std::string issuer, client_id, nonce;
  TimeUs started = 0, now = 0;  // of this log-in
};

struct IdToken {
  std::string subject;
  boost::json::object claims;
};

Result<IdToken> read_id_token(std::string_view payload, const IdTokenWanted& wanted);

/// The texts of a claim, which is one or a list of them; nothing if it is not there. A name that no claim has is tried as a path: realm_access.roles is
/// `roles` within `realm_access`.
std::optional<std::vector<std::string>> texts_of_claim(const boost::json::object& claims, std::string_view name);

}  // namespace tocsin::oidc
