// What several resources need to know of accounts: names, sessions, one-time links, second factors under their seal. Fails as the state does; a second factor that
// cannot be opened (the key of the data was replaced) is kInvalid, and a link from an admin gets its user in again.
//
//   const std::string link = TRY(make_link(accounts, {.user = "ada", .role = "analyst"}, by, origin));
#pragma once

#include <string>
#include <string_view>

#include "api/call.h"

namespace tocsin::api {

/// How long a link to set a password is good: somebody has to get it, and to find the time.
inline constexpr TimeUs kLinkUs = 48 * 60 * 60 * std::int64_t{1'000'000};

/// Letters, digits, '.', '_', '-' and '@', 1 to kNameBytesMax of them.
bool is_account_name(std::string_view name);
Status check_account_name(std::string_view name);

/// The address that a browser goes to. What is behind '#' is sent to nobody.
Result<std::string> make_link(Accounts& accounts, std::string_view user, std::string_view role, const Actor& by, std::string_view origin);

/// A session of somebody who has shown who it is, with its line in the audit log. Gives the header that sets the cookie.
Result<std::string> begin_session(const Call& call, Context& context, const std::string& user, const std::string& role, std::string_view how);

Result<std::string> new_totp_secret();
/// Of what base32() gave.
Result<std::string> read_base32(std::string_view text);
Result<std::string> seal_totp(Context& context, std::string_view user, std::string_view secret);
/// Whether `code` is good now, and was not taken before.
Result<bool> is_totp(Context& context, const UserRecord& user, std::string_view code, TimeUs now);

}  // namespace tocsin::api
