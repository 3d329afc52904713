// Numbers by which states know people: for each the country, how it is written, its check and the words that announce it, in one table. What has a form of its
// own and a check digit is found alone; what is just a row of digits only behind a word of that country's, since a tenth of all numbers fit. Part of identifier_at
// (protect/identifiers.h). Pure, nothing allocates. To add one: a check in national_checks.h and a row in national_ids.cc.
//
//   Surroundings around("BSN: 111222333", 5);
//   national_id_at(around)->length;  // 9, and country is "NL"
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "protect/surroundings.h"

namespace tocsin::protect {

struct NationalId {
  std::size_t length = 0;              // in bytes
  std::array<char, 2> country = {};    // ISO 3166-1; zeros where the text says that it is one, and not whose
};

/// The longest that begins there; of several as long the one that a word announces, or the first of the table. Needs around.is_start().
std::optional<NationalId> national_id_at(Surroundings& around);

/// The words that it asks for.
/// With which digits (as bits) an identifier can begin that needs no word: by what stands behind its first digits, at 0 if that may be anything.
using FirstDigits = std::array<std::uint16_t, 6>;
constexpr std::size_t place_behind_digits(char c) { return c == ' ' ? 1 : c == '-' ? 2 : c == '.' ? 3 : c == '+' ? 4 : c == '/' ? 5 : 0; }
/// By how many its first digits are. Nearly always it is none.
extern const std::array<FirstDigits, 24> kFirstDigitsAlone;
/// Whether one can be found that begins with `digits` digits and no letter behind them, where no word is that names it. No is certain, and cheaper than national_id_at.
bool may_be_national_id_alone(std::string_view ahead, std::size_t digits);
void add_national_id_words(WordFilter& filter);

}  // namespace tocsin::protect
