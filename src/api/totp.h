// One-time codes by time (RFC 6238 over RFC 4226: HMAC-SHA-1, 30 s, 6 digits), as every authenticator app makes them. Pure, safe from any thread. A code is
// good for its own time step and one to each side, for clocks that differ; that it is taken once is the caller's to see to, by the step.
//
//   const std::optional<std::int64_t> step = totp_step(secret, "492039", now);
//   if (step && TRY(accounts.use_totp(user, *step))) …
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tocsin::api {

/// As RFC 4226 recommends: the length of what SHA-1 gives.
inline constexpr std::size_t kTotpSecretBytes = 20;

/// The code of a time step: since 1970, of 30 s each.
std::string totp_code(std::string_view secret, std::int64_t step, int digits = 6);
/// The time step of which `code` is, if it is near.
std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, TimeUs now);
/// RFC 4648 without padding, as apps want to be told a secret.
std::string base32(std::string_view bytes);
/// What a QR code for an app says.
std::string totp_link(std::string_view secret, std::string_view user);

}  // namespace tocsin::api
