// All runs of playbooks: takes what moves them, makes it safe, then does what follows. One thread moves all runs, in rounds: whatever came in while the last commit was on its way is applied and goes into the log together (group
// commit), and only then is anything sent, asked or answered. So an action's intent is safe before it is sent, its result before the next is, and both cost one sync for all runs together. After a crash the log says how
// far every run was, and they go on at once; of what was under way its class says what is done (action.h, Repeat).
//
// A disk that fails holds everything up and loses nothing: what could not be written is written again until it can be. Safe from any thread.
//
//   RunEngine engine({env, log, shelf, port}, {.table = actions, .decide = policy});
//   TRY(engine.recover());
//   engine.begin();
//   const RunId run = TRY(engine.start(request));     // safe when it returns
//   TRY(engine.answer(run, …));
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/env.h"
#include "respond/cacao/check_playbook.h"
#include "respond/engine/action_port.h"
#include "respond/engine/run.h"
#include "respond/engine/run_log.h"

namespace tocsin::respond {

/// Runs that are not over; beyond it none is started.
inline constexpr std::size_t kRunsMax = 20'000;
/// Records between the oldest run and the newest: those of the oldest are written anew, so that the log can be cut.
inline constexpr std::uint64_t kLogRecordsMax = 1'000'000;
/// Of one run. Steps are kRunStepsMax at most, with three inputs each and what people do.
inline constexpr std::size_t kRunInputsMax = 50'000;
/// Between two tries of a disk that fails.
inline constexpr int kLogRetryMs = 200;
/// How long a person's request waits for a disk that fails.
inline constexpr int kSafeWaitMs = 10'000;
/// Runs that are over are put away together, so often or when there are so many.
inline constexpr std::int64_t kPutAwayNs = 250'000'000;
inline constexpr std::size_t kPutAwayMax = 1'000;
/// The name under which runs are paused while everything is stopped.
inline constexpr std::string_view kStopSwitch = "the stop switch";

struct StartRequest {
  std::string text;                                // of the playbook
  std::vector<std::string> others = {};            // of those that it calls
  std::map<std::string, std::string> values = {};  // of its external variables
  StartWord word = StartWord::kDryRun;
  std::uint32_t people = 0;                        // who may act and want it: 1 where a person starts it, 0 where the policy does
  std::string who, address = {}, why = {};
  std::string incident = {};                       // that it is about
  cacao::CheckOptions check = {};
};

/// What is put away of a run that is over.
struct EndedRun {
  RunId id = 0;
  const RunState& state;
  const std::vector<std::string>& inputs;  // as append_input() wrote them
};

class RunEngine {
 public:
  struct Place {
    Env& env;
    RunLog& log;
    BookShelf& shelf;
    ActionPort& port;
  };
  struct Options {
    std::span<const ActionSpec> table;
    /// What the policy says of an action: word, number, until, why and, for a lease, values["lease_ms"] are taken. Called by the engine's thread.
    std::function<RunInput(const RunState&, const Action&)> decide;
    /// Called by the engine's thread with runs that are over and safe; false: they are kept, and given again.
    std::function<bool(const std::vector<EndedRun>&)> ended = [](const std::vector<EndedRun>&) { return true; };
    /// The inputs of a run that was put away, so that a person can still undo or retry it; kNotFound. Called by the engine's thread.
    std::function<Result<std::vector<std::string>>(RunId)> again = [](RunId) -> Result<std::vector<std::string>> { return Error{Code::kNotFound, "it is over"}; };
    RunId last_run = 0;                            // numbers begin behind it, whatever the log says
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  RunEngine(const Place& place, Options options);
  ~RunEngine();

  /// Once, first: what the log has.
  Status recover();
  void begin();
  /// Writes what is there, and ends. Runs go on after the next recover().
  void end();

  /// kInvalid: the playbook cannot be run, or a variable is missing or of a wrong type; kLimit; kDenied: everything is stopped; kIo: the disk fails.
  Result<RunId> start(const StartRequest& request);
  /// Of `input` kind (kAnswered or kSteered), word, action, step, values, until, hash, who and why count.
  Status give(RunId run, RunInput input);

