#include "respond/engine/run_actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "respond/engine/make_call.h"
#include "respond/engine/run_flow.h"

namespace tocsin::respond {

namespace {

/// Up to half of `pause`, told by run and action: those that failed together are not tried together.
std::int64_t jitter(std::int64_t pause, RunId run, ActionId action, std::uint32_t tries) {
  std::uint64_t mixed = (run * 1'000'003 + action) * 1'000'003 + tries;
  mixed ^= mixed >> 33, mixed *= 0xff51afd7ed558ccdULL, mixed ^= mixed >> 33;
  return static_cast<std::int64_t>(mixed % static_cast<std::uint64_t>(pause / 2 + 1));
}

std::string words(const Action& action) { return action.person.empty() ? text_of(action.call) : fmt::format("{}: {}", action.person, action.task); }

/// What a step takes of what came back: "__x__" is the output of that name or of the name `x`; a step that wants one thing gets the one that counts. Nothing for it is no mistake.
bool take_outputs(RunState& run, Branch& branch, const Action& action, std::string& why) {
  const std::vector<std::string>& wanted = branch.step->out_args;
  const std::map<std::string, std::string>& outputs = action.result.outputs;
  for (const std::string& argument : wanted) {
    const std::string_view name = name_of(argument);
    auto found = outputs.find(std::string(name));
    if (found == outputs.end() && name.size() > 4) found = outputs.find(std::string(name.substr(2, name.size() - 4)));
    if (found == outputs.end() && wanted.size() == 1 && action.spec != nullptr) found = outputs.find(std::string(action.spec->output));
    if (found != outputs.end() && !set_variable(run, branch, name, found->second, why)) return false;
  }
  return true;
}

}  // namespace

bool can_undo(const Action& action) { return action.state == ActionState::kDone && action.undone_by == 0 && !action.result.undo.empty() && action.spec != nullptr && !action.spec->undo.empty(); }

Action* RunActions::find(ActionId id) {
  const auto found = run_.actions.find(id);
  return found == run_.actions.end() ? nullptr : &found->second;
}

Result<bool> RunActions::begin(Branch& branch) {
  const cacao::Step& step = *branch.step;
  if (branch.command == step.commands.size()) return false;
  const cacao::Playbook& playbook = run_.books[branch.book]->playbook;
  const cacao::AgentTarget* const target = step.targets.empty() ? nullptr : &playbook.targets.at(step.targets[branch.target]);
  Task task = TRY(make_task(playbook, step, step.commands[branch.command], target, [&](std::string_view name) { return find_variable(run_, branch, name); }, run_.table));
  Action& action = add(branch);
  action.person = std::move(task.person);
  action.task = std::move(task.text);
  action.spec = task.spec;
  action.call = std::move(task.call);
  if (branch.until == 0 && step.timeout_ms) branch.until = run_.now + static_cast<TimeUs>(*step.timeout_ms) * 1'000;
  if (action.spec == nullptr) {
    action.state = ActionState::kPerson;
    action.until = branch.until > 0 ? branch.until : run_.now + kPersonTimeoutUs;
    run_.tell(step.id, "waits for " + words(action));
    run_.effect(Effect::Kind::kAsk, action.id);
  } else {
    action.call.dry_run = run_.started.word == static_cast<std::uint8_t>(StartWord::kDryRun);
    action.until = branch.until > 0 ? branch.until : run_.now + kPersonTimeoutUs;
    run_.effect(Effect::Kind::kDecide, action.id);
  }
  return true;
}

Action& RunActions::add(Branch& branch) {
  const ActionId id = ++run_.last_action;
  Action& action = run_.actions[id];
  action.id = id;
  action.branch = branch.id;
  action.step = branch.step->id;
  action.begun = run_.now;
  branch.action = id;
  branch.phase = BranchPhase::kAction;
  return action;
}

void RunActions::decided(const RunInput& input) {
  Action* const action = find(input.action);
  if (action == nullptr || action->state != ActionState::kGated) return;
  if (const auto lease = input.values.find("lease_ms"); lease != input.values.end()) action->call.lease_ms = std::stoull(lease->second);
  action->hash = hash_of(action->call);
  const auto word = static_cast<DecidedWord>(input.word);
  if (action->hash != input.hash) return failed(*action, "it is no longer what was decided on");
  if (word == DecidedWord::kRefuse) return failed(*action, "not allowed: " + input.why);
  if (word == DecidedWord::kAct) return send(*action);
  action->state = ActionState::kAsked;
  action->was_asked = true;
  action->approvers = std::max<std::uint32_t>(1, input.number);
  action->wake = std::min(input.until, action->until);
  run_.tell(action->step, fmt::format("asks for {}: {}{}", words(*action), word == DecidedWord::kEscalate ? "somebody must look: " : "", input.why));
  run_.effect(Effect::Kind::kAsk, action->id);
}

void RunActions::send(Action& action) {
  const auto found = run_.branches.find(action.branch);
  const bool own_limit = found == run_.branches.end() || found->second.until == 0;
  if (action.tries == 0 && own_limit) action.until = run_.now + kActionTimeoutUs;
  action.state = ActionState::kSent;
  action.wake = 0;
  ++action.tries;
  action.call.timeout_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(1, (action.until - run_.now) / 1'000));
  run_.tell(action.step, (action.tries == 1 ? "" : fmt::format("try {}: ", action.tries)) + words(action));
  run_.effect(Effect::Kind::kSend, action.id);
}

void RunActions::edit(const RunInput& input) {
  Action* const action = find(input.action);
  if (action == nullptr || action->state != ActionState::kAsked) return;
  for (const auto& [name, value] : input.values) action->call.arguments[name] = value;
  action->approvals.clear();
  action->hash = hash_of(action->call);
  run_.tell(action->step, fmt::format("{} changed it to {}: {}", input.who, words(*action), input.why));
  run_.effect(Effect::Kind::kAsk, action->id);
}

void RunActions::answered(const RunInput& input) {
  Action* const action = find(input.action);
  if (action == nullptr) return;
  const auto word = static_cast<AnswerWord>(input.word);
  const std::string by = fmt::format("{}{}{}", input.who, input.why.empty() ? "" : ": ", input.why);
  if (action->state == ActionState::kAsked && input.hash == action->hash) {
    if (word == AnswerWord::kDeny) return failed(*action, "denied by " + by);
    if (word != AnswerWord::kApprove) return;
    action->approvals.push_back({input.who, input.why, input.time});
    run_.tell(action->step, fmt::format("approved by {} ({} of {})", by, action->approvals.size(), action->approvers));
    if (action->approvals.size() == action->approvers) send(*action);
  } else if (action->state == ActionState::kPerson || action->state == ActionState::kUnknown) {
    if (word == AnswerWord::kDone) {
      run_.tell(action->step, "done, says " + by);
      action->result = {};
      done(*action, input.values);
    } else if (word == AnswerWord::kFailed) {
      failed(*action, "not done, says " + by);
    } else if (word == AnswerWord::kAgain && action->state == ActionState::kUnknown) {
      run_.tell(action->step, "to be sent once more, says " + by);
      send(*action);
    }
  }
}

void RunActions::result(const RunInput& input) {
  Action* const action = find(input.action);
  if (action == nullptr || action->state != ActionState::kSent) return;
  action->result = input.result;
  switch (input.result.outcome) {
    case ActionOutcome::kDone: return done(*action, input.result.outputs);
    case ActionOutcome::kRefused: return failed(*action, "refused: " + input.result.detail);
    case ActionOutcome::kFailed:
      if (input.result.may_pass && action->tries < kTriesMax) return try_again(*action);
      return failed(*action, input.result.detail);
    case ActionOutcome::kNotBegun:
      action->state = ActionState::kWaiting;
      action->wake = run_.now + kNotBegunUs;
      --action->tries;
      return run_.tell(action->step, "not begun: " + input.result.detail);
    case ActionOutcome::kUnknown: break;
  }
  if (action->spec->repeat == Repeat::kProbed && action->tries < kTriesMax) {
    ++action->tries;
    return run_.effect(Effect::Kind::kProbe, action->id);
  }
  const bool may_repeat = action->spec->repeat == Repeat::kIdempotent || action->spec->repeat == Repeat::kKeyed;
  if (may_repeat && action->tries < kTriesMax) return try_again(*action);
  action->state = ActionState::kUnknown;
  action->wake = run_.now + kPersonTimeoutUs;
  if (const auto found = run_.branches.find(action->branch); found != run_.branches.end()) found->second.until = action->wake;
  run_.tell(action->step, fmt::format("nobody knows whether it was done: {}: {}", words(*action), input.result.detail));
  run_.effect(Effect::Kind::kAsk, action->id);
}

void RunActions::try_again(Action& action) {
  const std::int64_t pause = std::min(kRetryUs << (action.tries - 1), kRetryUsMax);
  action.state = ActionState::kWaiting;
  action.wake = run_.now + pause + jitter(pause, run_.id, action.id, action.tries);
  run_.tell(action.step, fmt::format("{}: will be tried again", action.result.detail));
}

void RunActions::lost() {
  for (auto& [id, action] : run_.actions) {
    if (action.state != ActionState::kSent) continue;
    if (action.spec->repeat == Repeat::kIdempotent || action.spec->repeat == Repeat::kKeyed) {
      run_.effect(Effect::Kind::kSend, id);
    } else if (action.spec->repeat == Repeat::kProbed) {
      run_.effect(Effect::Kind::kProbe, id);
    } else {
      RunInput unknown;
      unknown.action = id;
      unknown.result = {.outcome = ActionOutcome::kUnknown, .detail = "whoever did it ended meanwhile"};
      result(unknown);
    }
  }
}

void RunActions::done(Action& action, std::map<std::string, std::string> outputs) {
  action.result.outcome = ActionOutcome::kDone;
  action.result.outputs = std::move(outputs);
  action.state = ActionState::kDone;
  if (action.call.lease_ms > 0 && !action.result.undo.empty()) action.lease = run_.now + static_cast<TimeUs>(action.call.lease_ms) * 1'000;
  if (!action.result.detail.empty() && action.spec != nullptr) run_.tell(action.step, "done: " + action.result.detail);
  const auto found = run_.branches.find(action.branch);
  if (found == run_.branches.end()) return ended(action, ActionState::kDone);
  Branch& branch = found->second;
  std::string why;
  if (!take_outputs(run_, branch, action, why)) {
    ended(action, ActionState::kDone);
    return flow_->fail(branch.id, std::move(why));
  }
  if (++branch.target >= branch.step->targets.size()) branch.target = 0, ++branch.command;
  ended(action, ActionState::kDone);
  branch.action = 0;
  run_.ready.push_back(branch.id);
}

void RunActions::failed(Action& action, std::string why) {
  const std::uint32_t branch = action.branch;
  if (why.empty()) why = "no reason was given";
  if (action.result.detail.empty()) action.result.detail = why;
  ended(action, ActionState::kFailed);
  if (run_.branches.contains(branch)) return flow_->fail(branch, std::move(why));
  run_.tell(action.step, fmt::format("{} failed: {}", words(action), why));
}

void RunActions::ended(Action& action, ActionState state) {
  action.state = state;
  action.branch = 0;
  action.wake = 0;
  action.ended = run_.now;
  if (action.undoes == 0) return;
  Action& original = run_.actions.at(action.undoes);
  if (state == ActionState::kDone) {
    run_.tell(action.step, "undone: " + words(original));
    original.lease = 0;
  } else {
    original.undone_by = 0;
    if (original.lease > 0) original.lease = run_.now + std::min(kLeaseRetryUs << std::min(original.undo_tries, 10U), kLeaseRetryUsMax);
  }
  undo_next();
}

void RunActions::timer() {
  const bool paused = run_.status == RunStatus::kPaused;
  std::vector<ActionId> ids;
  for (const auto& [id, action] : run_.actions) ids.push_back(id);
  for (const ActionId id : ids) {
    Action& action = run_.actions.at(id);
    if (!paused && action.wake > 0 && action.wake <= run_.now) {
      if (action.state == ActionState::kWaiting) send(action);
      else if (action.state == ActionState::kAsked) failed(action, "nobody answered in time, which is a no");
      else if (action.state == ActionState::kUnknown) failed(action, "nobody looked in time whether it was done");
    } else if (action.branch == 0 && action.state == ActionState::kSent && action.until + kAnswerGraceUs <= run_.now) {
      RunInput late;
      late.action = id;
      late.result = {.outcome = ActionOutcome::kUnknown, .detail = "no answer came in time"};
      action.tries = kTriesMax;
      result(late);
    } else if (action.lease > 0 && action.lease <= run_.now && action.undone_by == 0 && action.state == ActionState::kDone) {
      run_.tell(action.step, "its time is over: " + words(action));
      ++action.undo_tries;
      undo(id);
    }
  }
}

void RunActions::let_go(std::uint32_t branch) {
  const auto found = run_.branches.find(branch);
  if (found == run_.branches.end() || found->second.action == 0) return;
  Action& action = run_.actions.at(found->second.action);
  found->second.action = 0;
  if (is_over(action.state)) return;
  if (action.state == ActionState::kSent || action.state == ActionState::kUnknown) {
    action.branch = 0;  // it may have been done: what becomes of it is still of use
    return;
  }
  ended(action, ActionState::kCancelled);
}

void RunActions::undo(ActionId id) {
  Action* const original = find(id);
  if (original == nullptr || !can_undo(*original)) return;
  const ActionSpec* const spec = find_action(run_.table, original->spec->connector, original->spec->undo);
  TOCSIN_CHECK(spec != nullptr);
  const ActionId back = ++run_.last_action;
  original->undone_by = back;
  Action& action = run_.actions[back];
  action.id = back;
  action.step = original->step;
  action.spec = spec;
  action.undoes = id;
  action.begun = run_.now;
  action.until = run_.now + kPersonTimeoutUs;
  action.call = {.connector = std::string(spec->connector), .action = std::string(spec->action), .arguments = original->result.undo, .credential = original->call.credential, .secret = original->call.secret};
  run_.effect(Effect::Kind::kDecide, back);
}

void RunActions::undo_next() {
  while (!run_.to_undo.empty()) {
    const Action& next = run_.actions.at(run_.to_undo.front());
    if (next.undone_by != 0 && !is_over(run_.actions.at(next.undone_by).state)) return;
    run_.to_undo.pop_front();
    if (!run_.to_undo.empty()) undo(run_.to_undo.front());
  }
}

}  // namespace tocsin::respond
