// The way of a run through its steps: what a branch does at a step, and where it goes when that has ended. Beside it, run_actions.h does what steps of the type action ask for. Both work on a RunState, for as long as one input takes.
#pragma once

#include <string>
#include <string_view>

#include "respond/engine/run_state.h"
#include "respond/engine/splice.h"

namespace tocsin::respond {

class RunActions;

class RunFlow {
 public:
  RunFlow(RunState& run, RunActions& actions) : run_(run), actions_(actions) {}

  /// Opens the first branch of the playbook, at `step`.
  void begin(const cacao::Step* step);
  /// Until every branch waits for something.
  void advance();
  /// What the branch's step did has ended. It goes on with advance().
  void succeed(std::uint32_t branch);
  void fail(std::uint32_t branch, std::string why);
  /// The branches below it go, and no action counts for them any more.
  void close_below(std::uint32_t branch);
  void close_all();

 private:
  std::uint32_t open(std::uint32_t parent, std::size_t book, std::size_t scope, const cacao::Step* step);
  void close(std::uint32_t branch, std::string broken);
  void go_to(Branch& branch, const std::string& step);
  void enter(Branch& branch);
  void begin(Branch& branch);
  void branch_out(Branch& branch, const std::vector<const std::string*>& steps);
  void begin_condition(Branch& branch);
  void begin_switch(Branch& branch);
  void begin_book(Branch& branch);
  void end_book(Branch& branch, Branch& caller);
  void book_failed(Branch& branch, std::string why);
  const cacao::Playbook& playbook(const Branch& branch) const { return run_.books[branch.book]->playbook; }
  const cacao::Step* step(const Branch& branch, const std::string& id) const;

  RunState& run_;
  RunActions& actions_;
};

/// The variable, as the branch sees it: of its step, or of its playbook. nullptr: there is none.
const cacao::Variable* find_variable(const RunState& run, const Branch& branch, std::string_view name);
/// False if there is none or it is constant or the value is none of its type: `why` then says so.
bool set_variable(RunState& run, Branch& branch, std::string_view name, std::string value, std::string& why);

}  // namespace tocsin::respond
