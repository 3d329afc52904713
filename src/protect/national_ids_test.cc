// The numbers are what the states themselves print as specimens, or made up to fit; they are nobody's.
#include "protect/national_ids.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::protect {
namespace {

/// The country and what was found, as "NL 111222333"; "" if nothing.
std::string found(std::string_view before, std::string_view id, std::string_view behind = "") {
  const std::string text = std::string(before) + std::string(id) + std::string(behind);
  Surroundings around(text, before.size());
  if (!around.is_start()) return "";
  const std::optional<NationalId> national = national_id_at(around);
  if (!national) return "";
  return (national->country[0] == 0 ? std::string("--") : std::string(national->country.data(), 2)) + ' ' + text.substr(before.size(), national->length);
}

std::string expected(std::string_view country, std::string_view id) { return std::string(country) + ' ' + std::string(id); }

struct Example {
  std::string_view country, id;
  std::string_view word;  // announces it
  std::string_view wrong = {};  // the same, mistyped
};

constexpr Example kDistinct[] = {
    {"US", "219-45-6789", "ssn", "666-45-6789"},
    {"US", "912-78-3456", "itin", "912-66-3456"},
    {"GB", "AB 12 34 56 C", "NI number", "AB 12 34 56 E"},
    {"GB", "AB 123456 C", "nino", "DB 123456 C"},
    {"DE", "65170839J003", "Rentenversicherungsnummer", "65170839J004"},
    {"DE", "65 170839 J 003", "SV-Nummer", "65 170839 K 003"},
    {"FR", "255081416802538", "NIR", "255081416802539"},
    {"FR", "2 55 08 14 168 025 38", "numéro de sécurité sociale", "2 55 08 14 168 025 39"},
    {"ES", "12345678-Z", "DNI", "12345678-A"},
    {"ES", "X1234567L", "NIE", "X1234567T"},
    {"IT", "RSSMRA85T10A562S", "codice fiscale", "RSSMRA85T10A562T"},
    {"BE", "85.07.30-033.28", "rijksregisternummer", "85.07.30-033.29"},
    {"SE", "811228-9874", "personnummer", "811228-9875"},
    {"SE", "19811228-9874", "personnummer", "19811228-9875"},
    {"DK", "311270-4018", "CPR", "311270-4019"},
    {"IS", "120174-3399", "kennitala", "120174-3389"},
    {"FI", "131052-308T", "henkilötunnus", "131052-308S"},
    {"FI", "131052A308T", "hetu", "131052A308S"},
    {"CH", "756.9217.0769.85", "AHV-Nr", "756.9217.0769.84"},
    {"CH", "7569217076985", "AVS", "7569217076984"},
    {"RU", "112-233-445 95", "СНИЛС", "112-233-445 94"},
    {"BR", "111.444.777-35", "CPF", "111.444.777-36"},
    {"CL", "12.345.678-5", "RUT", "12.345.678-6"},
    {"CL", "10000013-K", "RUT", "10000014-K"},
    {"AR", "20-12345678-6", "CUIT", "20-12345678-5"},
    {"MX", "HEGG560427MVZRRL04", "CURP", "HEGG560427MVZRRL05"},
    {"CN", "11010519491231002X", "身份证", "110105194912310021"},
    {"KR", "900101-1234568", "주민등록번호", "900101-1234567"},
    {"TH", "1-2345-45678-78-1", "Thai ID", "1-2345-45678-78-2"},
};

constexpr Example kPlain[] = {
    {"US", "219 45 6789", "social security number", ""},
    {"US", "219456789", "user_ssn", ""},
    {"US", "900456789", "SSN", ""},
    {"GB", "AB123456C", "National Insurance", "AB123456F"},
    {"GB", "943 476 5919", "NHS number", "943 476 5918"},
    {"CA", "130 692 544", "SIN", "130 692 545"},
    {"CA", "130692544", "numéro d'assurance sociale", "130692545"},
    {"DE", "86095742719", "Steuer-ID", "86095742718"},
    {"DE", "86 095 742 719", "steuerliche Identifikationsnummer", "86 095 742 718"},
    {"ES", "12345678Z", "DNI", "12345678A"},
    {"NL", "111222333", "BSN", "111222334"},
    {"NL", "1112.22.333", "burgerservicenummer", "1112.22.334"},
    {"BE", "85073003328", "registre national", "85073003329"},
    {"SE", "8112289874", "personnummer", "8112289875"},
    {"DK", "0707614285", "cpr-nr", "0713614285"},
    {"NO", "01010750160", "fødselsnummer", "01010750161"},
    {"PL", "44051401359", "PESEL", "44051401358"},
    {"PT", "123456789", "contribuinte", "123456788"},
    {"AT", "1237 010180", "SVNR", "1238 010180"},
    {"AT", "1237010180", "Sozialversicherungsnummer", "1238010180"},
    {"IE", "1234567T", "PPS number", "1234567A"},
    {"CZ", "736028/5163", "rodné číslo", "736028/5164"},
    {"RO", "1800101221144", "CNP", "1800101221145"},
    {"BG", "7523169263", "EGN", "7523169264"},
    {"HR", "69435151530", "OIB", "69435151531"},
    {"EE", "37605030299", "isikukood", "37605030298"},
    {"LT", "33309240064", "asmens kodas", "33309240065"},
    {"TR", "10000000146", "T.C. Kimlik No", "10000000147"},
    {"IL", "123456782", "teudat zehut", "123456783"},
    {"ZA", "8001015009087", "ID number", "8001015009088"},
    {"BR", "11144477735", "cpf", "11144477736"},
    {"IN", "2341 2341 2346", "Aadhaar", "2341 2341 2347"},
    {"IN", "234123412346", "aadhar no", "234123412347"},
    {"IN", "ABCPE1234F", "PAN", "ABCDE1234F"},
    {"AU", "123 456 782", "TFN", "123 456 783"},
    {"JP", "1234 5678 9018", "My Number", "1234 5678 9017"},
    {"JP", "123456789018", "マイナンバー", "123456789017"},
    {"KR", "9001011234568", "RRN", "9001011234567"},
    {"SG", "S1234567D", "NRIC", "S1234567E"},
    {"TW", "A123456789", "身分證", "A123456788"},
    {"--", "9870012346", "National ID", ""},
};

TEST(NationalIds, WithAFormOfTheirOwnAreFoundAlone) {
  for (const Example& example : kDistinct) {
    EXPECT_EQ(found("for ", example.id, ", as said."), expected(example.country, example.id));
    EXPECT_EQ(found("", example.id), expected(example.country, example.id));
    EXPECT_EQ(found("for ", example.wrong, ", as said."), "") << example.wrong;
  }
}

TEST(NationalIds, WithAFormOfTheirOwnAreFoundMistypedBehindAWord) {
  for (const Example& example : kDistinct) EXPECT_EQ(found(std::string(example.word) + ": ", example.wrong), expected(example.country, example.wrong)) << example.word;
}

TEST(NationalIds, OfDigitsOnlyNeedAWordAndACheckDigit) {
  for (const Example& example : kPlain) {
    EXPECT_EQ(found(std::string(example.word) + ": ", example.id, "."), expected(example.country, example.id)) << example.word;
    EXPECT_EQ(found("for ", example.id, ", as said."), "") << example.id;
    if (!example.wrong.empty()) {
      EXPECT_EQ(found(std::string(example.word) + ": ", example.wrong), "") << example.wrong;
    }
  }
}

TEST(NationalIds, EndWhereAWordEnds) {
  for (const Example& example : kDistinct) {
    for (const std::string_view behind : {"1", "x", "_", "-7", ".5", "@example.com"}) EXPECT_EQ(found("", example.id, behind), "") << example.id << behind;
    for (const std::string_view behind : {".", ", and", "-", ")", "\"", ". Then", ":", "\n", ";3", "</ssn>"}) EXPECT_NE(found("", example.id, behind), "") << example.id << behind;
    for (const std::string_view before : {"x", "7", "_", "0.", "550e8400-", "-", "+", "12:", "8/"}) EXPECT_EQ(found(before, example.id), "") << before << example.id;
    for (const std::string_view before : {"(", "\"", "=", ": ", "No.", ",", "1,", "SSN-", "/users/", "<ssn>"}) EXPECT_NE(found(before, example.id), "") << before << example.id;
  }
}

TEST(NationalIds, OfOneDigitAreNone) {
  EXPECT_EQ(found("ssn ", "000-00-0000"), "");
  EXPECT_EQ(found("cpf ", "111.111.111-11"), "");
  EXPECT_EQ(found("bsn ", "000000000"), "");
}

TEST(NationalIds, OfASocialSecurityNumberThatWasNeverGivenOutTheTextMustSayThatItIsOne) {
  for (const std::string_view id : {"000-12-3456", "666-12-3456", "912-12-3456", "219-00-3456", "219-45-0000"}) {
    EXPECT_EQ(found("value ", id), "") << id;
    EXPECT_EQ(found("Social Security Number: ", id), expected("US", id));
  }
}

TEST(NationalIds, CheckSpecialCases) {
  EXPECT_EQ(found("", "193122A00100186"), "");                             // Corsica, wrong key
  EXPECT_EQ(found("", "193122A00100185"), "FR 193122A00100185");           // 2A counts as 19
  EXPECT_EQ(found("", "140011234567840"), "");                             // would be a thread of Linux, 0x7f55…
  EXPECT_EQ(found("nir ", "140011234567840"), "FR 140011234567840");
  EXPECT_EQ(found("", "RSSMRA85T10A56NH"), "IT RSSMRA85T10A56NH");         // a letter for a digit
  EXPECT_EQ(found("", "010112-2057"), "");                                 // 1 January 2012, 20:57? Only behind a word
  EXPECT_EQ(found("", "20261129-2054"), "");
  EXPECT_EQ(found("", "180801-1243"), "");                                 // would be Danish
  EXPECT_EQ(found("bsn ", "111222333 444"), "NL 111222333");
}

TEST(NationalIds, WordsOfAnyCountryDoWithACheckDigit) {
  EXPECT_EQ(found("National ID number: ", "44051401359"), "PL 44051401359");
  EXPECT_EQ(found("tax id ", "86095742719"), "DE 86095742719");
  EXPECT_EQ(found("tax id ", "86095742718"), "");
  // With two that fit, the word decides.
  EXPECT_EQ(found("CPR ", "070761-4285"), "DK 070761-4285");
  EXPECT_EQ(found("personnummer ", "070761-4285"), "SE 070761-4285");
}

}  // namespace
}  // namespace tocsin::protect
