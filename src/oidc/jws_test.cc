#include "oidc/jws.h"

#include "oidc/fake_provider.h"

namespace tocsin::oidc {
namespace {

namespace json = boost::json;

/// RFC 7515, appendix A.2 and A.3.
const char* const kRfcKeys = R"({"keys":[{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"},
  {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";
const std::string kRfcPayload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string kRfcText = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
const std::string kRfcRs256 = "eyJhbGciOiJSUzI1NiJ9." + kRfcPayload +
                              ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZ"
                              "LgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
                              "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const std::string kRfcEs256 = "eyJhbGciOiJFUzI1NiJ9." + kRfcPayload + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
/// Appendix A.1 and A.5: what is never taken.
const std::string kRfcHs256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + kRfcPayload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string kRfcNone = "eyJhbGciOiJub25lIn0." + kRfcPayload + ".";

std::string why_not(const std::string& token, const KeySet& keys) {
  const Result<std::string> payload = verify_jws(token, keys);
  return payload ? "taken: " + *payload : payload.error().message;
}

TEST(Jws, ExamplesOfTheRfcAreAsItSays) {
  const KeySet keys = *KeySet::read(kRfcKeys);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(verify_jws(kRfcRs256, keys).value_or(""), kRfcText);
  EXPECT_EQ(verify_jws(kRfcEs256, keys).value_or(""), kRfcText);
  EXPECT_EQ(why_not(kRfcHs256, keys), "the token's algorithm 'HS256' is none of RS256, PS256 and ES256");
  EXPECT_EQ(why_not(kRfcNone, keys), "the token's algorithm 'none' is none of RS256, PS256 and ES256");
}

/// A character at every place of a good token is another one: nothing of it goes unnoticed.
TEST(Jws, NoCharacterCanBeChanged) {
  const KeySet keys = *KeySet::read(kRfcKeys);
  for (const std::string& good : {kRfcEs256, kRfcRs256}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string token = good;
      token[at] = token[at] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(verify_jws(token, keys)) << at;
    }
    EXPECT_FALSE(verify_jws(good + "=", keys));
    EXPECT_FALSE(verify_jws(good + "A", keys));
    EXPECT_FALSE(verify_jws(good + ".", keys));
    EXPECT_FALSE(verify_jws(" " + good, keys));
    EXPECT_FALSE(verify_jws(good.substr(0, good.rfind('.') + 1), keys)) << "without a signature";
    EXPECT_FALSE(verify_jws(good.substr(0, good.rfind('.')), keys));
  }
}

class JwsByKeys : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    rsa_ = new FakeKey(FakeKey::rsa("r1"));
    p256_ = new FakeKey(FakeKey::p256("e1"));
  }
  static void TearDownTestSuite() {
    delete rsa_;
    delete p256_;
  }
  static KeySet keys(std::initializer_list<json::object> all) { return *KeySet::read(key_list(all)); }
  static json::object with(json::object key, const std::string& name, const json::value& value) {
    key[name] = value;
    return key;
  }
  static inline FakeKey* rsa_ = nullptr;
  static inline FakeKey* p256_ = nullptr;
  const std::string text_ = R"({"sub":"ada"})";
};

TEST_F(JwsByKeys, EachAlgorithmIsTakenFromItsKindOfKeyAlone) {
  const KeySet both = keys({rsa_->jwk(), p256_->jwk()});
  for (const char* const algorithm : {"RS256", "PS256"}) EXPECT_EQ(verify_jws(rsa_->sign_as(algorithm, text_), both).value_or(""), text_) << algorithm;
  EXPECT_EQ(verify_jws(p256_->sign_as("ES256", text_), both).value_or(""), text_);
  // The kind of the key says what is possible, whatever the token claims.
  EXPECT_FALSE(verify_jws(p256_->sign_as("RS256", text_), both));
  EXPECT_FALSE(verify_jws(rsa_->sign_as("ES256", text_), both));
  for (const char* const algorithm : {"none", "None", "HS256", "HS512", "RS384", "RS512", "ES384", "ES512", "ES256K", "EdDSA", "rs256", ""}) {
    EXPECT_NE(why_not(rsa_->sign_as(algorithm, text_), both).find("is none of"), std::string::npos) << algorithm;
  }
  // Signed with one padding, named as the other.
  const std::string pss = rsa_->sign_as("PS256", text_), text = R"({"alg":"RS256","kid":"r1"})";
  EXPECT_FALSE(verify_jws(base64url(text) + pss.substr(pss.find('.')), both));
}

TEST_F(JwsByKeys, AKeyIsUsedForWhatItIsFor) {
  const std::string token = rsa_->sign_as("RS256", text_);
  EXPECT_TRUE(verify_jws(token, keys({with(rsa_->jwk(), "alg", "RS256")})));
  EXPECT_FALSE(verify_jws(token, keys({with(rsa_->jwk(), "alg", "PS256")})));
  EXPECT_FALSE(verify_jws(token, keys({with(rsa_->jwk(), "use", "enc")})));
  EXPECT_TRUE(verify_jws(token, keys({with(rsa_->jwk(), "key_ops", json::array{"verify"})})));
  EXPECT_FALSE(verify_jws(token, keys({with(rsa_->jwk(), "key_ops", json::array{"encrypt"})})));
  EXPECT_FALSE(verify_jws(token, keys({with(rsa_->jwk(), "kty", "oct")})));
  EXPECT_FALSE(verify_jws(token, keys({with(p256_->jwk(), "kid", "r1")}))) << "a key of another kind under its id";
}

