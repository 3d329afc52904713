// Check digits of identifiers: the sums that tell a mistyped number from one that was issued. Each function takes the whole identifier, check digit included,
// without separators; letters are upper case. What has another character where a digit is due is not valid. Used by protect/payment_cards.h, ibans.h and
// national_checks.h. Pure functions, safe from any thread; nothing allocates.
//
//   is_luhn("4111111111111111");                  // true
//   is_mod_97_10("3214282912345698765432161182");  // true: GB82 WEST 1234 5698 7654 32, turned and with letters as numbers
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "protect/words.h"

namespace tocsin::protect {

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
/// Of a digit.
constexpr int value_of(char digit) { return digit - '0'; }

bool are_digits(std::string_view text);
/// "7777": nobody's number, though many sums hold for it.
bool is_one_digit_repeated(std::string_view digits);
/// Of at most 18 digits; nothing else may stand there.
std::uint64_t number_of(std::string_view digits);
/// Sum of digit times weight, over as many digits as there are weights.
int weighted_sum(std::string_view digits, std::initializer_list<int> weights);

/// ISO/IEC 7812-1, annex B.
bool is_luhn(std::string_view digits);
/// ISO 7064, MOD 97-10, over digits and letters (A is 10, Z is 35): the remainder is 1.
bool is_mod_97_10(std::string_view text);
/// ISO 7064, MOD 11,10: a hybrid system, one check digit.
bool is_mod_11_10(std::string_view digits);
/// ISO 7064, MOD 11-2: the last character is a digit or X.
bool is_mod_11_2(std::string_view text);
/// J. Verhoeff, Error Detecting Decimal Codes (1969): the group of the symmetries of a pentagon.
bool is_verhoeff(std::string_view digits);

/// A day there can be in that month of some year: 29 February counts.
bool is_day(int month, int day);

}  // namespace tocsin::protect
