// Runs of playbooks, for those who ask the service about them: starts, answers, steering, the stop switch, and what runs are and were, as JSON (docs/playbooks.md). Behind it are the engine, its log, the process that does actions and the
// archive of what is over. open() fails with what is in the way; afterwards trouble is told by snapshot(). Safe from any thread.
//
//   auto runs = TRY(RunDesk::open({env, data, master, state, starter}, options));
//   const std::string json = TRY(runs->start(request, actor));
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "base/program_starter.h"
#include "base/seal.h"
#include "pipeline/action_process.h"
#include "pipeline/audit_feed.h"
#include "pipeline/control_request.h"
#include "pipeline/playbook_library.h"
#include "pipeline/run_journal.h"
#include "respond/engine/run_engine.h"
#include "respond/policy/decision_policy.h"
#include "store/accounts.h"
#include "store/data_folder.h"
#include "store/playbook_trust.h"
#include "store/run_archive.h"
#include "store/state.h"

namespace tocsin {

/// Of one list of runs.
inline constexpr std::size_t kRunsListedMax = 1'000;
/// Until a question is answered with no by itself.
inline constexpr std::int64_t kQuestionUs = 24 * 3'600'000'000LL;

class RunDesk {
 public:
  /// All must outlive it.
  struct Place {
    Env& env;
    const DataFolder& data;
    Seal& master;
    State& state;
    ProgramStarter& starter;
  };
  struct Options {
    std::string policy_file, policy;                      // what may be done (respond/policy/decision_policy.h)
    std::vector<std::vector<std::string>> connectors = {};  // as ActionsBegin has them
    std::string vault = {}, vault_key = {};
    std::vector<std::string> playbooks = {};                // files and folders of them
    cacao::CheckOptions check = {};
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  static Result<std::unique_ptr<RunDesk>> open(const Place& place, Options options);
  ~RunDesk();
  void stop();

  /// What the audit log is told of runs; this must outlive it.
  std::unique_ptr<AuditSource> audit_source();
  /// While nothing is written into the log of runs.
  void between_commits(const std::function<void()>& what) { log_->between_commits(what); }
  /// Reads the playbooks again.
  Status load();
  Result<std::string> playbooks();
  /// Lets a playbook change something, or not any more: arguments playbook or file, enable.
  Result<std::string> trust(const ControlRequest& request, const Actor& by);

  /// Arguments are those of the control socket: playbook (identifier or name) or file, with, variables (JSON), real, incident, why; run, action, word, hash, values (JSON), step, until, why; before, limit, open (yes: those that have not ended, or wait for a person). What comes back is JSON.
  Result<std::string> start(const ControlRequest& request, const Actor& by);
  Result<std::string> answer(const ControlRequest& request, const Actor& by);
  Result<std::string> steer(const ControlRequest& request, const Actor& by);
  Result<std::string> list(const ControlRequest& request);
  Result<std::string> show(const ControlRequest& request);
  Result<std::string> switch_all(bool stop, const ControlRequest& request, const Actor& by);

  struct Snapshot {
    respond::RunEngine::Counts engine;
    ActionProcess::Snapshot actions;
    bool stopped = false;
  };
  Snapshot snapshot() const;

 private:
  RunDesk(const Place& place, Options options, SealKey key);
  Status begin();
  respond::RunInput decide(const respond::RunState& run, const respond::Action& action) const;
  bool put_away(const std::vector<respond::EndedRun>& runs);
  Result<KnownPlaybook> asked_for(const ControlRequest& request);
  Result<std::unique_ptr<respond::Run>> past(const ArchivedRun& archived);

  const Place place_;
  const Options options_;
  respond::DecisionPolicy policy_;
  PlaybookLibrary library_;
  PlaybookTrust trust_;
  RunArchive archive_;
  std::unique_ptr<RunJournal> log_;
  std::unique_ptr<PlaybookShelf> shelf_;
  std::unique_ptr<ActionProcess> actions_;
  std::unique_ptr<respond::RunEngine> engine_;
  bool told_ = false;  // that the archive cannot be written; of the engine's thread
};

}  // namespace tocsin
