#include "oidc/id_token.h"

#include <gtest/gtest.h>

namespace tocsin::oidc {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr TimeUs kSecond = 1'000'000;
const IdTokenWanted kWanted{"https://id.example", "tocsin", "n0", (kNow - 30) * kSecond, kNow * kSecond};

json::object claims() {
  return {{"iss", "https://id.example"}, {"aud", "tocsin"}, {"sub", "s-1"}, {"iat", kNow - 1}, {"exp", kNow + 300}, {"nonce", "n0"}};
}

std::string why_not(const std::string& name, const json::value& value) {
  json::object with = claims();
  with.erase(name);
  if (!value.is_null()) with[name] = value;
  const Result<IdToken> token = read_id_token(json::serialize(with), kWanted);
  return token ? "" : token.error().message;
}

TEST(IdToken, WhatItHasToSay) {
  const Result<IdToken> token = read_id_token(json::serialize(claims()), kWanted);
  ASSERT_TRUE(token) << token.error().message;
  EXPECT_EQ(token->subject, "s-1");
  const std::tuple<const char*, json::value, const char*> cases[] = {
      {"iss", "https://id.example/", "the ID token is by another issuer, 'https://id.example/'"},
      {"iss", nullptr, "the ID token is by another issuer, ''"},
      {"iss", json::array{"https://id.example"}, "'iss' is no text"},
      {"aud", nullptr, "the ID token is for another client: 'aud' does not name us"},
      {"aud", "tocsin2", "the ID token is for another client: 'aud' does not name us"},
      {"aud", json::array{"other"}, "the ID token is for another client: 'aud' does not name us"},
      {"aud", json::array{"tocsin", "other"}, "the ID token is for several clients, and 'azp' does not say for which it was made"},
      {"azp", "other", "the ID token was made for another client: 'azp' is not us"},
      {"nonce", "n1", "the ID token belongs to another log-in: its nonce is not ours"},
      {"nonce", nullptr, "the ID token belongs to another log-in: its nonce is not ours"},
      {"sub", nullptr, "the ID token does not say about whom it is"},
      {"sub", json::value(std::string(kSubjectBytesMax + 1, 's')), "the ID token does not say about whom it is"},
      {"sub", 7, "'sub' is no text"},
      {"exp", nullptr, "the ID token has no time 'exp'"},
      {"exp", "soon", "the ID token has no time 'exp'"},
      {"exp", -1, "the ID token has an impossible time 'exp'"},
      {"exp", 1e300, "the ID token has an impossible time 'exp'"},
      {"iat", nullptr, "the ID token has no time 'iat'"},
      {"nbf", "x", "the ID token has no time 'nbf'"},
  };
  for (const auto& [name, value, why] : cases) EXPECT_EQ(why_not(name, value), why) << name << " " << json::serialize(value);
  EXPECT_EQ(why_not("aud", json::array{"tocsin"}), "");
  EXPECT_EQ(why_not("azp", "tocsin"), "");
  json::object several = claims();
  several["aud"] = json::array{"other", "tocsin"};
  several["azp"] = "tocsin";
  EXPECT_TRUE(read_id_token(json::serialize(several), kWanted));
}

/// A minute of difference between clocks is all there is.
TEST(IdToken, TimesToTheSecond) {
  EXPECT_EQ(why_not("exp", kNow - 59), "");
  EXPECT_NE(why_not("exp", kNow - 60), "");
  EXPECT_EQ(why_not("iat", kNow + 60), "");
  EXPECT_NE(why_not("iat", kNow + 61), "");
  EXPECT_EQ(why_not("iat", kNow - 90), "");
  EXPECT_NE(why_not("iat", kNow - 91), "") << "made before this log-in began";
  EXPECT_EQ(why_not("nbf", kNow + 60), "");
  EXPECT_NE(why_not("nbf", kNow + 61), "");
  EXPECT_EQ(why_not("exp", static_cast<double>(kNow) + 0.5), "");
}

TEST(IdToken, ThatIsNoPlainJson) {
  const std::string good = json::serialize(claims());
  for (const std::string& payload : {good.substr(0, good.size() - 1) + R"(,"sub":"s-2"})", good + good, std::string("[]"), std::string(), "\xff" + good,
                                     R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}", good.substr(0, good.size() - 1) + R"(,"x":{"a":1,"a":2}})"}) {
    EXPECT_FALSE(read_id_token(payload, kWanted)) << payload;
  }
  IdTokenWanted without = kWanted;
  without.nonce.clear();
  json::object empty = claims();
  empty["nonce"] = "";
  EXPECT_FALSE(read_id_token(json::serialize(empty), without)) << "no nonce is none";
}

TEST(IdToken, ClaimsAsTexts) {
  const json::object all = json::parse(R"({"groups":["a","b",3],"one":"x","number":3,"realm_access":{"roles":["r"]},"https://example.org/roles":["u"],"a.b":"whole","a":{"b":"path"}})").as_object();
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts_of_claim(all, "groups"), (Texts{"a", "b"}));
  EXPECT_EQ(texts_of_claim(all, "one"), Texts{"x"});
  EXPECT_EQ(texts_of_claim(all, "realm_access.roles"), Texts{"r"});
  EXPECT_EQ(texts_of_claim(all, "https://example.org/roles"), Texts{"u"});
  EXPECT_EQ(texts_of_claim(all, "a.b"), Texts{"whole"});
  for (const char* const name : {"number", "none", "realm_access", "realm_access.none", "one.x", "", "."}) EXPECT_EQ(texts_of_claim(all, name), std::nullopt) << name;
  json::object many;
  many["g"] = json::array(kClaimValuesMax + 5, json::value("x"));
  EXPECT_EQ(texts_of_claim(many, "g")->size(), kClaimValuesMax);
}

}  // namespace
}  // namespace tocsin::oidc
