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

constexpr std::string_view kCoverBytes = "%\xEF\xE2\xC2";

std::size_t first_cover(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '%' || static_cast<unsigned char>(c) >= 0xC2) && kCoverBytes.find(c) != std::string_view::npos && is_cover(text, at)) return at;
  }
  return text.size();
}

/// Of a byte of a text: 0 if it is fine, 1 if it is none; 2 for a zero, which every second byte of UTF-16 is.
constexpr std::array<std::uint8_t, 256> kFaults = [] {
  std::array<std::uint8_t, 256> faults{};
  for (std::size_t i = 0; i < 256; ++i) faults[i] = i == 0 ? 2 : is_shown(static_cast<char>(i)) ? 0 : 1;
  return faults;
}();

/// Up to four characters, which are three bytes; false if they are not of the alphabet, or not of a text. `at`: how many bytes came before.
bool decode_four(std::string_view four, std::size_t at, char* out) {
  std::int32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) bits = bits << 6 | (i < four.size() ? kBase64[static_cast<unsigned char>(four[i])] : 0);
  std::uint8_t faults = 0;
  for (std::size_t i = 0; i + 1 < four.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bits >> (16 - 8 * i));
    out[at + i] = static_cast<char>(byte);
    faults |= kFaults[byte] == 2 && (at + i) % 2 == 1 ? std::uint8_t{0} : kFaults[byte];
  }
  return bits >= 0 && faults == 0;
}

/// A run without padding, of which `out` has room for all bytes.
bool decode(std::string_view run, char* out) {
  std::size_t at = 0;
  // Two at once, so that it is known of each byte whether UTF-16 has a zero there.
  for (; run.size() >= 8; run.remove_prefix(8), at += 6) {
    const auto four = [&](std::size_t i) {
      const auto value = [&](std::size_t k) { return static_cast<std::int32_t>(kBase64[static_cast<unsigned char>(run[i + k])]); };
      return value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
    };
    const std::int32_t first = four(0), second = four(4);
    const auto put = [&](std::size_t i, std::int32_t bits) {
      const auto byte = static_cast<std::uint8_t>(bits);
      out[at + i] = static_cast<char>(byte);
      return i % 2 == 1 ? kFaults[byte] & 1 : kFaults[byte];
    };
    const int faults = put(0, first >> 16) | put(1, first >> 8) | put(2, first) | put(3, second >> 16) | put(4, second >> 8) | put(5, second);
    if ((first | second) < 0 || faults != 0) return false;
  }
  for (; run.size() >= 4; run.remove_prefix(4), at += 3) {
    if (!decode_four(run.substr(0, 4), at, out)) return false;
  }
  return run.empty() || decode_four(run, at, out);
}

/// In place: every second byte, where all others are zero.
void narrow(std::string& bytes) {
  std::size_t size = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) bytes[size++] = bytes[i + 1] == '\0' ? bytes[i] : '?';
  bytes.resize(size);
}

}  // namespace

bool is_cover(std::string_view text, std::size_t at) {
  return text[at] == '%' ? is_percent(text, at) : of_full_width(text, at) != '\0' || of_no_width(text, at) != 0;
}

bool Uncovered::of_text(std::string_view text) {
  text_.clear();
  covers_.clear();
  size_ = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = first_cover(text, at);
    text_ += text.substr(at, from - at);
    if (from == text.size()) break;
    Cover& cover = covers_.emplace_back(Cover{.at = text_.size(), .next = 0, .from = from, .to = 0});
    if (is_percent(text, from)) {
      text_ += static_cast<char>(hex_value(text[from + 1]) * 16 + hex_value(text[from + 2]));
      at = from + 3;
    } else if (const char wide = of_full_width(text, from)) {
      text_ += wide;
      at = from + 3;
    } else {
      at = from + of_no_width(text, from);
    }
    cover.next = text_.size();
    cover.to = at;
  }
  return !covers_.empty();
}

/// The last cover at or before that byte; null if there is none.
const Uncovered::Cover* Uncovered::before(std::size_t at) const {
  const auto behind = std::ranges::upper_bound(covers_, at, {}, &Cover::at);
  return behind == covers_.begin() ? nullptr : &*std::prev(behind);
}

std::size_t Uncovered::from(std::size_t at) const {
  const Cover* const cover = before(at);
  if (cover == nullptr) return at;
  return at < cover->next ? cover->from : cover->to + (at - cover->next);
}

std::size_t Uncovered::end_of(std::size_t at) const {
  const Cover* const cover = before(at);
  return cover != nullptr && at < cover->next ? cover->to : from(at) + 1;
}

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

bool base64_text(std::string_view run, std::string& out) {
  while (run.ends_with('=')) run.remove_suffix(1);
  if (run.size() < kBase64BytesMin || run.size() > kBase64BytesMax || run.size() % 4 == 1 || !begins_as_text(run)) return false;
  out.resize(run.size() * 3 / 4);
  if (!decode(run, out.data())) return false;
  const std::size_t size = out.size();
  // PowerShell's -EncodedCommand is UTF-16.
  if (size >= 4 && out[1] == '\0' && out[3] == '\0') narrow(out);
  return out.find('\0') == std::string::npos && is_valid_utf8(out);
}

}  // namespace tocsin::protect
