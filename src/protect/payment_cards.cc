#include "protect/payment_cards.h"

#include <array>
#include <cstdint>
#include <string_view>

#include "protect/check_digits.h"
#include "protect/identifiers.h"

namespace tocsin::protect {
namespace {

constexpr std::size_t kDigitsLeast = 12, kDigitsMost = 19;
static_assert(kDigitsLeast >= kDigitsAloneMin);

constexpr WordList kCardWords =
    "card|cardnumber|cardno|cardnum|creditcard|debitcard|credit|debit|cc|ccn|ccnum|ccnumber|pan|primary account number|visa|mastercard|master card|amex|"
    "american express|diners|diners club|discover card|jcb|unionpay|maestro|rupay|payment method|kreditkarte|kreditkartennummer|kreditkartennr|karte|kartennummer|"
    "karten nr|debitkarte|carte|carte bleue|carte bancaire|tarjeta|carta|carta di credito|cartao|creditcardnummer|kaart|kaartnummer|betaalkort|kreditkort|kort|"
    "kortnummer|luottokortti|karta|karty|kart|bankomatkarte";

constexpr std::uint32_t lengths(std::initializer_list<int> all) {
  std::uint32_t bits = 0;
  for (const int length : all) bits |= 1u << length;
  return bits;
}
constexpr std::uint32_t kLong = lengths({16, 17, 18, 19});

/// Numbers that begin with `first` to `last`, both of `digits` digits.
struct Issuer {
  std::uint32_t digits, first, last;
  std::uint32_t alone;    // lengths, as bits, at which such a number without separators is a card though no word says so
  std::uint32_t by_word;  // further lengths that exist, but are rare or look like other numbers: 19 digits are what a random 64-bit number has
};

// From the issuers' published ranges. The most exact come first: the first that fits decides.
constexpr std::array kIssuers = {
    Issuer{4, 2131, 2131, lengths({15}), 0},                            // JCB, before 16 digits
    Issuer{4, 1800, 1800, lengths({15}), 0},                            // the same
    Issuer{4, 2221, 2720, lengths({16}), 0},                            // Mastercard
    Issuer{4, 2200, 2204, lengths({16}), lengths({17, 18, 19})},        // Mir
    Issuer{2, 51, 55, lengths({16}), 0},                                // Mastercard
    Issuer{2, 34, 34, lengths({15}), 0},                                // American Express
    Issuer{2, 37, 37, lengths({15}), 0},                                // the same
    Issuer{3, 300, 305, lengths({14}), lengths({16, 17, 18, 19})},      // Diners Club
    Issuer{4, 3095, 3095, lengths({14}), lengths({16, 17, 18, 19})},    // the same
    Issuer{2, 36, 36, lengths({14}), lengths({15, 16, 17, 18, 19})},    // the same
    Issuer{2, 38, 39, lengths({14}), lengths({16, 17, 18, 19})},        // the same
    Issuer{4, 3528, 3589, lengths({16}), lengths({17, 18, 19})},        // JCB
    Issuer{1, 4, 4, lengths({16}), lengths({13, 19})},                  // Visa
    Issuer{4, 5018, 5018, lengths({12, 13, 14, 15}) | kLong, 0},        // Maestro
    Issuer{4, 5020, 5020, lengths({12, 13, 14, 15}) | kLong, 0},        // the same
    Issuer{4, 5038, 5038, lengths({12, 13, 14, 15}) | kLong, 0},        // the same
    Issuer{4, 5893, 5893, lengths({12, 13, 14, 15}) | kLong, 0},        // the same
    Issuer{4, 6304, 6304, lengths({12, 13, 14, 15}) | kLong, 0},        // the same
    Issuer{4, 6759, 6763, lengths({12, 13, 14, 15}) | kLong, 0},        // the same
    Issuer{4, 6011, 6011, lengths({16}), lengths({17, 18, 19})},        // Discover
    Issuer{3, 644, 649, lengths({16}), lengths({17, 18, 19})},          // the same
    Issuer{2, 65, 65, lengths({16}), lengths({17, 18, 19})},            // Discover, RuPay, Verve
    Issuer{2, 62, 62, lengths({16}), lengths({17, 18, 19})},            // UnionPay
    Issuer{2, 81, 82, lengths({16}), lengths({17, 18, 19})},            // UnionPay, RuPay
    Issuer{4, 9792, 9792, lengths({16}), 0},                            // Troy
    Issuer{3, 508, 508, lengths({16}), lengths({12, 13, 14, 15, 17, 18, 19})},  // RuPay
    Issuer{2, 50, 50, 0, lengths({12, 13, 14, 15}) | kLong},            // Maestro, wherever no other range is
    Issuer{2, 56, 58, 0, lengths({12, 13, 14, 15}) | kLong},            // the same
    Issuer{1, 6, 6, 0, lengths({12, 13, 14, 15}) | kLong},              // the same
};

/// By the first four digits: 1 + the place of the issuer in the table, or 0.
constexpr std::array<std::uint8_t, 10000> kIssuerOf = [] {
  std::array<std::uint8_t, 10000> by_digits{};
  for (std::size_t at = kIssuers.size(); at-- > 0;) {  // the first that fits comes last, and stays
    std::uint32_t rest = 1;
    for (std::uint32_t digits = kIssuers[at].digits; digits < 4; ++digits) rest *= 10;
    for (std::uint32_t prefix = kIssuers[at].first * rest; prefix < (kIssuers[at].last + 1) * rest; ++prefix) by_digits[prefix] = static_cast<std::uint8_t>(at + 1);
  }
  return by_digits;
}();

/// Null if nobody has numbers that begin so; `digits` are at least four.
const Issuer* issuer_of(std::string_view digits) {
  const std::uint8_t at = kIssuerOf[static_cast<std::size_t>((digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 + digits[3] - '0')];
  return at == 0 ? nullptr : &kIssuers[at - 1u];
}

/// Digits with something between their groups, as far as they can belong to one card number.
struct Groups {
  std::array<char, kDigitsMost> digits;
  std::array<std::uint8_t, kDigitsMost> sizes;
  std::array<std::uint8_t, kDigitsMost> ends;  // in bytes
  std::size_t count = 0;                       // of groups
  std::size_t total = 0;                       // of their digits
  std::size_t uniform = 0;                     // how many of them have the same single separator, ' ' or '-', between them
  char separator = 0;
};

std::size_t separator_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && end - at < 3 && (text[end] == ' ' || text[end] == '-' || text[end] == '.')) ++end;
  return end < text.size() && is_digit(text[end]) && end - at < 3 ? end - at : 0;
}

Groups read_groups(std::string_view text) {
  Groups groups;
  std::size_t total = 0, at = 0;
  bool is_uniform = true;
  while (true) {
    const std::size_t from = at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (total == kDigitsMost) return groups;
      groups.digits[total++] = text[at];
    }
    groups.sizes[groups.count] = static_cast<std::uint8_t>(at - from);
    groups.ends[groups.count++] = static_cast<std::uint8_t>(at);
    groups.total = total;
    if (is_uniform) groups.uniform = groups.count;
    const std::size_t skipped = separator_bytes(text, at);
    if (skipped == 0) return groups;
    if (groups.count == 1) groups.separator = text[at];
    is_uniform = is_uniform && skipped == 1 && text[at] == groups.separator && text[at] != '.';
    at += skipped;
  }
}

