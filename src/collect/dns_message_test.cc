#include "collect/dns_message.h"

#include <gtest/gtest.h>

#include "collect/capture_testing.h"

namespace tocsin {
namespace {

std::string answer_of(unsigned type, const std::string& data) {
  DnsMessage message;
  return message.read(dns_reply(7, "a.example", type, data)) && message.answers.size() == 1 ? message.answers[0].text : "none";
}

TEST(DnsMessages, AQuestionAndItsAnswers) {
  DnsMessage message;
  ASSERT_TRUE(message.read(dns_question(0x1234, "WWW.Example.org", 28)));
  EXPECT_EQ(message.id, 0x1234);
  EXPECT_FALSE(message.is_reply());
  EXPECT_EQ(message.query, "www.example.org");
  EXPECT_EQ(message.type, 28);
  EXPECT_EQ(message.dns_class, 1);
  ASSERT_TRUE(message.read(dns_reply(7, "a.example", 1, be32(0xC0000207), 3)));
  EXPECT_TRUE(message.is_reply());
  EXPECT_EQ(message.code(), 3U);
  ASSERT_EQ(message.answers.size(), 1U);
  EXPECT_EQ(message.answers[0].text, "192.0.2.7");
  EXPECT_EQ(message.answers[0].seconds, 300U);
  ASSERT_TRUE(message.read(dns_reply(7, "a.example", 1, "")));
  EXPECT_TRUE(message.answers.empty());
}

TEST(DnsMessages, AnswersOfEveryKind) {
  EXPECT_EQ(answer_of(28, address_bytes("2001:db8::7")), "2001:db8::7");
  EXPECT_EQ(answer_of(5, dns_name("real.example.net")), "real.example.net");
  EXPECT_EQ(answer_of(2, "\3ns1\xC0\x0C"), "ns1.a.example");
  EXPECT_EQ(answer_of(15, be16(10) + dns_name("mx.example.org")), "mx.example.org");
  EXPECT_EQ(answer_of(33, be16(1) + be16(2) + be16(389) + dns_name("dc.example.org")), "dc.example.org");
  EXPECT_EQ(answer_of(16, "\5hello\5world"), "TXT 5 hello TXT 5 world");
  EXPECT_EQ(answer_of(16, "\x50short"), "TXT 5 short");
  EXPECT_EQ(answer_of(99, "\6v=spf1"), "SPF 6 v=spf1");
  EXPECT_EQ(answer_of(65, "anything"), "<unknown type=65>");
  EXPECT_EQ(answer_of(12, dns_name("")), ".");
  EXPECT_EQ(answer_of(1, "abc"), "none");
  EXPECT_EQ(answer_of(28, "abcd"), "none");
  EXPECT_EQ(answer_of(15, "a"), "none");
  std::string texts;
  while (texts.size() < 2 * kDnsAnswerBytesMax) texts += be8(200) + std::string(200, 'x');
  EXPECT_EQ(answer_of(16, texts).size(), kDnsAnswerBytesMax);
}

TEST(DnsMessages, BytesThatDoNotPrintAreEscaped) {
  DnsMessage message;
  const std::string odd = std::string("\4a.b\\\3\0 \xFF\1Z\0", 12);
  ASSERT_TRUE(message.read(be16(1) + be16(0) + be16(1) + be16(0) + be32(0) + odd + be16(1) + be16(1)));
  EXPECT_EQ(message.query, "a\\.b\\\\.\\000\\032\\255.z");
}

TEST(DnsMessages, NamesThatGoRoundAreRefused) {
  DnsMessage message;
  const auto with = [](const std::string& name) { return be16(1) + be16(0) + be16(1) + be16(0) + be32(0) + name + be16(1) + be16(1); };
  EXPECT_FALSE(message.read(with("\xC0\x0C"))) << "to itself";
  EXPECT_FALSE(message.read(with("\1a\xC0\x0C"))) << "round";
  EXPECT_FALSE(message.read(with("\xC0\x20"))) << "ahead";
  EXPECT_FALSE(message.read(with("\xC0"))) << "cut";
  EXPECT_FALSE(message.read(with("\x40" + std::string(64, 'x')))) << "a label of 64 bytes";
  EXPECT_FALSE(message.read(with("\x0A short")));
  std::string long_name, longest;
  for (int i = 0; i < 4; ++i) long_name += be8(63) + std::string(63, 'x');
  EXPECT_FALSE(message.read(with(long_name + be8(0)))) << "257 bytes";
  for (int i = 0; i < 3; ++i) longest += be8(63) + std::string(63, 'x');
  longest += be8(61) + std::string(61, 'x') + be8(0);
  ASSERT_EQ(longest.size(), kDnsNameBytesMax);
  EXPECT_TRUE(message.read(with(longest)));
  // A chain of places, each before the other, ends.
  std::string chain = be16(1) + be16(0x8000) + be16(1) + be16(1) + be32(0) + dns_name("a") + be16(1) + be16(1);
  EXPECT_TRUE(message.read(chain + be16(0xC00C) + be16(5) + be16(1) + be32(1) + be16(2) + be16(0xC013)));
  EXPECT_EQ(message.answers[0].text, "a");
}

TEST(DnsMessages, EveryBeginningIsRefused) {
  const std::string whole = dns_reply(7, "a.example", 16, "\5hello");
  DnsMessage message;
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(message.read(whole.substr(0, size))) << size;
  EXPECT_TRUE(message.read(whole));
  EXPECT_TRUE(message.read(whole + "trailing"));
}

TEST(DnsMessages, SoManyAnswersAreRead) {
  std::string bytes = be16(1) + be16(0x8000) + be16(0) + be16(kDnsAnswersMax + 9) + be32(0);
  for (std::size_t i = 0; i < kDnsAnswersMax + 9; ++i) bytes += be8(0) + be16(1) + be16(1) + be32(1) + be16(4) + be32(0x01020304);
  DnsMessage message;
  ASSERT_TRUE(message.read(bytes));
  EXPECT_EQ(message.answers.size(), kDnsAnswersMax);
  EXPECT_FALSE(message.has_query);
}

TEST(DnsMessages, NumbersHaveNames) {
  EXPECT_EQ(dns_type_name(1), "A");
  EXPECT_EQ(dns_type_name(65'280), "TYPE65280");
  EXPECT_EQ(dns_class_name(1), "C_INTERNET");
  EXPECT_EQ(dns_class_name(7), "CLASS7");
  EXPECT_EQ(dns_code_name(3), "NXDOMAIN");
  EXPECT_EQ(dns_code_name(14), "RCODE14");
}

}  // namespace
}  // namespace tocsin
