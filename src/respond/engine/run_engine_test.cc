#include "respond/engine/run_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/memory_env.h"

namespace tocsin::respond {
namespace {

constexpr ActionSpec kTable[] = {
    {.connector = "world", .action = "idempotent", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "take_back", .arguments = {}, .output = ""},
    {.connector = "world", .action = "keyed", .policy_class = "", .repeat = Repeat::kKeyed, .undo = "", .arguments = {}, .output = ""},
    {.connector = "world", .action = "probed", .policy_class = "", .repeat = Repeat::kProbed, .undo = "", .arguments = {}, .output = ""},
    {.connector = "world", .action = "once", .policy_class = "", .repeat = Repeat::kOnce, .undo = "", .arguments = {}, .output = ""},
    {.connector = "world", .action = "take_back", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "", .arguments = {}, .output = ""},
};
constexpr std::string_view kClasses[] = {"idempotent", "keyed", "probed", "once"};

std::string id(const char* type, int n) { return fmt::format("{}--00000000-0000-4000-8000-{:012d}", type, n); }

/// One step for each of `actions`, in order.
std::string playbook(std::span<const std::string_view> actions) {
  std::string steps = fmt::format(R"("{}":{{"type":"start","on_completion":"{}"}},"{}":{{"type":"end"}})", id("start", 1), id("action", 100), id("end", 2)), agents;
  int n = 0;
  for (const std::string_view action : actions) {
    const std::string next = static_cast<std::size_t>(n) + 1 < actions.size() ? id("action", 101 + n) : id("end", 2);
    steps += fmt::format(R"(,"{}":{{"type":"action","name":"{}","commands":[{{"type":"manual","command":"x"}}],"agent":"{}","on_completion":"{}"}})", id("action", 100 + n), action, id("tocsin", 200 + n), next);
    agents += fmt::format(R"({}"{}":{{"type":"tocsin","name":"{}","agent_target_extensions":{{"extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43":{{"connector":"world","action":"{}"}}}}}})", n == 0 ? "" : ",", id("tocsin", 200 + n), action, action);
    ++n;
  }
  return fmt::format(R"({{"type":"playbook","spec_version":"cacao-2.0","id":"{}","name":"Crash","created_by":"{}","created":"2026-01-31T09:00:00.000Z","modified":"2026-01-31T09:00:00.000Z","workflow_start":"{}","workflow":{{{}}},"agent_definitions":{{{}}},"extension_definitions":{{"extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43":{{"type":"extension-definition","name":"c","created_by":"{}","schema":"https://example.org/c","version":"1"}}}}}})",
                     id("playbook", 4), id("identity", 5), id("start", 1), steps, agents, id("identity", 5));
}

/// Power is lost at its n-th event, and stays lost until the next life.
struct Power {
  std::atomic<std::uint64_t> events = 0, lost_at = UINT64_MAX;
  std::atomic<bool> late = false;  // what was being done when it was lost has been done
  bool is_lost() const { return events >= lost_at; }
  /// Whether what is about to be done is done.
  bool spend() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (is_lost()) return false;
    ++events;
    return !is_lost() || late;
  }
  std::mutex mutex;
};

class TestLog : public RunLog {
 public:
  explicit TestLog(Power& power) : power_(power) {}
  std::uint64_t append(std::string_view record) override {
    pending_.emplace_back(record);
    return base + safe.size() + pending_.size() - 1;
  }
  Status commit() override {
    const bool done = power_.spend();
    if (done) safe.insert(safe.end(), pending_.begin(), pending_.end());
    pending_.clear();
    return done && !power_.is_lost() ? Status() : Error{Code::kIo, "no power"};
  }
  Status read(const std::function<Status(std::uint64_t, std::string_view)>& visit) override {
    for (std::size_t i = 0; i < safe.size(); ++i) {
      const Status seen = visit(base + i, safe[i]);
      if (!seen) return seen;
    }
    return {};
  }
  Status forget_before(std::uint64_t number) override {
    while (base < number && !safe.empty()) safe.pop_front(), ++base;
    return {};
  }
  std::string damage() const override { return damaged; }
  std::string damaged;
  std::uint64_t base = 0;
  std::deque<std::string> safe;

