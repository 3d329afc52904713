#include "protect/word_marks.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "protect/identifiers.h"
#include "protect/phone_words.h"
#include "protect/surroundings.h"

namespace tocsin::protect {
namespace {

TEST(WordMarks, SayWhetherAWordThatNamesANumberIsNear) {
  const std::string text = "sent 4096 bytes, ssn 078051120, call 2125550123" + std::string(70, '.') + "5550123";
  WordMarks marks(text);
  EXPECT_EQ(marks.before(text.find("4096")), 0);
  EXPECT_EQ(marks.before(text.find("078")), kNamesIdentifier);
  EXPECT_EQ(marks.before(text.find("2125")) & kNamesPhone, kNamesPhone);
  EXPECT_EQ(marks.before(text.size() - 7), 0);
  EXPECT_NE(marks.before(text.find("078")), 0) << "behind what was read, yes is the answer";
}

TEST(WordMarks, WhatIsNotAsciiMayBeAWord) {
  const std::string text = "n\xC3\xBAmero 12345678";
  EXPECT_EQ(WordMarks(text).before(text.find('1')), kNamesIdentifier | kNamesPhone);
}

TEST(WordMarks, OneLetterIsAWordWithTheNextOneAlone) {
  const std::string named = "d-nummer 12345678", other = "d: 12345678";
  EXPECT_EQ(WordMarks(named).before(9) & kNamesIdentifier, kNamesIdentifier);
  const std::string last = "mode d, flag 12345678";
  EXPECT_EQ(WordMarks(last).before(13), 0);
  EXPECT_EQ(WordMarks(other).before(3) & kNamesIdentifier, kNamesIdentifier) << "what follows on it is not known";
}

/// What surroundings.h and phone.h would see: no must be no.
TEST(WordMarks, NoIsNoOfBothThatLookThere) {
  std::mt19937 random(3);
  constexpr std::array kPieces = {"the", "INFO", "blk_", "ssn", "card", "nummer", "kimlik", "user", "Ssn", "SSNValue", "TELNo", "tel", "Phone", "calls", "cc1", "pan", "TAX", "id",
                                  " ", " ", " ", "_", "=", ":", "(", "\\n", "12", "0", "\xC3\xA9", "x", "xyz"};
  std::size_t none = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t left = random() % 60; left > 0; --left) text += kPieces[random() % kPieces.size()];
    WordMarks marks(text);
    for (std::size_t at = random() % 70; at < text.size(); at += 1 + random() % 70) {
      if (is_word(char_before(text, at))) continue;
      const std::uint8_t names = marks.before(at);
      Surroundings around(text, at, &identifier_words());
      EXPECT_TRUE((names & kNamesIdentifier) != 0 || around.beginnings().empty()) << text << " at " << at;
      EXPECT_TRUE((names & kNamesPhone) != 0 || !may_have_phone_word(std::string_view(text).substr(0, at))) << text << " at " << at;
      none += names == 0;
    }
  }
  EXPECT_GT(none, 500u);
}

}  // namespace
}  // namespace tocsin::protect
