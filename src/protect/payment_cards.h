// Payment card numbers (ISO/IEC 7812): who issues numbers that begin so, how long they are, how they are written, and the Luhn digit. Part of identifier_at
// (protect/identifiers.h). Pure, nothing allocates.
//
//   Surroundings around("paid with 4111 1111 1111 1111.", 10);
//   card_length_at(around);  // 19; 0 where no card begins
#pragma once

#include <cstddef>

#include "protect/surroundings.h"

namespace tocsin::protect {

/// How many bytes of `around.ahead()` are a card number. Needs around.is_start().
std::size_t card_length_at(Surroundings& around);

/// The words that it asks for.
/// Whether one that begins with a digit can be found where no word is that names it. No is certain, and cheaper than card_length_at.
bool may_be_card_alone(std::string_view ahead);
void add_card_words(WordFilter& filter);

}  // namespace tocsin::protect