TEST_F(JwsByKeys, TheKeyIsTheOneThatIsNamed) {
  const KeySet both = keys({rsa_->jwk(), p256_->jwk()});
  const Result<std::string> unknown = verify_jws(rsa_->sign(R"({"alg":"RS256","kid":"r2"})", text_), both);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kNotFound) << "newer keys may have it";
  EXPECT_FALSE(verify_jws(FakeKey::rsa("r1").sign_as("RS256", text_), both)) << "another one's key of the same id";
  EXPECT_TRUE(verify_jws(rsa_->sign(R"({"alg":"RS256"})", text_), both)) << "the only one that fits";
  const KeySet two = keys({rsa_->jwk(), with(rsa_->jwk(), "kid", "r2")});
  EXPECT_EQ(why_not(rsa_->sign(R"({"alg":"RS256"})", text_), two), "the token may be by any of several keys");
  EXPECT_TRUE(verify_jws(rsa_->sign_as("RS256", text_), two));
}

TEST_F(JwsByKeys, AHeadThatIsNotPlainIsRefused) {
  const KeySet both = keys({rsa_->jwk(), p256_->jwk()});
  const std::pair<const char*, const char*> cases[] = {
      {R"({"alg":"none","alg":"RS256","kid":"r1"})", "the token's head has a name twice"},
      {R"({"alg":"RS256","kid":"r1","kid":"r1"})", "the token's head has a name twice"},
      {R"({"alg":"RS256","al\u0067":"none","kid":"r1"})", "the token's head has a name twice"},
      {R"({"alg":"RS256","kid":"r1","crit":["exp"],"exp":1})", "the token's head asks for an extension ('crit'), and none is known here"},
      {R"({"alg":"RS256","kid":"r1","typ":"at+jwt"})", "the token is of another kind: its 'typ' is not JWT"},
      {R"({"alg":["RS256"],"kid":"r1"})", "'alg' is no text"},
      {R"({"alg":"RS256","kid":7})", "'kid' is no text"},
      {R"({"kid":"r1"})", "the token's algorithm '' is none of RS256, PS256 and ES256"},
      {R"(["RS256"])", "the token's head is no JSON object"},
      {R"({"alg":"RS256","kid":"r1"} {})", "the token's head is no JSON object"},
      {"", "the token's head is no JSON object"},
  };
  for (const auto& [head, why] : cases) EXPECT_EQ(why_not(rsa_->sign(head, text_), both), why) << head;
  EXPECT_TRUE(verify_jws(rsa_->sign(R"({"alg":"RS256","kid":"r1","typ":"jwt","x5t":"abc"})", text_), both));
  // A key in the head is not looked at.
  const FakeKey strange = FakeKey::rsa("r1");
  const std::string head = json::serialize(json::object{{"alg", "RS256"}, {"kid", "r1"}, {"jwk", strange.jwk()}, {"jku", "https://evil.example/keys"}});
  EXPECT_EQ(why_not(strange.sign(head, text_), both), "the token's signature does not hold");
}

TEST_F(JwsByKeys, SizesHaveBounds) {
  const KeySet both = keys({rsa_->jwk(), p256_->jwk()});
  const std::string large = rsa_->sign_as("RS256", std::string(kJwsBytesMax, ' '));
  EXPECT_EQ(why_not(large, both), "the token is longer than 65536 bytes");
  EXPECT_TRUE(verify_jws(rsa_->sign_as("RS256", std::string(kJwsBytesMax / 2, ' ')), both));
  json::array many(kProviderKeysMax + 1, p256_->jwk());
  EXPECT_EQ(KeySet::read(json::serialize(json::object{{"keys", many}})).error().code, Code::kLimit);
}

TEST_F(JwsByKeys, KeysThatAreNoneAreLeftOut) {
  const json::object good = rsa_->jwk(), curve = p256_->jwk();
  const json::object bad[] = {
      with(good, "n", "AQAB"),                                       // 17 bits
      with(good, "n", "!"),
      with(good, "e", "AQ"),                                         // 1
      with(good, "e", "Ag"),                                         // 2
      with(good, "e", good.at("n")),                                 // slow
      with(good, "kty", "EC"),
      with(curve, "x", good.at("e")),
      with(curve, "x", curve.at("y")),                               // beside the curve
      with(curve, "crv", "P-384"),
      FakeKey::rsa("weak", 1'024).jwk(),
  };
  for (const json::object& key : bad) EXPECT_EQ(keys({key}).size(), 0u) << json::serialize(key);
  EXPECT_EQ(keys({bad[0], good, bad[7], curve}).size(), 2u);
  for (const char* const text : {"", "{}", "[]", R"({"keys":{}})", R"({"keys":[],"keys":[]})"}) EXPECT_FALSE(KeySet::read(text)) << text;
}

TEST(Base64url, IsReadBackAndNothingElseIs) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes, back;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 + size);
    const std::string text = base64url(bytes);
    ASSERT_TRUE(read_base64url(text, back)) << text;
    EXPECT_EQ(back, bytes);
  }
  std::string bytes;
  for (const char* const text : {"A", "AB", "AA=", "AA==", "A+A", "A/A", "A A", "AAAAA", "AAAA\n"}) EXPECT_FALSE(read_base64url(text, bytes)) << text;
}

}  // namespace
}  // namespace tocsin::oidc
