// The audit log as the service feeds it: from a real state, over crashes and a failing disk, and what it says to the verifier afterwards.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "pipeline/audit_feed.h"
#include "pipeline/disk_testing.h"
#include "report/audit/verify.h"
#include "store/accounts.h"
#include "store/audit_outbox.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class Audit : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "tocsin-audit-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    open_folder("data");
  }
  void TearDown() override {
    close();
    fs::remove_all(root_);
  }

  void open_folder(const std::string& name) {
    close();
    data_ = DataFolder{root_ + "/" + name};
    ASSERT_TRUE(make_folders(Env::system(), data_.path));
    master_ = std::make_unique<Seal>(*read_or_make_key(Env::system(), root_ + "/key"));
    state_ = *State::open(data_.state(), State::IfMissing::kMake, State::IfOlder::kUpgrade);
    protection_ = *Protection::open(Env::system(), data_, *master_, "strict");
  }
  void close() {
    protection_.reset();
    state_.reset();
  }

  std::unique_ptr<AuditFeed> feed(AuditFeedOptions options = {}) { return std::make_unique<AuditFeed>(AuditFeed::Place{env_, data_, *master_, *state_, *protection_, *taxonomy_}, std::move(options)); }
  /// Everything that there is gets in, signed, and it stops.
  void run() {
    const auto one = feed();
    one->start();
    one->stop();
    EXPECT_EQ(one->snapshot().trouble, "");
    EXPECT_EQ(one->snapshot().waiting, 0U);
  }
  void note(int from, int count, const std::string& detail = "") {
    for (int i = from; i < from + count; ++i) {
      ASSERT_TRUE(Accounts(*state_).note({"user ada", "192.0.2.1", kStart + i * 1'000'000}, "rule.disable", "rule " + std::to_string(i), detail));
    }
  }
  audit::VerifyReport verify() {
    leaves_.clear();
    return *audit::verify_log(Env::system(), {.folder = data_.audit(), .leaf = [this](const audit::LeafFacts& leaf) { leaves_.push_back(leaf); }});
  }
  std::vector<std::string> objects() const {
    std::vector<std::string> objects;
    for (const audit::LeafFacts& leaf : leaves_) {
      if (leaf.source == "accounts") objects.push_back(leaf.object);
    }
    return objects;
  }
  /// "rule 1" to "rule `last`", once each, in order.
  void expect_rules(int last) {
    const std::vector<std::string> all = objects();
    ASSERT_EQ(all.size(), static_cast<std::size_t>(last));
    for (int i = 1; i <= last; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i - 1)], "rule " + std::to_string(i));
  }
  void expect_good() {
    const audit::VerifyReport report = verify();
    for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
  }

  static constexpr TimeUs kStart = 1'790'000'000'000'000;
  FailingEnv env_;
  std::string root_;
  DataFolder data_;
  std::unique_ptr<const Taxonomy> taxonomy_ = test_taxonomy();
  std::unique_ptr<Seal> master_;
  std::unique_ptr<State> state_;
  std::unique_ptr<Protection> protection_;
  std::vector<audit::LeafFacts> leaves_;
};

TEST_F(Audit, WhatWasDoneIsInItOnceAndSigned) {
  note(1, 3);
  run();
  note(4, 2);
  run();
  expect_good();
  expect_rules(5);
  EXPECT_EQ(verify().signed_leaves, 7U) << "two starts";
  EXPECT_EQ(leaves_[0].who, "user ada");
  EXPECT_EQ(leaves_[0].address, "192.0.2.1");
  EXPECT_EQ(leaves_[0].time, kStart + 1'000'000);
}

TEST_F(Audit, WhatBecameOfSegmentsIsInIt) {
  const store::Segment a{.file = "d/a", .last_sequence = 9, .rows = 10, .sha256 = std::string(32, 'a')}, b{.file = "d/b", .first_sequence = 10, .last_sequence = 19, .rows = 10, .sha256 = std::string(32, 'b')},
      whole{.file = "d/c", .last_sequence = 19, .rows = 20, .sha256 = std::string(32, 'c')};
  ASSERT_TRUE(state_->store(std::array{a, b}, 20));
  ASSERT_TRUE(state_->replace(std::array{a, b}, whole));
  ASSERT_TRUE(state_->replace(std::array{whole}, std::nullopt));
  run();
  expect_good();
  std::string all;
  for (const audit::LeafFacts& leaf : leaves_) all += leaf.what + " " + leaf.object + " " + leaf.from.substr(0, 2) + ">" + leaf.to.substr(0, 2) + "\n";
  EXPECT_EQ(all, "segment.store d/a >61\nsegment.store d/b >62\nsegment.remove d/a 61>\nsegment.remove d/b 62>\nsegment.merge d/c >63\nsegment.remove d/c 63>\nservice.start  >" + std::string(TOCSIN_VERSION).substr(0, 2) + "\n");
}