 private:
  Power& power_;
  std::vector<std::string> pending_;
};

class TestShelf : public BookShelf {
 public:
  Status put(const std::string& hash, std::string_view text) override {
    texts[hash] = text;
    return {};
  }
  Result<std::string> text(const std::string& hash) override { return texts.at(hash); }
  std::map<std::string, std::string> texts;
};

/// Everything outside: what was done, by the action's name and run.
class World : public ActionPort {
 public:
  explicit World(Power& power) : power_(power) {}
  void connect(std::function<void(ActionAnswer)> answered, std::function<void()>) override { answered_ = std::move(answered); }
  void flush() override {}
  void stop_all(bool stopped) override { is_stopped = stopped; }
  void send(ActionOrder order) override {
    if (power_.is_lost() || !power_.spend()) return;  // it did not get there
    const std::string what = fmt::format("{} {}", order.key.run, order.call.action);
    ActionResult result{.outcome = ActionOutcome::kDone, .detail = "", .outputs = {}, .undo = order.call.action == "idempotent" ? std::map<std::string, std::string>{{"x", "y"}} : std::map<std::string, std::string>{}};
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (order.probe) {
        if (acts[what] == 0) result = {.outcome = ActionOutcome::kFailed, .detail = "it is not there", .may_pass = true};
      } else if (order.call.action != "keyed" || keys.insert(order.key).second) {
        ++acts[what];
      }
      if (is_silent) return;
    }
    if (!power_.is_lost()) answered_({order.key, std::move(result)});
  }
  std::mutex mutex;
  std::map<std::string, int> acts;
  std::set<ActionKey> keys;
  std::atomic<bool> is_stopped = false, is_silent = false;

 private:
  Power& power_;
  std::function<void(ActionAnswer)> answered_;
};

