// The words beside a number that say whether it is a phone's, in the larger languages: "tel", "mobile", "call" and those that may stand between. Part of protect/phone.h. Pure; nothing is allocated.
//
//   what_is("Mobile")      // kIsPhone | kIsBehind
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protect/word_filter.h"

namespace tocsin::protect {

/// What a word is, as bits.
enum WordOfPhone : std::uint8_t {
  kIsPhone = 1,    // says that a number beside it is a phone's
  kIsVerb = 2,     // the same for digits in groups only
  kIsFiller = 4,   // may stand between such a word and bare digits
  kIsOther = 8,    // says that it is another number
  kIsBehind = 16,  // follows a number and names it
};

/// The longest word that is looked up.
inline constexpr std::size_t kWordMax = 24;

/// Without regard to case; 0 for all other words.
std::uint8_t what_is(std::string_view word);

/// Those that say that a number is a phone's, and verbs.
const WordFilter& phone_words();
/// Whether one of them may stand in the last 64 bytes of `text`: no is certain.
bool may_have_phone_word(std::string_view text);
/// Whether a word that names the number before it, or an extension, may begin at `at`.
bool may_name_number_before(std::string_view text, std::size_t at);

}  // namespace tocsin::protect
