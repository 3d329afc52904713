// Log-in through a provider of OpenID Connect, asked by a browser that has only its cookies: who comes in and as what, who does not and what they are told, and that nothing of
// it can be used twice or by another one. The provider is within the test (oidc/fake_provider.h); tests/e2e/oidc.sh does it with a real one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/login_tickets.h"
#include "api_testing.h"

namespace tocsin {
namespace {

namespace json = boost::json;

/// What a browser keeps, and where it is sent.
class Browser {
 public:
  explicit Browser(ApiRig& rig) : rig_(rig) {}
  /// Where it goes next; "" if it stays.
  std::string get(const std::string& target) {
    std::string cookies;
    for (const auto& [name, value] : cookies_) cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
    last_ = rig_.ask("GET", target, cookies.empty() ? "" : "Cookie: " + cookies + "\r\n");
    for (std::size_t at = 0; (at = last_.head.find("Set-Cookie: ", at)) != std::string::npos; ++at) {
      const std::string pair = last_.head.substr(at + 12, last_.head.find(';', at) - at - 12);
      const std::string name = pair.substr(0, pair.find('=')), value = pair.substr(pair.find('=') + 1);
      if (value.empty()) cookies_.erase(name);
      else cookies_[name] = value;
    }
    const std::size_t at = last_.head.find("\r\nLocation: ");
    return at == std::string::npos ? std::string() : last_.head.substr(at + 12, last_.head.find("\r\n", at + 2) - at - 12);
  }
  /// There and back; where it ends.
  std::string log_in(const std::string& claims) {
    const std::string address = get("/api/v1/login/oidc");
    if (address.find("/authorize?") == std::string::npos) return address;
    back_ = rig_.provider().log_in(address, claims);
    return get(callback(back_));
  }
  static std::string callback(const std::string& query) { return "/api/v1/login/oidc/callback?" + query; }
  std::string role() {
    get("/api/v1/me");
    return last_.status == 200 ? std::string(json::parse(last_.body).at("role").as_string()) : std::to_string(last_.status);
  }
  const FakeReply& last() const { return last_; }
  const std::string& back() const { return back_; }
  std::map<std::string, std::string>& cookies() { return cookies_; }

