#include "cli/forward_settings.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"

namespace tocsin::cli {
namespace {

std::vector<std::string> read(ForwardSettings& settings, const std::string& yaml) {
  MemoryEnv env;
  env.add_file("forward.yaml", yaml);
  std::vector<std::string> mistakes;
  EXPECT_TRUE(settings.read_file(env, "forward.yaml", mistakes));
  return mistakes;
}

TEST(ForwardSettings, EveryDefaultIsGoodAndThePageHasAll) {
  for (std::size_t id = 0; id < kForwardSettingIds; ++id) {
    if (kForwardSettings[id].preset.empty()) continue;
    EXPECT_EQ(forward_mistake(static_cast<ForwardSettingId>(id), kForwardSettings[id].preset), "");
  }
  const std::string page = Env::system().read_file(TOCSIN_SOURCE_DIR "/docs/forward.md", 1 << 20).value_or("");
  EXPECT_NE(page.find(forward_settings_page()), std::string::npos) << forward_settings_page();
}

TEST(ForwardSettings, TheFileThatShipsIsGoodWithAllOfIt) {
  std::string yaml = Env::system().read_file(TOCSIN_SOURCE_DIR "/packaging/forward.yaml", 1 << 20).value_or("");
  ForwardSettings settings;
  EXPECT_TRUE(read(settings, yaml).empty());
  for (std::size_t at = 0; (at = yaml.find("\n#", at)) != std::string::npos; ++at) yaml.erase(at + 1, 1);
  const std::vector<std::string> mistakes = read(settings, yaml);
  EXPECT_TRUE(mistakes.empty()) << mistakes.front();
  EXPECT_EQ(settings.texts(kForwardFiles).size(), 2u);
  EXPECT_EQ(settings.number(kForwardBuffer), 256'000'000u);
}

TEST(ForwardSettings, TheCommandLineCountsBeforeTheFile) {
  ForwardSettings settings;
  std::vector<std::string> mistakes;
  settings.set(kForwardInventory, {"5"}, "--inventory", mistakes);
  EXPECT_TRUE(read(settings, "forward:\n  inventory: 7\n  journal: /var/log/journal\n").empty());
  EXPECT_EQ(settings.number(kForwardInventory), 5u);
  EXPECT_EQ(settings.text(kForwardJournal), "/var/log/journal");
}

TEST(ForwardSettings, MistakesHaveTheirPlace) {
  ForwardSettings settings;
  EXPECT_EQ(read(settings, "forward:\n  buffer: 12\n  file: x\n  server: [a, b]\n  journal: maybe\nother: 1\n").size(), 5u);
  EXPECT_EQ(read(settings, "forward:\n  server: nowhere\n").front(), "forward.yaml:2: 'nowhere' is no HOST:PORT, such as logs.example.org:2514");
  EXPECT_EQ(read(settings, "- a\n").size(), 1u);
  for (const char* const bad : {"", "host", ":1", "host:", "a:b", "::1:25", "host:123456"}) EXPECT_NE(forward_mistake(kForwardServer, bad), "") << bad;
  for (const char* const good : {"host:1", "[::1]:2514", "192.0.2.1:2514"}) EXPECT_EQ(forward_mistake(kForwardServer, good), "") << good;
}

}  // namespace
}  // namespace tocsin::cli
