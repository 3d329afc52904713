// What can vary in a message that no pattern knows: numbers, addresses, paths, identifiers, what stands in quotes or behind an equals sign. A
// rule of thumb over words, so that every message has its variable parts apart; what a message means is for a pattern to say.
//
//   "Connection to /10.0.0.7:2888 lost, id=4 \"no route\""  gives  /10.0.0.7:2888, 4, no route
//
// A word is cut at blanks, at quotes and at , ; = ( ) [ ] { } < > |. It is a parameter if it stands behind '=', or holds a digit, or a slash, a
// backslash or an at sign with something behind it. Pure; in the order of the message, kMessageParametersMax at most; nothing allocates.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tocsin {

/// Messages have some five; a dump of a table has hundreds, which are in the message.
inline constexpr std::size_t kMessageParametersMax = 48;
/// Longer texts between quotes are two quotes that have nothing to do with each other.
inline constexpr std::size_t kQuotedParameterBytesMax = 512;

namespace parameters {

enum Byte : std::uint8_t { kPlain = 0, kCut = 1, kQuote = 2, kDigit = 4, kMark = 8 };
extern const std::array<std::uint8_t, 256> kBytes;

inline std::uint8_t kind(char c) { return kBytes[static_cast<unsigned char>(c)]; }

/// The end of the quoted text that begins behind `at`; 0 if it is none.
std::size_t quoted_end(std::string_view text, std::size_t at);
/// Without what ends a sentence.
std::string_view trimmed(std::string_view word);

}  // namespace parameters

template <class Visit>
void for_each_parameter(std::string_view text, Visit&& visit) {
  std::size_t found = 0;
  bool behind_equals = false;
  for (std::size_t at = 0; at < text.size() && found < kMessageParametersMax;) {
    const std::uint8_t first = parameters::kind(text[at]);
    const std::size_t quoted = (first & parameters::kQuote) != 0 ? parameters::quoted_end(text, at) : 0;
    if (quoted > 0) {
      if (quoted > at + 1) visit(text.substr(at + 1, quoted - at - 1)), ++found;
      at = quoted + 1;
      behind_equals = false;
      continue;
    }
    if ((first & parameters::kCut) != 0) {
      behind_equals = text[at] == '=' || (behind_equals && text[at] == ' ');
      ++at;
      continue;
    }
    const std::size_t from = at;
    unsigned seen = 0;
    for (; at < text.size() && (parameters::kind(text[at]) & parameters::kCut) == 0; ++at) seen |= parameters::kind(text[at]);
    if ((seen & (parameters::kDigit | parameters::kMark)) != 0 || behind_equals) {
      const std::string_view word = parameters::trimmed(text.substr(from, at - from));
      const bool varies = behind_equals || (seen & parameters::kDigit) != 0 || word.find_first_of("/\\@") + 1 < word.size();
      if (varies && !word.empty()) visit(word), ++found;
    }
    behind_equals = false;
  }
}

}  // namespace tocsin
