#include "api/suppression_desk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "api/case_desk.h"

namespace tocsin::api {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr TimeUs kStart = 1'800'000'000'000'000;

class SuppressionDeskTest : public testing::Test {
 protected:
  SuppressionDeskTest() { begin(); }
  ~SuppressionDeskTest() override { end(); }

  void begin() {
    std::string name = (fs::temp_directory_path() / "tocsin-desk-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    state_ = std::move(*State::open(folder_ + "/state.db", State::IfMissing::kMake));
    view_ = std::make_unique<IncidentView>(Env::system(), *state_);
    made_ = 0;
    now_ = kStart;
  }
  void end() {
    view_.reset();
    state_.reset();
    fs::remove_all(folder_);
  }

  Actor by() const { return {"user ada", "192.0.2.1", now_}; }
  StoredAlert made_up(const std::string& rule, const std::string& host, const std::string& level) {
    StoredAlert one;
    one.id = fmt::format("{:032x}", 0xabcdef000000 + ++made_);
    one.time = now_;
    one.rule_id = rule;
    one.title = "Runs something";
    one.level = level;
    one.body = fmt::format(R"({{"schema":"tocsin.alert/1","id":"{}","time":"{}","rule":{{"id":"{}","title":"Runs something","level":"{}","status":"test","tags":[]}},"event":{{"source":"bulk","index":{}}},)"
                           R"("entities":[{{"type":"host","value":"{}"}},{{"type":"user","value":"NT AUTHORITY\\SYSTEM"}}],"context":[{{"role":"host","value":"{}"}}]}})",
                           one.id, format_time(now_), rule, level, made_, host, host);
    return one;
  }
  void keep(const std::vector<StoredAlert>& alerts) {
    StreamStep step;
    step.alerts = alerts;
    step.now = now_;
    EXPECT_TRUE(state_->apply(step));
  }
  /// Gives its id.
  std::string keep(const std::string& rule, const std::string& host, const std::string& level = "medium") {
    const std::vector<StoredAlert> one = {made_up(rule, host, level)};
    keep(one);
    return one[0].id;
  }
  Suppression about(const std::string& rule, const std::string& host) const {
    Suppression one;
    one.owner = "ada";
    one.reason = "a scanner of ours";
    one.rule = rule;
    one.type = host.empty() ? EntityType::kNone : EntityType::kHost;
    one.entity = host;
    one.level_max = preset_level_max(one);
    one.until = now_ + 1'000 * kMinuteUs;
    return one;
  }
  Result<Suppression> add(const Suppression& one) { return SuppressionDesk(*view_, *state_).add(one, by()); }
  void judge(const std::string& alert, Verdict verdict) {
    now_ += kMinuteUs;
    const Result<CaseAct> act = CaseDesk(*view_, *state_).act({.kind = CaseActKind::kVerdict, .verdict = verdict, .alerts = {alert}}, by());
    EXPECT_TRUE(act) << act.error().message;
  }
  std::int64_t hider(const std::string& alert) { return state_->alert(alert).value()->hidden_by; }
  Suppression one(std::int64_t number) { return *Suppressions(*state_).one(number).value(); }
  /// By a view of its own: one that stands looks at most every two seconds for alerts that came.
  std::size_t in_incidents() { return IncidentView(Env::system(), *state_).now().value()->alerts; }

  std::string folder_;
  std::unique_ptr<State> state_;
  std::unique_ptr<IncidentView> view_;
  std::uint64_t made_ = 0;
  TimeUs now_ = kStart;
};

TEST_F(SuppressionDeskTest, WhatWouldHaveHiddenATruePositiveIsRefused) {
  const std::string attack = keep("r1", "ws-07"), other = keep("r2", "ws-08");
  judge(attack, Verdict::kTruePositive);
  judge(other, Verdict::kFalsePositive);
  for (const Suppression& wanted : {about("r1", ""), about("", "WS-07"), about("r1", "ws-07")}) {
    const Result<Suppression> made = add(wanted);
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find(attack.substr(0, 12)), std::string::npos) << made.error().message;
  }
  EXPECT_TRUE(add(about("r2", "")));
  EXPECT_TRUE(add(about("r1", "ws-09")));
  judge(attack, Verdict::kNone);
  EXPECT_TRUE(add(about("r1", ""))) << "it was judged again";
}

TEST_F(SuppressionDeskTest, APreviewSaysWhatWouldBeHiddenAndWritesNothing) {
  keep("r1", "ws-01");  // too long ago
  now_ += kSuppressionLookBackUs + kMinuteUs;
  keep("r1", "ws-07"), keep("r1", "ws-07"), keep("r1", "ws-08"), keep("r1", "ws-09", "critical"), keep("r2", "ws-07");
  SuppressionDesk desk(*view_, *state_);
  const SuppressionPreview rule = desk.preview(about("r1", ""), now_).value();
  EXPECT_EQ(rule.alerts, 3u) << "what is critical breaks through";
  EXPECT_EQ(rule.hosts, 2u);
  EXPECT_TRUE(rule.whole);
  EXPECT_TRUE(rule.attacks.empty());
  EXPECT_EQ(desk.preview(about("r1", ""), now_ + 10 * kSuppressionLookBackUs).value().alerts, 3u) << "of logs of long ago";
  EXPECT_EQ(desk.preview(about("", "WS-07"), now_).value().alerts, 3u);
  EXPECT_EQ(desk.preview(about("r1", "ws-07"), now_).value().alerts, 2u);
  EXPECT_EQ(desk.preview(about("r3", ""), now_).value().alerts, 0u);
  const std::string attack = keep("r1", "ws-07");
  judge(attack, Verdict::kTruePositive);
  const SuppressionPreview refused = desk.preview(about("r1", "ws-07"), now_).value();
  EXPECT_EQ(refused.attack_count, 1u);
  ASSERT_EQ(refused.attacks.size(), 1u);
  EXPECT_EQ(refused.attacks[0].id, attack);
  EXPECT_FALSE(add(about("r1", "ws-07"))) << "as it said";
  EXPECT_TRUE(Suppressions(*state_).all().value().empty());
}

TEST_F(SuppressionDeskTest, APreviewReadsPageByPage) {
  std::vector<StoredAlert> alerts;
  for (int i = 0; i < 1'203; ++i) alerts.push_back(made_up("r1", "ws-07", "medium"));  // all of one moment
  keep(alerts);
  EXPECT_EQ(SuppressionDesk(*view_, *state_).preview(about("r1", ""), now_).value().alerts, 1'203u);
}

TEST_F(SuppressionDeskTest, ATruePositiveOfLongAgoHindersNobody) {
  judge(keep("r1", "ws-07"), Verdict::kTruePositive);
  now_ += kSuppressionLookBackUs + kMinuteUs;
  EXPECT_TRUE(add(about("r1", "")));
}

TEST_F(SuppressionDeskTest, NothingAboutAnAttackedMachineIsHidden) {
  ASSERT_TRUE(add(about("r2", "")));
  judge(keep("r1", "ws-07.corp.example.org"), Verdict::kTruePositive);
  EXPECT_EQ(hider(keep("r2", "WS-07")), kHiddenByNone);
  EXPECT_EQ(hider(keep("r2", "ws-08")), 1) << "SYSTEM is on every machine";
  EXPECT_EQ(one(1).watched, 1u);
  now_ += kSuppressionLookBackUs;
  ASSERT_TRUE(add(about("r2", "")));
  EXPECT_EQ(hider(keep("r2", "ws-07")), 2) << "it was long ago";
}

TEST_F(SuppressionDeskTest, ARuleThatHasNoAlertsIsToldOf) {
  keep("r1", "ws-07");
  const Result<Suppression> right = add(about("r1", "")), mistyped = add(about("r11", ""));
  ASSERT_TRUE(right && mistyped);
  EXPECT_EQ(SuppressionDesk(*view_, *state_).warning(*right, now_).value(), "");
  EXPECT_NE(SuppressionDesk(*view_, *state_).warning(*mistyped, now_).value().find("'r11'"), std::string::npos);
}

TEST_F(SuppressionDeskTest, NothingAboutAMachineThatSomebodyWorksOnIsHidden) {
  keep("r1", "ws-07");
  const std::string incident = view_->now().value()->incidents.at(0).id;
  ASSERT_TRUE(CaseDesk(*view_, *state_).act({.kind = CaseActKind::kStatus, .incident = incident, .status = CaseStatus::kInProgress}, by()));
  const Result<Suppression> made = add(about("r2", "ws-07"));
  ASSERT_TRUE(made);
  EXPECT_NE(SuppressionDesk(*view_, *state_).warning(*made, now_).value(), "");
  EXPECT_EQ(hider(keep("r2", "ws-07")), kHiddenByNone);
  ASSERT_TRUE(CaseDesk(*view_, *state_).act({.kind = CaseActKind::kStatus, .incident = incident, .status = CaseStatus::kClosed, .verdict = Verdict::kBenign}, by()));
  EXPECT_EQ(SuppressionDesk(*view_, *state_).warning(*made, now_).value(), "");
  EXPECT_EQ(hider(keep("r2", "ws-07")), 1);
}

TEST_F(SuppressionDeskTest, ATruePositiveTakesBackWhatHidIt) {
  ASSERT_TRUE(add(about("r1", "ws-07")));
  ASSERT_TRUE(add(about("r2", "")));
  keep("r3", "ws-01");
  const std::string hidden = keep("r1", "ws-07"), more = keep("r1", "ws-07");
  EXPECT_EQ(in_incidents(), 1u);
  judge(hidden, Verdict::kTruePositive);
  EXPECT_EQ(hider(hidden), kHiddenByNone);
  EXPECT_EQ(hider(more), kHiddenByNone);
  EXPECT_EQ(in_incidents(), 3u);
  EXPECT_NE(one(1).taken_back, kNoTime);
  EXPECT_EQ(one(2).taken_back, kNoTime);
}

TEST_F(SuppressionDeskTest, AnAlertSaysWhatItIsAbout) {
  const std::string alert = keep("r1", "ws-07");
  SuppressionDesk desk(*view_, *state_);
  Suppression wanted = about("", "");
  ASSERT_TRUE(desk.fill_from(wanted, alert));
  EXPECT_EQ(words_of(wanted), "of rule r1 about host ws-07, up to medium");
  EXPECT_EQ(desk.fill_from(wanted, "0f0f0f").error().code, Code::kNotFound);
}

/// Whatever people do, in whatever order: no alert that was judged a true positive is suppressed, and the counts add up.
TEST_F(SuppressionDeskTest, NoHistoryHidesATruePositive) {
  std::mt19937 dice(48);
  const auto roll = [&](int sides) { return static_cast<int>(dice() % static_cast<unsigned>(sides)); };
  std::size_t refused = 0, hidden_once = 0, taken_back = 0;
  for (int history = 0; history < 8; ++history) {
    end();
    begin();
    std::vector<std::string> alerts;
    std::vector<std::int64_t> acts;
    const auto act = [&](CaseAct wanted) {
      const Result<CaseAct> done = CaseDesk(*view_, *state_).act(std::move(wanted), by());
      if (done) acts.push_back(done->number);
    };
    for (int step = 0; step < 40; ++step) {
      now_ += roll(60) * kMinuteUs;
      const int what = roll(12);
      if (what < 2) {
        Suppression wanted = about(roll(3) == 0 ? "" : fmt::format("r{}", roll(3)), roll(2) == 0 ? "" : fmt::format("ws-0{}", roll(3)));
        wanted.window_us = roll(3) == 0 ? 30 * kMinuteUs : 0;
        if (!add(wanted)) ++refused;
      } else if (what == 2 && !alerts.empty()) {
        const int word = roll(6) % 4;
        act({.kind = CaseActKind::kVerdict, .verdict = static_cast<Verdict>(word), .alerts = {alerts[static_cast<std::size_t>(roll(static_cast<int>(alerts.size())))]}});
      } else if (what == 3) {
        const std::vector<Incident> incidents = view_->now().value()->incidents;
        if (!incidents.empty()) act({.kind = CaseActKind::kStatus, .incident = incidents[static_cast<std::size_t>(roll(static_cast<int>(incidents.size())))].id, .status = CaseStatus::kClosed, .verdict = static_cast<Verdict>(1 + roll(3))});
      } else if (what == 4 && !acts.empty()) {
        act({.kind = CaseActKind::kUndo, .of = acts[static_cast<std::size_t>(roll(static_cast<int>(acts.size())))]});
      } else {
        for (int i = roll(4); i >= 0; --i) alerts.push_back(keep(fmt::format("r{}", roll(3)), fmt::format("ws-0{}", roll(3)), std::string(kLevelWords[static_cast<std::size_t>(roll(5))])));
      }
      const std::shared_ptr<const analyze::CaseBook> cases = view_->now().value()->cases;
      for (const AlertVerdict& verdict : cases->verdicts()) {
        if (verdict.verdict == Verdict::kTruePositive) {
          EXPECT_EQ(hider(verdict.alert), kHiddenByNone) << "history " << history << ", step " << step;
        }
      }
    }
    const HiddenAlerts hidden = state_->hidden_alerts({}).value();
    EXPECT_EQ(state_->alerts({.limit = 1'000}).value().size() + hidden.suppressed + hidden.in_shadow, alerts.size());
    const std::vector<Suppression> all = Suppressions(*state_).all().value();
    std::uint64_t stays = 0;
    for (const Suppression& each : all) {
      hidden_once += each.hidden;
      taken_back += each.taken_back != kNoTime;
      if (each.taken_back == kNoTime) stays += each.hidden;
    }
    EXPECT_EQ(stays, hidden.suppressed);
  }
  EXPECT_GT(refused, 5u);
  EXPECT_GT(hidden_once, 20u);
  EXPECT_GT(taken_back, 0u);
}

}  // namespace
}  // namespace tocsin::api
