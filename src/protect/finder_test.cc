#include "protect/finder.h"

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
}  // namespace tocsin::protect
