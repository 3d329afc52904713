// What binds a log-in at a provider to the browser that began it. The browser gets a ticket in a cookie; state, nonce and the verifier of PKCE are made from it under a key that
// ends with the process. So nothing is kept of log-ins that were begun, however many; what is kept is which tickets came back, until they are too old, and
// no more than kUsedTicketsMax: beyond, nobody comes in this way until some are. Safe from any thread. Fails where the system has no random numbers.
//
//   LoginTickets tickets(key);
//   const std::string ticket = TRY(tickets.make(now));                     // Set-Cookie
//   const std::optional<oidc::Attempt> attempt = tickets.open(ticket, now);  // nothing: not ours, or too old
//   if (!attempt || !tickets.use(ticket, now)) …                             // once
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "oidc/provider.h"

namespace tocsin::api {

/// To find a password and a phone.
inline constexpr TimeUs kTicketUs = 10 * 60 * std::int64_t{1'000'000};
/// Log-ins of all users within that time, and ten times as many.
inline constexpr std::size_t kUsedTicketsMax = 10'000;

/// __Host-, and Lax rather than Strict: the way back is a link on the provider's site.
inline constexpr std::string_view kTicketCookie = "__Host-tocsin-login";
std::string ticket_cookie(std::string_view ticket);
std::string ticket_cookie_gone();

class LoginTickets {
 public:
  /// `key` has 32 random bytes.
  explicit LoginTickets(std::string key) : key_(std::move(key)) {}
  Result<std::string> make(TimeUs now) const;
  std::optional<oidc::Attempt> open(std::string_view ticket, TimeUs now) const;
  /// False if it was used before, or too many were.
  bool use(std::string_view ticket, TimeUs now);

 private:
  std::string derived(std::string_view what, std::string_view ticket) const;

  const std::string key_;
  std::mutex mutex_;
  std::set<std::string, std::less<>> used_;                  // guarded by mutex_
  std::deque<std::pair<TimeUs, std::string>> used_in_turn_;  // guarded by mutex_
};

}  // namespace tocsin::api
