#include "protect/identifiers.h"

#include "protect/check_digits.h"
#include "protect/ibans.h"
#include "protect/national_ids.h"
#include "protect/payment_cards.h"
#include "protect/surroundings.h"

namespace tocsin::protect {

const WordFilter& identifier_words() {
  static const WordFilter built = [] {
    WordFilter filter;
    add_card_words(filter);
    add_iban_words(filter);
    add_national_id_words(filter);
    return filter;
  }();
  return built;
}

std::optional<Finding> identifier_at(std::string_view text, std::size_t at, bool has_words) {
  if (at >= text.size() || !is_alnum(text[at])) return std::nullopt;
  Surroundings around(text, at, &identifier_words(), has_words);
  if (!around.is_start()) return std::nullopt;
  std::optional<Finding> longest;
  const auto take = [&](std::size_t length, Kind kind, std::array<char, 2> country) {
    if (length > 0 && (!longest || at + length > longest->to)) longest = Finding{.from = at, .to = at + length, .kind = kind, .country = country};
  };
  take(card_length_at(around), Kind::kCard, {});
  take(iban_length_at(around), Kind::kIban, {});
  if (const std::optional<NationalId> id = national_id_at(around)) take(id->length, Kind::kNationalId, id->country);
  return longest;
}

}  // namespace tocsin::protect
