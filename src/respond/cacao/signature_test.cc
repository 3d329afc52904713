#include "respond/cacao/signature.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <functional>

#include "base/canonical_json.h"
#include "respond/cacao/canonical_parts.h"
#include "respond/cacao/value.h"

namespace tocsin::cacao {
namespace {

using Kind = SignatureVerdict::Kind;

constexpr std::string_view kPlaybook = R"({"type":"playbook","id":"playbook--1","created_by":"identity--1","modified":"2026-01-31T09:00:00.000Z","name":"Caf\u00e9 {[\"]}","priority":1e1,"z":[]})";

std::string pem_of(EVP_PKEY* key, bool is_private) {
  const OwnBio bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(is_private ? PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) : PEM_write_bio_PUBKEY(bio.get(), key), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

OwnKey new_key(std::string_view kind) {
  if (kind == "RSA") return OwnKey(EVP_RSA_gen(2'048));
  if (kind == "ED25519" || kind == "ED448") return OwnKey(EVP_PKEY_Q_keygen(nullptr, nullptr, kind.data()));
  return OwnKey(EVP_EC_gen(kind.data()));
}

NewSignature by(std::string id, std::string countersigns = "") {
  return {.id = std::move(id), .signee = "Those \"on call\"", .created_by = "", .now = *parse_time("2026-02-01T00:00:00Z"), .valid_until = "2026-03-01T00:00:00.000Z", .countersigns = std::move(countersigns)};
}

std::vector<SignatureVerdict> verdicts(std::string_view text, std::span<const SignatureKey> trusted = {}, const char* now = "2026-02-02T00:00:00Z") { return check_signatures(text, {.trusted = trusted, .now = *parse_time(now)}); }

class Signature : public testing::Test {
 protected:
  const SignatureKey key_ = read_private_key(pem_of(new_key("P-256").get(), true)).value();
};

TEST_F(Signature, WhatIsSignedHoldsUntilAByteIsChanged) {
  const std::string text = add_signature(kPlaybook, key_, by("jss--1")).value();
  ASSERT_EQ(verdicts(text).size(), 1u);
  EXPECT_EQ(verdicts(text)[0].kind, Kind::kHolds) << verdicts(text)[0].why;
  EXPECT_EQ(verdicts(text)[0].form, SignatureForm::kHash);
  EXPECT_EQ(verdicts(text)[0].key, key_.fingerprint);
  EXPECT_EQ(verdicts(text)[0].signee, "Those \"on call\"");
  EXPECT_EQ(verdicts(canonical_json(text).value())[0].kind, Kind::kHolds) << "in another order, without spaces";
  const std::string canonical = canonical_json(text).value();
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    std::string changed = canonical;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    for (const SignatureVerdict& verdict : verdicts(changed)) EXPECT_NE(verdict.kind, Kind::kHolds) << changed.substr(i < 20 ? 0 : i - 20, 40);
  }
}

TEST_F(Signature, KeysOfAllKindsSign) {
  for (const auto& [kind, algorithm] : {std::pair<const char*, const char*>{"RSA", "RS256"}, {"P-256", "ES256"}, {"P-384", "ES384"}, {"P-521", "ES512"}, {"ED25519", "Ed25519"}, {"ED448", "Ed448"}}) {
    const SignatureKey key = read_private_key(pem_of(new_key(kind).get(), true)).value();
    const std::string text = add_signature(kPlaybook, key, by("jss--1")).value();
    EXPECT_EQ(verdicts(text)[0].kind, Kind::kHolds) << kind;
    EXPECT_EQ(verdicts(text)[0].algorithm, algorithm);
    const std::vector<SignatureKey> given = read_keys(pem_of(key.key.get(), false)).value();
    EXPECT_EQ(given.at(0).fingerprint, key.fingerprint);
    EXPECT_TRUE(verdicts(text, given)[0].is_trusted);
  }
  const SignatureKey rsa = read_private_key(pem_of(new_key("RSA").get(), true)).value();
  for (const char* const name : {"RS384", "RS512", "PS256", "PS384", "PS512"}) {
    const SignatureAlgorithm& algorithm = *algorithm_named(name);
    const std::string signature = sign(algorithm, rsa, "text").value();
    EXPECT_TRUE(is_signed(algorithm, rsa, "text", signature)) << name;
    EXPECT_FALSE(is_signed(algorithm, rsa, "texts", signature)) << name;
    EXPECT_FALSE(is_signed(algorithm, key_, "text", signature)) << name;
  }
}

TEST_F(Signature, FormsAndTimesAreSaid) {
  const auto with_form = [&](const std::function<std::string(const std::string&)>& form) {
    const std::string text = add_signature(kPlaybook, key_, by("jss--1")).value(), document = canonical_json(text).value();
    const std::string one(canonical_items(canonical_member(document, "signatures"))[0]);
    const std::string bytes = form(with_member(document, "signatures", "[" + with_member(one, "value", "") + "]"));
    const std::string value = to_base64(sign(*algorithm_for(key_), key_, bytes).value(), Base64::kUrl);
    return verdicts(with_member(document, "signatures", "[" + with_member(one, "value", "\"" + value + "\"") + "]"))[0];
  };
  EXPECT_EQ(with_form([](const std::string& text) { return text; }).form, SignatureForm::kText);
  const SignatureVerdict digits = with_form([](const std::string& text) {
    std::string hex;
    const std::string hash = hash_named("sha-256", text).value();
    for (const char c : hash) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return hex;
  });
  EXPECT_EQ(digits.kind, Kind::kHolds);
  EXPECT_EQ(digits.form, SignatureForm::kHexDigits);
  const std::string text = add_signature(kPlaybook, key_, by("jss--1")).value();
  EXPECT_EQ(verdicts(text, {}, "2026-01-31T00:00:00Z")[0].why, "it is valid only from 2026-02-01T00:00:00.000Z");
  EXPECT_EQ(verdicts(text, {}, "2026-03-01T00:00:00Z")[0].why, "it was valid until 2026-03-01T00:00:00.000Z");
  EXPECT_EQ(verdicts(text)[0].why, "");
}

TEST_F(Signature, SignaturesAreSignedOver) {
  const SignatureKey other = read_private_key(pem_of(new_key("ED25519").get(), true)).value();
  const std::string once = add_signature(kPlaybook, key_, by("jss--1")).value();
  const std::string twice = add_signature(add_signature(once, other, by("jss--2")).value(), other, by("jss--3", "jss--1")).value();
  const std::vector<SignatureVerdict> all = verdicts(twice);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].pointer, "/signatures/0");
  EXPECT_EQ(all[1].pointer, "/signatures/0/signature");
  EXPECT_EQ(all[1].id, "jss--3");
  EXPECT_EQ(all[2].id, "jss--2");
  for (const SignatureVerdict& verdict : all) EXPECT_EQ(verdict.kind, Kind::kHolds) << verdict.pointer << verdict.why;
  // The one beneath is changed: what is over it fails, the one beside it holds.
  std::string changed = twice;
  changed.replace(changed.find("2026-03-01", changed.find("2026-03-01") + 1), 10, "2027-03-01");
  const std::vector<SignatureVerdict> then = verdicts(changed);
  EXPECT_EQ((std::vector{then[0].kind, then[1].kind, then[2].kind}), (std::vector{Kind::kFails, Kind::kFails, Kind::kHolds})) << changed;
  EXPECT_EQ(add_signature(once, key_, by("jss--4", "jss--9")).error().code, Code::kNotFound);
  std::string deep = once;
  for (std::size_t i = 1; i < kCountersignaturesMax; ++i) deep = add_signature(deep, other, by(fmt::format("jss--d{}", i), "jss--1")).value();
  EXPECT_EQ(verdicts(deep).size(), kCountersignaturesMax);
  EXPECT_EQ(verdicts(deep).back().kind, Kind::kHolds);
  EXPECT_EQ(add_signature(deep, other, by("jss--d9", "jss--1")).error().code, Code::kLimit);
}

TEST_F(Signature, WhatCannotBeCheckedIsNeitherGoodNorBad) {
  const std::string document = canonical_json(add_signature(kPlaybook, key_, by("jss--1")).value()).value();
  const std::string one(canonical_items(canonical_member(document, "signatures"))[0]);
  const auto changed = [&](std::string_view name, std::string_view value) { return verdicts(with_member(document, "signatures", "[" + with_member(one, name, value) + "]"))[0]; };
  EXPECT_EQ(changed("algorithm", "\"HS256\"").kind, Kind::kUnknown);
  EXPECT_EQ(changed("algorithm", "\"LMS_SHA256_M32_H5\"").kind, Kind::kUnknown);
  EXPECT_EQ(changed("hash_algorithm", "\"md5\"").kind, Kind::kUnknown);
  EXPECT_EQ(changed("public_key", "").kind, Kind::kUnknown) << "no key";
  EXPECT_EQ(changed("public_key", "\"AAAA\"").kind, Kind::kFails);
  EXPECT_EQ(changed("related_to", "\"playbook--2\"").why, "is that of another playbook ('related_to')");
  EXPECT_EQ(changed("related_version", "\"2026-01-31T09:00:00.001Z\"").why, "is that of another version of the playbook ('related_version')");
  EXPECT_EQ(changed("value", "\"AB\"").kind, Kind::kFails);
  EXPECT_EQ(changed("revoked", "true").kind, Kind::kFails) << "who revokes signs again";
  EXPECT_TRUE(verdicts("[]").empty());
  EXPECT_TRUE(verdicts(R"({"signatures":7})").empty());
  EXPECT_EQ(verdicts(R"({"signatures":[7,{}]})").size(), 1u);
}

TEST_F(Signature, KeysAreRead) {
  // RFC 8037, appendix A.2; RFC 7517, appendix A.1.
  const std::vector<SignatureKey> keys = read_keys(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]})").value();
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].name, "ED25519, 256 bits");
  EXPECT_EQ(keys[1].name, "EC, prime256v1");
  for (const char* const bad : {"", "{", "{}", R"({"kty":"oct","k":"AA"})", R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})", R"({"kty":"OKP","crv":"Ed25519","x":"AA"})", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n",
                                R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"})"}) {
    EXPECT_FALSE(read_keys(bad)) << bad;
  }
  EXPECT_FALSE(read_keys(pem_of(key_.key.get(), true))) << "no private key is needed";
  EXPECT_FALSE(read_private_key(pem_of(key_.key.get(), false)));
  EXPECT_FALSE(read_private_key(pem_of(OwnKey(EVP_RSA_gen(1'024)).get(), true))) << "too short";
  EXPECT_FALSE(read_private_key(pem_of(OwnKey(EVP_EC_gen("secp256k1")).get(), true)));
}

TEST(CanonicalParts, AreFoundAndReplaced) {
  const std::string text = canonical_json(R"({"a":{"x":"},]\"\\"},"b":[1,[2,3],{}],"c":"","d\"":[]})").value();
  EXPECT_EQ(canonical_member(text, "a"), R"({"x":"},]\"\\"})");
  EXPECT_EQ(canonical_items(canonical_member(text, "b")), (std::vector<std::string_view>{"1", "[2,3]", "{}"}));
  EXPECT_EQ(with_member(text, "b", ""), R"({"a":{"x":"},]\"\\"},"c":"","d\"":[]})");
  EXPECT_EQ(with_member(text, "bb", "1"), R"({"a":{"x":"},]\"\\"},"b":[1,[2,3],{}],"bb":1,"c":"","d\"":[]})");
  EXPECT_EQ(with_member("{}", "a", "1"), R"({"a":1})");
  EXPECT_EQ(canonical_json(indented(text)).value(), text);
  EXPECT_EQ(indented(R"({"a":[1,{}],"b":"{,"})"), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"{,\"\n}\n");
  for (const char* const other : {"", "[", "{", "7", "\"", "{\"", "{\"a", "{\"a\"", "{\"a\":", "[1", "[\"\\"}) {  // no canonical text: anything, but no harm
    (void)canonical_members(other);
    (void)canonical_items(other);
    (void)indented(other);
  }
}

}  // namespace
}  // namespace tocsin::cacao
