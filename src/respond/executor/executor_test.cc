#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/memory_env.h"
#include "oidc/jws.h"
#include "respond/executor/poll_credential.h"
#include "respond/executor/poll_executor.h"
#include "respond/executor/poll_gate.h"
#include "respond/executor/service_account.h"
#include "respond/executor/sigv4.h"

namespace tocsin::executor {
namespace {

PollerSettings settings_of(const std::string& text) {
  const Result<PollerSettings> read = read_poller("name=p,secret=secret," + text);
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

std::string header(const Headers& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, [](const auto& one) { return std::string_view(one.first); });
  return found == headers.end() ? "" : found->second;
}

/// "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)", Amazon S3 API Reference: its examples.
TEST(SigV4, PublishedExamples) {
  const AwsKey key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  const TimeUs now = *parse_time("2013-05-24T00:00:00Z");
  const auto signature = [&](const std::string& target) {
    const std::string authorization = header(sigv4_headers(key, {"examplebucket.s3.amazonaws.com", target, "us-east-1", "s3", now}), "Authorization");
    return authorization.substr(authorization.rfind('=') + 1);
  };
  EXPECT_EQ(signature("/?lifecycle"), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature("/?max-keys=2&prefix=J"), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  EXPECT_EQ(signature("/?prefix=J&max-keys=2"), signature("/?max-keys=2&prefix=J"));
  const Headers temporary = sigv4_headers({"id", "secret", "session"}, {"h", "/", "r", "s3", now});
  EXPECT_EQ(header(temporary, "x-amz-security-token"), "session");
  EXPECT_NE(header(temporary, "Authorization").find("x-amz-date;x-amz-security-token,"), std::string::npos);
}

TEST(PollGate, AsksItsOwnAddressAlone) {
  const PollerSettings github = settings_of("kind=github,org=acme");
  for (const char* const good : {"/orgs/acme/audit-log?phrase=x", "https://api.github.com/orgs/acme/audit-log", "https://api.github.com:443/organizations/42/audit-log?after=x", "HTTPS://API.GITHUB.COM/orgs/acme/audit-log"}) {
    EXPECT_TRUE(allowed_url(github, {false, good})) << good;
  }
  for (const char* const bad : {"/orgs/other/audit-log", "/orgs/acme/audit-log/x", "/orgs/acme/../other/audit-log", "/user/keys", "/organizations/4x/audit-log", "/organizations//audit-log", "//evil.example/orgs/acme/audit-log",
                                "https://evil.example/orgs/acme/audit-log", "https://api.github.com.evil.example/orgs/acme/audit-log", "https://api.github.com@evil.example/orgs/acme/audit-log", "https://api.github.com:444/orgs/acme/audit-log",
                                "http://api.github.com/orgs/acme/audit-log", "/orgs/acme/audit-log#x", "/orgs/acme/audit-log\r\nX: y", "/orgs/acme/audit-log /x", "/orgs/acme/%2e%2e/audit-log", "", "file:///etc/passwd"}) {
    EXPECT_FALSE(allowed_url(github, {false, bad})) << bad;
  }
  EXPECT_FALSE(allowed_url(github, {true, "/orgs/acme/audit-log"}));
}

TEST(PollGate, KnowsThePathsOfEachKind) {
  const PollerSettings m365 = settings_of("kind=m365,tenant=t,client_id=c,content=Audit.General");
  EXPECT_TRUE(allowed_url(m365, {true, "/api/v1.0/t/activity/feed/subscriptions/start?contentType=Audit.General"}));
  EXPECT_TRUE(allowed_url(m365, {false, "https://manage.office.com/api/v1.0/t/activity/feed/audit/blob$1$2"}));
  EXPECT_FALSE(allowed_url(m365, {true, "/api/v1.0/t/activity/feed/subscriptions/stop?contentType=Audit.General"}));
  EXPECT_FALSE(allowed_url(m365, {false, "/api/v1.0/u/activity/feed/subscriptions/content"}));
  const PollerSettings trail = settings_of("kind=cloudtrail,bucket=b,region=eu-west-1,prefix=AWSLogs/1/");
  EXPECT_EQ(*allowed_url(trail, {false, "/b?list-type=2"}), "https://s3.eu-west-1.amazonaws.com/b?list-type=2");
  EXPECT_TRUE(allowed_url(trail, {false, "/b/AWSLogs/1/x_a%2Bb.json.gz"}));
  EXPECT_FALSE(allowed_url(trail, {false, "/b/other/1/x.json.gz"}));
  EXPECT_FALSE(allowed_url(trail, {false, "/b/AWSLogs/1/%2E%2e/x"}));
  EXPECT_FALSE(allowed_url(trail, {false, "/bb"}));
}

TEST(PollGate, OfATaxiiServerItAsksForOneCollection) {
  const PollerSettings taxii = settings_of("kind=taxii,url=https://taxii.example.org,api_root=feeds/a,collection=c-1");
  for (const char* const good : {"/taxii2/", "/feeds/a/", "/feeds/a/collections/", "/feeds/a/collections/c-1/objects/?limit=5&next=%2F.."}) EXPECT_TRUE(allowed_url(taxii, {false, good})) << good;
  for (const char* const bad : {"/taxii2", "/feeds/", "/feeds/b/collections/c-1/objects/", "/feeds/a/collections/c-2/objects/", "/feeds/a/collections/c-1/objects/x/", "/feeds/a/collections/c-1/manifest/", "/feeds/a/collections/../", "https://evil.example/taxii2/"}) {
    EXPECT_FALSE(allowed_url(taxii, {false, bad})) << bad;
  }
  EXPECT_FALSE(allowed_url(taxii, {true, "/feeds/a/collections/c-1/objects/"}));
}

/// Stands for a login service.
class Login : public oidc::Fetch {
 public:
  Result<oidc::HttpAnswer> ask(const oidc::HttpQuestion& question) override {
    asked.push_back(question);
    return answer;
  }
  std::vector<oidc::HttpQuestion> asked;
  oidc::HttpAnswer answer{200, R"({"access_token":"abc","expires_in":3600})"};
};

TEST(PollCredential, ATokenIsHadOnceAndAnewWhenItEndsOrIsRefused) {
  MemoryEnv env;
  env.add_file("secret", "hush&1\n");
  Login login;
  const PollerSettings settings = settings_of("kind=entra-signins,tenant=t,client_id=c");
  PollCredential credential(env, settings, login);
  EXPECT_EQ(header(*credential.headers("", 0), "Authorization"), "Bearer abc");
  EXPECT_EQ(login.asked.at(0).url, "https://login.microsoftonline.com/t/oauth2/v2.0/token");
  EXPECT_EQ(login.asked.at(0).form, "grant_type=client_credentials&client_id=c&client_secret=hush%261&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default");
  ASSERT_TRUE(credential.headers("", 3'539'000'000));
  EXPECT_EQ(login.asked.size(), 1u);
  ASSERT_TRUE(credential.headers("", 3'540'000'000));
  EXPECT_EQ(login.asked.size(), 2u);
  credential.was_refused();
  ASSERT_TRUE(credential.headers("", 3'541'000'000));
  EXPECT_EQ(login.asked.size(), 3u);
}

/// RFC 7617, section 2, has the first pair.
TEST(PollCredential, ATaxiiServerGetsAPasswordATokenOrNothing) {
  MemoryEnv env;
  Login nobody;
  const auto authorization = [&](const std::string& more, bool secret) {
    const Result<PollerSettings> read = read_poller("name=p,kind=taxii,url=https://t.example,api_root=r,collection=c" + more + (secret ? ",secret=secret" : ""));
    EXPECT_TRUE(read) << read.error().message;
    const Result<Headers> headers = PollCredential(env, *read, nobody).headers("", 0);
    return headers ? header(*headers, "Authorization") : headers.error().message;
  };
  env.add_file("secret", "open sesame\n");
  EXPECT_EQ(authorization(",user=Aladdin", true), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(authorization("", false), "");
  EXPECT_EQ(authorization("", true).find("sesame"), std::string::npos) << "a token has no blanks, and what has is not told";
  env.add_file("secret", "token\n");
  EXPECT_EQ(authorization("", true), "Bearer token");
  env.add_file("secret", "a\nX-Evil: 1");
  EXPECT_EQ(authorization(",user=Aladdin", true), "secret: a password is one line");
}

TEST(PollCredential, NothingOfASecretIsInAnError) {
  MemoryEnv env;
  Login login;
  const PollerSettings settings = settings_of("kind=entra-audits,tenant=t,client_id=c");
  PollCredential credential(env, settings, login);
  EXPECT_FALSE(credential.headers("", 0));  // there is no file
  env.add_file("secret", "hush hush");
  Result<Headers> headers = credential.headers("", 0);
  ASSERT_FALSE(headers);
  EXPECT_EQ(headers.error().message.find("hush"), std::string::npos);
  env.add_file("secret", "hush");
  for (const char* const body : {"", "{}", R"({"access_token":"a\nb"})", R"({"access_token":7})", "hush"}) {
    login.answer = {200, body};
    headers = credential.headers("", 0);
    ASSERT_FALSE(headers) << body;
    EXPECT_EQ(headers.error().message.find("hush"), std::string::npos);
  }
  login.answer = {401, "hush is wrong"};
  headers = credential.headers("", 0);
  ASSERT_FALSE(headers);
  EXPECT_EQ(headers.error().code, Code::kDenied);
  EXPECT_EQ(headers.error().message.find("hush"), std::string::npos);
  const PollerSettings okta = settings_of("kind=okta,url=https://acme.okta.com");
  env.add_file("secret", "a\r\nX-Evil: 1");
  EXPECT_FALSE(PollCredential(env, okta, login).headers("", 0));
  env.add_file("secret", "00abc\r\n");
  EXPECT_EQ(header(*PollCredential(env, okta, login).headers("", 0), "Authorization"), "SSWS 00abc");
}

TEST(ServiceAccount, WhatIsNoneIsRefusedWithoutAWordOfIt) {
  for (const char* const bad : {"", "hush", R"({"client_email":"a"})", R"({"private_key":"hush"})"}) {
    const Result<ServiceAccount> read = read_service_account(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().message.find("hush"), std::string::npos);
  }
  const Result<std::string> assertion = assertion_of({"a", "", "hush"}, "s", "x", 0);
  ASSERT_FALSE(assertion);
  EXPECT_EQ(assertion.error().message.find("hush"), std::string::npos);
}

TEST(ServiceAccount, ItsAssertionIsOneThatCanBeVerified) {
  const OwnKey key(EVP_RSA_gen(2048));
  const OwnBio pem(BIO_new(BIO_s_mem()));
  ASSERT_EQ(PEM_write_bio_PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  const ServiceAccount account{"poller@example.iam", "k1", std::string(text, static_cast<std::size_t>(size))};
  const Result<std::string> assertion = assertion_of(account, "admin@example.org", "https://oauth2.googleapis.com/token", 1'000'000'000);
  ASSERT_TRUE(assertion);
  BIGNUM* n = nullptr;
  ASSERT_EQ(EVP_PKEY_get_bn_param(key.get(), "n", &n), 1);
  std::string modulus(static_cast<std::size_t>(BN_num_bytes(n)), '\0');
  BN_bn2bin(n, reinterpret_cast<unsigned char*>(modulus.data()));
  BN_free(n);
  const Result<oidc::KeySet> keys = oidc::KeySet::read(R"({"keys":[{"kty":"RSA","kid":"k1","e":"AQAB","n":")" + oidc::base64url(modulus) + R"("}]})");
  ASSERT_TRUE(keys);
  const Result<std::string> claims = oidc::verify_jws(*assertion, *keys);
  ASSERT_TRUE(claims) << claims.error().message;
  const boost::json::value said = boost::json::parse(*claims);
  EXPECT_EQ(said.at("sub"), "admin@example.org");
  EXPECT_EQ(said.at("exp"), 4'600);
}

TEST(PollExecutor, MakesNoMoreRequestsThanItMay) {
  MemoryEnv env;
  env.add_file("secret", "x");
  // Nobody listens there; a request is counted all the same.
  const auto executor = PollExecutor::open(env, {settings_of("kind=github,org=acme,url=http://127.0.0.1:1,requests_per_day=2")});
  ASSERT_TRUE(executor);
  for (const PollTrouble expected : {PollTrouble::kNetwork, PollTrouble::kNetwork, PollTrouble::kQuota}) {
    EXPECT_EQ((*executor)->ask(0, {false, "/orgs/acme/audit-log"}).trouble, expected);
  }
  EXPECT_EQ((*executor)->ask(0, {false, "/user"}).trouble, PollTrouble::kForbidden);
  EXPECT_EQ((*executor)->ask(1, {false, "/user"}).trouble, PollTrouble::kForbidden);
}

}  // namespace
}  // namespace tocsin::executor
