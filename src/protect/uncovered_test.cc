#include "protect/uncovered.h"

#include <gtest/gtest.h>

namespace tocsin::protect {
namespace {

TEST(Uncovered, SaysWhatWasMeantAndWhereItStands) {
  Uncovered plain;
  const std::string text = "a%40b \xEF\xBC\x94\xEF\xBC\x91 c\xE2\x80\x8B" "d\xC2\xAD" "e";
  ASSERT_TRUE(plain.of_text(text));
  EXPECT_EQ(plain.text(), "a@b 41 cde");
  EXPECT_EQ(plain.from(1), 1u);
  EXPECT_EQ(plain.to(2), 4u);
  EXPECT_EQ(text.substr(plain.from(4), plain.to(6) - plain.from(4)), "\xEF\xBC\x94\xEF\xBC\x91");
  EXPECT_EQ(text.substr(plain.from(7), plain.to(10) - plain.from(7)), "c\xE2\x80\x8B" "d\xC2\xAD" "e");
}

TEST(Uncovered, HasNothingToDoMostly) {
  Uncovered plain;
  for (const char* const text : {"", "plain", "100% sure", "50%zz", "caf\xC3\xA9 \xE2\x82\xAC", "\xEF", "\xE2\x80", "%4", "\xEF\xBD\x9F"}) EXPECT_FALSE(plain.of_text(text)) << text;
}

std::string said(std::string_view run) {
  std::string out = "what was there";
  return base64_text(run, out) ? out : "";
}

TEST(Base64, IsTextOrNothing) {
  EXPECT_EQ(said("YWRhQGV4YW1wbGUub3Jn"), "ada@example.org");
  EXPECT_EQ(said("cGFzc3dvcmQ9aHVudGVyMj8_"), "password=hunter2??") << "of URLs";
  EXPECT_EQ(said("bgBlAHQAIAB1AHMAZQByAA=="), "net user") << "UTF-16";
  for (const char* const run : {"", "YWRh", "d41d8cd98f00b204e9800998ecf8427e", "usr/lib/systemd/system", "YWRhQGV4YW1wbGUub3J*", "AAAAAAAAAAAAAAAAAAAAAAAA"}) EXPECT_EQ(said(run), "") << run;
}

}  // namespace
}  // namespace tocsin::protect
