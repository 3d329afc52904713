// Numbers that stand for one person or one account: payment cards, IBANs and what states give their people. A finder that walks over a text asks here wherever a
// word of digits or capital letters begins. What the number must look like and whether its check digits hold is decided by payment_cards.h, ibans.h and
// national_ids.h; which words make a doubtful number certain, by surroundings.h.
//
// Ordinary numbers are the rule in logs, and are refused by their length or first digits: times, addresses, versions, counts, UUIDs, hashes, epoch seconds,
// telephone numbers. A number that fits by chance (one in ten has the Luhn digit) is found only if it also begins as an issuer's do or a word announces it.
//
// Looks at 64 bytes on both sides, allocates nothing, cannot fail. Pure, safe from any thread.
//
//   const std::optional<Finding> found = identifier_at("card 4111-1111-1111-1111, exp 12/29", 5);
//   // found->from is 5, found->to is 24, found->kind is Kind::kCard
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "protect/finding.h"
#include "protect/word_filter.h"

namespace tocsin::protect {

/// The identifier that begins at `at`, which is where a word begins: a payment card, an IBAN or a national identifier. Nothing if none does. The longest wins,
/// then in that order. `has_words` is false if none of identifier_words() stands in the 64 bytes before it.
std::optional<Finding> identifier_at(std::string_view text, std::size_t at, bool has_words = true);
/// Fewer digits, with nothing joined to them, are none where no word is: of cards, of all that states give, and of accounts, which begin with letters.
inline constexpr std::size_t kDigitsAloneMin = 12;
/// The words that name one.
const WordFilter& identifier_words();

}  // namespace tocsin::protect
