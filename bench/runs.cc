// Durable runs of playbooks: runs of five steps each, at most so many at once, whose actions do nothing, through the real process that does actions, with a journal on a disk. Two durable points a step: the intent, before it is sent, and
// the result, before the next one is. Printed beside it: what one sync of this disk takes, how many there were, how long one step of a run takes that is alone, and how soon runs go on after a restart and end after the stop switch.
//
//   bench_runs PROGRAM FOLDER [SECONDS [AT_ONCE]]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/seal.h"
#include "pipeline/action_process.h"
#include "pipeline/run_journal.h"
#include "respond/connector/connector_list.h"
#include "respond/engine/run_engine.h"
#include "respond/policy/decision_policy.h"

namespace tocsin {
namespace {

constexpr int kSteps = 5;
using Clock = std::chrono::steady_clock;

double ms(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string id(const char* type, int n) { return fmt::format("{}--00000000-0000-4000-8000-{:012d}", type, n); }

/// With `pause_ms`, the last step waits so long before it begins.
std::string playbook(int number, int pause_ms) {
  std::string steps = fmt::format(R"("{}":{{"type":"start","on_completion":"{}"}},"{}":{{"type":"end"}})", id("start", 1), id("action", 10), id("end", 2));
  for (int i = 0; i < kSteps; ++i) {
    steps += fmt::format(R"(,"{}":{{"type":"action","name":"step {}","commands":[{{"type":"manual","command":"nothing"}}],"agent":"{}","in_args":["__text__"],"delay":{},"on_completion":"{}"}})", id("action", 10 + i), i + 1, id("tocsin", 3),
                         i + 1 == kSteps ? pause_ms : 0, i + 1 < kSteps ? id("action", 11 + i) : id("end", 2));
  }
  return fmt::format(R"({{"type":"playbook","spec_version":"cacao-2.0","id":"{}","name":"Nothing","created_by":"{}","created":"2026-01-31T09:00:00.000Z","modified":"2026-01-31T09:00:00.000Z","playbook_variables":{{"__text__":{{"type":"string","value":"x"}}}},"workflow_start":"{}","workflow":{{{}}},"agent_definitions":{{"{}":{{"type":"tocsin","name":"noop","agent_target_extensions":{{"{}":{{"connector":"noop","action":"pass"}}}}}}}},"extension_definitions":{{"{}":{{"type":"extension-definition","name":"connector","created_by":"{}","schema":"https://example.org/connector","version":"1"}}}}}})",
                     id("playbook", number), id("identity", 5), id("start", 1), steps, id("tocsin", 3), "extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43", "extension-definition--6f7a1c1e-3b0d-4a55-9a67-0d6c2f1b8e43", id("identity", 5));
}

/// The median of syncs of a few KB, in milliseconds.
double sync_ms(const std::string& folder) {
  const std::string path = folder + "/sync";
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  std::vector<double> times;
  const std::string bytes(4'096, 'x');
  for (int i = 0; i < 101; ++i) {
    const auto before = Clock::now();
    if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0) std::abort();
    times.push_back(ms(Clock::now() - before));
  }
  ::close(file);
  std::filesystem::remove(path);
  std::ranges::sort(times);
  return times[times.size() / 2];
}

bool is_memory(const std::string& folder) {
  struct statfs place {};
  return ::statfs(folder.c_str(), &place) == 0 && place.f_type == 0x01021994;
}

struct House {
  Env& env = Env::system();
  std::unique_ptr<RunJournal> log;
  std::unique_ptr<PlaybookShelf> shelf;
  std::unique_ptr<ActionProcess> actions;
  std::unique_ptr<respond::RunEngine> engine;

  static House open(ProgramStarter& starter, Seal& master, const std::string& folder, bool asks = false) {
    House house;
    const auto need = [](auto result) {
      if (!result) fmt::print(stderr, "{}\n", result.error().message), std::exit(1);
      return std::move(*result);
    };
    house.log = need(RunJournal::open(house.env, folder + "/journal", master));
    house.shelf = need(PlaybookShelf::open(house.env, folder + "/playbooks"));
    house.actions = std::make_unique<ActionProcess>(ActionProcess::Place{house.env, starter}, respond::ActionsBegin{.policy_file = "policy", .policy = std::string(respond::shipped_decision_policy()), .connectors = {}, .vault = "", .vault_key = ""}, [](const std::string& text) { fmt::print(stderr, "{}\n", text); });
    respond::RunEngine::Options options;
    options.table = respond::all_actions();
    options.decide = [asks](const respond::RunState&, const respond::Action&) {
      respond::RunInput input;
      input.word = static_cast<std::uint8_t>(asks ? respond::DecidedWord::kAsk : respond::DecidedWord::kAct);
      input.number = 1;
      input.until = INT64_MAX;
      return input;
    };
    options.say = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
    house.engine = std::make_unique<respond::RunEngine>(respond::RunEngine::Place{house.env, *house.log, *house.shelf, *house.actions}, options);
    if (const Status started = house.actions->start(); !started) fmt::print(stderr, "{}\n", started.error().message), std::exit(1);
    if (const Status read = house.engine->recover(); !read) fmt::print(stderr, "{}\n", read.error().message), std::exit(1);
    house.engine->begin();
    return house;
  }
  ~House() {
    if (engine) engine->end();
    if (actions) actions->stop();
  }
  House() = default;
  House(House&&) = default;
};

void wait_for(respond::RunEngine& engine, std::size_t runs) {
  while (engine.counts().runs > runs) std::this_thread::sleep_for(std::chrono::microseconds(200));
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share))];
}

