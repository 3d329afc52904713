// The token in an Authorization header, as the network inputs need it. Pure functions, safe from any thread; what is malformed is
// no token. Whether a token is good is not known here.
//
//   if (!read_auth_word(header, "bearer", token) && !read_auth_password(header, "basic", token)) return unauthorized();
#pragma once

#include <string>
#include <string_view>

namespace tocsin {

/// Ours have 43 characters and Splunk's 36; API keys of others, taken over, up to about 200.
inline constexpr std::size_t kTokenBytesMax = 256;

/// "Scheme TOKEN". `scheme` is in lower case; in the header its case does not matter. False, with `token` unchanged, if there is none.
bool read_auth_word(std::string_view header, std::string_view scheme, std::string& token);
/// "Scheme BASE64", of "anything:TOKEN" (RFC 7617; Elasticsearch's ApiKey has the same shape).
bool read_auth_password(std::string_view header, std::string_view scheme, std::string& token);

}  // namespace tocsin