/// Whether the first `count` groups are cut as on cards: by fours, 4-6-5 and 4-6-4, 6-13.
bool are_usual(const Groups& groups, std::size_t count) {
  const auto& size = groups.sizes;
  if (count == 1) return true;
  if (count == 2) return size[0] == 6 && size[1] == 13;
  if (count == 3 && size[0] == 4 && size[1] == 6) return size[2] == 4 || size[2] == 5;
  for (std::size_t at = 0; at + 1 < count; ++at) {
    if (size[at] != 4) return false;
  }
  return size[count - 1] <= 4;
}

/// Whether the first `count` groups, which are `digits`, are one.
bool is_card(const Issuer& issuer, const Groups& groups, std::size_t count, std::string_view digits, Surroundings& around) {
  const std::uint32_t length = 1u << digits.size();
  if (((issuer.alone | issuer.by_word) & length) == 0 || is_one_digit_repeated(digits)) return false;
  const bool is_usual = count <= groups.uniform && are_usual(groups, count);
  const bool is_valid = is_luhn(digits);
  if (!is_usual && !is_valid) return false;
  if (!around.is_end(groups.ends[count - 1])) return false;
  const bool is_distinct = count == 1 ? (issuer.alone & length) != 0 : digits.size() >= 14 && !around.is_in_dump(groups.ends[count - 1], groups.separator);
  return (is_usual && is_valid && is_distinct) || around.has_word(kCardWords);
}

}  // namespace

std::size_t card_length_at(Surroundings& around) {
  const std::string_view ahead = around.ahead();
  if (ahead.empty() || ahead[0] < '1' || ahead[0] > '9') return 0;
  if (ahead.size() >= 4 && is_digit(ahead[1]) && is_digit(ahead[2]) && is_digit(ahead[3]) && issuer_of(ahead) == nullptr) return 0;  // most numbers of logs
  const Groups groups = read_groups(ahead);
  std::size_t total = groups.total;
  if (total < kDigitsLeast) return 0;
  const Issuer* const issuer = issuer_of({groups.digits.data(), total});
  if (issuer == nullptr) return 0;
  std::size_t unproven = 0;  // a longest one whose Luhn digit is wrong: only if no other is right
  for (std::size_t count = groups.count; count > 0 && total >= kDigitsLeast; total -= groups.sizes[--count]) {
    const std::string_view digits(groups.digits.data(), total);
    if (!is_card(*issuer, groups, count, digits, around)) continue;
    if (is_luhn(digits)) return groups.ends[count - 1];
    if (unproven == 0) unproven = groups.ends[count - 1];
  }
  return unproven;
}

bool may_be_card_alone(std::string_view ahead) {
  if (ahead[0] == '0') return false;
  if (ahead.size() >= 4 && is_digit(ahead[1]) && is_digit(ahead[2]) && is_digit(ahead[3]) && issuer_of(ahead) == nullptr) return false;
  std::size_t digits = 0, apart = 0;
  for (std::size_t at = 0; at < ahead.size() && apart < 3; ++at) {
    if (is_digit(ahead[at])) {
      apart = 0;
      if (++digits == kDigitsLeast) return true;
    } else if (ahead[at] == ' ' || ahead[at] == '-' || ahead[at] == '.') {
      ++apart;
    } else {
      return false;
    }
  }
  return false;
}

void add_card_words(WordFilter& filter) { add_words(kCardWords, filter); }

}  // namespace tocsin::protect
