// An address of the web, as settings and providers write them: https://HOST[:PORT]/PATH[?QUERY]. Strict and small: ASCII without spaces, quotes and control
// characters, no user and no fragment, so that what was read can stand in a header or a request line as it is. Pure functions, safe from any thread; what is
// anything else is kInvalid with what is wrong about it.
//
//   const Url url = TRY(read_url("https://login.example.org/realms/main"));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin::oidc {

/// Longer ones are refused by most servers as well. Next pages of an API have cursors of one or two KB in theirs.
inline constexpr std::size_t kUrlBytesMax = 8'192;

struct Url {
  bool tls = true;
  std::string host;       // lower case; an address of IPv6 without its brackets
  std::uint16_t port = 443;
  std::string target;     // "/path?query"; "/" if there is none

  /// This machine itself, by address or as "localhost".
  bool is_loopback() const;
  /// As a Host header has it, without the port.
  std::string bracketed_host() const;
  /// "https://host:port", without the port where it is the usual one: what a browser calls an origin.
  std::string origin() const;
};

Result<Url> read_url(std::string_view text);
/// The same of one that secrets or identities go over: https, or http to this machine.
Result<Url> read_safe_url(std::string_view text);

/// As a part of a form or a query (application/x-www-form-urlencoded).
std::string form_text(std::string_view text);
/// "&name=value", both encoded; without the "&" at the beginning of `form`.
void append_form(std::string& form, std::string_view name, std::string_view value);

}  // namespace tocsin::oidc
