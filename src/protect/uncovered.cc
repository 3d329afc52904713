#include "protect/uncovered.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "protect/words.h"

namespace tocsin::protect {

namespace {

int hex_value(char c) { return is_digit(c) ? c - '0' : lower(c) - 'a' + 10; }

/// Of what can be seen: a control character hides nothing. Behind another one it is a number of Windows (%%1936).
bool is_percent(std::string_view text, std::size_t at) {
  return char_at(text, at) == '%' && is_hex(char_at(text, at + 1)) && is_hex(char_at(text, at + 2)) && hex_value(text[at + 1]) >= 2 && char_before(text, at) != '%';
}

/// U+FF01 to U+FF5E stand for ASCII (EF BC 81 to EF BD 9E); the ASCII, or 0.
char of_full_width(std::string_view text, std::size_t at) {
  if (text[at] != '\xEF' || at + 2 >= text.size()) return '\0';
  const auto second = static_cast<unsigned char>(text[at + 1]), third = static_cast<unsigned char>(text[at + 2]);
  if (second == 0xBC && third >= 0x81 && third <= 0xBF) return static_cast<char>(0x21 + (third - 0x81));
  if (second == 0xBD && third >= 0x80 && third <= 0x9E) return static_cast<char>(0x60 + (third - 0x80));
  return '\0';
}

/// Of characters that show nothing and take no room: the soft hyphen (U+00AD), U+200B to U+200F, U+2060 to U+2064, U+FEFF. Its bytes, or 0.
std::size_t of_no_width(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "\xC2\xAD") return 2;
  if (text.substr(at, 3) == "\xEF\xBB\xBF") return 3;
  if (text.substr(at, 2) != "\xE2\x80" && text.substr(at, 2) != "\xE2\x81") return 0;
  const auto third = static_cast<unsigned char>(char_at(text, at + 2));
  return (text[at + 1] == '\x80' ? third >= 0x8B && third <= 0x8F : third >= 0xA0 && third <= 0xA4) ? 3 : 0;
}

/// Whether anything at `at` is to be uncovered.
bool is_cover(std::string_view text, std::size_t at) {
  return text[at] == '%' ? is_percent(text, at) : of_full_width(text, at) != '\0' || of_no_width(text, at) != 0;
}

constexpr std::string_view kCoverBytes = "%\xEF\xE2\xC2";

/// Most texts have none of these bytes, which four looks at the speed of memory tell.
bool may_have_cover(std::string_view text) {
  return std::ranges::any_of(kCoverBytes, [&](char byte) { return text.find(byte) != std::string_view::npos; });
}

std::size_t first_cover(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '%' || static_cast<unsigned char>(c) >= 0xC2) && kCoverBytes.find(c) != std::string_view::npos && is_cover(text, at)) return at;
  }
  return std::string_view::npos;
}

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  values['-'] = 62;
  values['_'] = 63;
  return values;
}
constexpr std::array<std::int8_t, 256> kBase64 = base64_values();

constexpr bool is_shown(char c) { return (c >= ' ' && c != '\x7F') || static_cast<unsigned char>(c) >= 0x80 || c == '\n' || c == '\r' || c == '\t'; }

/// Whether the first four bytes are of a text, ASCII as its beginning nearly always is: those of other words, of digests and of paths mostly are not.
bool begins_as_text(std::string_view run) {
  std::uint64_t bits = 0;
  for (const char c : run.substr(0, 6)) {
    const std::int8_t value = kBase64[static_cast<unsigned char>(c)];
    if (value < 0) return false;
    bits = bits << 6 | static_cast<std::uint64_t>(value);
  }
  const char bytes[4] = {static_cast<char>(bits >> 28), static_cast<char>(bits >> 20), static_cast<char>(bits >> 12), static_cast<char>(bits >> 4)};
  const auto is_ascii = [](char c) { return is_shown(c) && static_cast<unsigned char>(c) < 0x80; };
  return is_ascii(bytes[0]) && is_ascii(bytes[2]) && ((is_ascii(bytes[1]) && is_ascii(bytes[3])) || (bytes[1] == '\0' && bytes[3] == '\0'));
}

}  // namespace

void Uncovered::put(char byte, std::size_t from, std::size_t to) {
  text_ += byte;
  from_.push_back(from);
  to_.push_back(to);
}

bool Uncovered::of_text(std::string_view text) {
  if (!may_have_cover(text)) return false;
  std::size_t cover = first_cover(text, 0);
  if (cover == std::string_view::npos) return false;
  text_.clear();
  from_.clear();
  to_.clear();
  for (std::size_t at = 0; at < text.size();) {
    if (at < cover) {
      put(text[at], at, at + 1);
      ++at;
      continue;
    }
    if (is_percent(text, at)) {
      put(static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2])), at, at + 3);
      at += 3;
    } else if (const char wide = of_full_width(text, at)) {
      put(wide, at, at + 3);
      at += 3;
    } else {
      at += of_no_width(text, at);
    }
    cover = std::min(first_cover(text, at), text.size());
  }
  from_.push_back(text.size());
  return true;
}

std::string base64_text(std::string_view run) {
  while (run.ends_with('=')) run.remove_suffix(1);
  std::string bytes;
  if (run.size() < kBase64BytesMin || run.size() > kBase64BytesMax || run.size() % 4 == 1 || !begins_as_text(run)) return bytes;
  bytes.reserve(run.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : run) {
    const std::int8_t value = kBase64[static_cast<unsigned char>(c)];
    if (value < 0) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const char byte = static_cast<char>(bits >> held & 0xFF);
    if (!is_shown(byte) && (byte != '\0' || bytes.size() % 2 == 0)) return {};
    bytes += byte;
  }
  // PowerShell's -EncodedCommand is UTF-16.
  if (bytes.size() >= 4 && bytes[1] == '\0' && bytes[3] == '\0') {
    std::string narrow;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) narrow += bytes[i + 1] == '\0' ? bytes[i] : '?';
    bytes = std::move(narrow);
  }
  return bytes.find('\0') == std::string::npos && is_valid_utf8(bytes) ? bytes : std::string();
}

}  // namespace tocsin::protect
