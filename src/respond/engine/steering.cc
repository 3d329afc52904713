#include <fmt/format.h>

#include <algorithm>

#include "respond/engine/run.h"
#include "respond/engine/run_actions.h"
#include "respond/engine/run_flow.h"

namespace tocsin::respond {

namespace {

Status wrong(std::string message) { return Error{Code::kInvalid, std::move(message)}; }

Status fits_step(const RunState& run, const RunInput& input) {
  const auto at = std::ranges::find_if(run.branches, [&](const auto& one) { return one.second.step->id == input.step; });
  if (at == run.branches.end()) return wrong(fmt::format("the run is not at the step '{}' now", input.step));
  RunState copy = run;  // asked seldom, and a value may not fit
  for (const auto& [name, value] : input.values) {
    std::string why;
    if (!set_variable(copy, copy.branches.at(at->first), name, value, why)) return wrong(std::move(why));
  }
  return {};
}

Status fits_branch(const RunState& run, const RunInput& input) {
  const auto chosen = input.values.find("branch");
  if (chosen == input.values.end()) return wrong("which branch is not said");
  for (const std::shared_ptr<const Book>& book : run.books) {
    const auto found = book->playbook.workflow.find(input.step);
    if (found == book->playbook.workflow.end()) continue;
    const cacao::Step& step = found->second;
    const bool two = step.type == cacao::StepType::kIf || step.type == cacao::StepType::kWhile;
    if (two && (chosen->second == "true" || chosen->second == "false")) return {};
    if (step.type == cacao::StepType::kSwitch && step.cases.contains(chosen->second)) return {};
    return wrong(fmt::format("the step '{}' has no branch '{}'", input.step, chosen->second));
  }
  return Error{Code::kNotFound, fmt::format("the playbook has no step '{}'", input.step)};
}

}  // namespace

Status fits_steering(const RunState& run, const Action* action, const RunInput& input) {
  const auto word = static_cast<SteerWord>(input.word);
  const bool of_action = word == SteerWord::kUndo || word == SteerWord::kLease || word == SteerWord::kEdit;
  if (of_action && action == nullptr) return Error{Code::kNotFound, fmt::format("the run has no action {}", input.action)};
  switch (word) {
    case SteerWord::kPause: return run.status == RunStatus::kRunning ? Status() : wrong(fmt::format("the run is {}", word_of(run.status)));
    case SteerWord::kResume: return run.status == RunStatus::kPaused ? Status() : wrong(fmt::format("the run is {}, not paused", word_of(run.status)));
    case SteerWord::kCancel: return run.status == RunStatus::kRunning || run.status == RunStatus::kPaused ? Status() : wrong(fmt::format("the run is {}", word_of(run.status)));
    case SteerWord::kSkip:
    case SteerWord::kTakeOver: return fits_step(run, input);
    case SteerWord::kRetryFrom: return run.books.front()->playbook.workflow.contains(input.step) ? Status() : Error{Code::kNotFound, fmt::format("the playbook has no step '{}'", input.step)};
    case SteerWord::kBranch: return fits_branch(run, input);
    case SteerWord::kUndo: return can_undo(*action) ? Status() : wrong(action->undone_by != 0 ? "it is being undone, or was" : fmt::format("there is nothing to undo: it is {}", word_of(action->state)));
    case SteerWord::kUndoRun:
      if (!run.to_undo.empty()) return wrong("it is being undone");
      return std::ranges::any_of(run.actions, [](const auto& one) { return can_undo(one.second); }) ? Status() : wrong("nothing of it can be undone");
    case SteerWord::kLease: return action->state == ActionState::kDone && action->lease > 0 ? Status() : wrong("it has no lease");
    case SteerWord::kEdit: {
      if (action->state != ActionState::kAsked) return wrong(fmt::format("it waits for no yes: it is {}", word_of(action->state)));
      ActionCall call = action->call;
      for (const auto& [name, value] : input.values) call.arguments[name] = value;
      return check_call(*action->spec, call);
    }
  }
  return wrong("nothing of the kind can be done");
}

}  // namespace tocsin::respond
