#include "respond/connector/mail.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "respond/connector/mail_text.h"

namespace tocsin::respond {
namespace {

const MailParts kParts{.from = "tocsin@example.org", .to = {"a@example.org", "b@example.org"}, .subject = "Host ws5", .text = "One.\nTwo.", .id = "17.3@example.org", .now = 1'769'850'000'000'000};

TEST(MailText, StandsAsItWasSaid) {
  EXPECT_EQ(*mail_text(kParts),
            "Date: Sat, 31 Jan 2026 09:00:00 +0000\r\nFrom: Tocsin <tocsin@example.org>\r\nTo: a@example.org,\r\n b@example.org\r\nSubject: Host ws5\r\nMessage-ID: <17.3@example.org>\r\nAuto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nOne.\r\nTwo.\r\n");
}

TEST(MailText, NothingGivenAddsALine) {
  for (const char* const subject : {"a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\x7f"}) {
    MailParts parts = kParts;
    parts.subject = subject;
    EXPECT_FALSE(mail_text(parts)) << subject;
  }
  MailParts parts = kParts;
  parts.subject = std::string(300, 'x') + "\u00e4";
  const std::string mail = *mail_text(parts);
  for (std::size_t at = 0, end = 0; end < mail.size(); at = end + 2) {
    end = std::min(mail.find("\r\n", at), mail.size());
    EXPECT_LE(end - at, 100U);
  }
  EXPECT_NE(mail.find("Subject: =?utf-8?B?"), std::string::npos);
  parts.subject = "=?utf-8?B?eA==?=";
  EXPECT_NE(mail_text(parts)->find("Subject: =?utf-8?B?PT91"), std::string::npos) << "a word that is one already";
  parts.subject = std::string(kSubjectBytesMax + 1, 'x');
  EXPECT_EQ(mail_text(parts).error().code, Code::kLimit);
}

TEST(MailText, WhatNotEveryServerTakesIsEncoded) {
  for (const std::string& text : {std::string("\u00e4"), std::string(2'000, 'x'), std::string("a\x01")}) {
    MailParts parts = kParts;
    parts.text = text;
    EXPECT_NE(mail_text(parts)->find("Encoding: base64"), std::string::npos) << text;
  }
}

TEST(MailAddress, IsOneOrIsNone) {
  for (const char* const good : {"a@example.org", "a.b+c@x", "o'neill@example.org"}) EXPECT_TRUE(is_mail_address(good)) << good;
  for (const char* const bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b>\r\nRCPT TO:<c@d", "\"a\"@b", ".a@b", "a..b@c", "a@.b", "a@-b", "\u00e4@b", "a@b c"}) EXPECT_FALSE(is_mail_address(bad)) << bad;
  EXPECT_FALSE(is_mail_address(std::string(65, 'a') + "@b"));
  std::string many = "a@b";
  for (std::size_t i = 0; i < kRecipientsMax; ++i) many += ",a@b";
  EXPECT_EQ(read_mail_addresses(many).error().code, Code::kLimit);
  EXPECT_EQ(read_mail_addresses("a@b, c@d")->size(), 2U);
}

Result<std::unique_ptr<Connector>> made(std::map<std::string, std::string> values) { return make_mail({Env::system()}, {"mail", std::move(values)}); }

TEST(Mail, SettingsAreLookedAt) {
  EXPECT_TRUE(made({{"host", "mx"}, {"from", "t@example.org"}, {"recipients", "@example.org\nx@example.net"}, {"per_minute", "5"}}));
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t@example.org"}})) << "to nobody";
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t"}, {"recipients", "@example.org"}}));
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t@example.org"}, {"recipients", "example.org"}}));
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t@example.org"}, {"recipients", "@example.org"}, {"tls", "maybe"}}));
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t@example.org"}, {"recipients", "@example.org"}, {"tls", "none"}, {"credential", "x"}})) << "a password in clear";
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t@example.org"}, {"recipients", "@example.org"}, {"prot", "25"}}));
  EXPECT_FALSE(made({{"host", "mx"}, {"from", "t@example.org"}, {"recipients", "@example.org"}, {"port", "0"}}));
}

TEST(Mail, GoesToNobodyElse) {
  const auto mail = *made({{"host", "192.0.2.1"}, {"from", "t@example.org"}, {"recipients", "@example.org"}});
  for (const char* const to : {"x@example.net", "x@sub.example.org", "x@example.org, y@example.net", "x@notexample.org"}) {
    const ActionCall call{.connector = "mail", .action = "send", .arguments = {{"to", to}, {"subject", "s"}, {"text", "t"}}};
    EXPECT_EQ(mail->act({.call = call, .key = "1.1"}).outcome, ActionOutcome::kRefused) << to;
  }
}

}  // namespace
}  // namespace tocsin::respond