 private:
  ApiRig& rig_;
  FakeReply last_;
  std::string back_;
  std::map<std::string, std::string> cookies_;
};

class Oidc : public testing::Test {
 protected:
  void SetUp() override {
    rig_.start();
    if (!HasFatalFailure()) rig_.add_user("ada", "admin");
  }
  std::string last_line() {
    const AuditLine line = rig_.accounts().audit(1, 0).value().at(0);
    return fmt::format("{} {} {} {}", line.who, line.action, line.object, line.detail);
  }
  ApiRig rig_;
};

const char* const kGrace = R"({"sub":"g-1","preferred_username":"grace","groups":["all","soc"]})";

TEST_F(Oidc, AUserComesInWithTheRoleOfTheGroup) {
  Browser browser(rig_);
  const std::string address = browser.get("/api/v1/login/oidc");
  const auto asked = oidc::FakeProvider::parameters(address.substr(address.find('?') + 1));
  EXPECT_EQ(asked.at("redirect_uri"), "http://" + rig_.server().address() + "/api/v1/login/oidc/callback");
  EXPECT_EQ(asked.at("scope"), "openid profile email");
  EXPECT_NE(browser.last().head.find("Set-Cookie: __Host-tocsin-login="), std::string::npos);
  EXPECT_NE(browser.last().head.find("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600\r\n"), std::string::npos);
  EXPECT_EQ(browser.last().status, 303);
  const std::string& ticket = browser.cookies().at("__Host-tocsin-login");
  for (const char* const name : {"state", "nonce", "code_challenge"}) EXPECT_EQ(ticket.find(asked.at(name)), std::string::npos) << name;

  EXPECT_EQ(browser.get(Browser::callback(rig_.provider().log_in(address, kGrace))), "/");
  EXPECT_NE(browser.last().head.find("; Path=/; Secure; HttpOnly; SameSite=Strict\r\n"), std::string::npos);
  EXPECT_EQ(browser.cookies().size(), 1u) << "the ticket is gone";
  EXPECT_EQ(last_line(), "user grace login grace by the provider");
  EXPECT_EQ(browser.role(), "analyst");
  EXPECT_EQ(browser.last().body, R"({"name":"grace","role":"analyst","totp":false,"by_provider":true})");
  browser.get("/api/v1/users");
  EXPECT_EQ(browser.last().status, 403) << "an analyst is no admin";
  browser.get("/api/v1/alerts");
  EXPECT_EQ(browser.last().status, 200);
}

TEST_F(Oidc, WhoHasNoRoleIsTurnedAwayAndTold) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"sub":"1","preferred_username":"eve","groups":["all"]})", "/#refused=no_role"},
      {R"({"sub":"1","preferred_username":"eve","groups":[]})", "/#refused=no_role"},
      {R"({"sub":"1","preferred_username":"eve","groups":["SOC","soc ","analyst","admin"]})", "/#refused=no_role"},
      {R"({"sub":"1","preferred_username":"eve"})", "/#refused=no_claim"},
      {R"({"sub":"1","preferred_username":"eve","groups":{"soc":true}})", "/#refused=no_claim"},
      {R"({"sub":"a b","preferred_username":"e v e","email":"<x>","groups":"soc"})", "/#refused=no_name"},
      {R"({"sub":"1","preferred_username":"ada","groups":"soc-admins"})", "/#refused=name_taken"},
  };
  for (const auto& [claims, where] : cases) {
    Browser browser(rig_);
    EXPECT_EQ(browser.log_in(claims), where) << claims;
    EXPECT_EQ(browser.role(), "401") << claims;
    EXPECT_EQ(last_line().find("provider login.refused "), 0u) << last_line();
  }
  EXPECT_EQ(rig_.accounts().users().value().size(), 1u);
  EXPECT_EQ(rig_.accounts().user("ada").value()->issuer, "") << "a local user is not taken over";
  Browser browser(rig_);
  browser.log_in(R"({"sub":"2","preferred_username":"eve","groups":["all"]})");
  EXPECT_EQ(last_line(), "provider login.refused eve no value of 'groups' stands for a role; it has 1: 'all'");
}

TEST_F(Oidc, TheHighestRoleCountsAndItIsLookedAtWithEachLogIn) {
  Browser browser(rig_);
  EXPECT_EQ(browser.log_in(R"({"sub":"g-1","preferred_username":"grace","groups":["guests","soc-admins","soc"]})"), "/");
  EXPECT_EQ(browser.role(), "admin");
  EXPECT_EQ(browser.log_in(R"({"sub":"g-1","preferred_username":"renamed","groups":"guests"})"), "/");
  EXPECT_EQ(browser.role(), "viewer");
  EXPECT_EQ(rig_.accounts().user("grace").value()->role, "viewer") << "the subject says who it is, not the name";
  EXPECT_EQ(rig_.accounts().user("renamed").value(), std::nullopt);
  EXPECT_EQ(browser.log_in(R"({"sub":"g-2","preferred_username":"grace","groups":"soc"})"), "/#refused=name_taken") << "another one of this name";
}

TEST_F(Oidc, NothingIsGoodTwice) {
  Browser browser(rig_);
  const std::string address = browser.get("/api/v1/login/oidc");
  const auto cookies = browser.cookies();
  const std::string back = Browser::callback(rig_.provider().log_in(address, kGrace));
  EXPECT_EQ(browser.get(back), "/");
  Browser again(rig_);
  again.cookies() = cookies;
  EXPECT_EQ(again.get(back), "/#refused=used");
  EXPECT_EQ(again.role(), "401");
  // A code that was used, in a log-in of its own.
  const std::string other = again.get("/api/v1/login/oidc");
  const auto asked = oidc::FakeProvider::parameters(other.substr(other.find('?') + 1));
  EXPECT_EQ(again.get(Browser::callback("code=code-1&state=" + asked.at("state"))), "/#refused=code");
}

