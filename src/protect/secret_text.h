// What the hunters for secrets share: characters, blanks and quotes as logs have them (a command inside JSON inside JSON has \\\" for a quote), and which values are none: masks,
// placeholders, types, words of a sentence. Used only by protect/secret_*.cc. Pure functions, any thread; every place given may be the end of the text.
#pragma once

#include <cstddef>
#include <string_view>

#include "protect/check_digits.h"
#include "protect/finding.h"
#include "protect/words.h"

namespace tocsin::protect {

/// How far a value is read. Nothing that people type is longer, and few tokens are.
inline constexpr std::size_t kValueMax = 4096;
inline constexpr std::size_t kNowhere = std::string_view::npos;

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
inline bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; }

/// `word` is in small letters.
bool stands_folded(std::string_view text, std::size_t at, std::string_view word);
bool equals_folded(std::string_view text, std::string_view word);
bool all_of(std::string_view text, bool (*is)(char));
bool any_of(std::string_view text, bool (*is)(char));
/// The first place at or after `at` where `is` is false, no further than `most` bytes on.
std::size_t run_end(std::string_view text, std::size_t at, bool (*is)(char), std::size_t most = kValueMax);

/// Behind blanks and tabs, also those written as \t.
std::size_t behind_blanks(std::string_view text, std::size_t at);
/// Behind one line break, also one written as \n or \r\n, with one backslash or two; `at` if there is none.
std::size_t behind_line_break(std::string_view text, std::size_t at);

/// A quote with the backslashes before it. `end` is behind it, 0 if there is none.
struct Quote {
  std::size_t slashes = 0, end = 0;
  char mark = '\0';

  explicit operator bool() const { return end != 0; }
};
Quote quote_at(std::string_view text, std::size_t at);
/// Where the quote (with its backslashes) that closes `open` begins; kNowhere if the line or what encloses it ends before.
std::size_t closing_quote(std::string_view text, const Quote& open);

/// Empty, a mask, a placeholder, a type, or a word that says something about a secret instead of being it.
bool is_no_secret(std::string_view value);
/// Something of a machine: at least `least` characters with letters and digits among them, none that tokens do not have, no path.
bool is_token_like(std::string_view value, std::size_t least);
/// Of a sentence: what stands behind a place is another word of small letters, not the next key.
bool prose_follows(std::string_view text, std::size_t at);

}  // namespace tocsin::protect
