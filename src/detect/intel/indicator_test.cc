#include "detect/intel/indicator.h"

#include <gtest/gtest.h>

namespace tocsin::intel {
namespace {

std::string key(IndicatorKind kind, std::string_view value) {
  const std::optional<std::string> key = key_of(kind, value);
  return key ? shown(kind, *key) : "none";
}

std::string guessed(std::string_view value) {
  const std::optional<TypedKey> key = guess_key(value);
  return key ? std::string(kind_word(key->kind)) + " " + shown(key->kind, key->key) : "none";
}

TEST(Indicator, KeysAreOneFormOfManySpellings) {
  EXPECT_EQ(key(IndicatorKind::kNetwork, "203.0.113.7/24"), "203.0.113.0/24");
  EXPECT_EQ(key(IndicatorKind::kNetwork, "::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(key(IndicatorKind::kNetwork, "2001:DB8:0:0::7"), "2001:db8::7");
  EXPECT_EQ(key(IndicatorKind::kNetwork, "0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(key(IndicatorKind::kNetwork, "::/0"), "::/0");
  EXPECT_EQ(key(IndicatorKind::kNetwork, "203.0.113.1-203.0.113.9"), "none");
  EXPECT_EQ(key(IndicatorKind::kDomain, "B\u00DCcher.Example."), "xn--bcher-kva.example");
  EXPECT_EQ(key(IndicatorKind::kDomain, "XN--BCHER-KVA.example"), "xn--bcher-kva.example");
  EXPECT_EQ(key(IndicatorKind::kDomain, "*.bad.example"), "bad.example");
  EXPECT_EQ(key(IndicatorKind::kDomain, "example"), "none") << "a name with nothing above it would name half the world";
  EXPECT_EQ(key(IndicatorKind::kDomain, "203.0.113.7"), "none");
  EXPECT_EQ(key(IndicatorKind::kUrl, "HTTP://user@Bad.Example:80/%7Ea/%2e?q=%c3%a4#top"), "bad.example/~a/.?q=%C3%A4");
  EXPECT_EQ(key(IndicatorKind::kUrl, "https://bad.example:8443"), "bad.example:8443/");
  EXPECT_EQ(key(IndicatorKind::kUrl, "https://[2001:DB8::1]:443/x"), "[2001:db8::1]/x");
  EXPECT_EQ(key(IndicatorKind::kUrl, "/etc/passwd"), "etc/passwd");
  EXPECT_EQ(key(IndicatorKind::kHash, "D41D8CD98F00B204E9800998ECF8427E"), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(key(IndicatorKind::kHash, "d41d8cd98f00b204e9800998ecf8427"), "none");
  EXPECT_EQ(key(IndicatorKind::kMailbox, "<Ann@Mail.Example>"), "ann@mail.example");
  EXPECT_EQ(key(IndicatorKind::kMailbox, "@mail.example"), "none");
  EXPECT_EQ(key(IndicatorKind::kMailbox, "ann b@mail.example"), "none");
  EXPECT_EQ(key(IndicatorKind::kDomain, std::string(kIndicatorValueBytesMax + 1, 'a')), "none");
}

TEST(Indicator, LooksTellTheKind) {
  EXPECT_EQ(guessed("203.0.113.0/24"), "ip 203.0.113.0/24");
  EXPECT_EQ(guessed("bad.example/x"), "url bad.example/x");
  EXPECT_EQ(guessed("bad.example"), "domain bad.example");
  EXPECT_EQ(guessed("ann@bad.example"), "mailbox ann@bad.example");
  EXPECT_EQ(guessed("da39a3ee5e6b4b0d3255bfef95601890afd80709"), "hash da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(guessed("etc/passwd"), "none");
  EXPECT_EQ(guessed("1.2.3.4.5"), "none");
  EXPECT_EQ(guessed(""), "none");
}

TEST(Indicator, DefangedValuesAreReadAsTheyWere) {
  EXPECT_EQ(refanged("hxxps://bad[.]example[:]8443/x"), "https://bad.example:8443/x");
  EXPECT_EQ(refanged("HXXP://bad(dot)example"), "http://bad.example");
  EXPECT_EQ(refanged("ann[@]bad[.]example"), "ann@bad.example");
  EXPECT_EQ(refanged("203[.]0[.]113[.]7"), "203.0.113.7");
  EXPECT_EQ(refanged("http://[2001:db8::1]/x"), "http://[2001:db8::1]/x");
  EXPECT_EQ(key_of(IndicatorKind::kUrl, refanged("HXXP://bad[.]example")), key_of(IndicatorKind::kUrl, "http://bad.example/"));
}

TEST(Indicator, TypesOfFeedsAreKnown) {
  EXPECT_EQ(kind_named("IP-dst"), IndicatorKind::kNetwork);
  EXPECT_EQ(kind_named("FileHash-SHA256"), IndicatorKind::kHash);
  EXPECT_EQ(kind_named("hostname"), IndicatorKind::kName);
  EXPECT_EQ(kind_named("regkey"), std::nullopt);
}

}  // namespace
}  // namespace tocsin::intel