TEST_F(Oidc, AnAnswerBelongsToTheBrowserThatAsked) {
  Browser ours(rig_), theirs(rig_);
  const std::string address = theirs.get("/api/v1/login/oidc");
  const std::string back = Browser::callback(rig_.provider().log_in(address, kGrace));
  EXPECT_EQ(ours.get(back), "/#refused=stale") << "without a cookie";
  ours.get("/api/v1/login/oidc");
  EXPECT_EQ(ours.get(back), "/#refused=stale") << "with another one's";
  ours.cookies() = theirs.cookies();
  ours.cookies()["__Host-tocsin-login"].back() ^= 1;
  EXPECT_EQ(ours.get(back), "/#refused=stale") << "with one that was made up";
  EXPECT_EQ(theirs.get(Browser::callback("code=code-1")), "/#refused=stale") << "without a state";
  EXPECT_EQ(rig_.provider().asked["/token"], 0) << "nobody was asked";
}

/// A code by somebody else, put into the victim's own log-in: nonce and PKCE do not fit.
TEST_F(Oidc, ACodeOfAnotherLogInIsNotTaken) {
  Browser theirs(rig_), ours(rig_);
  const std::string back = rig_.provider().log_in(theirs.get("/api/v1/login/oidc"), kGrace);
  const std::string address = ours.get("/api/v1/login/oidc");
  const auto asked = oidc::FakeProvider::parameters(address.substr(address.find('?') + 1));
  rig_.provider().check_pkce = false;  // one that does not look
  EXPECT_EQ(ours.get(Browser::callback("code=" + oidc::FakeProvider::parameters(back).at("code") + "&state=" + asked.at("state"))), "/#refused=untrusted");
  EXPECT_EQ(ours.role(), "401");
}

TEST_F(Oidc, WhatTheProviderSaysIsChecked) {
  const std::string good = R"("sub":"1","preferred_username":"eve","groups":"soc")";
  for (const char* const claim : {R"("iss":"https://evil.example")", R"("aud":"other")", R"("nonce":"x")", R"("exp":1000)", R"("iat":1000)"}) {
    Browser browser(rig_);
    EXPECT_EQ(browser.log_in("{" + good + "," + claim + "}"), "/#refused=untrusted") << claim;
    EXPECT_EQ(browser.role(), "401");
  }
  Browser mixed_up(rig_);
  const std::string address = mixed_up.get("/api/v1/login/oidc");
  std::string back = rig_.provider().log_in(address, kGrace);
  back.replace(back.find("id.example"), 10, "id.evil.ex");
  EXPECT_EQ(mixed_up.get(Browser::callback(back)), "/#refused=untrusted") << "another provider's answer";
}

TEST_F(Oidc, EveryAlgorithmOfTheList) {
  for (const char* const algorithm : {"RS256", "PS256", "ES256"}) {
    rig_.provider().algorithm = algorithm;
    EXPECT_EQ(Browser(rig_).log_in(kGrace), "/") << algorithm;
  }
  rig_.provider().algorithm = "HS256";
  EXPECT_EQ(Browser(rig_).log_in(kGrace), "/#refused=untrusted");
}

TEST_F(Oidc, AProviderThatIsDownIsToldAndPasswordsStillWork) {
  rig_.provider().down = true;
  Browser browser(rig_);
  EXPECT_EQ(browser.log_in(kGrace), "/#refused=unreachable");
  EXPECT_EQ(browser.log_in(kGrace), "/#refused=unreachable");
  EXPECT_EQ(rig_.provider().asked["/.well-known/openid-configuration"], 1) << "a failure is remembered for a while";
  EXPECT_EQ(rig_.ask("POST", "/api/v1/login", "", R"({"user":"ada","password":"correct horse battery"})").status, 200);
}

TEST_F(Oidc, TheProviderSaysNo) {
  Browser browser(rig_);
  const std::string address = browser.get("/api/v1/login/oidc");
  const auto asked = oidc::FakeProvider::parameters(address.substr(address.find('?') + 1));
  EXPECT_EQ(browser.get(Browser::callback("error=access_denied&error_description=no&state=" + asked.at("state"))), "/#refused=code");
}

TEST_F(Oidc, AUserOfTheProviderHasNoPasswordHere) {
  Browser browser(rig_);
  ASSERT_EQ(browser.log_in(kGrace), "/");
  for (const char* const password : {"", " ", "grace", "correct horse battery"}) {
    const int status = rig_.ask("POST", "/api/v1/login", "", fmt::format(R"({{"user":"grace","password":"{}"}})", password)).status;
    EXPECT_TRUE(status == 400 || status == 401) << password;
  }
  const std::string ada = rig_.as("admin"), grace = rig_.as_user("grace", "analyst");
  EXPECT_EQ(rig_.ask("POST", "/api/v1/users/grace/link", ada).status, 400);
  EXPECT_EQ(rig_.ask("PATCH", "/api/v1/users/grace", ada, R"({"role":"admin"})").status, 400);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/me/password", grace, R"({"password":"x","new_password":"correct horse battery"})").status, 400);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/me/totp", grace).status, 400);
  EXPECT_EQ(rig_.accounts().user("grace").value()->password, "");
}

