#include "protect/finder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "protect/finder_twin.h"

namespace tocsin {
extern std::atomic<std::size_t> allocations;  // allocations_test.cc
}

namespace tocsin::protect {
namespace {

/// What was found, each as KIND:text.
std::string found_in(std::string_view text) {
  static Finder finder;
  std::vector<Finding> found;
  finder.find(text, found);
  std::string all;
  for (const Finding& one : found) all += (all.empty() ? "" : " ") + std::string(name_of(one.kind)) + ":" + std::string(text.substr(one.from, one.to - one.from));
  return all;
}

TEST(Finder, FindsEveryKindWhereItStands) {
  EXPECT_EQ(found_in("ada@example.org from 203.0.113.7 (00:00:5e:00:53:01)"), "EMAIL:ada@example.org IP:203.0.113.7 MAC:00:00:5e:00:53:01");
  EXPECT_EQ(found_in("pays with 4111 1111 1111 1111, GB33BUKB20201555555555"), "CARD:4111 1111 1111 1111 IBAN:GB33BUKB20201555555555");
  EXPECT_EQ(found_in("call +1 212-555-0123, SSN 219-09-9999"), "PHONE:+1 212-555-0123 NATIONAL_ID:219-09-9999");
  EXPECT_EQ(found_in("(212) 555-0123"), "PHONE:(212) 555-0123");
  EXPECT_EQ(found_in(R"({"displayName":"Ada Example","dob":"1976-12-20","lat":52.5163})"), "PERSON:Ada Example BIRTH_DATE:1976-12-20 COORDINATES:52.5163");
  EXPECT_EQ(found_in("password=hunter2 postgres://ada:hunter2@db/x"), "SECRET:hunter2 URL_CREDENTIAL:ada:hunter2");
}

TEST(Finder, WhatIsCoveredIsFound) {
  EXPECT_EQ(found_in("user=ada%40example.org&x=1"), "EMAIL:ada%40example.org");
  EXPECT_EQ(found_in("card 4111\xE2\x80\x8B" "111111111111"), "CARD:4111\xE2\x80\x8B" "111111111111");
  EXPECT_EQ(found_in("\xEF\xBC\x92\xEF\xBC\x90\xEF\xBC\x93.0.113.7 x"), "IP:\xEF\xBC\x92\xEF\xBC\x90\xEF\xBC\x93.0.113.7");
  EXPECT_EQ(found_in("data: YWRhQGV4YW1wbGUub3Jn;"), "EMAIL:YWRhQGV4YW1wbGUub3Jn") << "all of it: nobody can tell where in it the address begins";
}

TEST(Finder, AColumnOfDatesOfBirthIsKnownByItsHeading) {
  EXPECT_EQ(found_in("name,mail,dob\nAda,a@example.org,1976-12-20\nBea,b@example.org,1977-01-02"), "EMAIL:a@example.org BIRTH_DATE:1976-12-20 EMAIL:b@example.org BIRTH_DATE:1977-01-02");
  const std::string far = "birthdate;city;name\n" + std::string(80, 'x') + ";1976-12-20;y";
  EXPECT_EQ(found_in(far), "BIRTH_DATE:1976-12-20");
  EXPECT_EQ(found_in("name,mail,created\n" + std::string(80, 'x') + ",1976-12-20,y"), "");
  EXPECT_EQ(found_in("a line, with commas, dobson\n" + std::string(80, 'x') + ",1976-12-20,y"), "");
}

TEST(Finder, AnEscapeOfJsonIsNoPartOfAnAddress) {
  EXPECT_EQ(found_in(R"({"a":"from\nada@example.org"})"), "EMAIL:ada@example.org");
  EXPECT_EQ(found_in(R"({"a":"\u00fcada@example.org"})"), "EMAIL:ada@example.org");
  EXPECT_EQ(found_in(R"({"a":"x\\nada@example.org"})"), "EMAIL:nada@example.org") << "two are a backslash";
}

TEST(Finder, NumbersOfLogsAreNothing) {
  for (const char* const text : {"Nov 29 09:12:44 web-01 sshd[2211]: 2026-11-29T20:54:39.123456Z", "1764449679 1764449679123 0x8000000000000000", "5770385f-c22a-43e0-bf4c-06f5698ffbd9",
                                 "00000010  73 00 79 00 73 00 74 00-65 00 6d 00 33 00 32 00  s.y.s.t.e.m.3.2.", "d41d8cd98f00b204e9800998ecf8427e v1.2.3.4 10.0.19041.1", "%%1936 100% 3.14159"}) {
    EXPECT_EQ(found_in(text), "") << text;
  }
}

TEST(Finder, OfTwoThatOverlapTheOneThatSaysMoreStays) {
  EXPECT_EQ(found_in("https://ada:hunter2@203.0.113.7/"), "URL_CREDENTIAL:ada:hunter2 IP:203.0.113.7");
  std::vector<Finding> found = {{5, 9, Kind::kPhone, {}}, {0, 6, Kind::kPerson, {}}, {5, 12, Kind::kCard, {}}, {12, 14, Kind::kIp, {}}};
  settle(found);
  EXPECT_EQ(found, (std::vector<Finding>{{0, 12, Kind::kCard, {}}, {12, 14, Kind::kIp, {}}})) << "and nothing of the other is left";
}

TEST(Finder, EveryPrefixHasFindingsWithinIt) {
  const std::string text = "ada@example.org 4111 1111 1111 1111 +1 (212) 555-0123 2001:db8::1 00-00-5e-00-53-01 born 20 December 1976 lat=52.5163 full_name=Ada %40 \xEF\xBC\x92 YWRhQGV4YW1wbGUub3Jn";
  Finder finder;
  std::vector<Finding> found;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string prefix = text.substr(0, size);
    finder.find(prefix, found);
    std::size_t end = 0;
    for (const Finding& one : found) {
      EXPECT_TRUE(one.from >= end && one.from < one.to && one.to <= size) << size;
      end = one.to;
    }
  }
}

const std::vector<std::vector<Kind>>& ignored() {
  static const std::vector<Kind> few = {Kind::kEmail, Kind::kPhone, Kind::kIp, Kind::kMac, Kind::kCoordinates, Kind::kBirthDate, Kind::kPerson};
  static const std::vector<std::vector<Kind>> all = {{}, few, {Kind::kIp, Kind::kMac}, {Kind::kPerson, Kind::kEmail, Kind::kSecret, Kind::kUrlCredential}, {Kind::kPhone, Kind::kCard}};
  return all;
}

/// A finder and its twin for each of these.
class Pairs {
 public:
  Pairs() {
    for (const std::vector<Kind>& kinds : ignored()) {
      finders_.emplace_back(kinds);
      twins_.emplace_back(std::make_unique<FinderTwin>(kinds));
    }
  }
  ::testing::AssertionResult agree(std::string_view text) {
    for (std::size_t i = 0; i < finders_.size(); ++i) {
      finders_[i].find(text, found_);
      twins_[i]->find(text, expected_);
      if (found_ != expected_) return ::testing::AssertionFailure() << "without kinds of row " << i << ": " << shown(found_, text) << " instead of " << shown(expected_, text) << " in " << text;
    }
    return ::testing::AssertionSuccess();
  }

