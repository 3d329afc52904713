#include "protect/phone.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include <random>
#include <string>
#include <vector>

namespace tocsin::protect {
namespace {

/// All that is found where a group begins, as the finder asks; each in brackets within the text.
std::string marked(std::string_view text, const std::string& region = "US") {
  PhoneFinder finder(region);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool is_digit = c >= '0' && c <= '9', goes_on = at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9';
    const auto found = c == '+' || c == '(' || (is_digit && !goes_on) ? finder.phone_at(text, at) : std::nullopt;
    if (!found) {
      out += text[at++];
      continue;
    }
    EXPECT_EQ(found->from, at);
    EXPECT_EQ(found->kind, Kind::kPhone);
    out += '[' + std::string(text.substr(at, found->to - at)) + ']';
    at = found->to;
  }
  return out;
}

bool is_found(std::string_view text, const std::string& region = "US") { return marked(text, region).find('[') != std::string::npos; }

// Numbers that regulators keep for films and examples where there are such, else the examples of libphonenumber.
TEST(Phone, InternationalNumbersNeedNoWord) {
  for (const std::string number : {
      "+1 212-555-0123", "+1 (212) 555-0123", "+12125550123", "+44 20 7946 0018", "+44 (0)20 7946 0018", "+49 30 23125 000", "+49 171 3920012",
      "+33 1 99 00 12 34", "+33 (0)6 12 34 56 78", "+61 491 570 156", "+46 8 465 004 12", "+353 85 012 3456", "+34 612 34 56 78",
      "+39 06 1234 5678", "+31 6 12345678", "+41 78 123 45 67", "+43 664 123456", "+32 470 12 34 56", "+81 90-1234-5678", "+86 131 2345 6789",
      "+55 11 96123-4567", "+91 81234 56789", "+47 406 12 345", "+45 32 12 34 56", "+48 512 345 678", "+351 912 345 678", "+27 71 123 4567",
      "(+44) 20 7946 0018", "+1.212.555.0123", "+33.6.12.34.56.78"})
    EXPECT_EQ(marked("x " + number + ", y"), "x [" + number + "], y");
  EXPECT_FALSE(is_found("+49/30/23125000"));  // a path
  EXPECT_EQ(marked("+1 (238) 555-0123"), "[+1 (238) 555-0123]") << "of an area that the plan does not know, written as nothing else is";
  EXPECT_FALSE(is_found("+1 238-555-0123"));
}

TEST(Phone, NumbersOutsideThePlanNeedAWord) {
  for (const std::string number : {"+447700900123", "+33 6 39 98 12 34", "+1 555-012-3456", "07700 900123", "(555) 012-3456"}) {
    EXPECT_FALSE(is_found("x " + number)) << number;
    EXPECT_EQ(marked("mobile: " + number), "mobile: [" + number + "]");
  }
  EXPECT_FALSE(is_found("size: +1 555-012-3456"));
}

TEST(Phone, PrefixesThatAreDialledStandForPlus) {
  EXPECT_EQ(marked("001-212-555-0123"), "[001-212-555-0123]");
  EXPECT_EQ(marked("0044 20 7946 0018"), "[0044 20 7946 0018]");
  EXPECT_EQ(marked("011 44 20 7946 0018"), "[011 44 20 7946 0018]");
  EXPECT_FALSE(is_found("00442079460018"));  // may be filled up with zeros
  EXPECT_EQ(marked("tel 00442079460018"), "tel [00442079460018]");
}

TEST(Phone, NationalNumbersAreThoseOfTheRegion) {
  const std::vector<std::pair<std::string, std::string>> numbers = {
      {"US", "(212) 555-0123"}, {"US", "212-555-0123"}, {"US", "212.555.0123"}, {"US", "1-800-555-0199"}, {"GB", "020 7946 0018"},
      {"GB", "(0161) 496 0123"}, {"GB", "07400 123456"}, {"DE", "030 23125000"}, {"DE", "030/23125000"}, {"DE", "0171-3920012"},
      {"DE", "(030) 23 12 50 00"}, {"FR", "01 99 00 12 34"}, {"FR", "06.12.34.56.78"}, {"AU", "0491 570 156"}, {"SE", "08-465 004 12"},
      {"ES", "612 34 56 78"}, {"IT", "06 1234 5678"}, {"NL", "06-12345678"}, {"DK", "32 12 34 56"}, {"BR", "(11) 96123-4567"},
      {"JP", "090-1234-5678"}};
  for (const auto& [region, number] : numbers) EXPECT_EQ(marked("x " + number + " y", region), "x [" + number + "] y") << region;
  for (const std::string number : {"020 7946 0018", "030 23125000", "01 99 00 12 34", "612 34 56 78", "06-12345678"})
    EXPECT_FALSE(is_found(number, "US")) << number;
}

TEST(Phone, GroupsOfAnotherShapeNeedAWord) {
  EXPECT_FALSE(is_found("21 255 501 23"));
  EXPECT_FALSE(is_found("21255-50123"));
  EXPECT_FALSE(is_found("555-012-3456"));  // no such area
  EXPECT_EQ(marked("call 21 255 501 23"), "call [21 255 501 23]");
  EXPECT_EQ(marked("phone: 555-012-3456"), "phone: [555-012-3456]");
  EXPECT_EQ(marked("Call me at 089 72 63 41!"), "Call me at [089 72 63 41]!");
  EXPECT_EQ(marked("Tel. 06-10446904"), "Tel. [06-10446904]");
  EXPECT_EQ(marked("089 72 63 41 office\n555-684-7899 fax"), "[089 72 63 41] office\n[555-684-7899] fax");
  EXPECT_EQ(marked("06-10446904-Office"), "[06-10446904]-Office");
}

TEST(Phone, BareDigitsNeedAWord) {
  EXPECT_FALSE(is_found("2125550123"));
  EXPECT_FALSE(is_found("{\"id\":2125550123}"));
  EXPECT_FALSE(is_found("{\"phone_id\":2125550123}"));
  EXPECT_FALSE(is_found("{\"phone\":null,\"id\":2125550123}"));
  EXPECT_FALSE(is_found("call failed after 2125550123 ns"));
  for (const std::string before : {
      "phone ", "{\"phoneNumber\": \"", "{\"mobile_no\":", "TEL:", "call ", "my phone number is ", "Téléphone : ", "TÉL. ", "телефон: ", "msisdn=",
      "?a=1&phone=", "WhatsApp\\n"})
    EXPECT_EQ(marked(before + "2125550123"), before + "[2125550123]");
  EXPECT_EQ(marked("2125550123 fax"), "[2125550123] fax");
  for (const std::string number : {"8123456789", "13123456789", "11961234567", "3123456789", "612345678", "32123456", "447400123456", "0401234567"})
    EXPECT_EQ(marked("mobile " + number), "mobile [" + number + "]");
  for (const std::string number : {"1234567", "0000123456", "12345678901234", "10000000001"}) EXPECT_FALSE(is_found("mobile " + number)) << number;
  EXPECT_EQ(marked("mobile 07400123456"), "mobile [07400123456]");
  EXPECT_EQ(marked("01713920012", "DE"), "[01713920012]");
  EXPECT_FALSE(is_found("\"accountId\": \"01713920012\"", "DE"));
}

TEST(Phone, AWordBelongsToOneNumber) {
  EXPECT_EQ(marked("phone 212-555-0123, 21255-50124"), "phone [212-555-0123], 21255-50124");
  EXPECT_FALSE(is_found("phone call about case 4512-98721"));
  EXPECT_FALSE(is_found("phone\nCase: 4512-98721"));
  EXPECT_FALSE(is_found("telepathy 4512-98721"));
}

TEST(Phone, ExtensionsBelongToIt) {
  for (const std::string number : {
      "212-555-0123x818", "212-555-0123 x818", "212-555-0123 ext. 12", "212-555-0123 ext 12", "(212) 555-0123 Extension 4",
      "+1-212-555-0123;ext=12", "212-555-0123, ext. 7"})
    EXPECT_EQ(marked(number + "."), "[" + number + "].");
  EXPECT_EQ(marked("001-212-555-0123x818-Fax"), "[001-212-555-0123x818]-Fax");
  EXPECT_EQ(marked("212-555-0123 extra"), "[212-555-0123] extra");
  EXPECT_EQ(marked("212-555-0123 x 86 bits"), "[212-555-0123 x 86] bits");
  EXPECT_FALSE(is_found("212-555-0123x12345678"));
}

TEST(Phone, ItEndsWhereSomethingElseBegins) {
  EXPECT_EQ(marked("212-555-0123 20:54:39"), "[212-555-0123] 20:54:39");
  EXPECT_EQ(marked("2026-11-29 20:54:39 212-555-0123 10.0.0.1"), "2026-11-29 20:54:39 [212-555-0123] 10.0.0.1");
  EXPECT_EQ(marked("phone 212-555-0123 2026-11-29"), "phone [212-555-0123] 2026-11-29");
  EXPECT_EQ(marked("+1 212 555 0123 4"), "[+1 212 555 0123] 4");
  EXPECT_FALSE(is_found("212-555-0123:80"));
  EXPECT_EQ(marked("212-555-0123: busy"), "[212-555-0123]: busy");
  EXPECT_FALSE(is_found("phone 12-34-56-78-90-12-34-56-78-90-12-34"));
  EXPECT_EQ(marked("(212-555-0123)"), "([212-555-0123])");
  EXPECT_EQ(marked("<tel:+1-212-555-0123>"), "<tel:[+1-212-555-0123]>");
  EXPECT_EQ(marked("a,+1 (212) 555-0123,b"), "a,[+1 (212) 555-0123],b");
  EXPECT_EQ(marked("Jo\\n(212) 555-0123\\nX"), "Jo\\n[(212) 555-0123]\\nX");
  EXPECT_EQ(marked("+44\xc2\xa0" "20\xc2\xa0" "7946\xc2\xa0" "0018."), "[+44\xc2\xa0" "20\xc2\xa0" "7946\xc2\xa0" "0018].");
  EXPECT_EQ(marked("212\xe2\x80\x91" "555\xe2\x80\x91" "0123"), "[212\xe2\x80\x91" "555\xe2\x80\x91" "0123]");
  EXPECT_EQ(marked("212-555-0123/212-555-0124 fax"), "212-555-0123/212-555-0124 fax");  // in doubt
}

TEST(Phone, OtherNumbersOfLogsAreNotFound) {
  for (const std::string region : {"US", "DE", "FR", "DK"}) {
    for (const std::string text : {
        "2026-11-29T20:54:39Z", "2026-11-29 20:54:39,123", "29.11.2026", "29.11.2026 20:54", "11/29/2026", "20261129-205439", "20261129205439",
        "081109 203807 222 INFO", "[0705/190016:WARNING]", "10.20.30.40", "192.168.100.200:8080", "10.0.22621.1778", "6.1.7601.23505",
        "2.16.840.1.113883", "550e8400-e29b-41d4-a716-446655440000", "12345678-1234-1234-1234-123456789012", "0xdeadbeef2125550123",
        "hard=02345000 soft=02344000", "00-11-22-33-44-55", "00-1A-2B-33-44-55", "40.7128, -74.0060", "1764449679", "1764449679.123",
        "1764449679123", "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005", "/2021/034/1234567", "/api/users/2125550123",
        "INC-2025-4428901", "CVE-2025-44289", "KB2928120", "591-51-9591", "90210-1234", "1,234,567,890", "GMT+0530", "$212-555-0123",
        "id_212-555-0123", "212-555-0123_a", "212-555-0123.txt", "size 67108864 212 555 0123 4", "DE89 3704 0044 0532 0130 00", "+1", "+", "(",
        "()", "(212", "(212)", ""})
      EXPECT_EQ(marked(text, region), text) << region;
  }
}

TEST(Phone, AWordDoesNotMakeAPhoneOfADate) {
  for (const std::string text : {
      "call 2026-11-29 20:54:39", "phone 29.11.2026", "call 1764449679", "phone 10.20.30.40", "contact 591-51-9591", "contact 4111 1111 1111 1111",
      "mobile 6.1.7601.23505"})
    EXPECT_EQ(marked(text), text);
}

TEST(Phone, OnlyAWindowIsLookedAt) {
  const std::string far = "phone" + std::string(80, ' ') + "2125550123";
  EXPECT_FALSE(is_found(far));
  EXPECT_FALSE(is_found("phone " + std::string(1 << 20, '7')));
  EXPECT_FALSE(is_found("phone " + std::string(60, '(') + "2"));
}

TEST(Phone, AnUnknownRegionLeavesTheOthers) {
  EXPECT_FALSE(is_found("212-555-0123", "XX"));
  EXPECT_TRUE(is_found("+1 212-555-0123", "XX"));
  EXPECT_TRUE(is_found("tel 2125550123", ""));
}

TEST(Phone, TheLibraryIsAskedOnce) {
  PhoneFinder finder;
  EXPECT_FALSE(finder.phone_at("1764449679", 0));
  EXPECT_EQ(finder.counts().candidates, 0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(finder.phone_at("+1 212-555-0123", 0));
  EXPECT_FALSE(finder.phone_at("+1 555-012-3456", 0));
  EXPECT_TRUE(finder.phone_at("+12125550123", 0));
  EXPECT_EQ(finder.counts().candidates, 5);
  EXPECT_EQ(finder.counts().asked, 2);
}

/// The library, asked for digits of every length: what it holds for a number is never refused without asking it.
TEST(Phone, WhatIsRefusedWithoutTheLibraryItRefusesToo) {
  using i18n::phonenumbers::PhoneNumberUtil;
  PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  std::mt19937 random(5);
  std::size_t valid = 0;
  for (std::size_t size = 5; size <= 15; ++size) {
    for (int round = 0; round < 3000; ++round) {
      std::string digits = fmt::format("{:03}", round % 1000);
      while (digits.size() < size) digits += static_cast<char>('0' + random() % 10);
      i18n::phonenumbers::PhoneNumber number;
      if (library.Parse(digits, "US", &number) != PhoneNumberUtil::NO_PARSING_ERROR || !library.IsValidNumber(number)) continue;
      ++valid;
      EXPECT_TRUE(may_be_american(digits)) << digits;
    }
  }
  EXPECT_GT(valid, 500u);
  EXPECT_FALSE(may_be_american("20084123"));
}

TEST(Phone, GroupsOfTheUnitedStatesNeedNoWord) {
  EXPECT_EQ(marked("a 310-9689, b"), "a [310-9689], b");
  EXPECT_EQ(marked("a 1 310-9689, b"), "a [1 310-9689], b");
  EXPECT_FALSE(is_found("a 311-9689, b"));
  EXPECT_FALSE(is_found("\"GET / HTTP/1.1\" 200 84123 \"-\""));
  EXPECT_EQ(marked("200 84123 mobile"), "[200 84123] mobile");
}

}  // namespace
}  // namespace tocsin::protect
