#include "pipeline/run_deeds.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/memory_env.h"
#include "respond/connector/connector_list.h"
#include "respond/engine/run_engine.h"

namespace tocsin {
namespace {

/// Does everything at once.
class Doer : public respond::ActionPort {
 public:
  void connect(std::function<void(respond::ActionAnswer)> answered, std::function<void()>) override { answered_ = std::move(answered); }
  void send(respond::ActionOrder order) override { answered_({order.key, {.outcome = respond::ActionOutcome::kDone, .detail = "it is done", .outputs = {}, .undo = {{"text", "x"}}}}); }
  void flush() override {}
  void stop_all(bool) override {}

 private:
  std::function<void(respond::ActionAnswer)> answered_;
};

constexpr std::string_view kPlaybook =
    R"({"type":"playbook","spec_version":"cacao-2.0","id":"playbook--00000000-0000-4000-8000-000000000000","name":"Two steps","created_by":"identity--00000000-0000-4000-8000-000000000001","created":"2026-01-31T09:00:00.000Z","modified":"2026-01-31T09:00:00.000Z","workflow_start":"start--00000000-0000-4000-8000-000000000002","workflow":{"start--00000000-0000-4000-8000-000000000002":{"type":"start","on_completion":"action--00000000-0000-4000-8000-000000000003"},"action--00000000-0000-4000-8000-000000000003":{"type":"action","name":"Block","commands":[{"type":"manual","command":"x"}],"agent":"tocsin--00000000-0000-4000-8000-000000000005","on_completion":"action--00000000-0000-4000-8000-000000000006"},"action--00000000-0000-4000-8000-000000000006":{"type":"action","name":"Tell","commands":[{"type":"manual","command":"Tell the owner"}],"agent":"group--00000000-0000-4000-8000-000000000007","on_completion":"end--00000000-0000-4000-8000-000000000004"},"end--00000000-0000-4000-8000-000000000004":{"type":"end"}},"agent_definitions":{"tocsin--00000000-0000-4000-8000-000000000005":{"type":"tocsin","name":"noop","agent_target_extensions":{"extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43":{"connector":"noop","action":"pass"}}},"group--00000000-0000-4000-8000-000000000007":{"type":"group","name":"Those on call"}},"extension_definitions":{"extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43":{"type":"extension-definition","name":"c","created_by":"identity--00000000-0000-4000-8000-000000000001","schema":"https://example.org/c","version":"1"}}})";

class RunDeedsTest : public testing::Test {
 protected:
  void SetUp() override {
    journal_ = std::move(*RunJournal::open(env_, "runs/journal", master_));
    shelf_ = std::move(*PlaybookShelf::open(env_, "runs/playbooks"));
    respond::RunEngine::Options options;
    options.table = respond::all_actions();
    options.decide = [](const respond::RunState&, const respond::Action&) { return respond::RunInput{.kind = respond::InputKind::kDecided, .word = static_cast<std::uint8_t>(respond::DecidedWord::kAct)}; };
    engine_ = std::make_unique<respond::RunEngine>(respond::RunEngine::Place{env_, *journal_, *shelf_, doer_}, options);
    ASSERT_TRUE(engine_->recover());
    engine_->begin();
  }
  void TearDown() override { engine_->end(); }

