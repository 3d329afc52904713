// For tests: a provider of OpenID Connect within the process, asked in place of the network. It signs what it is told to sign, keeps to the protocol
// where a client could get away with less (one use of a code, PKCE, redirect_uri, the client's secret), and can be made to fail or to lie. One thread at a time.
//
//   FakeProvider provider("https://id.example", "tocsin", "s3cret");
//   const std::string back = provider.log_in(address, R"({"sub":"1","groups":["soc"]})");   // "code=…&state=…&iss=…"
#pragma once

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <map>
#include <string>

#include "base/sha256.h"
#include "collect/percent.h"
#include "oidc/https_fetch.h"
#include "oidc/jws.h"
#include "oidc/strict_json.h"

namespace tocsin::oidc {

/// A private key, and what a list of keys says of it.
class FakeKey {
 public:
  static FakeKey rsa(const std::string& id, unsigned bits = 2'048) { return FakeKey(id, EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits}), true); }
  static FakeKey p256(const std::string& id) { return FakeKey(id, EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), false); }

  boost::json::object jwk() const {
    boost::json::object jwk{{"kid", id_}, {"use", "sig"}, {"kty", rsa_ ? "RSA" : "EC"}};
    if (rsa_) {
      jwk["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
      jwk["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
      jwk["crv"] = "P-256";
      jwk["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
      jwk["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    }
    return jwk;
  }
  /// A token with exactly this head and content.
  std::string sign(const std::string& head, const std::string& payload) const {
    const std::string text = base64url(head) + "." + base64url(payload);
    return text + "." + base64url(signature(text, head.find("PS256") != std::string::npos));
  }
  std::string sign_as(const std::string& algorithm, const std::string& payload) const {
    return sign(R"({"alg":")" + algorithm + R"(","kid":")" + id_ + R"(","typ":"JWT"})", payload);
  }

 private:
  FakeKey(std::string id, EVP_PKEY* key, bool rsa) : id_(std::move(id)), key_(key), rsa_(rsa) {}
  std::string number(const char* name, int size) const {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &number), 1);
    std::string bytes(static_cast<std::size_t>(std::max(size, BN_num_bytes(number))), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    BN_free(number);
    return base64url(bytes);
  }
  std::string signature(const std::string& text, bool pss) const {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* with = nullptr;
    std::string bytes(2'048, '\0');
    std::size_t size = bytes.size();
    EXPECT_EQ(EVP_DigestSignInit(context, &with, EVP_sha256(), nullptr, key_.get()), 1);
    if (rsa_ && pss) {
      EVP_PKEY_CTX_set_rsa_padding(with, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(with, RSA_PSS_SALTLEN_DIGEST);
    }
    EXPECT_EQ(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(bytes.data()), &size, reinterpret_cast<const unsigned char*>(text.data()), text.size()), 1);
    EVP_MD_CTX_free(context);
    bytes.resize(size);
    return rsa_ ? bytes : raw(bytes);
  }
  static std::string raw(const std::string& der) {
    const unsigned char* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* const signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string bytes(64, '\0');
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), reinterpret_cast<unsigned char*>(bytes.data()), 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), reinterpret_cast<unsigned char*>(bytes.data()) + 32, 32);
    ECDSA_SIG_free(signature);
    return bytes;
  }

  std::string id_;
  OwnKey key_;
  bool rsa_;
};

/// A list of keys, as it is served.
inline std::string key_list(std::initializer_list<boost::json::object> keys) {
  boost::json::array all;
  for (const boost::json::object& key : keys) all.push_back(key);
  return boost::json::serialize(boost::json::object{{"keys", all}});
}

class FakeProvider : public Fetch {
 public:
  FakeProvider(std::string issuer, std::string client, std::string secret) : issuer_(std::move(issuer)), client_(std::move(client)), secret_(std::move(secret)) {}

  bool down = false;                  // nothing can be reached
  bool check_pkce = true;
  std::string algorithm = "RS256";    // of the tokens that it signs
  boost::json::object about_more;     // in its description, over what stands there
  std::map<std::string, int> asked;   // by path
  FakeKey rsa = FakeKey::rsa("r1"), p256 = FakeKey::p256("e1");

  void be_good() {
    down = false;
    check_pkce = true;
    codes_ = 0;
    given_.clear();
    algorithm = "RS256";
    about_more.clear();
    asked.clear();
  }
  /// What a query or a form says.
  static std::map<std::string, std::string> parameters(std::string_view text) {
    std::map<std::string, std::string> all;
    while (!text.empty()) {
      const std::string_view pair = text.substr(0, text.find('&'));
      text.remove_prefix(std::min(pair.size() + 1, text.size()));
      const std::size_t equals = std::min(pair.find('='), pair.size());
      std::string value;
      EXPECT_TRUE(percent_decode(pair.substr(std::min(equals + 1, pair.size())), true, value)) << pair;
      all[std::string(pair.substr(0, equals))] = value;
    }
    return all;
  }
  /// Somebody logs in at the address to which a browser was sent; the query with which it is sent back. `claims` go over those that there have to be.
  std::string log_in(const std::string& address, const std::string& claims) {
    const auto asked_for = parameters(std::string_view(address).substr(address.find('?') + 1));
    EXPECT_EQ(asked_for.at("response_type"), "code");
    EXPECT_EQ(asked_for.at("client_id"), client_);
    EXPECT_EQ(asked_for.at("code_challenge_method"), "S256");
    const std::string code = "code-" + std::to_string(++codes_);
    given_[code] = {asked_for.at("nonce"), asked_for.at("code_challenge"), asked_for.at("redirect_uri"), claims};
    std::string back;
    append_form(back, "code", code);
    append_form(back, "state", asked_for.at("state"));
    append_form(back, "iss", issuer_);
    append_form(back, "session_state", "x");
    return back;
  }
  Result<HttpAnswer> ask(const HttpQuestion& question) override {
    const Url url = *read_url(question.url);
    ++asked[url.target];
    if (down) return Error{Code::kIo, "cannot be connected to"};
    if (url.target == "/.well-known/openid-configuration") return HttpAnswer{200, about()};
    if (url.target == "/keys") return HttpAnswer{200, key_list({rsa.jwk(), p256.jwk()})};
    if (url.target == "/token") return token(question);
    return HttpAnswer{404, "{}"};
  }

 private:
  struct Given {
    std::string nonce, challenge, redirect_uri, claims;
  };
  std::string about() const {
    boost::json::object all{{"issuer", issuer_}, {"authorization_endpoint", issuer_ + "/authorize"}, {"token_endpoint", issuer_ + "/token"}, {"jwks_uri", issuer_ + "/keys"}};
    for (const auto& member : about_more) all[member.key()] = member.value();
    return boost::json::serialize(all);
  }
  HttpAnswer token(const HttpQuestion& question) {
    const auto form = parameters(question.form);
    const auto found = given_.find(form.at("code"));
    if (found == given_.end()) return {400, R"({"error":"invalid_grant"})"};
    const Given given = found->second;
    given_.erase(found);
    const Sha256 digest = sha256(form.at("code_verifier"));
    if (check_pkce) {
      EXPECT_EQ(base64url({reinterpret_cast<const char*>(digest.data()), digest.size()}), given.challenge);
    }
    EXPECT_EQ(form.at("redirect_uri"), given.redirect_uri);
    EXPECT_EQ(form.at("grant_type"), "authorization_code");
    if (question.authorization != "Basic " + basic_) return {401, R"({"error":"invalid_client"})"};
    const std::int64_t now = std::time(nullptr);
    boost::json::object claims{{"iss", issuer_}, {"aud", client_}, {"iat", now}, {"exp", now + 300}, {"nonce", given.nonce}};
    const boost::json::value more = boost::json::parse(given.claims);
    for (const auto& member : more.as_object()) claims[member.key()] = member.value();
    const FakeKey& key = algorithm == "ES256" ? p256 : rsa;
    return {200, boost::json::serialize(boost::json::object{{"token_type", "Bearer"}, {"access_token", "x"}, {"id_token", key.sign_as(algorithm, boost::json::serialize(claims))}})};
  }
  std::string basic() const {
    const std::string both = form_text(client_) + ":" + form_text(secret_);
    std::string text(200, '\0');
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(both.data()), static_cast<int>(both.size()))));
    return text;
  }

  const std::string issuer_, client_, secret_, basic_ = basic();
  std::map<std::string, Given> given_;
  int codes_ = 0;
};

}  // namespace tocsin::oidc
