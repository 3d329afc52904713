#include "protect/surroundings.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::protect {
namespace {

bool has(std::string_view before, std::string_view words) {
  const std::string text = std::string(before) + "1";
  return Surroundings(text, before.size()).has_word(words);
}

TEST(Surroundings, WordsAndPartsOfKeys) {
  for (const std::string_view before : {"ssn ", "SSN: ", "ssn=", "\"ssn\":\"", "user_ssn: ", "SSNs ", "ssn2=", "userSsn=", "SSNValue=", "ssn-"}) EXPECT_TRUE(has(before, "x|ssn")) << before;
  for (const std::string_view before : {"assn ", "ssnx ", "ssn01 ", "4ssn ", "ss n", "", "s"}) EXPECT_FALSE(has(before, "x|ssn")) << before;
}

TEST(Surroundings, SpacesStandForWhatDivides) {
  for (const std::string_view before : {"Social Security ", "social_security=", "socialSecurity=", "social-security: ", "socialsecurity ", "social \n security "}) {
    EXPECT_TRUE(has(before, "social security")) << before;
  }
  EXPECT_FALSE(has("antisocial security ", "social security"));
}

TEST(Surroundings, AccentsDoNotCount) {
  EXPECT_TRUE(has("Sécurité sociale ", "securite sociale"));
  EXPECT_TRUE(has("FØDSELSNUMMER ", "fodselsnummer"));
  EXPECT_TRUE(has("rodné číslo ", "rodne cislo"));
  EXPECT_TRUE(has("個人番号: ", "個人番号"));
  EXPECT_FALSE(has("\xc3", "a"));
}

TEST(Surroundings, LooksBackSoFarAndNoFurther) {
  const std::string gap(Surroundings::kBytes - 5, '.');
  EXPECT_TRUE(has("card " + gap, "card"));
  EXPECT_FALSE(has("card  " + gap, "card"));
  EXPECT_FALSE(has("discard " + std::string(Surroundings::kBytes - 5, '.'), "card"));  // cut inside of the word
  EXPECT_TRUE(has(std::string(1000, 'A') + "a card ", "card"));
  EXPECT_FALSE(has(std::string(1000, 'x'), "x"));
}

TEST(Surroundings, EveryByteTwiceFits) {
  std::string worst;
  while (worst.size() < Surroundings::kBytes) worst += "aB";
  EXPECT_FALSE(has(" " + worst, "z"));
  EXPECT_TRUE(has("." + worst.substr(2), "b a"));
}

TEST(Surroundings, TheTextMayEndAnywhere) {
  const std::string text = "12";
  EXPECT_TRUE(Surroundings(text, 0).is_start());
  EXPECT_TRUE(Surroundings(text, 0).is_end(2));
  EXPECT_FALSE(Surroundings(text, 0).is_end(1));
  EXPECT_TRUE(Surroundings("12-", 0).is_end(2));
  EXPECT_EQ(Surroundings(text, 2).ahead(), "");
}

TEST(Surroundings, Dumps) {
  const std::string_view dump = "0000 4111 1111 1111 1111 0a0b";
  EXPECT_TRUE(Surroundings(dump, 5).is_in_dump(19, ' '));
  EXPECT_FALSE(Surroundings(dump, 5).is_in_dump(19, '-'));
  EXPECT_FALSE(Surroundings(dump.substr(5), 0).is_in_dump(19, ' '));
}

}  // namespace
}  // namespace tocsin::protect
