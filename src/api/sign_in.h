// From what a request shows to who asks: a session's cookie, or a token. One check of both stands before every route. A cookie alone is not enough for
// anything but reading: a page of another site can make a browser send it, so a request that may change something must come from the service's own
// pages (Origin) and carry a header that no form can. Safe from any thread; fails as the state does.
//
//   Who who = TRY(identify(head, accounts, now));
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/access.h"
#include "collect/http_request.h"
#include "store/accounts.h"

namespace tocsin::api {

/// A browser that nobody touches is logged out after this, and everybody once a working day is over.
inline constexpr TimeUs kSessionIdleUs = 60 * 60 * std::int64_t{1'000'000};
inline constexpr TimeUs kSessionUs = 12 * 60 * 60 * std::int64_t{1'000'000};
/// How exact "last seen" is: what it costs is a write to the disk.
inline constexpr TimeUs kSessionSeenUs = 60 * std::int64_t{1'000'000};

/// __Host-: over TLS only, from this host and no other, for all paths.
inline constexpr std::string_view kSessionCookie = "__Host-tocsin";
std::string session_cookie(std::string_view secret);
std::string session_cookie_gone();

/// Nobody, if what is shown is no good or too old.
Result<Who> identify(const HttpHead& head, Accounts& accounts, TimeUs now);
/// The value of a cookie in a Cookie header; "" if it is not there, or twice.
std::string_view cookie_value(std::string_view header, std::string_view name);
/// Whether a request with a cookie that may change something is the service's own page's.
bool is_own_page(const HttpHead& head, std::string_view scheme);

}  // namespace tocsin::api
