#include "protect/check_digits.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::protect {
namespace {

/// A sum that knows every wrong digit refuses each of them.
void expect_knows_wrong_digits(const std::string& valid, bool (*check)(std::string_view)) {
  EXPECT_TRUE(check(valid)) << valid;
  for (std::size_t at = 0; at < valid.size(); ++at) {
    for (char c = '0'; c <= '9'; ++c) {
      std::string wrong = valid;
      wrong[at] = c;
      EXPECT_EQ(check(wrong), c == valid[at]) << wrong;
    }
  }
}

TEST(CheckDigits, EveryWrongDigitIsKnown) {
  expect_knows_wrong_digits("4111111111111111", is_luhn);
  expect_knows_wrong_digits("79927398713", is_luhn);
  expect_knows_wrong_digits("3214282912345698765432161182", is_mod_97_10);
  expect_knows_wrong_digits("86095742719", is_mod_11_10);
  expect_knows_wrong_digits("07945", is_mod_11_10);
  expect_knows_wrong_digits("07940", is_mod_11_2);
  expect_knows_wrong_digits("236", is_verhoeff);
  expect_knows_wrong_digits("234123412346", is_verhoeff);
}

TEST(CheckDigits, VerhoeffKnowsNeighboursThatChangedPlaces) {
  const std::string valid = "234123412346";
  for (std::size_t at = 0; at + 1 < valid.size(); ++at) {
    std::string wrong = valid;
    std::swap(wrong[at], wrong[at + 1]);
    EXPECT_FALSE(is_verhoeff(wrong)) << wrong;
  }
}

TEST(CheckDigits, Letters) {
  EXPECT_TRUE(is_mod_97_10("WEST12345698765432GB82"));
  EXPECT_FALSE(is_mod_97_10("WEST12345698765432GB28"));
  EXPECT_FALSE(is_mod_97_10("west12345698765432gb82"));
  EXPECT_TRUE(is_mod_11_2("11010519491231002X"));
  EXPECT_FALSE(is_mod_11_2("110105194912310021"));
  EXPECT_FALSE(is_mod_11_2("1101051949123100X2"));
}

TEST(CheckDigits, NothingAndOtherCharacters) {
  for (const auto check : {is_luhn, is_mod_11_10, is_mod_11_2, is_verhoeff, is_mod_97_10}) {
    EXPECT_FALSE(check(""));
    EXPECT_FALSE(check("12-4"));
  }
  EXPECT_TRUE(is_one_digit_repeated("0000"));
  EXPECT_FALSE(is_one_digit_repeated("0001"));
  EXPECT_FALSE(is_one_digit_repeated(""));
}

TEST(CheckDigits, SumsAndNumbers) {
  EXPECT_EQ(weighted_sum("123", {3, 2, 1}), 10);
  EXPECT_EQ(weighted_sum("1239", {3, 2}), 7);
  EXPECT_EQ(weighted_sum("1", {3, 2}), 3);
  EXPECT_EQ(number_of("0420"), 420u);
  EXPECT_EQ(number_of("999999999999999999"), 999'999'999'999'999'999u);
}

TEST(CheckDigits, Days) {
  for (const auto& [month, day] : {std::pair{1, 31}, {2, 29}, {12, 31}, {4, 30}}) EXPECT_TRUE(is_day(month, day)) << month << ' ' << day;
  for (const auto& [month, day] : {std::pair{0, 1}, {13, 1}, {2, 30}, {4, 31}, {1, 0}, {1, 32}, {-1, 1}}) EXPECT_FALSE(is_day(month, day)) << month << ' ' << day;
}

}  // namespace
}  // namespace tocsin::protect
