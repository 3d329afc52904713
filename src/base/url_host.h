// What a URL says of where it leads, as browsers read it (WHATWG's URL standard, as far as scheme and host): blanks within it do not count, a backslash is a slash, any number of
// slashes may begin it, and what stands before an @ is a user. And names of the DNS and whole URLs in the one form in which they are compared. Pure functions; what is no URL gives "".
//
//   url_host("HTTPS://user@B\u00FCcher.example:8443/x")   // xn--bcher-kva.example
//   comparable_url("http://A.example:80/%7ex#y")          // a.example/~x
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

/// In lower case; "" if it begins with none.
std::string url_scheme(std::string_view url);
/// In lower case and, of an internationalized name, in its xn-- form; without user and port. Of a text without a scheme: what stands before its first slash.
std::string url_host(std::string_view url);
/// Without blanks around it, and without tabs and line ends in it.
std::string plain_url(std::string_view url);
/// A name in lower case, in its xn-- form (UTS #46) and without dots at its end; "" if it cannot be one.
std::string comparable_host(std::string_view name);
/// Of a name that plain_host() reads: names of the DNS have 253.
inline constexpr std::size_t kPlainHostBytesMax = 256;
/// As comparable_host(), but for ASCII alone and into a place of one's own, so that nothing is allocated; nothing: `name` is longer, or has other letters.
std::optional<std::string_view> plain_host(std::string_view name, char (&room)[kPlainHostBytesMax]);
/// Host, port where it is not the scheme's own, path and query, so that two spellings of one URL are one text (RFC 3986, 6.2.2.1 and 6.2.2.2): without scheme, user and fragment, of escapes those
/// that need none undone. "" if it has no host. Without a scheme it is taken as it would be with one.
std::string comparable_url(std::string_view url);

/// What %XX stand for (RFC 3986, 2.1); what is no such escape stays as it is. For what browsers and mail programs read; requests are read strictly (collect/percent.h).
std::string percent_decoded(std::string_view text);

}  // namespace tocsin