/// What outlasts a crash.
struct Machine {
  Machine() { env.set_now_us(1'767'225'600'000'000); }
  MemoryEnv env;
  Power power;
  TestLog log{power};
  TestShelf shelf;
  World world{power};
  std::map<RunId, std::string> ended;  // status
  std::mutex mutex;

  RunEngine::Options options() {
    RunEngine::Options options;
    options.table = kTable;
    options.decide = [](const RunState&, const Action&) { return RunInput{.kind = InputKind::kDecided, .word = static_cast<std::uint8_t>(DecidedWord::kAct)}; };
    options.ended = [this](const std::vector<EndedRun>& runs) {
      const std::lock_guard<std::mutex> lock(mutex);
      for (const EndedRun& run : runs) ended[run.id] = word_of(run.state.status);
      return true;
    };
    return options;
  }
  std::unique_ptr<RunEngine> boot() {
    auto engine = std::make_unique<RunEngine>(RunEngine::Place{env, log, shelf, world}, options());
    EXPECT_TRUE(engine->recover());
    engine->begin();
    return engine;
  }
  bool has_ended(RunId run) {
    const std::lock_guard<std::mutex> lock(mutex);
    return ended.contains(run);
  }
  /// Time goes on, and a person says of what nobody knows that it was done.
  void live_until(RunEngine& engine, RunId run, std::set<std::string>* unknown = nullptr) {
    for (int i = 0; i < 20'000 && !has_ended(run) && !power.is_lost(); ++i) {
      std::vector<RunInput> answers;
      TimeUs wake = env.now_us() + 1'000;
      engine.look(run, [&](const RunState& state) {
        if (state.has_ended()) wake = env.now_us() + 300'000;
        for (const auto& [number, action] : state.actions) {
          if (action.state == ActionState::kWaiting) wake = std::max(wake, action.wake);
          if (action.state != ActionState::kUnknown) continue;
          if (unknown != nullptr) unknown->insert(action.call.action);
          answers.push_back({.kind = InputKind::kAnswered, .word = static_cast<std::uint8_t>(AnswerWord::kDone), .action = number, .who = "somebody"});
        }
      });
      for (RunInput& answer : answers) (void)engine.give(run, std::move(answer));
      env.advance_us(wake - env.now_us());
      engine.wake();
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }
};

StartRequest request(std::string text) { return {.text = std::move(text), .word = StartWord::kReal, .who = "ann"}; }

TEST(RunEngine, PowerLostAtEveryCommitAndEverySendLosesNoStepAndRepeatsNothing) {
  std::uint64_t events = 0;
  {
    Machine machine;
    auto engine = machine.boot();
    const Result<RunId> run = engine->start(request(playbook(kClasses)));
    ASSERT_TRUE(run) << run.error().message;
    machine.live_until(*engine, *run);
    engine->end();
    ASSERT_EQ(machine.ended[*run], "succeeded");
    events = machine.power.events;
  }
  ASSERT_GT(events, 8u);
  std::size_t unknown_once = 0;
  for (std::uint64_t n = 1; n <= events; ++n) {
    for (const bool late : {false, true}) {
      Machine machine;
      machine.power.lost_at = n;
      machine.power.late = late;
      auto engine = machine.boot();
      // Whoever started it may have heard nothing: then it need not be there.
      std::thread starter([&] { (void)engine->start(request(playbook(kClasses))); });
      for (int i = 0; i < 5'000 && !machine.power.is_lost(); ++i) {
        machine.env.advance_us(1'000);
        engine->wake();
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
      engine->end();
      starter.join();
      engine.reset();
      machine.power.lost_at = UINT64_MAX;
      engine = machine.boot();
      const bool was_safe = !machine.log.safe.empty();
      std::set<std::string> unknown;
      if (was_safe) machine.live_until(*engine, 1, &unknown);
      engine->end();
      const std::string where = fmt::format("power lost at {}{}", n, late ? ", just after" : "");
      if (!was_safe) continue;
      EXPECT_EQ(machine.ended[1], "succeeded") << where;
      for (const std::string_view one : kClasses) {
        const int acts = machine.world.acts[fmt::format("1 {}", one)];
        if (one == "idempotent") EXPECT_GE(acts, 1) << where;
        else if (!unknown.contains(std::string(one))) EXPECT_EQ(acts, 1) << one << ", " << where;
        else EXPECT_LE(acts, 1) << one << ", " << where;
        EXPECT_TRUE(one == "once" || !unknown.contains(std::string(one))) << one << ", " << where;
      }
      unknown_once += unknown.size();
    }
  }
  EXPECT_GT(unknown_once, 0u) << "there is a crash of which nobody can know";
}

TEST(RunEngine, AfterARestartNumbersAndRunsThatAreOverStayWhatTheyWere) {
  Machine machine;
  auto engine = machine.boot();
  const std::string_view one[] = {"keyed"};
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(engine->start(request(playbook(one))));
  machine.live_until(*engine, 30);
  engine->end();
  EXPECT_EQ(machine.ended.size(), 30u);
  machine.ended.clear();
  engine = machine.boot();
  EXPECT_EQ(engine->counts().runs, 0u) << "what was put away does not come back";
  EXPECT_EQ(engine->start(request(playbook(one))).value(), 31u);
  engine->end();
}

TEST(RunEngine, TheStopSwitchHoldsOverARestartAndRunsGoOnBehindIt) {
  Machine machine;
  auto engine = machine.boot();
  machine.world.is_silent = true;
  const RunId run = engine->start(request(playbook(kClasses))).value();
  ASSERT_TRUE(engine->stop_all("ann", "to see"));
  EXPECT_TRUE(machine.world.is_stopped);
  EXPECT_EQ(engine->start(request(playbook(kClasses))).error().code, Code::kDenied);
  engine->end();
  engine = machine.boot();
  EXPECT_TRUE(engine->is_stopped());
  EXPECT_TRUE(engine->look(run, [](const RunState& state) { EXPECT_EQ(state.status, RunStatus::kPaused); }));
  machine.world.is_silent = false;
  ASSERT_TRUE(engine->lift("ann", ""));
  machine.live_until(*engine, run);
  std::string story;
  engine->look(run, [&](const RunState& state) {
    for (const StoryLine& line : state.story) story += fmt::format("{} {} {}\n", line.time, line.step, line.text);
  });
  engine->end();
  EXPECT_EQ(machine.ended[run], "succeeded") << story;
}

TEST(RunEngine, WhereTheLogIsDamagedNothingGoesOnBeforeSomebodyHasLooked) {
  Machine machine;
  auto engine = machine.boot();
  machine.world.is_silent = true;
  const RunId run = engine->start(request(playbook(kClasses))).value();
  engine->end();
  machine.log.damaged = "a frame does not open";
  machine.world.is_silent = false;
  const int before = machine.world.acts[fmt::format("{} idempotent", run)];
  engine = machine.boot();
  EXPECT_TRUE(engine->look(run, [](const RunState& state) { EXPECT_EQ(state.status, RunStatus::kPaused); }));
  EXPECT_EQ(machine.world.acts[fmt::format("{} idempotent", run)], before);
  engine->end();
}

TEST(RunEngine, ADiskThatFailsHoldsRunsUpAndTheyGoOnWhenItIsBack) {
  Machine machine;
  auto engine = machine.boot();
  machine.power.lost_at = 0;  // the disk; the world, too
  std::thread starter([&] { EXPECT_TRUE(engine->start(request(playbook(kClasses)))); });
  while (engine->counts().trouble.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  machine.power.lost_at = UINT64_MAX;
  starter.join();
  machine.live_until(*engine, 1);
  engine->end();
  EXPECT_EQ(machine.ended[1], "succeeded");
}

TEST(RunEngine, WhatIsDoneCanBeTakenBackOnceTheRunIsOver) {
  Machine machine;
  RunEngine::Options options = machine.options();
  options.decide = [](const RunState&, const Action&) { return RunInput{.kind = InputKind::kDecided, .word = static_cast<std::uint8_t>(DecidedWord::kAct), .values = {{"lease_ms", "60000"}}}; };
  RunEngine engine({machine.env, machine.log, machine.shelf, machine.world}, options);
  ASSERT_TRUE(engine.recover());
  engine.begin();
  const std::string_view one[] = {"idempotent"};
  const RunId run = engine.start(request(playbook(one))).value();
  const auto wait = [&](const std::function<bool(const RunState&)>& until) {
    for (int i = 0; i < 10'000; ++i) {
      bool is = false;
      engine.wake();
      if (!engine.look(run, [&](const RunState& state) { is = until(state); }) || is) return;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  };
  wait([](const RunState& state) { return state.has_ended(); });
  EXPECT_EQ(machine.world.acts["1 take_back"], 0);
  machine.env.advance_us(61'000'000);  // its lease is over
  for (int i = 0; i < 3; ++i) machine.env.advance_us(300'000), engine.wake();
  wait([](const RunState& state) { return state.actions.at(1).undone_by != 0 && is_over(state.actions.at(state.actions.at(1).undone_by).state); });
  engine.end();
  EXPECT_EQ(machine.world.acts["1 take_back"], 1);
  EXPECT_EQ(machine.ended[run], "succeeded");
}

TEST(RunEngine, ARunThatWasPutAwayCanStillBeUndone) {
  Machine machine;
  std::map<RunId, std::vector<std::string>> kept;
  RunEngine::Options options = machine.options();
  options.ended = [&](const std::vector<EndedRun>& runs) {
    const std::lock_guard<std::mutex> lock(machine.mutex);
    for (const EndedRun& run : runs) machine.ended[run.id] = word_of(run.state.status), kept[run.id] = run.inputs;
    return true;
  };
  options.again = [&](RunId run) -> Result<std::vector<std::string>> {
    if (!kept.contains(run)) return Error{Code::kNotFound, "there is no such run"};
    return kept[run];
  };
  RunEngine engine({machine.env, machine.log, machine.shelf, machine.world}, options);
  ASSERT_TRUE(engine.recover());
  engine.begin();
  const std::string_view one[] = {"idempotent"};
  const RunId run = engine.start(request(playbook(one))).value();
  machine.live_until(engine, run);
  EXPECT_EQ(engine.counts().runs, 0u);
  RunInput undo{.kind = InputKind::kSteered, .word = static_cast<std::uint8_t>(SteerWord::kUndoRun), .who = "ann"};
  machine.ended.clear();
  ASSERT_TRUE(engine.give(run, undo));
  machine.live_until(engine, run);
  EXPECT_EQ(machine.world.acts["1 take_back"], 1);
  EXPECT_FALSE(engine.give(run, undo)) << "it is undone";
  EXPECT_EQ(engine.give(99, undo).error().code, Code::kNotFound);
  engine.end();
}

}  // namespace
}  // namespace tocsin::respond
