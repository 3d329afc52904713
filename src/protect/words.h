// Letters, digits and words around a place in a text, ASCII and without regard to case. Pure, and nothing is allocated.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace tocsin::protect {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_letter(c); }
/// What a word is made of, for what has to stand by itself; letters beyond ASCII are some, too.
constexpr bool is_word(char c) { return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// The character there, or a zero beyond the ends.
constexpr char char_at(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }
constexpr char char_before(std::string_view text, std::size_t at) { return at == 0 ? '\0' : text[at - 1]; }

/// `word` is in small letters.
constexpr bool ends_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  const std::string_view end = text.substr(text.size() - word.size());
  return std::equal(end.begin(), end.end(), word.begin(), [](char a, char b) { return lower(a) == b; });
}

/// Whether one of `words`, in small letters, stands within `bytes` before `at`; words there begin anywhere, so that "userdob" has "dob".
constexpr bool is_near_before(std::string_view text, std::size_t at, std::size_t bytes, std::span<const std::string_view> words) {
  const std::size_t from = at > bytes ? at - bytes : 0;
  for (std::size_t end = at; end > from; --end) {
    const char last = lower(text[end - 1]);
    for (const std::string_view word : words) {
      if (word.back() == last && ends_with_word(text.substr(from, end - from), word)) return true;
    }
  }
  return false;
}

}  // namespace tocsin::protect
