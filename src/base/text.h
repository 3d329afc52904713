// Text as logs have it: mostly UTF-8, never to be trusted. Simple case folding (Unicode 15, CaseFolding.txt
// status C and S), code points, and what is safe to show. A byte that is not part of valid UTF-8 stands for
// itself: it is copied, never folded, and counts as one character for the wildcard `?`. Pure functions, safe
// from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

/// One character of possibly broken UTF-8 at `text[at]`: its code point (or 0x110000 + byte if invalid) and
/// its length.
struct Char {
  std::uint32_t code = 0;
  std::uint32_t size = 1;
};
Char char_at(std::string_view text, std::size_t at);
/// The bytes of a code point; for 0x110000 + byte, that byte, so that what char_at reads can be written back.
/// A surrogate becomes U+FFFD.
void append_utf8(std::string& out, std::uint32_t code);
bool is_valid_utf8(std::string_view text);

/// Simple case folding of one code point; itself where there is none.
std::uint32_t fold(std::uint32_t code);
/// Folds a whole text, character by character: the count of characters stays, the count of bytes may not
/// (U+212A, three bytes, becomes "k"; U+023A, two, becomes three). ASCII takes the short way.
void append_folded(std::string& out, std::string_view text);
/// The same into a place with room for folded_room(text.size()) bytes; returns how many were written.
std::size_t fold_into(char* to, std::string_view text);
/// U+023A is two bytes and folds to three, the worst there is; the rest is what a block may write too far.
constexpr std::size_t folded_room(std::size_t size) { return size + size / 2 + 16; }
std::string folded(std::string_view text);

/// For a terminal: C0 (line breaks and tabs too), C1, DEL, bidirectional controls, characters without any
/// width, line and paragraph separators, and invalid bytes become visible escapes such as \x1b or \u202e. A
/// backslash stays as it is.
std::string terminal_safe(std::string_view text);
/// Appends `text` as the inside of a JSON string (no quotes added); invalid UTF-8 becomes U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);
/// The inside of a JSON string, unescaped. Lone surrogates become U+FFFD. False if an escape is malformed:
/// its backslash is then copied as it is, and the rest still unescaped, so that nothing is lost.
bool append_json_unescaped(std::string& out, std::string_view escaped);

}  // namespace tocsin
