#include "respond/engine/run.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "respond/cacao/value.h"
#include "respond/engine/run_actions.h"
#include "respond/engine/run_flow.h"

namespace tocsin::respond {

namespace {

/// Flow and actions of one state, for one input.
struct Moves {
  explicit Moves(RunState& run) : actions(run), flow(run, actions) { actions.set_flow(flow); }
  RunActions actions;
  RunFlow flow;
};

Branch* branch_at(RunState& run, std::string_view step) {
  for (auto& [id, branch] : run.branches) {
    if (branch.step->id == step) return &branch;
  }
  return nullptr;
}

bool waits(const Action& action) { return action.state == ActionState::kAsked || action.state == ActionState::kPerson || action.state == ActionState::kWaiting || action.state == ActionState::kGated; }
bool is_under_way(const Action& action) { return action.state == ActionState::kSent || action.state == ActionState::kUnknown; }
bool has_lease(const Action& action) { return action.state == ActionState::kDone && action.lease > 0; }

}  // namespace

Result<std::shared_ptr<const Book>> make_book(const Sha256& hash, cacao::Playbook playbook) {
  auto book = std::make_shared<Book>();
  book->hash = hash;
  book->playbook = std::move(playbook);
  for (const auto& [id, step] : book->playbook.workflow) {
    if (step.condition.empty()) continue;
    Result<cacao::Condition> condition = cacao::Condition::parse(step.condition);
    if (!condition) return Error{condition.error().code, fmt::format("{}/condition: {}", step.pointer, condition.error().message)};
    book->conditions.emplace(id, std::move(*condition));
  }
  return std::shared_ptr<const Book>(std::move(book));
}

Status check_calls(const std::vector<std::shared_ptr<const Book>>& books) {
  for (const std::shared_ptr<const Book>& book : books) {
    for (const auto& [id, step] : book->playbook.workflow) {
      if (step.type != cacao::StepType::kPlaybookAction) continue;
      const std::string& called = step.playbook_id;
      const bool is_there = std::ranges::any_of(books, [&](const auto& one) { return one->playbook.id == called; });
      if (!is_there) return Error{Code::kInvalid, fmt::format("{}: calls the playbook {}, which is not there (--with FILE)", step.pointer, called)};
    }
  }
  return {};
}

Status check_start(const Book& book, const std::map<std::string, std::string>& values) {
  const cacao::Variables& variables = book.playbook.variables;
  for (const auto& [name, value] : values) {
    const auto found = variables.find(name);
    if (found == variables.end()) return Error{Code::kInvalid, fmt::format("the playbook has no variable {}", name)};
    if (found->second.constant && !found->second.external) return Error{Code::kInvalid, fmt::format("{} is constant", name)};
    if (!cacao::fits(found->second.type, value)) return Error{Code::kInvalid, fmt::format("what was given for {} is no value of type {}", name, cacao::type_name(found->second.type))};
    if (value.size() > kInputTextBytesMax) return Error{Code::kLimit, fmt::format("{} has more than {} bytes", name, kInputTextBytesMax)};
  }
  for (const auto& [name, variable] : variables) {
    if (variable.external && !variable.value && !values.contains(name)) return Error{Code::kInvalid, fmt::format("the playbook wants {} ({}), which was not given", name, cacao::type_name(variable.type))};
  }
  return {};
}

Run::Run(RunId id, std::span<const ActionSpec> table) {
  state_.id = id;
  state_.table = table;
}

std::vector<Effect> Run::start(const RunInput& input, std::vector<std::shared_ptr<const Book>> books) {
  TOCSIN_CHECK(input.kind == InputKind::kStarted && !books.empty());
  state_.books = std::move(books);
  state_.started = input;
  state_.now = input.time;
  state_.until = input.time + kRunTimeoutUs;
  const cacao::Playbook& playbook = state_.books.front()->playbook;
  state_.scopes.push_back(playbook.variables);
  state_.tell("", fmt::format("started by {}{}{}", input.who, input.why.empty() ? "" : ": ", input.why));
  Moves moves(state_);
  const auto first = playbook.workflow.find(playbook.workflow_start);
  TOCSIN_CHECK(first != playbook.workflow.end());
  for (const auto& [name, value] : input.values) {
    const auto found = state_.scopes.front().find(name);
    if (found != state_.scopes.front().end()) found->second.value = value;
  }
  moves.flow.begin(&first->second);
  moves.flow.advance();
  finish();
  return std::move(state_.effects);
}

std::vector<Effect> Run::apply(const RunInput& input) {
  state_.effects.clear();
  state_.now = std::max(state_.now, input.time);
  Moves moves(state_);
  switch (input.kind) {
    case InputKind::kStarted: break;
    case InputKind::kDecided: moves.actions.decided(input); break;
    case InputKind::kAnswered: moves.actions.answered(input); break;
    case InputKind::kResult: moves.actions.result(input); break;
    case InputKind::kLost: moves.actions.lost(); break;
    case InputKind::kTimer: timer(); break;
    case InputKind::kSteered: steer(input); break;
  }
  moves.flow.advance();
  finish();
  return std::move(state_.effects);
}

void Run::timer() {
  Moves moves(state_);
  moves.actions.timer();
  if (state_.status == RunStatus::kPaused) return;
  std::vector<std::uint32_t> ids;
  for (const auto& [id, branch] : state_.branches) ids.push_back(id);
  for (const std::uint32_t id : ids) {
    const auto found = state_.branches.find(id);
    if (found == state_.branches.end()) continue;
    Branch& branch = found->second;
    const Action* const action = this->action(branch.action);
    const TimeUs grace = action != nullptr && action->state == ActionState::kSent ? kAnswerGraceUs : 0;
    const TimeUs until = branch.until > 0 ? branch.until : action == nullptr ? 0 : action->until;
    if (branch.phase != BranchPhase::kDelay && until > 0 && until + grace <= state_.now) {
      moves.flow.fail(id, "took longer than it may");
    } else if (branch.phase == BranchPhase::kDelay && branch.wake <= state_.now) {
      branch.phase = BranchPhase::kBegin;
      branch.wake = 0;
      state_.ready.push_back(id);
    }
  }
  if (!state_.has_ended() && state_.until <= state_.now) cancel("has not ended in 30 days");
}

void Run::cancel(std::string why) {
  state_.failure = why;
  state_.tell("", "cancelled: " + std::move(why));
  Moves(state_).flow.close_all();
  state_.status = RunStatus::kCancelling;
}

void Run::pause(const std::string& who) {
  state_.paused_by = who;
  state_.status = RunStatus::kPaused;
  state_.paused = state_.now;
}

void Run::resume() {
  const std::int64_t pause = state_.now - state_.paused;
  state_.status = RunStatus::kRunning;
  for (auto& [id, branch] : state_.branches) {
    if (branch.until > 0) branch.until += pause;
    if (branch.wake > 0) branch.wake += pause;
  }
  for (auto& [id, action] : state_.actions) {
    if (!waits(action)) continue;
    action.until += pause;
    if (action.wake > 0) action.wake = action.state == ActionState::kWaiting ? state_.now : action.wake + pause;
    if (action.state == ActionState::kGated) state_.effect(Effect::Kind::kDecide, id);
  }
}

void Run::retry_from(const std::string& step) {
  Moves moves(state_);
  moves.flow.close_all();
  state_.status = RunStatus::kRunning;
  state_.failure.clear();
  state_.ended = 0;
  state_.until = state_.now + kRunTimeoutUs;
  state_.steps = 0;
  const auto found = state_.books.front()->playbook.workflow.find(step);
  if (found != state_.books.front()->playbook.workflow.end()) moves.flow.begin(&found->second);
}

void Run::steer(const RunInput& input) {
  if (!fits(input)) return;
  const auto word = static_cast<SteerWord>(input.word);
  const std::string because = input.why.empty() ? "" : ": " + input.why;
  state_.tell(input.step, fmt::format("{} by {}{}", kSteerWords[input.word], input.who, because));
  Moves moves(state_);
  switch (word) {
    case SteerWord::kPause: return pause(input.who);
    case SteerWord::kResume: return resume();
    case SteerWord::kCancel: return cancel("by " + input.who + because);
    case SteerWord::kRetryFrom: return retry_from(input.step);
    case SteerWord::kBranch: state_.forced[input.step] = input.values.at("branch"); return;
    case SteerWord::kUndo: return moves.actions.undo(input.action);
    case SteerWord::kLease: state_.actions.at(input.action).lease = std::max(input.until, TimeUs{1}); return timer();
    case SteerWord::kEdit: return moves.actions.edit(input);
    case SteerWord::kUndoRun:
      for (const auto& [id, action] : state_.actions) {
        if (can_undo(action)) state_.to_undo.push_front(id);
      }
      if (!state_.to_undo.empty()) moves.actions.undo(state_.to_undo.front());
      return;
    case SteerWord::kSkip:
    case SteerWord::kTakeOver: break;
  }
  Branch& branch = *branch_at(state_, input.step);
  std::string why;
  for (const auto& [name, value] : input.values) (void)set_variable(state_, branch, name, value, why);
  moves.flow.close_below(branch.id);
  moves.actions.let_go(branch.id);
  moves.flow.succeed(branch.id);
}

void Run::finish() {
  if (state_.has_ended() || !state_.branches.empty()) return;
  if (state_.status == RunStatus::kCancelling) {
    if (std::ranges::any_of(state_.actions, [](const auto& one) { return is_under_way(one.second); })) return;
    state_.status = RunStatus::kCancelled;
  } else if (state_.status == RunStatus::kRunning || state_.status == RunStatus::kPaused) {
    state_.status = state_.failure.empty() ? RunStatus::kSucceeded : RunStatus::kFailed;
  }
  state_.ended = state_.now;
  state_.tell("", state_.failure.empty() ? std::string(word_of(state_.status)) : fmt::format("{}: {}", word_of(state_.status), state_.failure));
  state_.effect(Effect::Kind::kEnded);
}

bool Run::is_over() const {
  return state_.has_ended() && state_.to_undo.empty() && std::ranges::none_of(state_.actions, [](const auto& one) { return !tocsin::respond::is_over(one.second.state) || has_lease(one.second); });
}

const Action* Run::action(ActionId id) const {
  const auto found = state_.actions.find(id);
  return found == state_.actions.end() ? nullptr : &found->second;
}

std::optional<TimeUs> Run::next_time() const {
  std::optional<TimeUs> next;
  const auto at = [&](TimeUs time) {
    if (time > 0 && (!next || time < *next)) next = time;
  };
  const bool paused = state_.status == RunStatus::kPaused;
  for (const auto& [id, branch] : state_.branches) {
    if (paused) break;
    if (branch.phase == BranchPhase::kDelay) {
      at(branch.wake);
      continue;
    }
    const Action* const action = this->action(branch.action);
    const TimeUs grace = action != nullptr && action->state == ActionState::kSent ? kAnswerGraceUs : 0;
    if (branch.until > 0) at(branch.until + grace);
    else if (action != nullptr) at(action->until + grace);
  }
  for (const auto& [id, action] : state_.actions) {
    if (!paused) at(action.wake);
    if (action.branch == 0 && action.state == ActionState::kSent) at(action.until + kAnswerGraceUs);
    if (has_lease(action) && action.undone_by == 0) at(action.lease);
  }
  if (!state_.has_ended()) at(state_.until);
  return next;
}

Status Run::fits(const RunInput& input) const {
  const auto wrong = [](std::string message) -> Status { return Error{Code::kInvalid, std::move(message)}; };
  const Action* const action = this->action(input.action);
  if (input.kind == InputKind::kAnswered) {
    if (action == nullptr) return Error{Code::kNotFound, fmt::format("the run has no action {}", input.action)};
    const auto word = static_cast<AnswerWord>(input.word);
    if (word == AnswerWord::kApprove || word == AnswerWord::kDeny) {
      if (action->state != ActionState::kAsked) return wrong(fmt::format("action {} waits for no yes: it is {}", input.action, word_of(action->state)));
      if (input.hash != action->hash) return wrong("it was changed since you saw it: look at it once more");
      if (word == AnswerWord::kDeny) return {};
      if (state_.status == RunStatus::kPaused) return wrong("the run is paused: resume it first");
      if (input.who == state_.started.who) return Error{Code::kDenied, "whoever asks cannot say yes: another person has to"};
      for (const Approval& approval : action->approvals) {
        if (approval.who == input.who) return Error{Code::kDenied, "you have said yes already: it needs another person"};
      }
      return {};
    }
    if (action->state == ActionState::kUnknown || (action->state == ActionState::kPerson && word != AnswerWord::kAgain)) return {};
    return wrong(fmt::format("action {} waits for nobody: it is {}", input.action, word_of(action->state)));
  }
  if (input.kind != InputKind::kSteered) return {};
  return fits_steering(state_, action, input);
}

}  // namespace tocsin::respond