 private:
  static std::string shown(const std::vector<Finding>& found, std::string_view text) {
    std::string all;
    for (const Finding& one : found) all += std::string(name_of(one.kind)) + ":" + std::string(text.substr(one.from, one.to - one.from)) + " ";
    return all;
  }

  std::vector<Finder> finders_;
  std::vector<std::unique_ptr<FinderTwin>> twins_;
  std::vector<Finding> found_, expected_;
};

constexpr std::string_view kParts[] = {
    "ada@example.org", "203.0.113.7", "10.0.0.1-10.0.0.9", "1.2.3.4-5", "version ", "00:00:5e:00:53:01", "00-00-5e-00-53-01", "ab-cd-ef-00-11-22", "0000.5e00.5301", "abcd.ef01.2345", "2001:db8::1", "::1", "::ffff:10.0.0.1",
    "1:2:3:4:5:6:7:8", "fe80::1ff:fe23:4567:890a", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "GB33BUKB20201555555555", "GB82 WEST 1234 5698 7654 32", "de89370400440532013000", "iban ", "card ", "219-09-9999",
    "ssn ", "ssn: 219099999", "RSSMRA85T10A562S", "ABCPD1234E", "pan ", "S1234567D", "nric ", "756.9217.0769.85", "850101-1234", "+1 212-555-0123", "(212) 555-0123", "tel 0892726341", "+49 30 23125 000 ext. 12", "(+44) 20 7946 0018",
    "2026-11-29 20:54:39.123", "2026-11-29T20:54:39Z", "17/06/09 20:10:40", "081109 203615 148", "2005.06.03-15.42.50", "1764449679", "dob ", "name,dob,mail ", ",1976-12-20,", "\"dob\":\"1976-12-20\"", "born 20 December 1976", "December 20, 1976", "geb. 20.12.1976",
    "n\xC3\xA9 le 20/12/1976", "lat=52.5163", "\"longitude\": -13.3777", "location 52.5163, 13.3777", "geo ", "00 73 00 79 00 73 00 74 00-65", "full_name=Ada Example", "\"displayName\": \"Ada Example\"", "<surname>Example</surname>",
    "nom: ", "password=hunter2 ", "postgres://ada:hunter2@db/x", "%40", "%20", "%3A", "%", "\xEF\xBC\x92", "\xEF\xBC\x8E", "\xE2\x80\x8B", "\xC2\xAD", "\xC2\xA0", "\xE2\x80\x91", "YWRhQGV4YW1wbGUub3Jn", "NDExMTExMTExMTExMTExMQ==",
    "MjE5LTA5LTk5OTk=aaaaaa", "cABhAHMAcwB3AG8AcgBkAD0AaAB1AG4AdABlAHIAMgA=", "{6a910b9d-498a-5ee0-c903-000000000400}", "\\r\\n", "\\t", "\n", " ", "  ", ", ", ".", "-", ":", "::", "/", "(", ")", "+", "=", "\"", "_", "x", "A", "0", "7", "12", "123", "1234567"};

TEST(Finder, AsksForNoMemoryOnceWarm) {
  Finder finder;
  std::vector<Finding> found;
  std::string text;
  for (const std::string_view part : kParts) {
    if (part.find("tel") == std::string_view::npos && part.find('+') == std::string_view::npos) text += std::string(part) + " ";  // phone numbers ask libphonenumber
  }
  finder.find(text, found);
  finder.find(text, found);
  EXPECT_GT(found.size(), 20u);
  const std::size_t before = allocations;
  for (int i = 0; i < 10; ++i) finder.find(text, found);
  EXPECT_EQ(allocations, before);
}

TEST(FinderTwin, AgreesOnMixtures) {
  std::mt19937 random(7);
  Pairs pairs;
  for (int round = 0; round < 6000; ++round) {
    std::string text;
    for (std::size_t parts = 1 + random() % 12; parts > 0; --parts) {
      std::string part(kParts[random() % std::size(kParts)]);
      if (random() % 8 == 0) part[random() % part.size()] = "0123456789 .:-/@aF"[random() % 18];
      if (random() % 8 == 0) part.resize(1 + random() % part.size());
      text += part;
      if (random() % 2 == 0) text += ' ';
    }
    ASSERT_TRUE(pairs.agree(text)) << round;
  }
}

TEST(FinderTwin, AgreesWhereverBlocksAndChunksBegin) {
  Pairs pairs;
  for (const std::string_view part : kParts) {
    for (std::size_t gap = 0; gap < 34; gap += 3) {
      ASSERT_TRUE(pairs.agree(std::string(gap, '.') + std::string(part)));
      ASSERT_TRUE(pairs.agree(std::string(gap, ' ') + std::string(part) + std::string(40 - gap, ' ')));
    }
    for (const std::size_t gap : {2016u, 2030u, 2040u, 2047u, 2048u}) ASSERT_TRUE(pairs.agree(std::string(gap, '|') + std::string(part) + " " + std::string(part)));
  }
}

TEST(FinderTwin, AgreesOnEverySmallTextOfSomeBytes) {
  Pairs pairs;
  constexpr std::string_view kBytes = "0a:.-";
  std::string text;
  for (std::size_t size = 1; size <= 6; ++size) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < size; ++i) count *= kBytes.size();
    for (std::size_t number = 0; number < count; ++number) {
      text.clear();
      for (std::size_t i = 0, rest = number; i < size; ++i, rest /= kBytes.size()) text += kBytes[rest % kBytes.size()];
      ASSERT_TRUE(pairs.agree(text + text + text));
    }
  }
}

TEST(FinderTwin, AgreesOnRealLogs) {
  const char* const given = std::getenv("TOCSIN_DATA");
  const std::filesystem::path logs = std::filesystem::path(given != nullptr ? given : TOCSIN_SOURCE_DIR "/../shared/data") / "loghub";
  if (!std::filesystem::exists(logs)) GTEST_SKIP() << logs << " is not there";
  Pairs pairs;
  std::size_t lines = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(logs)) {
    if (entry.path().extension() != ".log") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line); ++lines) {
      if (lines % 4 != 0) continue;
      ASSERT_TRUE(pairs.agree(line));
    }
  }
  EXPECT_GT(lines, 10'000u);
}

}  // namespace
}  // namespace tocsin::protect
