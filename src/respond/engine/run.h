// One run of a playbook: which steps it is at, what was done, what waits for a person. It is moved by inputs alone (run_input.h), never looks at a clock and does nothing itself: apply() says what is to be done now, so the same inputs make
// the same run, in a simulation, in a service and after a crash. One thread.
//
// Flow (CACAO 2.0, 4): a branch goes from step to step until an end. What opens branches (parallel, if, while, switch, a playbook within the playbook) waits until all of them have ended, and then goes on behind itself. A step that
// fails goes to its on_failure; without one its branch fails, then the step that opened the branch, and at last the playbook: that goes to workflow_exception once, and has failed. `on_completion` is where it goes when it was done.
//
//   Run run(id, actions);
//   for (const Effect& effect : run.apply(input)) …   // send, ask, decide; inputs come back
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "respond/engine/run_state.h"

namespace tocsin::respond {

class Run {
 public:
  /// `table` is what connectors do; it outlives the run.
  Run(RunId id, std::span<const ActionSpec> table);

  /// The first input is kStarted: `books` are those that it names, in its order, and the playbook is the first. An input that does not fit how things stand changes nothing.
  std::vector<Effect> start(const RunInput& input, std::vector<std::shared_ptr<const Book>> books);
  std::vector<Effect> apply(const RunInput& input);
  /// Whether a person's input makes sense now. kInvalid, kNotFound or kDenied, in words for that person.
  Status fits(const RunInput& input) const;

  const RunState& state() const { return state_; }
  const Action* action(ActionId id) const;
  /// When time will next move it; nothing: it will not.
  std::optional<TimeUs> next_time() const;
  /// Nothing will move it any more but a person who undoes what holds for good.
  bool is_over() const;

 private:
  void timer();
  void steer(const RunInput& input);
  void retry_from(const std::string& step);
  void pause(const std::string& who);
  void resume();
  void cancel(std::string why);
  void finish();

  RunState state_;
};

/// Whether every playbook that one of them calls is among them. kInvalid, with its identifier.
Status check_calls(const std::vector<std::shared_ptr<const Book>>& books);
/// Whether the playbook can be started with these values of its variables. kInvalid, with the variable's name.
Status check_start(const Book& book, const std::map<std::string, std::string>& values);
/// Of kSteered, for Run::fits(); `action` is the one that it names, or nullptr.
Status fits_steering(const RunState& run, const Action* action, const RunInput& input);

}  // namespace tocsin::respond
