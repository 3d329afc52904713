#include "protect/ibans.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "protect/check_digits.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kCharactersMost = 34;  // ISO 13616-1
constexpr WordList kIbanWords = "iban|ibannumber|ibannummer";
constexpr WordList kAccountWords =
    "iban|ibannumber|ibannummer|account|acct|bank|bank account|konto|kontonummer|bankkonto|bankverbindung|compte|compte bancaire|cuenta|cuenta bancaria|conto|"
    "conto corrente|rekening|rekeningnummer|bankrekening|conta|rachunek|tili|tilinumero|hesap|transfer|wire|beneficiary|payee|debitor|creditor";

/// The part behind the check digits, as the registry writes it: n digits, a capital letters, c both.
struct Country {
  std::string_view code, structure;
};

// SWIFT, IBAN Registry, release 99 and before. In alphabetical order.
constexpr std::array kCountries = {
    Country{"AD", "8n12c"},     Country{"AE", "19n"},      Country{"AL", "8n16c"},    Country{"AT", "16n"},        Country{"AZ", "4a20c"},    Country{"BA", "16n"},
    Country{"BE", "12n"},       Country{"BG", "4a6n8c"},   Country{"BH", "4a14c"},    Country{"BI", "23n"},        Country{"BR", "23n1a1c"},  Country{"BY", "4c4n16c"},
    Country{"CH", "5n12c"},     Country{"CR", "18n"},      Country{"CY", "8n16c"},    Country{"CZ", "20n"},        Country{"DE", "18n"},      Country{"DJ", "23n"},
    Country{"DK", "14n"},       Country{"DO", "4c20n"},    Country{"EE", "16n"},      Country{"EG", "25n"},        Country{"ES", "20n"},      Country{"FI", "14n"},
    Country{"FK", "2a12n"},     Country{"FO", "14n"},      Country{"FR", "10n11c2n"}, Country{"GB", "4a14n"},      Country{"GE", "2a16n"},    Country{"GI", "4a15c"},
    Country{"GL", "14n"},       Country{"GR", "7n16c"},    Country{"GT", "24c"},      Country{"HN", "4a20n"},      Country{"HR", "17n"},      Country{"HU", "24n"},
    Country{"IE", "4a14n"},     Country{"IL", "19n"},      Country{"IQ", "4a15n"},    Country{"IS", "22n"},        Country{"IT", "1a10n12c"}, Country{"JO", "4a4n18c"},
    Country{"KW", "4a22c"},     Country{"KZ", "3n13c"},    Country{"LB", "4n20c"},    Country{"LC", "4a24c"},      Country{"LI", "5n12c"},    Country{"LT", "16n"},
    Country{"LU", "3n13c"},     Country{"LV", "4a13c"},    Country{"LY", "21n"},      Country{"MC", "10n11c2n"},   Country{"MD", "20c"},      Country{"ME", "18n"},
    Country{"MK", "3n10c2n"},   Country{"MN", "16n"},      Country{"MR", "23n"},      Country{"MT", "4a5n18c"},    Country{"MU", "4a19n3a"},  Country{"NI", "4a20n"},
    Country{"NL", "4a10n"},     Country{"NO", "11n"},      Country{"OM", "3n16c"},    Country{"PK", "4a16c"},      Country{"PL", "24n"},      Country{"PS", "4a21c"},
    Country{"PT", "21n"},       Country{"QA", "4a21c"},    Country{"RO", "4a16c"},    Country{"RS", "18n"},        Country{"RU", "14n15c"},   Country{"SA", "2n18c"},
    Country{"SC", "4a20n3a"},   Country{"SD", "14n"},      Country{"SE", "20n"},      Country{"SI", "15n"},        Country{"SK", "20n"},      Country{"SM", "1a10n12c"},
    Country{"SO", "19n"},       Country{"ST", "21n"},      Country{"SV", "4a20n"},    Country{"TL", "19n"},        Country{"TN", "20n"},      Country{"TR", "6n16c"},
    Country{"UA", "6n19c"},     Country{"VA", "18n"},      Country{"VG", "4a16n"},    Country{"XK", "16n"},        Country{"YE", "4a4n18c"},
};
static_assert(std::is_sorted(kCountries.begin(), kCountries.end(), [](const Country& a, const Country& b) { return a.code < b.code; }));

/// Calls `visit(count, kind)` for each part of a structure.
template <class Visit>
constexpr void for_each_part(std::string_view structure, Visit visit) {
  std::size_t count = 0;
  for (const char c : structure) {
    if (is_digit(c)) {
      count = count * 10 + static_cast<std::size_t>(value_of(c));
    } else {
      visit(count, c);
      count = 0;
    }
  }
}

