#include "oidc/provider.h"

#include "base/memory_env.h"
#include "oidc/fake_provider.h"

namespace tocsin::oidc {
namespace {

class ProviderTest : public testing::Test {
 protected:
  static FakeProvider& fake() {
    static FakeProvider one("https://id.example", "tocsin", "s+cret");
    return one;
  }
  void SetUp() override { fake().be_good(); }
  Attempt attempt() const { return {"state", "nonce", std::string(64, 'v'), TimeUs{std::time(nullptr)} * 1'000'000}; }
  Result<IdToken> log_in() {
    const std::string address = TRY(provider_.login_address(attempt()));
    const std::string code = FakeProvider::parameters(fake().log_in(address, R"({"sub":"1"})")).at("code");
    return provider_.redeem(code, attempt(), attempt().started);
  }
  MemoryEnv env_;
  Provider provider_{{"https://id.example", "tocsin", "s+cret", "https://logs.example/back", {"groups"}}, fake(), env_};
};

TEST_F(ProviderTest, IsAskedAboutItselfOnceAnHour) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(log_in());
  EXPECT_EQ(fake().asked["/.well-known/openid-configuration"], 1);
  EXPECT_EQ(fake().asked["/keys"], 1);
  env_.advance_us(kProviderKeptUs);
  EXPECT_TRUE(log_in());
  EXPECT_EQ(fake().asked["/.well-known/openid-configuration"], 2);
  EXPECT_EQ(fake().asked["/keys"], 2);
  const auto asked = FakeProvider::parameters(provider_.login_address(attempt())->substr(29));
  EXPECT_EQ(asked.at("scope"), "openid profile email groups");
}

/// It changes its key: asked for again, but not by everybody who sends a token with a key that is none.
TEST_F(ProviderTest, ANewKeyIsFoundAndNotMoreThanOnceAMinute) {
  EXPECT_TRUE(log_in());
  const FakeKey before = std::exchange(fake().rsa, FakeKey::rsa("r2"));
  EXPECT_FALSE(log_in()) << "asked a moment ago";
  EXPECT_EQ(fake().asked["/keys"], 1);
  env_.advance_us(kKeysAgainUs);
  EXPECT_TRUE(log_in());
  EXPECT_EQ(fake().asked["/keys"], 2);
  fake().rsa = FakeKey::rsa("r1");
}

TEST_F(ProviderTest, AFailureIsRememberedForAWhile) {
  fake().down = true;
  EXPECT_EQ(provider_.login_address(attempt()).error().code, Code::kIo);
  fake().down = false;
  EXPECT_EQ(provider_.login_address(attempt()).error().code, Code::kIo);
  env_.advance_us(kFailureKeptUs);
  EXPECT_TRUE(provider_.login_address(attempt()));
}

TEST_F(ProviderTest, TheSecretGoesAsItIsWanted) {
  fake().about_more["token_endpoint_auth_methods_supported"] = boost::json::array{"client_secret_post"};
  EXPECT_EQ(log_in().error().code, Code::kDenied) << "this one looks for it in the head, and there it is not";
  const ProviderAbout in_form = *read_provider_about(R"({"issuer":"https://a","authorization_endpoint":"https://a","token_endpoint":"https://a","jwks_uri":"https://a","token_endpoint_auth_methods_supported":["client_secret_post"]})", "https://a");
  EXPECT_TRUE(in_form.secret_in_form);
}

TEST_F(ProviderTest, AnswersNameTheirIssuerWhereItSaysSo) {
  EXPECT_TRUE(*provider_.is_answer_of("https://id.example"));
  EXPECT_FALSE(*provider_.is_answer_of("https://id.example/"));
  EXPECT_TRUE(*provider_.is_answer_of(""));
  fake().about_more["authorization_response_iss_parameter_supported"] = true;
  env_.advance_us(kProviderKeptUs);
  EXPECT_FALSE(*provider_.is_answer_of(""));
  EXPECT_TRUE(*provider_.is_answer_of("https://id.example"));
}

TEST_F(ProviderTest, ADescriptionThatIsNotSafeIsRefused) {
  for (const auto& [name, value] : {std::pair{"issuer", "https://other.example"}, {"issuer", "https://id.example/"}, {"token_endpoint", "http://id.example/token"}, {"jwks_uri", "http://10.0.0.1/keys"},
                                    {"authorization_endpoint", "javascript:alert(1)"}, {"authorization_endpoint", "https://id.example/\r\nSet-Cookie: x=y"}, {"token_endpoint", ""}}) {
    fake().about_more.clear();
    fake().about_more[name] = value;
    env_.advance_us(kProviderKeptUs);
    const Result<std::string> address = provider_.login_address(attempt());
    ASSERT_FALSE(address) << name << " " << value;
    EXPECT_EQ(address.error().code, Code::kInvalid) << address.error().message;
  }
}

TEST_F(ProviderTest, AnAddressWithAQueryKeepsIt) {
  fake().about_more["authorization_endpoint"] = "https://id.example/authorize?policy=p1";
  EXPECT_TRUE(provider_.login_address(attempt())->starts_with("https://id.example/authorize?policy=p1&response_type=code&client_id=tocsin&"));
}

}  // namespace
}  // namespace tocsin::oidc
