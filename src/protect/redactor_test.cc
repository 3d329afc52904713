#include "protect/redactor.h"

#include <gtest/gtest.h>

namespace tocsin::protect {
namespace {

class RedactorTest : public testing::Test {
 protected:
  std::string redact(std::string_view line) {
    std::string out;
    redactor_.append_redacted(line, out);
    return out;
  }
  std::string spans(std::string_view line) {
    std::string out;
    redactor_.append_spans(line, out);
    return out;
  }
  Redactor redactor_{RedactorOptions{}};
};

TEST_F(RedactorTest, PutsTheKindInItsPlace) {
  EXPECT_EQ(redact("mail from ada@example.org at 203.0.113.7"), "mail from [EMAIL] at [IP]");
  EXPECT_EQ(redact("nothing here"), "nothing here");
  EXPECT_EQ(redact(""), "");
}

TEST_F(RedactorTest, LeavesJsonWhatItIs) {
  EXPECT_EQ(redact(R"({"card":4111111111111111,"mail":"ada@example.org","n":[1]})"), R"({"card":"[CARD]","mail":"[EMAIL]","n":[1]})");
  EXPECT_EQ(redact(R"({"text":"a \"b\" ada@example.org"})"), R"({"text":"a \"b\" [EMAIL]"})");
}

TEST_F(RedactorTest, TakesNoLineWithABracketForJson) {
  EXPECT_EQ(redact("[Sun Nov 29 08:00:00] [client 203.0.113.7] ada@example.org"), "[Sun Nov 29 08:00:00] [client [IP]] [EMAIL]");
  EXPECT_EQ(redact("{203.0.113.7}"), "{[IP]}");
  EXPECT_EQ(redact("[4111111111111111, 1]"), R"(["[CARD]", 1])");
}

TEST_F(RedactorTest, CountsCodePoints) {
  EXPECT_EQ(spans("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 ada@example.org"), R"({"spans":[{"start":4,"end":19,"type":"EMAIL"}]})");
  EXPECT_EQ(spans("\x80\xC3 ada@example.org"), R"({"spans":[{"start":3,"end":18,"type":"EMAIL"}]})") << "bytes that are no UTF-8 are one each";
  EXPECT_EQ(spans("nothing"), R"({"spans":[]})");
  EXPECT_EQ(spans("SSN 219-09-9999"), R"({"spans":[{"start":4,"end":15,"type":"NATIONAL_ID","country":"US"}]})");
  EXPECT_EQ(spans("national id: 1234567890"), R"({"spans":[{"start":13,"end":23,"type":"NATIONAL_ID"}]})") << "of a country that is not known";
}

TEST_F(RedactorTest, AKeyOverSeveralLinesIsASecretOnEach) {
  EXPECT_NE(redact("-----BEGIN EC PRIVATE KEY-----"), "");
  EXPECT_EQ(redact("MHcCAQEEIE"), "[SECRET]");
  EXPECT_EQ(redact(""), "");
  EXPECT_EQ(redact("-----END EC PRIVATE KEY-----"), "[SECRET]");
  EXPECT_EQ(redact("MHcCAQEEIE"), "MHcCAQEEIE");
}

TEST_F(RedactorTest, AKeyWithoutAnEndDoesNotGoOnForEver) {
  (void)redact("-----BEGIN EC PRIVATE KEY-----");
  for (int i = 0; i < kKeyLinesMax; ++i) EXPECT_EQ(redact("x"), "[SECRET]");
  EXPECT_EQ(redact("x"), "x");
}

TEST(RedactorKeeps, WhatItIsTold) {
  Redactor redactor(RedactorOptions{.keep = {Kind::kIp}});
  std::string out;
  redactor.append_redacted("ada@example.org 203.0.113.7", out);
  EXPECT_EQ(out, "[EMAIL] 203.0.113.7");
  out.clear();
  redactor.append_redacted("MjAzLjAuMTEzLjcgYWRhQGV4YW1wbGUub3Jn", out);  // "203.0.113.7 ada@example.org"
  EXPECT_EQ(out, "[EMAIL]") << "what is kept hides nothing else";
}

}  // namespace
}  // namespace tocsin::protect
