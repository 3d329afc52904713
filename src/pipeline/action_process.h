// The process that does actions, from the core: starts it, hands it orders and takes its answers, and starts it again if it ends; then whoever waits is told that all under way is lost (respond/engine/run_engine.h knows what to do). Safe
// from any thread.
//
//   ActionProcess actions({env, starter}, {.policy_file = …, .policy = …});
//   actions.connect(answered, lost);
//   TRY(actions.start());
//   actions.stop();
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "base/env.h"
#include "base/program_starter.h"
#include "respond/engine/action_port.h"
#include "respond/executor/action_wire.h"

namespace tocsin {

/// The least time between two starts, and the patience with one.
inline constexpr int kActionsRestartMs = 1'000, kActionsStartS = 20;

class ActionProcess : public respond::ActionPort {
 public:
  struct Place {
    Env& env;
    ProgramStarter& starter;
  };
  ActionProcess(const Place& place, respond::ActionsBegin begin, std::function<void(const std::string&)> say);
  ~ActionProcess() override;

  /// The first start: why it cannot be.
  Status start();
  void stop();

  void connect(std::function<void(respond::ActionAnswer)> answered, std::function<void()> lost) override;
  void send(respond::ActionOrder order) override;
  void flush() override;
  void stop_all(bool stopped) override;

  struct Snapshot {
    pid_t pid = 0;
    std::uint64_t starts = 0;
    std::string sandbox, missing, trouble;
  };
  Snapshot snapshot() const;

 private:
  Status start_once();
  void run();
  void read_answers();

  const Place place_;
  const respond::ActionsBegin begin_;
  const std::function<void(const std::string&)> say_;
  std::function<void(respond::ActionAnswer)> answered_;
  std::function<void()> lost_;
  std::thread thread_;
  StartedProgram program_;  // of the thread, but for the first start

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::shared_ptr<Descriptor> stream_;
  std::string bytes_;         // sent and not flushed
  Snapshot now_;
  bool stopping_ = false, stopped_ = false;
  std::mutex writing_;        // one message after the other
};

}  // namespace tocsin
