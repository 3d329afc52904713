// The numbers are the issuers' and banks' own specimens, or made up to fit; they are nobody's.
#include "protect/identifiers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "protect/check_digits.h"
#include "protect/surroundings.h"

namespace tocsin::protect {
namespace {

/// The kind and what was found, as "CARD 4111111111111111"; "" if nothing.
std::string found(std::string_view before, std::string_view id, std::string_view behind = "") {
  const std::string text = std::string(before) + std::string(id) + std::string(behind);
  const std::optional<Finding> finding = identifier_at(text, before.size());
  if (!finding) return "";
  EXPECT_EQ(finding->from, before.size());
  return std::string(name_of(finding->kind)) + ' ' + text.substr(finding->from, finding->to - finding->from);
}

std::string card(std::string_view id) { return "CARD " + std::string(id); }
std::string iban(std::string_view id) { return "IBAN " + std::string(id); }

constexpr std::string_view kCards[] = {
    "4111111111111111", "5555555555554444", "2221000000000009", "2720990000000007", "378282246310005", "6011111111111117", "30569309025904", "3530111333300000",
    "6200000000000005", "6759649826438453", "501800000009", "2200000000000004", "38520000023237", "4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005",
    "3056 930902 5904", "6304 0000 0000 0000",
};

TEST(Identifiers, Cards) {
  for (const std::string_view id : kCards) {
    EXPECT_EQ(found("", id), card(id));
    EXPECT_EQ(found("paid with ", id, ", thanks"), card(id));
    EXPECT_EQ(found("\"n\":\"", id, "\"}"), card(id));
  }
}

TEST(Identifiers, ACardWithAWrongDigitIsFoundOnlyBehindAWord) {
  for (const std::string_view id : {"4111111111111111", "5555-5555-5555-4444", "3782 822463 10005", "6011111111111117"}) {
    for (std::size_t at = 0; at < id.size(); ++at) {
      for (char c = '0'; c <= '9' && is_digit(id[at]); ++c) {
        std::string wrong(id);
        wrong[at] = c;
        EXPECT_EQ(found("paid with ", wrong), c == id[at] ? card(id) : "");
      }
    }
  }
  for (const std::string_view word : {"card ", "VISA: ", "cc=", "\"creditCardNumber\": \"", "Kreditkarte ", "tarjeta de crédito ", "pan=", "Amex "}) {
    EXPECT_EQ(found(word, "4111111111111112"), "CARD 4111111111111112") << word;
  }
  EXPECT_EQ(found("discard ", "4111111111111112"), "");
}

TEST(Identifiers, CardsWithoutIssuerOrOfAWrongLengthAreNone) {
  for (const std::string_view id : {"1111111111111117", "0000000000000000", "4444444444444444", "411111111111116", "41111111111111113", "9999999999999995"}) EXPECT_EQ(found("card ", id), "") << id;
}

TEST(Identifiers, CardsWithOddGroupsNeedAWord) {
  for (const std::string_view id : {"4111  1111  1111  1111", "4111.1111.1111.1111", "4111-1111 1111 1111", "411111 1111111111", "41 11 11 11 11 11 11 11"}) {
    EXPECT_EQ(found("paid with ", id), "") << id;
    EXPECT_EQ(found("card ", id), card(id));
    EXPECT_EQ(found("card ", std::string(id.substr(0, id.size() - 1)) + "2"), "");
  }
}

TEST(Identifiers, CardsOfLengthsThatOtherNumbersHaveNeedAWord) {
  for (const std::string_view id : {"4222222222222", "4000000000000000006", "6000000000000007", "5600000000005"}) {
    EXPECT_EQ(found("", id), "") << id;
    EXPECT_EQ(found("card ", id), card(id));
  }
  EXPECT_EQ(found("", "4000-0000-0000-0000-006"), "CARD 4000-0000-0000-0000-006");
}

TEST(Identifiers, ACardEndsBeforeWhatFollows) {
  EXPECT_EQ(found("", "4111 1111 1111 1111 123"), "CARD 4111 1111 1111 1111");
  EXPECT_EQ(found("", "4111111111111111 12/29"), "CARD 4111111111111111");
  EXPECT_EQ(found("", "4111111111111111:1229:123"), "CARD 4111111111111111");
  EXPECT_EQ(found("", "4111111111111111|12|29"), "CARD 4111111111111111");
  EXPECT_EQ(found("0a00 ffff ", "4111 1111 1111 1111 0000"), "");
}

constexpr std::string_view kIbans[] = {
    "GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32", "GB82-WEST-1234-5698-7654-32", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "FR1420041010050500013M02606",
    "NL91ABNA0417164300", "BE68539007547034", "CH9300762011623852957", "IT60X0542811101000000123456", "ES9121000418450200051332", "NO9386011117947", "MT84MALT011000012345MTLCAST001S",
    "PL61109010140000071219812874", "SE4550000000058398257466", "BR1800360305000010009795493C1", "SA0380000000608010167519", "LC55HEMM000100010012001200023015", "TR330006100519786457841326",
};

TEST(Identifiers, Ibans) {
  for (const std::string_view id : kIbans) {
    EXPECT_EQ(found("", id), iban(id));
    EXPECT_EQ(found("to ", id, ", thanks"), iban(id));
    EXPECT_EQ(found("", id, "7"), "");
    EXPECT_EQ(found("X", id), "");
  }
}

TEST(Identifiers, AnIbanWithAWrongCharacterIsFoundOnlyBehindAWord) {
  for (const std::string_view id : kIbans) {
    for (std::size_t at = 2; at < id.size(); ++at) {
      for (char c = '0'; c <= '9' && is_digit(id[at]); ++c) {
        std::string wrong(id);
        wrong[at] = c;
        EXPECT_EQ(found("to ", wrong), c == id[at] ? iban(id) : "") << wrong;
      }
    }
  }
  for (const std::string_view word : {"IBAN: ", "account ", "Konto ", "\"bank_account\":\""}) EXPECT_EQ(found(word, "DE89370400440532013001"), "IBAN DE89370400440532013001") << word;
}

TEST(Identifiers, IbansInOtherForms) {
  EXPECT_EQ(found("to ", "gb82west12345698765432"), "");
  EXPECT_EQ(found("iban ", "gb82west12345698765432"), "IBAN gb82west12345698765432");
  EXPECT_EQ(found("to ", "DE89 37040044 0532013000"), "");
  EXPECT_EQ(found("IBAN ", "DE89 37040044 0532013000"), "IBAN DE89 37040044 0532013000");
  EXPECT_EQ(found("to ", "DE89 3704-0044 0532 0130 00"), "");
  EXPECT_EQ(found("account ", "DE8937040044053201300"), "");                              // too short, and nothing calls it an IBAN
  EXPECT_EQ(found("IBAN ", "DE8937040044053201300"), "IBAN DE8937040044053201300");
  EXPECT_EQ(found("IBAN ", "ZZ89370400440532013000"), "");
  EXPECT_EQ(found("to ", "GB25123412345698765432"), "");                                  // no letters of a bank
}

TEST(Identifiers, OrdinaryNumbersAreNone) {
  constexpr std::string_view kNumbers[] = {
      "2026-11-29T20:54:39Z", "2026-11-29 20:54:39.123456", "20261129205439", "20261129-2054", "192.168.100.200", "1.2.3.4", "10.0.0.1:65535", "65535", "4194304000", "1764448479", "1764448479123",
      "1764448479123456", "1764448479123456789", "550e8400-e29b-41d4-a716-446655440000", "12345678-1234-1234-1234-501800000009", "d41d8cd98f00b204e9800998ecf8427e", "5018000000090", "049 30 123456",
      "030-12345678", "555-123-4567", "(212) 555-1234", "140737353971456", "9223372036854775807", "18446744073709551615", "0x7fff5fbff8c0", "4111111111111111.25", "4111111111111111-1", "3.14159265358979",
      "MSIE7", "HTTP/1.1", "INFO", "KB4012345", "ERROR1234A", "AB12", "GB82", "CVE-2026-12345", "00:1A:2B:3C:4D:5E", "081109 203518 143", "1,234,567,890,123", "100%", "0", "000000000000", "123456789", "12345678",
  };
  for (const std::string_view number : kNumbers) {
    const std::string text = "at " + std::string(number) + " end";
    for (std::size_t at = 0; at < text.size(); ++at) EXPECT_EQ(identifier_at(text, at), std::nullopt) << number << ' ' << at;
  }
}

TEST(Identifiers, InsideOfWordsAreNone) {
  for (const std::string_view before : {"x", "1", "_", "blk_-", "-", "=-", "+", "0.", "a1-", "20:", "7/"}) EXPECT_EQ(found(before, "4111111111111111"), "") << before;
  for (const std::string_view behind : {"x", "1", "_", "-x", ".5", "@example.com"}) EXPECT_EQ(found("", "4111111111111111", behind), "") << behind;
}

TEST(Identifiers, TheLongestWins) {
  EXPECT_EQ(found("aadhaar card ", "2341 2341 2346"), "NATIONAL_ID 2341 2341 2346");
  EXPECT_EQ(found("aadhaar ", "6304 0000 0000 0000"), "CARD 6304 0000 0000 0000");
  EXPECT_EQ(found("ssn ", "219-45-6789"), "NATIONAL_ID 219-45-6789");
}

TEST(Identifiers, TheCountryIsThatOfANationalIdentifier) {
  EXPECT_EQ(identifier_at("219-45-6789", 0), (Finding{.from = 0, .to = 11, .kind = Kind::kNationalId, .country = {'U', 'S'}}));
  EXPECT_EQ(identifier_at("4111111111111111", 0), (Finding{.from = 0, .to = 16, .kind = Kind::kCard, .country = {}}));
}

TEST(Identifiers, BytesBeyondTheTextAreNotRead) {
  // A copy of each beginning of its own size, so that the address sanitizer sees a byte too many.
  std::string text = "card 4111 1111 1111 1111 iban GB82 WEST 1234 5698 7654 32 ssn 219-45-6789 curp HEGG560427MVZRRL04 \xc3";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::unique_ptr<char[]> copy(new char[size]);
    text.copy(copy.get(), size);
    for (std::size_t at = 0; at <= size; ++at) {
      const std::optional<Finding> finding = identifier_at({copy.get(), size}, at);
      EXPECT_LE(finding ? finding->to : 0, size);
    }
  }
}

TEST(Identifiers, TheTextMayBeLong) {
  const std::string far(1 << 20, 'a');
  EXPECT_EQ(found("card " + far + " ", "4111111111111112", " " + far), "");
  EXPECT_EQ(found(far + " card ", "4111111111111112", " " + far), "CARD 4111111111111112");
}

}  // namespace
}  // namespace tocsin::protect