TEST_F(Oidc, WhoIsDisabledIsOutAndStaysOut) {
  Browser browser(rig_);
  ASSERT_EQ(browser.log_in(kGrace), "/");
  const std::string ada = rig_.as("admin");
  EXPECT_EQ(rig_.ask("PATCH", "/api/v1/users/grace", ada, R"({"disabled":true})").status, 204);
  EXPECT_EQ(browser.role(), "401");
  EXPECT_EQ(browser.log_in(kGrace), "/#refused=disabled");
  EXPECT_EQ(last_line(), "provider login.refused grace the user 'grace' is disabled");
  EXPECT_EQ(rig_.ask("PATCH", "/api/v1/users/grace", ada, R"({"disabled":false})").status, 204);
  EXPECT_EQ(browser.log_in(kGrace), "/");
  // So is one with a password.
  rig_.add_user("bob", "viewer");
  const std::string password = R"({"user":"bob","password":"correct horse battery"})";
  EXPECT_EQ(rig_.ask("POST", "/api/v1/login", "", password).status, 200);
  EXPECT_EQ(rig_.ask("PATCH", "/api/v1/users/bob", ada, R"({"disabled":true})").status, 204);
  EXPECT_EQ(rig_.ask("POST", "/api/v1/login", "", password).status, 401);
  EXPECT_EQ(rig_.ask("PATCH", "/api/v1/users/ada", ada, R"({"disabled":true})").status, 400) << "the last admin";
  for (const char* const body : {"{}", R"({"role":"viewer","disabled":true})", R"({"disabled":"yes"})"}) EXPECT_EQ(rig_.ask("PATCH", "/api/v1/users/bob", ada, body).status, 400) << body;
}

TEST_F(Oidc, SessionsEndWhenTheServiceStarts) {
  Browser browser(rig_);
  ASSERT_EQ(browser.log_in(kGrace), "/");
  const std::string ada = rig_.as("admin"), cookie = ada.substr(0, ada.find("\r\n") + 2);
  rig_.stop();
  rig_.start();
  EXPECT_EQ(browser.role(), "401") << "other settings may give another role";
  EXPECT_EQ(rig_.ask("GET", "/api/v1/me", cookie).status, 200) << "a local user's goes on";
}

TEST_F(Oidc, WhoBringsBadCodesHasToWait) {
  std::string where;
  for (int i = 0; i < 12 && where != "/#refused=wait"; ++i) {
    Browser browser(rig_);
    const std::string address = browser.get("/api/v1/login/oidc");
    where = browser.get(Browser::callback("code=x&state=" + oidc::FakeProvider::parameters(address.substr(address.find('?') + 1)).at("state")));
  }
  EXPECT_EQ(where, "/#refused=wait");
  EXPECT_LE(rig_.provider().asked["/token"], 7);
}

}  // namespace
}  // namespace tocsin