constexpr std::size_t length_of(const Country& country) {
  std::size_t length = 4;
  for_each_part(country.structure, [&](std::size_t count, char) { length += count; });
  return length;
}
static_assert(std::all_of(kCountries.begin(), kCountries.end(), [](const Country& country) { return length_of(country) >= 15 && length_of(country) <= kCharactersMost; }));

bool fits(std::string_view iban, const Country& country) {
  std::size_t at = 4;
  bool good = true;
  for_each_part(country.structure, [&](std::size_t count, char kind) {
    for (const std::size_t end = at + count; at < end; ++at) good = good && (kind == 'n' ? is_digit(iban[at]) : kind == 'a' ? is_upper(iban[at]) : true);
  });
  return good;
}

bool has_check_digits(std::string_view iban) {
  std::array<char, kCharactersMost> turned;
  char* const end = std::copy(iban.begin(), iban.begin() + 4, std::copy(iban.begin() + 4, iban.end(), turned.data()));
  return is_mod_97_10({turned.data(), static_cast<std::size_t>(end - turned.data())});
}

constexpr char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

/// By the letters of a code: 1 + the place of the country in the table, or 0.
constexpr std::array<std::uint8_t, 26 * 26> kCountryOf = [] {
  std::array<std::uint8_t, 26 * 26> places{};
  for (std::size_t at = 0; at < kCountries.size(); ++at) places[static_cast<std::size_t>((kCountries[at].code[0] - 'A') * 26 + kCountries[at].code[1] - 'A')] = static_cast<std::uint8_t>(at + 1);
  return places;
}();

/// Null where neither letters nor check digits of one begin.
const Country* country_at(std::string_view text) {
  if (text.size() < 15 || !is_letter(text[0]) || !is_letter(text[1]) || !is_digit(text[2]) || !is_digit(text[3])) return nullptr;
  const std::uint8_t place = kCountryOf[static_cast<std::size_t>((upper(text[0]) - 'A') * 26 + upper(text[1]) - 'A')];
  return place == 0 ? nullptr : &kCountries[place - 1u];
}

/// What is written at a place, brought to capital letters and rid of separators.
struct Written {
  std::array<char, kCharactersMost> characters;
  std::size_t count = 0;
  std::size_t bytes = 0;
  bool is_lower = false;   // somewhere
  bool is_grouped = false;
  bool is_usual = true;    // groups of four, or none at all
};

Written read(std::string_view text, std::size_t most, bool with_groups) {
  Written written;
  char separator = 0;
  for (std::size_t at = 0; at < text.size() && written.count < most; ++at) {
    const char c = text[at];
    if (is_alnum(c)) {
      if (written.is_grouped && written.count % 4 == 0 && is_alnum(text[at - 1])) written.is_usual = false;
      written.is_lower = written.is_lower || is_lower(c);
      written.characters[written.count++] = upper(c);
      written.bytes = at + 1;
      continue;
    }
    const bool goes_on = with_groups && (c == ' ' || c == '-') && (separator == 0 || separator == c) && at + 1 < text.size() && is_alnum(text[at + 1]);
    if (!goes_on) break;
    separator = c;
    if (written.count % 4 != 0 || (!written.is_grouped && written.count != 4)) written.is_usual = false;
    written.is_grouped = true;
  }
  return written;
}

}  // namespace

std::size_t iban_length_at(Surroundings& around) {
  const std::string_view ahead = around.ahead();
  const Country* const country = country_at(ahead);
  if (country == nullptr) return 0;
  const Written written = read(ahead, length_of(*country), true);
  const std::string_view iban(written.characters.data(), written.count);
  if (iban.size() == length_of(*country) && around.is_end(written.bytes)) {
    const bool is_valid = fits(iban, *country) && has_check_digits(iban);
    if (is_valid && !written.is_lower && written.is_usual) return written.bytes;
    if (around.has_word(written.is_lower || !written.is_usual || (written.is_grouped && !is_valid) ? kIbanWords : kAccountWords)) return written.bytes;
  }
  // Of a wrong length, but called an IBAN: mistyped or made up, and meant as one.
  const Written whole = read(ahead, kCharactersMost, false);
  const auto digits = std::count_if(whole.characters.begin(), whole.characters.begin() + static_cast<std::ptrdiff_t>(whole.count), is_digit);
  return whole.count >= 15 && digits >= 8 && around.is_end(whole.bytes) && around.has_word(kIbanWords) ? whole.bytes : 0;
}

void add_iban_words(WordFilter& filter) {
  add_words(kIbanWords, filter);
  add_words(kAccountWords, filter);
}

}  // namespace tocsin::protect