/// A thousand runs that wait within their last step; then all is dropped as by a kill, and begun again.
void measure_restart(House& house, ProgramStarter& starter, Seal& master, const std::string& folder) {
  constexpr int kRuns = 1'000;
  const respond::StartRequest request{.text = playbook(6, 3'600'000), .others = {}, .values = {}, .word = respond::StartWord::kReal, .who = "bench"};
  for (int i = 0; i < kRuns; ++i) (void)house.engine->start(request);
  const auto stopped = Clock::now();
  (void)house.engine->stop_all("bench", "");
  fmt::print("the stop switch, with {} runs that have not ended: safe after {:.1f} ms\n", house.engine->counts().runs, ms(Clock::now() - stopped));
  (void)house.engine->lift("bench", "");
  house.engine.reset();
  house.actions.reset();
  house.log.reset();
  const auto begun = Clock::now();
  House again = House::open(starter, master, folder);
  fmt::print("restart with {} runs: they go on after {:.0f} ms, the start of the process that acts among it\n", again.engine->counts().runs, ms(Clock::now() - begun));
}

/// From a person's yes to the result of the action that it was for.
void measure_approval(ProgramStarter& starter, Seal& master, const std::string& folder) {
  std::filesystem::create_directories(folder);
  House house = House::open(starter, master, folder, true);
  const respond::StartRequest request{.text = playbook(7, 0), .others = {}, .values = {}, .word = respond::StartWord::kReal, .who = "bench"};
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) {
    const auto run = house.engine->start(request);
    if (!run) return;
    const auto state_of = [&](respond::ActionId action, Sha256& hash) {
      respond::ActionState state{};
      (void)house.engine->look(*run, [&](const respond::RunState& all) { state = all.actions.at(action).state, hash = all.actions.at(action).hash; });
      return state;
    };
    respond::RunInput yes;
    yes.kind = respond::InputKind::kAnswered;
    yes.action = 1;
    yes.who = "another";
    Sha256 hash = {};
    while (state_of(1, hash) != respond::ActionState::kAsked) std::this_thread::sleep_for(std::chrono::microseconds(100));
    yes.hash = hash;
    const auto begun = Clock::now();
    if (!house.engine->give(*run, yes)) return;
    while (state_of(1, hash) != respond::ActionState::kDone) std::this_thread::sleep_for(std::chrono::microseconds(50));
    times.push_back(ms(Clock::now() - begun));
  }
  fmt::print("from a yes to the action's result: median {:.1f} ms, p99 {:.1f} ms, of {}\n", percentile(times, 0.5), percentile(times, 0.99), times.size());
}

int run(int argc, char** argv) {
  const std::string program = argv[1], folder = argv[2];
  const int seconds = argc > 3 ? std::atoi(argv[3]) : 60;
  const std::size_t at_once = argc > 4 ? static_cast<std::size_t>(std::atoi(argv[4])) : 1'000;
  auto starter = ProgramStarter::fork(program);
  if (!starter) return 1;
  std::filesystem::create_directories(folder);
  const SealKey key = *SealKey::random();
  Seal master(key);
  const respond::StartRequest request{.text = playbook(4, 0), .others = {}, .values = {}, .word = respond::StartWord::kReal, .who = "bench"};
  House house = House::open(**starter, master, folder);
  fmt::print("disk: {}, one sync of 4 KiB takes {:.3f} ms (median of 101)\n", is_memory(folder) ? "MEMORY: the figures say nothing" : "a disk", sync_ms(folder));

  const auto start_one = [&] {
    if (const auto started = house.engine->start(request); !started && started.error().code != Code::kDenied) fmt::print(stderr, "{}\n", started.error().message), std::exit(1);
  };
  std::vector<double> alone;
  for (int i = 0; i < 50; ++i) {
    const auto before = Clock::now();
    const auto ended = house.engine->counts().ended;
    start_one();
    while (house.engine->counts().ended == ended) std::this_thread::sleep_for(std::chrono::microseconds(50));
    alone.push_back(ms(Clock::now() - before) / kSteps);
  }
  std::ranges::sort(alone);
  fmt::print("one run alone: {:.3f} ms a step (median of 50 runs)\n", alone[alone.size() / 2]);

  // Each waits until its run is safe, so there are as many as are to be at once.
  const auto before = house.engine->counts();
  const auto begun = Clock::now();
  std::atomic<bool> ending = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      while (!ending) {
        if (house.engine->counts().runs >= at_once) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        else start_one();
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const auto after = house.engine->counts();
  const double took = ms(Clock::now() - begun) / 1'000;
  const auto stopped = Clock::now();
  (void)house.engine->stop_all("bench", "to measure it");
  const double stop_ms = ms(Clock::now() - stopped);
  ending = true;
  (void)house.engine->lift("bench", "measured");
  for (std::thread& thread : threads) thread.join();
  const double steps = static_cast<double>(after.steps - before.steps) / took, runs = static_cast<double>(after.ended - before.ended) / took;
  const auto commits = after.commits - before.commits;
  fmt::print("{} s, at most {} runs at once: {:.0f} durable steps/s, {:.0f} runs of {} steps/s; {} syncs, {:.3f} ms each with what they write, {:.1f} records each\n", seconds, at_once, steps, runs, kSteps, commits,
             static_cast<double>(after.commit_ns - before.commit_ns) / 1e6 / static_cast<double>(commits), static_cast<double>(after.records - before.records) / static_cast<double>(commits));
  fmt::print("the stop switch, with {} runs: safe after {:.1f} ms\n", after.runs, stop_ms);
  wait_for(*house.engine, 0);
  measure_restart(house, **starter, master, folder);
  measure_approval(**starter, master, folder + "-asks");
  return 0;
}

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  if (argc < 3) return fmt::print(stderr, "usage: bench_runs PROGRAM FOLDER [SECONDS [AT_ONCE]]\n"), 2;
  return tocsin::run(argc, argv);
}
