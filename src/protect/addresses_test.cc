#include "protect/addresses.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin::protect {
namespace {

/// What stands there, or "".
std::string part(std::string_view text, const std::optional<Finding>& found) { return found ? std::string(text.substr(found->from, found->to - found->from)) : std::string(); }
std::string mail(std::string_view text) { return part(text, email_around(text, text.find('@'))); }
std::string first_digit(std::string_view text, std::optional<Finding> (*look)(std::string_view, std::size_t)) { return part(text, look(text, text.find_first_of("0123456789"))); }
std::string colons(std::string_view text) { return part(text, colons_around(text, text.find(':'))); }

TEST(Email, HasANameAndADomainWithADot) {
  EXPECT_EQ(mail("from=<ada.b+c@mail.example.org>, size=3"), "ada.b+c@mail.example.org");
  EXPECT_EQ(mail("\"user\":\"ada@example.org\""), "ada@example.org");
  EXPECT_EQ(mail("o'neill@example.com."), "o'neill@example.com");
  EXPECT_EQ(mail("'ada@example.com'"), "ada@example.com");
  EXPECT_EQ(mail("ada@b\xC3\xBC" "cher.example"), "ada@b\xC3\xBC" "cher.example");
  EXPECT_EQ(mail("ada@example.xn--p1ai x"), "ada@example.xn--p1ai");
  EXPECT_EQ(mail("write to ada@example.com.3 others did"), "ada@example.com");
}

TEST(Email, IsNotEverythingWithAnAt) {
  for (const char* const text : {"root@localhost", "logo@2x.png", "user@1000.service", "getty@tty1.service", "lodash@4.17.21", "@example.org", "ada@", "ada@example", "a@b..org", "x.@example.org",
                                 "systemd-fsck@dev-sda1.service", "ada@-example.org", "ada@.org", "ada@example.1"}) {
    EXPECT_EQ(mail(text), "") << text;
  }
  EXPECT_EQ(mail(std::string(65, 'a') + "@example.org"), "");
  EXPECT_EQ(mail(std::string(64, 'a') + "@example.org"), std::string(64, 'a') + "@example.org");
}

TEST(Ipv4, StandsByItself) {
  const auto ip = [](std::string_view text) { return first_digit(text, ipv4_at); };
  EXPECT_EQ(ip("from 203.0.113.7 port 22"), "203.0.113.7");
  EXPECT_EQ(ip("203.0.113.7:443"), "203.0.113.7");
  EXPECT_EQ(ip("203.0.113.0/24."), "203.0.113.0");
  EXPECT_EQ(ip("[203.0.113.255]"), "203.0.113.255");
  EXPECT_EQ(ip("203.0.113.1-203.0.113.9"), "203.0.113.1");
  for (const char* const text : {"203.0.113.256", "203.0.113", "203.0.113.7.9", "203.0.113.07", "1.2.3.4-5", "version 1.2.3.4", "v1.2.3.4", "203.0.113.7a", "lib.1.2.3.4x", "10.0.19041.1"}) {
    EXPECT_EQ(ip(text), "") << text;
  }
}

TEST(Ipv6, IsWhatTheRfcSays) {
  EXPECT_EQ(colons("from 2001:db8::1 port 22"), "2001:db8::1");
  EXPECT_EQ(colons("[2001:db8:0:0:0:0:0:1]:443"), "2001:db8:0:0:0:0:0:1");
  EXPECT_EQ(colons("fe80::1%eth0"), "fe80::1");
  EXPECT_EQ(colons("to ::1."), "::1");
  EXPECT_EQ(colons("::ffff:203.0.113.7, x"), "::ffff:203.0.113.7");
  for (const char* const text : {"20:54:39", "std::abs", "a::b", "::", "face::bad", "x2001:db8::1", "2001:db8::1z", "12:34:56:78", "2001:db8:::1", "key:fade", "deadbeef:", ":cafe"}) {
    EXPECT_EQ(colons(text), "") << text;
  }
}

TEST(Mac, HasSixPairsOrThreeGroups) {
  EXPECT_EQ(colons("lladdr 00:00:5e:00:53:01 x"), "00:00:5e:00:53:01");
  EXPECT_EQ(colons("MAC=00:00:5e:00:53:01:00:00:5e:00:53:af:08:00 SRC=x"), "00:00:5e:00:53:01:00:00:5e:00:53:af:08:00");
  const auto mac = [](std::string_view text) { return part(text, mac_at(text, 0)); };
  EXPECT_EQ(mac("00-00-5E-00-53-01"), "00-00-5E-00-53-01");
  EXPECT_EQ(mac("0000.5e00.5301,"), "0000.5e00.5301");
  EXPECT_EQ(mac("ab-cd-ef-01-23-45"), "ab-cd-ef-01-23-45");
  for (const char* const text : {"2026.1129.0815", "00-00-5E-00-53", "00-00-5E-00-53-01-02", "0000.5e00.5301.0001", "0000.5e00.53011", "00-00-5E-00-53-0x"}) EXPECT_EQ(mac(text), "") << text;
  EXPECT_EQ(colons("SHA1 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD"), "") << "a fingerprint";
}

TEST(Coordinates, HaveTheirNameOrEachOther) {
  const auto place = [](std::string_view text) {
    const std::size_t first = text.find_first_of("0123456789");
    return part(text, coordinates_at(text, first));
  };
  EXPECT_EQ(place(R"({"latitude": 52.5163, "x":1})"), "52.5163");
  EXPECT_EQ(place("geoLat=-33.8568"), "-33.8568");
  EXPECT_EQ(place("location: 52.5163, 13.3777"), "52.5163, 13.3777");
  EXPECT_EQ(place("gps 52.51630,-13.37770;"), "52.51630,-13.37770");
  for (const char* const text : {"took 52.5163 s", "52.5163, 13.3777", "flat=52.5163", "latitude 95.1", "location: 1.2.3.4", "location: 152.5163, 13.3777", "plateau: 0.1234, 0.5678", "latency=12.345"}) {
    EXPECT_EQ(place(text), "") << text;
  }
}

}  // namespace
}  // namespace tocsin::protect