  respond::RunId run_one(bool to_its_end) {
    const respond::RunId run = engine_->start({.text = std::string(kPlaybook), .word = respond::StartWord::kReal, .who = "user ada", .address = "192.0.2.1", .why = "to see"}).value();
    for (int i = 0; i < 10'000; ++i) {
      bool asks = false;
      engine_->look(run, [&](const respond::RunState& state) { asks = state.actions.size() == 2; });
      if (asks) break;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    if (to_its_end) {
      EXPECT_TRUE(engine_->give(run, {.kind = respond::InputKind::kAnswered, .word = static_cast<std::uint8_t>(respond::AnswerWord::kDone), .action = 2, .who = "user bob", .why = "called her"}));
    }
    return run;
  }
  RunDeeds deeds() { return RunDeeds(env_, "runs", master_, *journal_, *shelf_); }

  MemoryEnv env_;
  const SealKey key_ = std::move(*SealKey::from(std::string(kSealKeyBytes, 'k')));
  Seal master_{key_};
  std::unique_ptr<RunJournal> journal_;
  std::unique_ptr<PlaybookShelf> shelf_;
  Doer doer_;
  std::unique_ptr<respond::RunEngine> engine_;
};

std::string line(const audit::AuditEntry& entry) { return fmt::format("{} {} {} {} | {} | {} | {} | {}>{} | {}", entry.position, entry.who, entry.what, entry.object, entry.command, entry.result, entry.undo, entry.from, entry.to, entry.why.reason); }

TEST_F(RunDeedsTest, SaysWhoDidWhatToWhomAndWhatCameOfIt) {
  run_one(true);
  ASSERT_TRUE(engine_->stop_all("user ada", "drill"));
  RunDeeds source = deeds();
  const std::vector<audit::AuditEntry> entries = source.after(0, 100).value();
  std::vector<std::string> lines;
  for (const audit::AuditEntry& entry : entries) lines.push_back(line(entry));
  const std::vector<std::string> expected = {
      "1 user ada run.start run 1 |  |  |  | >running | to see",
      "2 policy run.decide.act run 1, action 1 | noop pass |  |  | > | ",
      "3 executor run.result.done run 1, action 1 | noop pass | it is done | noop unpass text=x | > | ",
      "4 user bob run.done run 1, action 2 | Those on call: Tell the owner |  |  | running>succeeded | called her",
      "5 user ada stop.all every run |  |  |  | > | drill",
  };
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(entries.front().address, "192.0.2.1");
  EXPECT_EQ(entries.front().auth, "session");
  EXPECT_NE(entries.front().detail.find("playbook 'Two steps'"), std::string::npos);
  EXPECT_EQ(source.last().value(), 5u);
}

TEST_F(RunDeedsTest, GoesOnFromAnyPlaceOverARestartAndSaysTheSame) {
  for (int i = 0; i < 8; ++i) run_one(i != 2);
  RunDeeds first = deeds();
  std::vector<std::string> all;
  const std::vector<audit::AuditEntry> entries = first.after(0, 1'000).value();
  for (const audit::AuditEntry& entry : entries) all.push_back(line(entry));
  ASSERT_EQ(all.size(), 8u * 4 - 1);
  for (std::uint64_t from = 0; from <= all.size(); ++from) {
    RunDeeds again = deeds();
    EXPECT_EQ(again.last().value(), all.size());
    std::vector<std::string> rest;
    for (std::uint64_t at = from; true; at = from + rest.size()) {
      const std::vector<audit::AuditEntry> some = again.after(at, 3).value();
      for (const audit::AuditEntry& entry : some) rest.push_back(line(entry));
      if (some.empty()) break;
    }
    EXPECT_EQ(rest, std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(from), all.end())) << from;
  }
}

TEST_F(RunDeedsTest, WhatWasTakenLetsTheLogOfRunsGoButNotARunThatIsNotOver) {
  run_one(false);
  for (int i = 0; i < 300; ++i) run_one(true);
  RunDeeds source = deeds();
  const std::size_t count = source.after(0, 100'000).value().size();
  ASSERT_GT(count, 1'000u);
  ASSERT_TRUE(source.taken(count));
  run_one(true);
  RunDeeds again = deeds();
  const std::vector<audit::AuditEntry> rest = again.after(count, 100).value();
  ASSERT_EQ(rest.size(), 4u);
  EXPECT_EQ(rest.front().position, count + 1);
  EXPECT_EQ(rest.front().what, "run.start");
}

TEST_F(RunDeedsTest, AnOlderCopyGoesOnBehindWhatTheAuditLogHas) {
  run_one(true);
  RunDeeds source = deeds();
  ASSERT_TRUE(source.skip_to(100));
  EXPECT_EQ(source.last().value(), 100u);
  EXPECT_TRUE(source.after(100, 10).value().empty());
  run_one(true);
  const std::vector<audit::AuditEntry> next = source.after(100, 10).value();
  ASSERT_EQ(next.size(), 4u);
  EXPECT_EQ(next.front().position, 101u);
  EXPECT_EQ(deeds().last().value(), 104u);
}

}  // namespace
}  // namespace tocsin
