// Bank account numbers as ISO 13616 has them: two letters for the country, two check digits, and what the country makes of the rest, whose length and characters
// the SWIFT registry lists. Part of identifier_at (protect/identifiers.h). Pure, nothing allocates.
//
//   Surroundings around("to GB82 WEST 1234 5698 7654 32", 3);
//   iban_length_at(around);  // 27; 0 where none begins
#pragma once

#include <cstddef>

#include "protect/surroundings.h"

namespace tocsin::protect {

/// How many bytes of `around.ahead()` are an IBAN. Needs around.is_start().
std::size_t iban_length_at(Surroundings& around);

/// The words that it asks for.
void add_iban_words(WordFilter& filter);

}  // namespace tocsin::protect
