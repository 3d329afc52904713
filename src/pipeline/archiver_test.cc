// What the archiver deletes beside segments, at a time that comes by setting the clock. What it stores, and on a disk that fails: disk_test.cc.
#include "pipeline/archiver.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "pipeline/disk_testing.h"
#include "store/accounts.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr int kWaits = 6'000;
constexpr TimeUs kDay = 86'400'000'000;

class ArchiverTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
    std::string name = (fs::temp_directory_path() / "tocsin-archiver-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }
  template <class Condition>
  static bool comes_true(Condition&& condition) {
    for (int i = 0; i < kWaits && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }

  std::string folder_;
  FailingEnv env_;
};

TEST_F(ArchiverTest, AlertsGoWhenTheirDaysAreOver) {
  std::vector<std::string> records;
  std::istringstream scenario(Env::system().read_file(TOCSIN_SOURCE_DIR "/content/scenarios/intrusion/windows.ndjson", 1u << 20).value_or(""));
  for (std::string line; std::getline(scenario, line);) records.push_back(line);
  std::uint64_t alerts = 0;
  {
    DiskPipeline pipeline(env_, folder_);
    ASSERT_TRUE(pipeline.start({.wait_most = {}, .keep = {}, .alerts = {.age_us = kDay}}));
    ASSERT_TRUE(pipeline.put(records));
    ASSERT_TRUE(comes_true([&] { return pipeline.looked_at() == pipeline.safe() && pipeline.state().alert_count().value() > 1; })) << pipeline.trouble();
    alerts = pipeline.state().alert_count().value();
  }
  env_.set_later(kDay / 2);
  {
    DiskPipeline pipeline(env_, folder_);
    ASSERT_TRUE(pipeline.start({.wait_most = {}, .keep = {}, .alerts = {.age_us = kDay}}));
    ASSERT_TRUE(pipeline.put(records));
    ASSERT_TRUE(comes_true([&] { return pipeline.looked_at() == pipeline.safe(); }));
    EXPECT_GT(pipeline.state().alert_count().value(), alerts) << "of other records, so others";
  }
  env_.set_later(kDay + kDay / 4);
  DiskPipeline pipeline(env_, folder_);
  ASSERT_TRUE(pipeline.start({.wait_most = {}, .keep = {}, .alerts = {.age_us = kDay}}));
  EXPECT_TRUE(comes_true([&] { return pipeline.state().alert_count().value() == alerts; })) << "those of the second time are left: " << pipeline.state().alert_count().value();
}

TEST_F(ArchiverTest, ManyAlertsGoOneLotAfterAnother) {
  {
    DiskPipeline pipeline(env_, folder_);
    ASSERT_TRUE(pipeline.start());
    std::vector<StoredAlert> alerts(4'500);
    for (std::size_t i = 0; i < alerts.size(); ++i) alerts[i].id = std::to_string(i);
    StreamStep step;
    step.alerts = alerts;
    step.now = env_.now_us();
    ASSERT_TRUE(pipeline.state().apply(step));
  }
  env_.set_later(3 * kDay);
  DiskPipeline pipeline(env_, folder_);
  ASSERT_TRUE(pipeline.start({.wait_most = {}, .keep = {}, .alerts = {.age_us = kDay}}));
  EXPECT_TRUE(comes_true([&] { return pipeline.state().alert_count().value() == 1; })) << "a service to which nobody sends looks once a minute, but for this";
}

TEST_F(ArchiverTest, TokensGoWhenTheirDaysAreOverAndTheAuditLogSaysSo) {
  std::string ada, bob;
  {
    DiskPipeline pipeline(env_, folder_);
    ASSERT_TRUE(pipeline.start());
    ASSERT_TRUE(pipeline.tokens().append_token("ada", 1, ada));
    ASSERT_TRUE(pipeline.tokens().append_token("bob", 5, bob));
    ASSERT_TRUE(pipeline.tokens().flush());
  }
  env_.set_later(3 * kDay);
  DiskPipeline pipeline(env_, folder_);
  ASSERT_TRUE(pipeline.start());
  EXPECT_TRUE(comes_true([&] { return !pipeline.tokens().reveal(ada).has_value(); }));
  EXPECT_EQ(*pipeline.tokens().reveal(bob), "bob");
  EXPECT_TRUE(comes_true([&] { return !Accounts(pipeline.state()).audit(1, 0).value().empty(); }));
  const std::vector<AuditLine> audit = Accounts(pipeline.state()).audit(10, 0).value();
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].action, "token.expire");
  EXPECT_TRUE(audit[0].detail.starts_with("1 forgotten")) << audit[0].detail;
}

/// A kill may leave a part of a frame behind, whose records' numbers are given to nobody: until the next record comes there is nothing to store, and nothing to wait for.
TEST_F(ArchiverTest, WhatAKillLeftOfAFrameIsNotWaitedFor) {
  const std::vector<std::string> record = {R"({"n":1})"};
  {
    DiskPipeline pipeline(env_, folder_);
    ASSERT_TRUE(pipeline.start());
    ASSERT_TRUE(pipeline.put(record));
    ASSERT_TRUE(comes_true([&] { return pipeline.looked_at() == 1; }));
  }
  std::string newest;
  for (const auto& entry : fs::directory_iterator(folder_ + "/data/journal")) {
    if (entry.path().extension() == ".journal") newest = std::max(newest, entry.path().string());
  }
  ASSERT_FALSE(newest.empty());
  std::ofstream(newest, std::ios::app | std::ios::binary) << "TJFR" << std::string(5'000, 'x');
  {
    DiskPipeline pipeline(env_, folder_);
    ASSERT_TRUE(pipeline.start());
    EXPECT_EQ(pipeline.safe(), 1u);
    EXPECT_TRUE(pipeline.store_now().has_value());
  }
  DiskPipeline pipeline(env_, folder_);
  ASSERT_TRUE(pipeline.start());
  ASSERT_TRUE(pipeline.put(record));
  EXPECT_GT(pipeline.safe(), 2u) << "their numbers are given to nobody";
  EXPECT_TRUE(comes_true([&] { return pipeline.stored_until() == pipeline.safe() && pipeline.looked_at() == pipeline.safe(); })) << "what comes next is stored";
}

}  // namespace
}  // namespace tocsin
