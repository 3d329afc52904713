#include "protect/check_digits.h"

#include <algorithm>
#include <array>

namespace tocsin::protect {

bool are_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

bool is_one_digit_repeated(std::string_view digits) { return !digits.empty() && digits.find_first_not_of(digits[0]) == std::string_view::npos; }

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(value_of(c));
  return number;
}

int weighted_sum(std::string_view digits, std::initializer_list<int> weights) {
  int sum = 0;
  std::size_t at = 0;
  for (const int weight : weights) {
    if (at == digits.size()) break;
    sum += value_of(digits[at++]) * weight;
  }
  return sum;
}

bool is_luhn(std::string_view digits) {
  if (!are_digits(digits)) return false;
  int sum = 0;
  bool doubled = false;
  for (std::size_t at = digits.size(); at-- > 0; doubled = !doubled) {
    const int value = value_of(digits[at]) * (doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

bool is_mod_97_10(std::string_view text) {
  int rest = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      rest = (rest * 10 + value_of(c)) % 97;
    } else if (is_upper(c)) {
      rest = (rest * 100 + (c - 'A' + 10)) % 97;
    } else {
      return false;
    }
  }
  return rest == 1;
}

bool is_mod_11_10(std::string_view digits) {
  if (!are_digits(digits)) return false;
  int product = 10;
  for (const char c : digits.substr(0, digits.size() - 1)) {
    const int sum = (value_of(c) + product) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  return (product + value_of(digits.back())) % 10 == 1;
}

bool is_mod_11_2(std::string_view text) {
  if (text.size() < 2 || !are_digits(text.substr(0, text.size() - 1))) return false;
  int rest = 0;
  for (const char c : text.substr(0, text.size() - 1)) rest = (rest + value_of(c)) * 2 % 11;
  if (text.back() == 'X') return (rest + 10) % 11 == 1;
  return is_digit(text.back()) && (rest + value_of(text.back())) % 11 == 1;
}

namespace {

/// Two symmetries of the pentagon one after the other: 0 to 4 are rotations, 5 to 9 reflections.
constexpr int composed(int a, int b) {
  const int turn = a < 5 ? (a + b) % 5 : (a + 5 - b % 5) % 5;
  return (a < 5) == (b < 5) ? turn : turn + 5;
}

}  // namespace

bool is_verhoeff(std::string_view digits) {
  if (!are_digits(digits)) return false;
  constexpr std::array<int, 10> kPermuted = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
  int sum = 0;
  for (std::size_t place = 0; place < digits.size(); ++place) {
    int value = value_of(digits[digits.size() - 1 - place]);
    for (std::size_t times = place % 8; times > 0; --times) value = kPermuted[static_cast<std::size_t>(value)];
    sum = composed(sum, value);
  }
  return sum == 0;
}

bool is_day(int month, int day) {
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[static_cast<std::size_t>(month - 1)];
}

}  // namespace tocsin::protect