  /// Within milliseconds nothing new is begun anywhere; runs are paused until lift().
  Status stop_all(const std::string& who, const std::string& why, const std::string& address = "");
  Status lift(const std::string& who, const std::string& why, const std::string& address = "");
  /// Looks at the clock now, and not within half a second: for whoever sets it.
  void wake();
  bool is_stopped() const { return stopped_; }

  /// Reads a run; false if there is none. Not for long: nothing moves meanwhile.
  bool look(RunId run, const std::function<void(const RunState&)>& visit) const;
  void look_at_all(const std::function<void(const RunState&)>& visit) const;

  struct Counts {
    std::uint64_t runs = 0;          // not over
    std::uint64_t commits = 0, records = 0, steps = 0, ended = 0;
    std::uint64_t commit_ns = 0;     // all together
    std::uint64_t unwritten = 0;
    std::string trouble;             // why nothing moves; "": it does
  };
  Counts counts() const;

 private:
  struct Entry {
    std::unique_ptr<Run> run;
    std::vector<std::string> inputs;
    std::uint64_t first = 0;            // the number in the log
    std::optional<TimeUs> time;         // as it stands in times_
  };
  /// What a caller waits for.
  struct Reply {
    std::promise<Status> safe;
    RunId run = 0;
  };
  struct Waiting {
    RunInput input;
    std::vector<std::shared_ptr<const Book>> books = {};  // of kStarted
    std::shared_ptr<Reply> reply = {};                    // of a person
    enum class What : std::uint8_t { kInput, kLost, kStop, kLift } what = What::kInput;
  };
  /// What the log has of a run that is not over.
  struct FoundRun {
    std::uint64_t first = 0;
    std::vector<std::string> inputs = {};
  };
  using Found = std::map<RunId, FoundRun>;
  struct Unsafe {
    RunId run = 0;  // whose first record it is, or 0
    std::string record;
  };

  void run();
  bool work();
  bool round(std::deque<Waiting> batch);
  Status take(Waiting& waiting);
  Status take_start(Waiting& waiting);
  Result<Entry*> entry_for(const Waiting& waiting);
  std::string carried(RunId id, const Entry& entry) const;
  void apply(Entry& entry, const RunInput& input);
  void follow(Entry& entry, const std::vector<Effect>& effects);
  void decide(Entry& entry, ActionId action);
  void send(const RunState& state, const Action& action, bool probe);
  void lost_actions(Entry& entry);
  void take_switch(const RunInput& input, bool stop);
  void write_standing(const RunInput& input, bool is_new);
  void due();
  void update_time(Entry& entry);
  bool make_safe();
  void send_all();
  void put_away();
  void carry();
  void forget();
  Status replay(std::uint64_t number, std::string_view record, Found& found);
  Status open(RunId id, FoundRun found);
  void pause_damaged(Entry& entry, const std::string& damage);
  void go_on(Entry& entry);
  Result<std::vector<std::shared_ptr<const Book>>> books_of(const RunInput& started);
  Result<std::shared_ptr<const Book>> new_book(const std::string& text, const cacao::CheckOptions& check);
  Status submit(Waiting waiting, RunId* run);
  void push(Waiting waiting);
  TimeUs now() const { return place_.env.now_us(); }

  const Place place_;
  const Options options_;
  std::thread thread_;
  std::atomic<bool> stopped_ = false;

  std::mutex inbox_mutex_;
  std::condition_variable work_;
  std::deque<Waiting> inbox_;  // guarded by inbox_mutex_
  bool ending_ = false, woken_ = false;  // guarded by inbox_mutex_

  mutable std::mutex mutex_;   // guards what follows; the engine's thread alone writes it
  std::unordered_map<RunId, Entry> runs_;
  std::map<Sha256, std::shared_ptr<const Book>> books_;
  std::set<std::pair<TimeUs, RunId>> times_;
  std::deque<RunId> over_;
  Counts counts_;
  RunId last_run_ = 0;

  // The engine's thread.
  std::vector<Unsafe> unsafe_;         // applied, and not safe
  std::vector<ActionOrder> to_send_;   // once they are
  std::vector<std::pair<std::shared_ptr<Reply>, Status>> to_answer_;
  std::int64_t put_away_ns_ = 0;
  std::uint64_t written_ = 0, forgotten_ = 0;  // numbers in the log
  RunInput switch_;                    // who stopped everything, or lifted it, last
};

}  // namespace tocsin::respond
