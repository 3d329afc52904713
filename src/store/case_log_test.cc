#include "store/case_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/state.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

class CaseLogTest : public testing::Test {
 protected:
  CaseLogTest() {
    std::string name = (fs::temp_directory_path() / "tocsin-cases-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake));
  }
  ~CaseLogTest() override { fs::remove_all(folder_); }
  std::string folder_;
  std::unique_ptr<State> state_;
  const Actor by_{"user ada", "192.0.2.1", 77};
};

TEST_F(CaseLogTest, GivesBackWhatWasWritten) {
  CaseLog log(*state_);
  const CaseAct act{.kind = CaseActKind::kMove, .incident = "A", .other = "B", .assignee = "eve", .status = CaseStatus::kContained, .verdict = Verdict::kBenign, .text = "because\nof it",
                    .of = 3, .alerts = {"a", "b"}, .seen = {"c"}, .seen_other = {"d", "e", "f"}};
  EXPECT_EQ(log.add(act, by_).value(), 1);
  EXPECT_EQ(log.add({.kind = CaseActKind::kComment, .incident = "A", .text = "hm"}, by_).value(), 2);
  state_.reset();
  state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kFail));
  CaseLog again(*state_);
  const std::vector<CaseAct> acts = again.after(0, 10).value();
  ASSERT_EQ(acts.size(), 2u);
  EXPECT_EQ(acts[0].number, 1);
  EXPECT_EQ(acts[0].time, 77);
  EXPECT_EQ(acts[0].who, "user ada");
  EXPECT_EQ(acts[0].kind, act.kind);
  EXPECT_EQ(acts[0].incident, "A");
  EXPECT_EQ(acts[0].other, "B");
  EXPECT_EQ(acts[0].assignee, "eve");
  EXPECT_EQ(acts[0].status, act.status);
  EXPECT_EQ(acts[0].verdict, act.verdict);
  EXPECT_EQ(acts[0].text, act.text);
  EXPECT_EQ(acts[0].of, 3);
  EXPECT_EQ(acts[0].alerts, act.alerts);
  EXPECT_EQ(acts[0].seen, act.seen);
  EXPECT_EQ(acts[0].seen_other, act.seen_other);
  EXPECT_TRUE(acts[1].alerts.empty());
  EXPECT_EQ(again.after(1, 10).value().size(), 1u);
  EXPECT_EQ(again.after(0, 1).value().size(), 1u);
}

TEST_F(CaseLogTest, KeepsWhatWasAttachedAndWhoWasGivenIt) {
  CaseLog log(*state_);
  CaseAct act{.kind = CaseActKind::kAttach, .incident = "A", .text = "from the mail"};
  act.file = {.place = "0123", .name = "a secret.doc", .sha256 = "ab12", .bytes = 77};
  const std::int64_t number = log.add(act, by_).value();
  const CaseAct back = log.after(0, 1).value().at(0);
  EXPECT_EQ(back.file.place, "0123");
  EXPECT_EQ(back.file.name, "a secret.doc");
  EXPECT_EQ(back.file.sha256, "ab12");
  EXPECT_EQ(back.file.bytes, 77u);
  EXPECT_EQ(log.files().value().size(), 1u);
  ASSERT_TRUE(log.note_reading("A", number, by_));
  EXPECT_EQ(log.after(0, 10).value().size(), 1u) << "to be given it is no act";
  ASSERT_TRUE(log.add({.kind = CaseActKind::kDetach, .incident = "A", .of = number}, by_));
  EXPECT_TRUE(log.files().value().empty());
  const std::vector<AuditLine> lines = Accounts(*state_).audit(10, 0).value();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].action, "case.detach");
  EXPECT_EQ(lines[1].action, "case.attachment_read");
  EXPECT_EQ(lines[1].detail, "act 1");
  EXPECT_EQ(lines[2].detail, "sha256 ab12, bytes 77") << "without its name, which is a person's words";
}

TEST_F(CaseLogTest, EachActHasItsLineWithoutThePersonsWords) {
  CaseLog log(*state_);
  ASSERT_TRUE(log.add({.kind = CaseActKind::kStatus, .incident = "A", .status = CaseStatus::kClosed, .verdict = Verdict::kBenign, .text = "a secret"}, by_));
  ASSERT_TRUE(log.add({.kind = CaseActKind::kVerdict, .incident = "", .verdict = Verdict::kNone, .alerts = {"x", "y"}}, by_));
  const std::vector<AuditLine> lines = Accounts(*state_).audit(10, 0).value();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].action + " " + lines[1].object + ": " + lines[1].detail, "case.status A: status closed, verdict benign");
  EXPECT_EQ(lines[0].action + " " + lines[0].object + ": " + lines[0].detail, "case.verdict x: verdict none, alerts 2");
  EXPECT_EQ(lines[0].who, "user ada");
}

TEST_F(CaseLogTest, WhatIsTooMuchIsNotWritten) {
  CaseLog log(*state_);
  EXPECT_FALSE(log.add({.kind = CaseActKind::kComment, .incident = "A", .text = std::string(kActTextMax + 1, 'x')}, by_));
  EXPECT_FALSE(log.add({.kind = CaseActKind::kComment, .incident = "A", .text = "x", .seen = std::vector<std::string>(kActAlertsMax + 1, "a")}, by_));
  EXPECT_TRUE(log.after(0, 10).value().empty());
  EXPECT_TRUE(Accounts(*state_).audit(10, 0).value().empty());
}

}  // namespace
}  // namespace tocsin
