// What steps do, through connectors and people: how an action of a run goes from being asked for to its end, and back when it is undone.
//
//   gated ─► (asked ─►) sent ─► done ─► lease is over, or undone by another action
//                        ├─► waiting for the next try ─► sent
//                        └─► unknown ─► a person has looked
#pragma once

#include <string>

#include "respond/engine/run_state.h"

namespace tocsin::respond {

class RunFlow;

class RunActions {
 public:
  explicit RunActions(RunState& run) : run_(run) {}
  void set_flow(RunFlow& flow) { flow_ = &flow; }

  /// The next command of the branch's step against the next target; false: there is none left. Why not, if it cannot be made.
  Result<bool> begin(Branch& branch);

  void decided(const RunInput& input);
  void answered(const RunInput& input);
  void result(const RunInput& input);
  void lost();
  void edit(const RunInput& input);
  /// Of those whose time has come.
  void timer();
  /// The step of the branch has ended otherwise: nothing is begun any more for it.
  void let_go(std::uint32_t branch);
  void undo(ActionId action);
  void undo_next();

 private:
  Action* find(ActionId id);
  Action& add(Branch& branch);
  void send(Action& action);
  void ended(Action& action, ActionState state);
  void done(Action& action, std::map<std::string, std::string> outputs);
  void failed(Action& action, std::string why);
  void try_again(Action& action);

  RunState& run_;
  RunFlow* flow_ = nullptr;
};

/// Whether it could be taken back now.
bool can_undo(const Action& action);

}  // namespace tocsin::respond
