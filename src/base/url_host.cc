#include "base/url_host.h"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace tocsin {

namespace {

/// A name in the DNS has 253 characters; what is converted may be longer before.
constexpr std::size_t kHostBytesMax = 1'024;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// The byte that the escape at `at` stands for; -1: there is none.
int escaped_byte(std::string_view text, std::size_t at) {
  if (text[at] != '%' || at + 2 >= text.size()) return -1;
  const int high = digit_of(text[at + 1]), low = digit_of(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }

/// UTS #46 without transitional processing, as browsers have it; "" if it is no name.
std::string ascii_name(std::string_view name) {
  // Made once and never changed: ICU says that several threads may use it.
  static UIDNA* const idna = [] {
    UErrorCode status = U_ZERO_ERROR;
    UIDNA* made = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &status);
    return U_FAILURE(status) ? nullptr : made;
  }();
  if (idna == nullptr) return {};
  char ascii[kHostBytesMax];
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode status = U_ZERO_ERROR;
  const int32_t size = uidna_nameToASCII_UTF8(idna, name.data(), static_cast<int32_t>(name.size()), ascii, static_cast<int32_t>(kHostBytesMax), &info, &status);
  if (U_FAILURE(status) || (info.errors & UIDNA_ERROR_DISALLOWED) != 0 || size <= 0 || size >= static_cast<int32_t>(kHostBytesMax)) return {};
  return std::string(ascii, static_cast<std::size_t>(size));
}

}  // namespace

std::string plain_url(std::string_view url) {
  while (!url.empty() && static_cast<unsigned char>(url.front()) <= ' ') url.remove_prefix(1);
  while (!url.empty() && static_cast<unsigned char>(url.back()) <= ' ') url.remove_suffix(1);
  std::string out(url);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

std::string url_scheme(std::string_view url) {
  if (url.empty() || !is_letter(url.front())) return {};
  std::size_t end = 0;
  while (end < url.size() && (is_letter(url[end]) || (url[end] >= '0' && url[end] <= '9') || url[end] == '+' || url[end] == '-' || url[end] == '.')) ++end;
  if (end == url.size() || url[end] != ':') return {};
  // "example.org:8080" is a host and a port.
  if (url.substr(0, end).find('.') != std::string_view::npos) return {};
  return folded(url.substr(0, end));
}

std::string percent_decoded(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int byte = escaped_byte(text, at);
    bytes += byte >= 0 ? static_cast<char>(byte) : text[at];
    if (byte >= 0) at += 2;
  }
  return bytes;
}

namespace {

/// What no name has, whatever its encoding.
constexpr bool never_in_host(unsigned char c) { return c <= ' ' || c == 0x7f || std::string_view("\"<>^`{|}").find(static_cast<char>(c)) != std::string_view::npos; }

/// A byte of a name in lower case, or one of these.
constexpr unsigned char kNever = 0, kOtherLetter = 1;
constexpr std::array<unsigned char, 256> kHostBytes = [] {
  std::array<unsigned char, 256> all{};
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool upper = c >= 'A' && c <= 'Z';
    all[c] = byte >= 0x80 ? kOtherLetter : never_in_host(byte) ? kNever : static_cast<unsigned char>(upper ? byte | 0x20 : byte);
  }
  return all;
}();

}  // namespace

std::optional<std::string_view> plain_host(std::string_view name, char (&room)[kPlainHostBytesMax]) {
  while (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > kPlainHostBytesMax) return std::nullopt;
  bool is_name = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const unsigned char c = kHostBytes[static_cast<unsigned char>(name[i])];
    if (c == kOtherLetter) return std::nullopt;
    is_name = is_name && c != kNever;
    room[i] = static_cast<char>(c);
  }
  return is_name ? std::string_view(room, name.size()) : std::string_view();
}

std::string comparable_host(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kHostBytesMax) return {};
  const bool ascii = std::ranges::none_of(name, [](unsigned char c) { return c >= 0x80; });
  const std::string host = ascii ? std::string(name) : ascii_name(name);
  const bool is_name = std::ranges::all_of(host, [](unsigned char c) { return c < 0x80 && !never_in_host(c); });
  return is_name ? folded(host) : std::string();
}

namespace {

/// The parts of a URL that say where it leads.
struct Place {
  std::string scheme;
  std::string_view authority;  // without the user
  std::string_view rest;       // path, query, fragment
};

std::optional<Place> place_of(std::string_view url) {
  Place place{url_scheme(url), {}, {}};
  const std::string& scheme = place.scheme;
  if (scheme == "javascript" || scheme == "data" || scheme == "mailto" || scheme == "tel" || scheme == "cid" || scheme == "about" || scheme == "blob") return std::nullopt;
  if (!scheme.empty()) url.remove_prefix(scheme.size() + 1);
  while (!url.empty() && (url.front() == '/' || url.front() == '\\')) url.remove_prefix(1);
  const std::size_t end = std::min(url.find_first_of("/\\?#"), url.size());
  place.authority = url.substr(0, end);
  place.authority.remove_prefix(place.authority.rfind('@') + 1);  // npos: nothing
  place.rest = url.substr(end);
  return place;
}

std::string host_of(const Place& place) {
  std::string_view authority = place.authority;
  if (authority.starts_with('[')) return folded(authority.substr(1, authority.find(']') - 1));
  authority = authority.substr(0, authority.rfind(':'));
  if (authority.size() > kHostBytesMax) return {};
  return comparable_host(authority.find('%') == std::string_view::npos ? std::string(authority) : percent_decoded(authority));
}

/// ":8443", or "" where it is the one that is meant without.
std::string port_of(const Place& place) {
  const std::size_t colon = place.authority.rfind(':'), bracket = place.authority.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && bracket > colon)) return {};
  std::string_view port = place.authority.substr(colon + 1);
  while (port.size() > 1 && port.front() == '0') port.remove_prefix(1);
  const bool usual = port.empty() || (place.scheme != "https" && place.scheme != "ftp" && port == "80") || (place.scheme != "http" && place.scheme != "ftp" && port == "443") ||
                     (place.scheme == "ftp" && port == "21");
  return usual ? std::string() : ":" + std::string(port);
}

bool needs_no_escape(int byte) { return (byte >= '0' && byte <= '9') || is_letter(static_cast<char>(byte)) || byte == '-' || byte == '.' || byte == '_' || byte == '~'; }

void append_path(std::string& out, std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (!path.starts_with('/') && !path.starts_with('\\')) out += '/';
  bool is_query = false;
  for (std::size_t at = 0; at < path.size() && path[at] != '#'; ++at) {
    is_query = is_query || path[at] == '?';
    const int byte = escaped_byte(path, at);
    if (byte >= 0) at += 2;
    if (byte >= 0 && needs_no_escape(byte)) {
      out += static_cast<char>(byte);
    } else if (byte >= 0) {
      out += {'%', kDigits[static_cast<std::size_t>(byte >> 4)], kDigits[static_cast<std::size_t>(byte & 15)]};
    } else {
      out += path[at] == '\\' && !is_query ? '/' : path[at];
    }
  }
}

}  // namespace

std::string url_host(std::string_view url) {
  const std::optional<Place> place = place_of(url);
  return place ? host_of(*place) : std::string();
}

std::string comparable_url(std::string_view url) {
  const std::string plain = plain_url(url);
  const std::optional<Place> place = place_of(plain);
  std::string out = place ? host_of(*place) : std::string();
  if (out.empty()) return out;
  if (place->authority.starts_with('[')) out = '[' + out + ']';
  out += port_of(*place);
  append_path(out, place->rest);
  return out;
}

}  // namespace tocsin
