#include "api/secret.h"

#include <gtest/gtest.h>

#include "api/access.h"
#include "api/account_rules.h"
#include "api/sign_in.h"
#include "api/throttle.h"
#include "api/totp.h"

namespace tocsin::api {
namespace {

TEST(Secret, APasswordIsKnownAgainAndNoOther) {
  const std::string kept = *hash_password("correct horse battery");
  EXPECT_TRUE(kept.starts_with("$argon2id$")) << kept;
  EXPECT_TRUE(is_password(kept, "correct horse battery"));
  EXPECT_FALSE(is_password(kept, "correct horse batterY"));
  EXPECT_FALSE(is_password("", ""));
  EXPECT_NE(kept, *hash_password("correct horse battery")) << "each has its own salt";
}

TEST(Secret, ShortAndObviousPasswordsAreRefused) {
  EXPECT_FALSE(check_new_password("eleven char", "ada"));
  EXPECT_FALSE(check_new_password("ada.lovelace", "ada.lovelace"));
  EXPECT_FALSE(check_new_password(std::string(kPasswordBytesMax + 1, 'x'), "ada"));
  EXPECT_TRUE(check_new_password("twelve chars", "ada"));
}

TEST(Secret, SecretsDiffer) {
  const std::string one = *random_secret("tca_");
  EXPECT_EQ(one.size(), 4u + 64);
  EXPECT_NE(one, *random_secret("tca_"));
  EXPECT_EQ(secret_digest("abc").size(), 32u);
}

/// RFC 6238, appendix B, for SHA-1.
TEST(Totp, GivesWhatTheStandardGives) {
  const std::string secret = "12345678901234567890";
  const std::pair<std::int64_t, const char*> cases[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                                                        {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : cases) EXPECT_EQ(totp_code(secret, seconds / 30, 8), code);
  EXPECT_EQ(totp_code(secret, 59 / 30), "287082");
}

TEST(Totp, ACodeIsGoodForItsStepAndTheNext) {
  const std::string secret = "12345678901234567890";
  const TimeUs now = 1'111'111'111 * std::int64_t{1'000'000};
  const std::int64_t step = 1'111'111'111 / 30;
  for (std::int64_t off = -3; off <= 3; ++off) {
    const auto found = totp_step(secret, totp_code(secret, step + off), now);
    if (off >= -1 && off <= 1) {
      EXPECT_EQ(found, step + off);
    } else {
      EXPECT_FALSE(found) << off;
    }
  }
  EXPECT_FALSE(totp_step(secret, "", now));
  EXPECT_FALSE(totp_step(secret, "12345", now));
}

/// RFC 4648, section 10.
TEST(Totp, SecretsAreSpelledInBase32) {
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32(""), "");
  const std::string secret = *new_totp_secret();
  EXPECT_EQ(*read_base32(base32(secret)), secret);
  EXPECT_FALSE(read_base32("MZXW6YTBOI"));
  EXPECT_FALSE(read_base32("not base 32 at all, not at all!!"));
}

TEST(Throttle, FreeFailuresThenWaitsThatDouble) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  LoginThrottle throttle(7);
  std::int64_t now = 100 * kSecond;
  for (std::uint32_t i = 0; i < kFreeFailuresMax; ++i) {
    EXPECT_EQ(throttle.wait_seconds("ada", "192.0.2.1", now), 0);
    throttle.failed("ada", "192.0.2.1", now);
  }
  EXPECT_EQ(throttle.wait_seconds("ada", "192.0.2.1", now), 0);
  throttle.failed("ada", "192.0.2.1", now);
  EXPECT_EQ(throttle.wait_seconds("ada", "192.0.2.1", now), 2);
  throttle.failed("ada", "192.0.2.1", now);
  EXPECT_EQ(throttle.wait_seconds("ada", "192.0.2.1", now), 4);
  EXPECT_EQ(throttle.wait_seconds("ada", "198.51.100.9", now), 4) << "the user's own";
  EXPECT_EQ(throttle.wait_seconds("grace", "192.0.2.1", now), 4) << "the address's own";
  EXPECT_EQ(throttle.wait_seconds("grace", "198.51.100.9", now), 0);
  for (int i = 0; i < 40; ++i) throttle.failed("ada", "192.0.2.1", now);
  EXPECT_EQ(throttle.wait_seconds("ada", "198.51.100.9", now), kUserWaitSecondsMax) << "nobody is locked out for long";
  EXPECT_EQ(throttle.wait_seconds("grace", "192.0.2.1", now), kAddressWaitSecondsMax);
  throttle.succeeded("ada", "198.51.100.9");
  EXPECT_EQ(throttle.wait_seconds("ada", "198.51.100.9", now), 0);
  now += 3'601 * kSecond;
  EXPECT_EQ(throttle.wait_seconds("grace", "192.0.2.1", now), 0) << "forgotten";
}

TEST(SignIn, ACookieIsFoundOnceOrNotAtAll) {
  EXPECT_EQ(cookie_value("__Host-tocsin=abc", "__Host-tocsin"), "abc");
  EXPECT_EQ(cookie_value("a=b; __Host-tocsin=abc; c=d", "__Host-tocsin"), "abc");
  EXPECT_EQ(cookie_value("x__Host-tocsin=abc", "__Host-tocsin"), "");
  EXPECT_EQ(cookie_value("__Host-tocsinx=abc", "__Host-tocsin"), "");
  EXPECT_EQ(cookie_value("__Host-tocsin=abc; __Host-tocsin=def", "__Host-tocsin"), "") << "two, of which one is not ours";
  EXPECT_EQ(cookie_value("", "__Host-tocsin"), "");
}

TEST(SignIn, AChangeComesFromOurOwnPage) {
  HttpHead head;
  head.host = "127.0.0.1:8443";
  EXPECT_FALSE(is_own_page(head, "https"));
  head.guard = "1";
  EXPECT_FALSE(is_own_page(head, "https"));
  head.origin = "https://127.0.0.1:8443";
  EXPECT_TRUE(is_own_page(head, "https"));
  head.origin = "https://127.0.0.1:9443";
  EXPECT_FALSE(is_own_page(head, "https"));
  head.origin = "https://127.0.0.1:8443";
  head.guard.clear();
  EXPECT_FALSE(is_own_page(head, "https"));
}

TEST(Access, RolesStandInOrderAndTokensHaveScopesAlone) {
  const Need need{Role::kResponder, "search"};
  Who user{.kind = Who::Kind::kUser, .name = "ada", .role = Role::kAnalyst, .scopes = {}, .session = {}};
  EXPECT_FALSE(is_allowed(user, need));
  user.role = Role::kApprover;
  EXPECT_TRUE(is_allowed(user, need));
  Who token{.kind = Who::Kind::kToken, .name = "ci", .role = Role::kNone, .scopes = {"metrics"}, .session = {}};
  EXPECT_FALSE(is_allowed(token, need));
  token.scopes.emplace_back("search");
  EXPECT_TRUE(is_allowed(token, need));
  EXPECT_FALSE(is_allowed(token, {Role::kViewer, ""})) << "closed to tokens";
  EXPECT_FALSE(is_allowed(Who(), need));
  EXPECT_TRUE(is_allowed(Who(), {Role::kNone, ""}));
  EXPECT_EQ(role_of("root"), Role::kNone);
}

}  // namespace
}  // namespace tocsin::api
