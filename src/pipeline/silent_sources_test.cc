// Sources that fall silent, by made-up clocks: what is told, once, and what is not; over restarts; while something is in the way; and who is dismissed.
#include "pipeline/silent_sources.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "base/memory_env.h"

namespace tocsin {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr int kDay = 86'400;

class Silent : public testing::Test {
 protected:
  Silent() {
    std::string name = (std::filesystem::temp_directory_path() / "tocsin-silent-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    state_ = *State::open(folder_ + "/state.db", State::IfMissing::kMake, State::IfOlder::kUpgrade);
    env_.set_now_us(1'767'571'200 * kSecondUs);
    begin();
  }
  ~Silent() override { std::filesystem::remove_all(folder_); }

  void begin() {
    silent_ = std::make_unique<SilentSources>(SilentSources::Place{env_, *state_, [this] { return seen_; }, [this] { return open_; }, [this](const std::string& line) { said_.push_back(line); }});
    ASSERT_TRUE(silent_->recall());
  }
  void speak(const std::string& name) {
    auto found = std::ranges::find(seen_, name, &SourceSeen::name);
    if (found == seen_.end()) found = seen_.insert(seen_.end(), SourceSeen{name});
    found->last_seen = env_.now_us();
  }
  /// Looks every ten seconds; `speakers` say something before each.
  void pass(int seconds, const std::vector<std::string>& speakers) {
    for (int i = 0; i < seconds; i += 10) {
      env_.advance_us(10 * kSecondUs);
      for (const std::string& name : speakers) speak(name);
      silent_->look();
    }
  }
  std::vector<std::string> silent_names() {
    std::vector<std::string> names;
    for (const Silence& silence : silent_->now()) names.push_back(silence.source);
    return names;
  }
  using Names = std::vector<std::string>;

  std::string folder_;
  MemoryEnv env_;
  std::unique_ptr<State> state_;
  std::vector<SourceSeen> seen_;
  bool open_ = true;
  std::vector<std::string> said_;
  std::unique_ptr<SilentSources> silent_;
};

TEST_F(Silent, IsToldOnceAndEndsWithTheNextWord) {
  pass(3 * kDay, {"syslog", "netflow"});
  pass(1'700, {"netflow"});
  EXPECT_EQ(silent_names(), Names{});
  pass(200, {"netflow"});
  EXPECT_EQ(silent_names(), Names{"syslog"});
  pass(2 * kDay, {"netflow"});
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_EQ(said_[0].find("the source syslog has fallen silent: nothing since 2026-01-0"), 0u) << said_[0];
  pass(10, {"syslog", "netflow"});
  EXPECT_EQ(silent_names(), Names{});
  EXPECT_EQ(said_.size(), 2u);
}

TEST_F(Silent, NobodyIsSilentInTheFirstDays) {
  pass(kDay, {"syslog"});
  pass(kDay / 2, {});
  EXPECT_EQ(silent_names(), Names{});
}

TEST_F(Silent, WhatIsInTheWayIsNobodysSilence) {
  pass(3 * kDay, {"syslog"});
  open_ = false;
  pass(kDay, {});
  EXPECT_EQ(silent_names(), Names{});
  open_ = true;
  pass(1'900, {});
  EXPECT_EQ(silent_names(), Names{"syslog"});
}

TEST_F(Silent, LastsOverARestartWhoseTimeIsNobodysSilence) {
  pass(3 * kDay, {"syslog", "netflow"});
  pass(1'900, {"netflow"});
  pass(1'000, {});
  EXPECT_EQ(silent_names(), Names{"syslog"});
  ASSERT_TRUE(silent_->keep());
  env_.advance_us(kDay * kSecondUs);
  begin();
  pass(700, {});
  EXPECT_EQ(silent_names(), Names{"syslog"}) << "what was received before the start is no word of now";
  pass(200, {});
  EXPECT_EQ(silent_names(), (Names{"netflow", "syslog"})) << "the seconds before the restart count";
}

TEST_F(Silent, TheDismissedAndTheRemovedAreNotMissed) {
  ASSERT_TRUE(state_->add_sender({"web1", "bulk", std::string(32, 'x'), 0}));
  pass(3 * kDay, {"syslog", "bulk/web1", "bulk/gone"});
  pass(1'900, {});
  EXPECT_EQ(silent_names(), (Names{"bulk/web1", "syslog"}));
  ASSERT_TRUE(silent_->keep());
  EXPECT_TRUE(*silent_->dismiss("syslog"));
  EXPECT_FALSE(*silent_->dismiss("syslog"));
  begin();
  EXPECT_EQ(silent_names(), Names{"bulk/web1"}) << "dismissed for good";
  pass(kDay, {});
  EXPECT_EQ(silent_names(), Names{"bulk/web1"});
}

TEST_F(Silent, ManyAtOnceAreCounted) {
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back("file//var/log/" + std::to_string(i));
  pass(3 * kDay, names);
  pass(1'900, {});
  EXPECT_EQ(silent_->now().size(), 12u);
  ASSERT_EQ(said_.size(), kSilencesToldMax + 1);
  EXPECT_EQ(said_.back().find("7 more sources"), 0u);
}

TEST_F(Silent, WhatIsWatchedIsBounded) {
  for (std::size_t i = 0; i < kWatchedSourcesMax + 10; ++i) seen_.push_back(SourceSeen{"file/" + std::to_string(i), 0, env_.now_us()});
  pass(10, {"last"});
  ASSERT_TRUE(silent_->keep());
  EXPECT_EQ(state_->habits()->size(), kWatchedSourcesMax);
}

}  // namespace
}  // namespace tocsin
