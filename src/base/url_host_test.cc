#include "base/url_host.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tocsin {
namespace {

TEST(UrlHost, NamesAreComparedInOneForm) {
  EXPECT_EQ(comparable_host("B\u00DCcher.Example."), "xn--bcher-kva.example");
  EXPECT_EQ(comparable_host("XN--BCHER-KVA.example.."), "xn--bcher-kva.example");
  EXPECT_EQ(comparable_host("\xff.example"), "");
  EXPECT_EQ(comparable_host("two words"), "");
  EXPECT_EQ(comparable_host(std::string(5'000, 'a')), "");
  EXPECT_EQ(comparable_host("..."), "");
}

/// Every byte in a name, and every length about the longest.
TEST(UrlHost, ThePlainWayIsTheSame) {
  char room[kPlainHostBytesMax];
  std::vector<std::string> names = {"", ".", "a..", "A.Example.", std::string(kPlainHostBytesMax, 'B'), std::string(kPlainHostBytesMax, 'b') + "..."};
  for (int byte = 0; byte < 0x80; ++byte) names.push_back(std::string("Ab") + static_cast<char>(byte) + "c.example");
  for (const std::string& name : names) {
    const std::optional<std::string_view> plain = plain_host(name, room);
    ASSERT_TRUE(plain) << name;
    EXPECT_EQ(*plain, comparable_host(name)) << name;
  }
  EXPECT_FALSE(plain_host("b\u00FCcher.example", room)) << "what is not ASCII takes the other way";
  EXPECT_FALSE(plain_host(std::string(kPlainHostBytesMax + 1, 'a'), room));
}

TEST(UrlHost, UrlsAreComparedInOneForm) {
  EXPECT_EQ(comparable_url("HTTP://user:secret@A.Example:80"), "a.example/");
  EXPECT_EQ(comparable_url("https://a.example:443?q=1#top"), "a.example/?q=1");
  EXPECT_EQ(comparable_url("https://a.example:80/x"), "a.example:80/x");
  EXPECT_EQ(comparable_url("a.example:8443/%7e%2f%zz%4"), "a.example:8443/~%2F%zz%4");
  EXPECT_EQ(comparable_url("https:\\\\a.example\\b?c\\d"), "a.example/b?c\\d");
  EXPECT_EQ(comparable_url("http://[2001:DB8::1]:8080/x"), "[2001:db8::1]:8080/x");
  EXPECT_EQ(comparable_url("  http://a.exa\nmple/x\t "), "a.example/x");
  EXPECT_EQ(comparable_url("mailto:a@b.example"), "");
  EXPECT_EQ(comparable_url("/"), "");
  EXPECT_EQ(url_host("//a.example/x"), "a.example");
}

}  // namespace
}  // namespace tocsin
