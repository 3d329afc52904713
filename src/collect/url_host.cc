#include "collect/url_host.h"

#include <unicode/uidna.h>

#include <algorithm>

#include "collect/mail_coding.h"
#include "collect/mail_header.h"

namespace tocsin {

namespace {

/// A name in the DNS has 253 characters; what is converted may be longer before.
constexpr std::size_t kHostBytesMax = 1'024;

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
  return lower_case(url.substr(0, end));
}

std::string url_host(std::string_view url) {
  const std::string scheme = url_scheme(url);
  if (scheme == "javascript" || scheme == "data" || scheme == "mailto" || scheme == "tel" || scheme == "cid" || scheme == "about" || scheme == "blob") return {};
  if (!scheme.empty()) url.remove_prefix(scheme.size() + 1);
  while (!url.empty() && (url.front() == '/' || url.front() == '\\')) url.remove_prefix(1);
  std::string_view authority = url.substr(0, url.find_first_of("/\\?#"));
  authority.remove_prefix(authority.rfind('@') + 1);  // npos: nothing
  if (authority.starts_with('[')) return lower_case(authority.substr(1, authority.find(']') - 1));
  authority = authority.substr(0, authority.rfind(':'));
  if (authority.empty() || authority.size() > kHostBytesMax) return {};
  std::string host = authority.find('%') == std::string_view::npos ? std::string(authority) : percent_decoded(authority);
  while (host.ends_with('.')) host.pop_back();
  if (std::ranges::any_of(host, [](unsigned char c) { return c >= 0x80; })) host = ascii_name(host);
  const bool is_name = std::ranges::all_of(host, [](unsigned char c) { return c > ' ' && c < 0x7f && std::string_view("\"<>^`{|}").find(static_cast<char>(c)) == std::string_view::npos; });
  return is_name ? lower_case(host) : std::string();
}

}  // namespace tocsin
