// What a URL says of where it leads, as browsers read it (WHATWG's URL standard, as far as scheme and host): blanks within it do not count, a backslash is a slash, any number of
// slashes may begin it, and what stands before an @ is a user. Pure functions; what is no URL gives "".
//
//   url_host("HTTPS://user@B\u00FCcher.example:8443/x")   // xn--bcher-kva.example
#pragma once

#include <string>
#include <string_view>

namespace tocsin {

/// In lower case; "" if it begins with none.
std::string url_scheme(std::string_view url);
/// In lower case and, of an internationalized name, in its xn-- form; without user and port. Of a text without a scheme: what stands before its first slash.
std::string url_host(std::string_view url);
/// Without blanks around it, and without tabs and line ends in it.
std::string plain_url(std::string_view url);

}  // namespace tocsin
