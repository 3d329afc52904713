#include "cli/settings.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "cli/oidc_settings.h"
#include "pipeline/baseline_cards.h"

namespace tocsin::cli {
namespace {

TEST(Settings, TheCommandLineGoesBeforeTheFileAndTheFileBeforeTheDefault) {
  MemoryEnv env;
  env.add_file("tocsin.yaml", "listen: {bulk: 127.0.0.1:1}\nkeep:\n  days: 7\n  bytes: 2KiB\nrules: [a, b]\npipelines: p\n");
  Settings settings;
  std::vector<std::string> mistakes;
  settings.set(kKeepDays, {"30"}, "--keep-days", mistakes);
  ASSERT_TRUE(settings.read_file(env, "tocsin.yaml", mistakes));
  EXPECT_TRUE(mistakes.empty()) << mistakes.front();
  EXPECT_EQ(settings.number(kKeepDays), 30u);
  EXPECT_EQ(settings.value(kKeepDays).source, "--keep-days");
  EXPECT_EQ(settings.number(kKeepBytes), 2'048u);
  EXPECT_EQ(settings.value(kKeepBytes).source, "tocsin.yaml:4");
  EXPECT_EQ(settings.text(kBulk), "127.0.0.1:1");
  EXPECT_EQ(settings.text(kHec), "127.0.0.1:8088");
  EXPECT_EQ(settings.value(kHec).source, "default");
  EXPECT_EQ(settings.value(kRules).texts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(settings.value(kPipelines).texts, std::vector<std::string>{"p"});
  EXPECT_EQ(settings.read_file(env, "none.yaml", mistakes).error().code, Code::kNotFound);
}

TEST(Settings, BadFilesAreMistakesAndChangeNothing) {
  for (const char* const text : {"keep: {days: [1, 2]}", "keep: 3", "- a", "a: b: c", "keep: {days: }", "rules: []", "rules: [{a: b}]", "keep: {days: 1KB}",
                                 "keep: {bytes: 99999999999TB}", "keep: {days: 5b}", "keep: {sources: 3}", "keep: {sources: {}}", "keep: {sources: {a: 30}}",
                                 "keep: {sources: {a: {dais: 30}}}", "keep: {sources: {a: {days: x}}}", "keep: {sources: {a: {days: 0}}}", "keep: {sources: {a: {days: [1]}}}",
                                 "keep: {sources: {a: 1d,2d}}", "keep: {sources: [a]}",
                                 "oidc: {roles: 3}", "oidc: {roles: {}}", "oidc: {roles: [a]}", "oidc: {roles: {soc: [viewer]}}", "oidc: {roles: {soc: root}}", "oidc: {issuer: login.example.org}",
                                 "oidc: {issuer: 'http://login.example.org'}", "oidc: {issuer: 'https://a/.well-known/openid-configuration'}", "oidc: {issuer: 'https://a?b'}",
                                 "api: {url: 'http://a'}", "api: {url: 'https://a/'}", "api: {url: 'https://a/b'}", "api: {url: a}",
                                 "tls: {http: maybe}", "tls: {http: auto|yes}", "tls: {senders: }"}) {
    MemoryEnv env;
    env.add_file("tocsin.yaml", text);
    Settings settings;
    std::vector<std::string> mistakes;
    ASSERT_TRUE(settings.read_file(env, "tocsin.yaml", mistakes));
    EXPECT_EQ(mistakes.size(), 1u) << text;
    for (std::size_t id = 0; id < kSettingIds; ++id) EXPECT_EQ(settings.value(static_cast<SettingId>(id)).source, "default") << text;
  }
}

TEST(Settings, SourcesHaveLimitsOfTheirOwn) {
  MemoryEnv env;
  env.add_file("tocsin.yaml", "keep:\n  sources:\n    auditd: {days: 30}\n    syslog/*: {bytes: 2GB, days: 7}\n    bulk/web: 100MB\n    a=b: {bytes: 5}\n");
  Settings settings;
  std::vector<std::string> mistakes;
  ASSERT_TRUE(settings.read_file(env, "tocsin.yaml", mistakes));
  EXPECT_TRUE(mistakes.empty()) << mistakes.front();
  constexpr std::int64_t kDayUs = 86'400'000'000;
  EXPECT_EQ(settings.retention_rules(), (std::vector<store::RetentionRule>{{"auditd", 30 * kDayUs, 0}, {"syslog/*", 7 * kDayUs, 2'000'000'000},
                                                                          {"bulk/web", 0, 100'000'000}, {"a=b", 0, 5}}));
  settings.set(kKeepSources, {"x=1d,5b"}, "--keep-source", mistakes);
  EXPECT_EQ(settings.retention_rules(), (std::vector<store::RetentionRule>{{"x", kDayUs, 5}}));
  settings.set(kKeepSources, std::vector<std::string>(store::kRetentionRulesMax + 1, "x=1d"), "--keep-source", mistakes);
  EXPECT_EQ(mistakes.size(), 1u);
}

class LoginSettings : public testing::Test {
 protected:
  /// What is said of a file.
  std::string mistakes(const std::string& text) {
    settings_ = Settings();
    env_.add_file("tocsin.yaml", text);
    std::vector<std::string> all;
    EXPECT_TRUE(settings_.read_file(env_, "tocsin.yaml", all));
    settings_.check_together(all);
    std::string lines;
    for (const std::string& one : all) lines += one + "\n";
    return lines;
  }
  const std::string good_ = "api: {url: 'https://logs.example.org:8443'}\noidc:\n  issuer: https://id.example\n  client_id: tocsin\n  client_secret_file: secret\n"
                            "  roles: {soc: analyst, 'cn=a,dc=b': admin}\n";
  MemoryEnv env_;
  Settings settings_;
};

TEST_F(LoginSettings, BelongTogether) {
  EXPECT_EQ(mistakes(""), "");
  EXPECT_EQ(mistakes(good_), "");
  EXPECT_EQ(mistakes("oidc: {issuer: https://id.example}"),
            "tocsin.yaml:1: log-in with a provider needs 'oidc.client_id', the service's name there\n"
            "tocsin.yaml:1: log-in with a provider needs 'oidc.roles', or nobody could come in\n"
            "tocsin.yaml:1: log-in with a provider needs 'api.url', where the provider sends browsers back to\n");
  EXPECT_EQ(mistakes("oidc:\n  name: X\n  roles: {a: viewer}\n"),
            "tocsin.yaml:2: 'oidc.name' says how to log in with a provider, and 'oidc.issuer' names none\n"
            "tocsin.yaml:3: 'oidc.roles' says how to log in with a provider, and 'oidc.issuer' names none\n");
}

TEST_F(LoginSettings, BecomeWhatTheApiNeeds) {
  mistakes(good_);
  EXPECT_FALSE(provider_login(env_, settings_)) << "there is no secret";
  env_.add_file("secret", "hush\r\n");
  const auto login = provider_login(env_, settings_);
  ASSERT_TRUE(login) << login.error().message;
  EXPECT_EQ((*login)->provider.client_secret, "hush");
  EXPECT_EQ((*login)->roles, (std::map<std::string, std::string>{{"soc", "analyst"}, {"cn=a,dc=b", "admin"}}));
  EXPECT_EQ((*login)->roles_claim, "groups");
  for (const char* const bad : {"", "\n", "a\nb\n"}) {
    env_.add_file("secret", bad);
    EXPECT_FALSE(provider_login(env_, settings_)) << bad;
  }
  env_.add_file("secret", "hush");
  env_.add_file("ca.pem", "nothing");
  mistakes(good_ + "  ca_file: ca.pem\n");
  EXPECT_EQ(provider_login(env_, settings_).error().message, "ca.pem: there is no certificate in it (a text with -----BEGIN CERTIFICATE-----)");
}

TEST(Settings, EveryDefaultIsGoodAndThePageHasAll) {
  for (const Setting& setting : kSettings) {
    if (setting.kind == Setting::Kind::kNumber || setting.kind == Setting::Kind::kBytes) {
      EXPECT_TRUE(read_number(setting, setting.preset)) << setting.name;
    }
  }
  const std::string page = Env::system().read_file(TOCSIN_SOURCE_DIR "/docs/settings.md", 1 << 20).value_or("");
  EXPECT_NE(page.find(settings_page()), std::string::npos) << settings_page();
}

TEST(Settings, EachKindThatMayMakeAlertsCanBeNamed) {
  for (const SettingId id : {kBaselineAlerts, kShadowBaselineAlerts}) {
    std::string words;
    for (std::size_t i = 0; i < kBaselineKindNames.size(); ++i) {
      if (baseline::kPromotableKinds.has(static_cast<BaselineKind>(i))) words += (words.empty() ? "" : "|") + std::string(kBaselineKindNames[i]);
      EXPECT_EQ(promotable_kind(kBaselineKindNames[i]).has_value(), baseline::kPromotableKinds.has(static_cast<BaselineKind>(i)));
    }
    EXPECT_EQ(kSettings[id].placeholder, words);
  }
}

TEST(Settings, SeveralWordsOfAChoice) {
  Settings settings;
  std::vector<std::string> mistakes;
  settings.set(kBaselineAlerts, {"impossible_travel", "beacon"}, "--baseline-alert", mistakes);
  EXPECT_EQ(settings.value(kBaselineAlerts).texts.size(), 2u);
  settings.check_together(mistakes);
  EXPECT_TRUE(mistakes.empty());
  settings.set(kBaselineAlerts, {"rare"}, "t.yaml:3", mistakes);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_EQ(mistakes[0], "t.yaml:3: 'rare' is none of first_seen|volume|new_country|impossible_travel|beacon|outlier");
  mistakes.clear();
  settings.set(kShadowBaselineAlerts, {"beacon"}, "t.yaml:4", mistakes);
  settings.check_together(mistakes);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_EQ(mistakes[0], "--baseline-alert: 'beacon' is in baseline_alerts and in shadow_baseline_alerts (t.yaml:4); it is in one of them at most");
  mistakes.clear();
  settings.set(kBaselines, {"no"}, "t.yaml:5", mistakes);
  settings.check_together(mistakes);
  EXPECT_EQ(mistakes.size(), 3u) << "and neither makes alerts without baselines";
}

TEST(Settings, WhatAReloadCannotChangeIsNamed) {
  Settings first, second;
  std::vector<std::string> mistakes;
  second.set(kKeepDays, {"9"}, "test", mistakes);
  second.set(kRules, {"builtin"}, "test", mistakes);
  EXPECT_TRUE(second.fixed_that_differ(first).empty());
  second.set(kBulk, {"127.0.0.1:1"}, "test", mistakes);
  EXPECT_EQ(second.fixed_that_differ(first), (std::vector<std::string>{"listen.bulk"}));
  EXPECT_TRUE(mistakes.empty());
}

}  // namespace
}  // namespace tocsin::cli
