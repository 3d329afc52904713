#include "cli/settings.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"

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
                                 "keep: {bytes: 99999999999TB}"}) {
    MemoryEnv env;
    env.add_file("tocsin.yaml", text);
    Settings settings;
    std::vector<std::string> mistakes;
    ASSERT_TRUE(settings.read_file(env, "tocsin.yaml", mistakes));
    EXPECT_EQ(mistakes.size(), 1u) << text;
    for (std::size_t id = 0; id < kSettingIds; ++id) EXPECT_EQ(settings.value(static_cast<SettingId>(id)).source, "default") << text;
  }
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