/// The disk is gone at each call, for good; then somebody starts it again.
TEST_F(Audit, ACrashAtAnyCallLeavesNothingOutAndNothingTwice) {
  std::uint64_t calls = 0;
  for (std::uint64_t n = 1; n == 1 || n <= calls; ++n) {
    open_folder("data" + std::to_string(n));
    note(1, 2);
    if (n % 2 == 0) run();  // half of them go on from a log that is there
    note(3, 2);
    env_.fail(n, UINT64_MAX / 2);
    {
      const auto one = feed();
      one->start();
      one->stop();
    }
    if (n == 1) {
      env_.fail(0, 0);
      const auto one = feed();
      env_.fail(UINT64_MAX, 1);
      one->start();
      one->stop();
      calls = env_.calls();
    }
    env_.fail(0, 0);
    note(5, 1);
    run();
    expect_good();
    expect_rules(5);
    EXPECT_EQ(verify().signed_leaves, verify().leaves) << n;
    if (HasFailure()) FAIL() << "at call " << n;
  }
  EXPECT_GT(calls, 15U);
}

TEST_F(Audit, ItGoesOnWhenTheDiskIsWellAgain) {
  const auto one = feed();
  note(1, 2);
  one->start();
  ASSERT_TRUE(one->sign_now());
  note(3, 1);
  env_.fail(1, 3);
  (void)one->sign_now();
  EXPECT_TRUE(one->sign_now() || one->sign_now() || one->sign_now());
  one->stop();
  expect_good();
  expect_rules(3);
}

TEST_F(Audit, AStateOlderThanItsLogIsSaidAndNothingIsLost) {
  note(1, 5);
  run();
  fs::rename(data_.audit(), root_ + "/log");
  const std::string key = data_.path + "/audit.key";
  fs::rename(key, root_ + "/audit.key");
  open_folder("older");
  note(1, 2);
  fs::rename(root_ + "/log", data_.audit());
  fs::rename(root_ + "/audit.key", data_.path + "/audit.key");
  run();
  note(6, 2);
  run();
  expect_good();
  expect_rules(7);
  EXPECT_TRUE(std::ranges::any_of(leaves_, [](const audit::LeafFacts& leaf) { return leaf.what == "log.source_older" && leaf.from == "5" && leaf.to == "2"; }));
}

TEST_F(Audit, NothingIsAddedToALogThatIsNotWhatWasSigned) {
  note(1, 3);
  run();
  const std::string path = data_.audit() + "/" + audit::leaf_file_name(0);
  std::string lines = *Env::system().read_file(path, SIZE_MAX);
  lines.replace(lines.find("rule 2"), 6, "rule 9");
  std::ofstream(path, std::ios::binary) << lines;
  note(4, 1);
  const auto one = feed();
  one->start();
  one->stop();
  EXPECT_NE(one->snapshot().trouble.find("is not what was signed"), std::string::npos) << one->snapshot().trouble;
  EXPECT_EQ(one->snapshot().waiting, 4U);
  EXPECT_EQ(*Env::system().read_file(path, SIZE_MAX), lines);
}

TEST_F(Audit, PersonalDataStandsAsTokensAndProofsHoldWhenTheyAreForgotten) {
  const std::string address = "grace.hopper@example.org";
  note(1, 1, "asked for by " + address);
  run();
  expect_good();
  const audit::LeafFacts leaf = leaves_.front();
  EXPECT_EQ(leaf.detail.find(address), std::string::npos) << leaf.detail;
  EXPECT_EQ(leaf.who, "user ada") << "who did it stays";
  const std::optional<std::string> token = protection_->tokens().token_of(address);
  ASSERT_TRUE(token);
  EXPECT_NE(leaf.detail.find(*token), std::string::npos) << leaf.detail;
  ASSERT_TRUE(protection_->tokens().forget(address, kStart));
  expect_good();
}

TEST_F(Audit, CheckpointsAreCopiedElsewhere) {
  note(1, 1);
  fs::create_directory(root_ + "/elsewhere");
  const auto one = feed({.copy_to = root_ + "/elsewhere", .syslog = ""});
  one->start();
  const std::string first = *one->sign_now();
  note(2, 1);
  one->stop();
  EXPECT_EQ(one->snapshot().copy_trouble, "");
  std::vector<std::string> notes;
  for (const auto& entry : fs::directory_iterator(root_ + "/elsewhere")) notes = *audit::read_note_file(Env::system(), entry.path().string());
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0], first);
  const audit::VerifyReport report = *audit::verify_log(Env::system(), {.folder = data_.audit(), .elsewhere = notes});
  EXPECT_TRUE(report.is_good());
  const auto lost = feed({.copy_to = root_ + "/nowhere/file", .syslog = ""});
  note(3, 1);
  lost->start();
  lost->stop();
  EXPECT_NE(lost->snapshot().copy_trouble.find("cannot be sent elsewhere"), std::string::npos);
}

TEST_F(Audit, ALineOfASyslogIsACheckpoint) {
  note(1, 1);
  run();
  const std::string note = audit::read_checkpoints(Env::system(), data_.audit())->back();
  const std::string path = root_ + "/messages";
  std::ofstream(path) << "Dec  1 04:00:00 host tocsin: something else\nDec  1 04:00:01 host tocsin: audit checkpoint " << audit::note_on_a_line(note) << "\n";
  EXPECT_EQ(*audit::read_note_file(Env::system(), path), std::vector<std::string>{note});
}

}  // namespace
}  // namespace tocsin
