#include "collect/http_auth.h"

#include <algorithm>
#include <cstdint>

namespace tocsin {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// What follows the scheme and at least one space, or "" if the header has another one. Schemes have no case.
std::string_view behind_scheme(std::string_view header, std::string_view scheme) {
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return {};
  const bool same =
      std::equal(scheme.begin(), scheme.end(), header.begin(), [](char a, char b) { return a == lower(b); });
  return same ? trimmed(header.substr(scheme.size())) : std::string_view();
}

int base64_value(char c) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// RFC 4648, section 4, with or without its padding. False if it is malformed.
bool base64_decode(std::string_view text, std::string& out) {
  for (int padding = text.size() % 4 == 0 ? 2 : 0; padding > 0 && text.ends_with('='); --padding) text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return false;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  return true;
}

bool is_token(std::string_view text) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  return !text.empty() && text.size() <= kTokenBytesMax && std::all_of(text.begin(), text.end(), visible);
}

}  // namespace

bool read_auth_word(std::string_view header, std::string_view scheme, std::string& token) {
  const std::string_view found = behind_scheme(trimmed(header), scheme);
  if (!is_token(found)) return false;
  token = found;
  return true;
}

bool read_auth_password(std::string_view header, std::string_view scheme, std::string& token) {
  header = trimmed(header);
  std::string pair;
  if (header.size() > 4 * kTokenBytesMax || !base64_decode(behind_scheme(header, scheme), pair)) return false;
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos || !is_token(std::string_view(pair).substr(colon + 1))) return false;
  token = pair.substr(colon + 1);
  return true;
}

}  // namespace tocsin
