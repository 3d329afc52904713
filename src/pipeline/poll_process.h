// Pollers, from the core: starts the executor, which has their credentials, and the process that parses for them (poll_child.h), with a stream between the two, and both again if one ends. How far a poller has come goes with
// its records through the journal, and the stream puts it into the state; so the processes are started once the stream has passed all that is safe, and go on exactly there. Nothing fails: what is in the way is told by
// snapshot() and `say`, and passes by itself. What comes of feeds of indicators goes another way (feed_intake.h), and has its marks there.
//
//   PollProcess polls({env, intake, state, starter}, {.pollers = texts});
//   polls.start();
//   polls.stop();       // before the journal
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.h"
#include "base/env.h"
#include "base/program_starter.h"
#include "collect/poll_wire.h"
#include "pipeline/feed_intake.h"
#include "pipeline/ingest_session.h"
#include "pipeline/journal_intake.h"
#include "store/state.h"

namespace tocsin {

/// The least time between two starts.
inline constexpr int kPollRestartMs = 1'000;
/// For batches under way when the service stops.
inline constexpr int kPollStopMs = 10'000;

class PollProcess {
 public:
  /// All must outlive it.
  struct Place {
    Env& env;
    JournalIntake& intake;
    State& state;
    ProgramStarter& starter;
  };
  struct Options {
    std::vector<std::string> pollers;  // as read_poller() reads them
    std::string data = {};             // below which feeds are kept
    std::function<void()> feed_changed = [] {};
    std::function<void(const std::string&)> say = [](const std::string&) {};
  };
  PollProcess(const Place& place, Options options);
  ~PollProcess();

  void start();
  void stop();

  struct One {
    std::string name, kind, source;
    PollNews news;
  };
  struct Snapshot {
    std::vector<One> pollers;
    pid_t executor = 0, parser = 0;  // 0: none now
    std::uint64_t starts = 0;
    std::string sandbox, missing;    // the executor's
    std::string trouble;             // why they do not run
  };
  Snapshot snapshot() const;

 private:
  void run();
  bool rest(std::chrono::milliseconds time);
  bool wait_until_settled(const std::shared_ptr<IngestSession>& before);
  Result<std::vector<PollStart>> starts();
  Result<PollStart> feed_start(std::size_t feed, TimeUs now);
  std::string run_once(std::shared_ptr<IngestSession>& session);
  Status start_executor(int core, int asks, int own);
  Result<std::shared_ptr<IngestSession>> start_both();
  void hear(const PollNews& news);

  const Place place_;
  const Options options_;
  std::vector<PollerSettings> settings_;
  std::vector<std::size_t> feed_places_;  // in settings_
  std::unique_ptr<FeedIntake> feeds_;
  std::thread thread_;
  StartedProgram executor_, parser_;  // of the thread, but for the parser's end
  Descriptor executor_core_;          // of the thread: with it ends the executor

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::shared_ptr<IngestSession> session_;
  Snapshot now_;
  bool stopping_ = false;
};

}  // namespace tocsin
