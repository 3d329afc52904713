#include "store/rule_trials.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using Ids = std::set<std::string>;

class RuleTrialsTest : public testing::Test {
 protected:
  RuleTrialsTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-trials-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    open();
  }
  ~RuleTrialsTest() override { fs::remove_all(folder_); }

  void open() {
    state_.reset();
    Result<std::unique_ptr<State>> state = State::open((folder_ / "state.db").string(), State::IfMissing::kMake, State::IfOlder::kUpgrade);
    ASSERT_TRUE(state) << state.error().message;
    state_ = std::move(*state);
  }
  Ids take(const std::vector<std::string>& ids, bool try_new) {
    const Result<Ids> on_trial = RuleTrials(*state_).take(ids, try_new, ++now_);
    EXPECT_TRUE(on_trial) << on_trial.error().message;
    return on_trial.value_or(Ids{"none"});
  }

  fs::path folder_;
  std::unique_ptr<State> state_;
  TimeUs now_ = 1'800'000'000'000'000;
};

TEST_F(RuleTrialsTest, WhatComesLaterIsOnTrialAndStaysSo) {
  EXPECT_EQ(take({"a", "b"}, true), Ids{}) << "the first ones are new to nobody";
  EXPECT_EQ(take({"a", "b", "c"}, true), Ids{"c"});
  EXPECT_EQ(take({"a", "b", "c", "d"}, true), (Ids{"c", "d"}));
  open();
  EXPECT_EQ(take({"b", "c", "d"}, true), (Ids{"c", "d"})) << "after a restart";
  EXPECT_EQ(take({"a", "d"}, true), Ids{"d"}) << "one that was away is not new, and of one that is away nothing is said";
}

TEST_F(RuleTrialsTest, ASettingThatIsTakenBackLetsAllBeHeard) {
  EXPECT_EQ(take({"a"}, false), Ids{});
  EXPECT_EQ(take({"a", "b"}, false), Ids{}) << "nobody asked for trials";
  EXPECT_EQ(take({"a", "b", "c"}, true), Ids{"c"}) << "b was there before";
  EXPECT_EQ(take({"a", "b", "c"}, false), Ids{});
  EXPECT_EQ(take({"a", "b", "c", "d"}, true), Ids{"d"}) << "c has been heard";
}

TEST_F(RuleTrialsTest, TheOldestThatAreLoadedNoMoreAreForgotten) {
  std::vector<std::string> many;
  for (std::size_t i = 0; i < kKnownRulesMax; ++i) many.push_back(fmt::format("rule {:06}", i));
  EXPECT_EQ(take(many, true), Ids{});
  EXPECT_EQ(take({many.back(), "x", "y"}, true), (Ids{"x", "y"}));
  EXPECT_EQ(take({many.back(), many[0], many[1], many[2]}, true), (Ids{many[0], many[1]})) << "two had to go for x and y";
}

}  // namespace
}  // namespace tocsin
