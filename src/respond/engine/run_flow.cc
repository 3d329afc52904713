#include "respond/engine/run_flow.h"

#include <fmt/format.h>

#include "base/check.h"
#include "respond/cacao/value.h"
#include "respond/engine/run_actions.h"

namespace tocsin::respond {

namespace {

constexpr std::string_view kTrue = "true", kFalse = "false", kDefault = "default";

/// A person's choice, which counts once; "": there is none.
std::string take_forced(RunState& run, const std::string& step) {
  const auto found = run.forced.find(step);
  if (found == run.forced.end()) return "";
  std::string branch = std::move(found->second);
  run.forced.erase(found);
  return branch;
}

}  // namespace

void RunState::tell(std::string_view step, std::string text) {
  if (story.size() == kStoryLinesMax) story.pop_front();
  story.push_back({now, std::string(step), std::move(text)});
}

const cacao::Variable* find_variable(const RunState& run, const Branch& branch, std::string_view name) {
  for (const cacao::Variables* const scope : {&branch.local, &run.scopes[branch.scope]}) {
    if (const auto found = scope->find(name); found != scope->end()) return &found->second;
  }
  return nullptr;
}

bool set_variable(RunState& run, Branch& branch, std::string_view name, std::string value, std::string& why) {
  auto* const variable = const_cast<cacao::Variable*>(find_variable(run, branch, name));
  if (variable == nullptr) {
    why = fmt::format("{} is declared nowhere", name);
  } else if (variable->constant) {
    why = fmt::format("{} is constant", name);
  } else if (!cacao::fits(variable->type, value)) {
    why = fmt::format("what was given for {} is no value of type {}", name, cacao::type_name(variable->type));
  } else {
    variable->value = std::move(value);
    return true;
  }
  return false;
}

const cacao::Step* RunFlow::step(const Branch& branch, const std::string& id) const {
  const auto& steps = playbook(branch).workflow;
  const auto found = steps.find(id);
  return found == steps.end() ? nullptr : &found->second;
}

std::uint32_t RunFlow::open(std::uint32_t parent, std::size_t book, std::size_t scope, const cacao::Step* step) {
  const std::uint32_t id = ++run_.last_branch;
  Branch& branch = run_.branches[id];
  branch.id = id;
  branch.parent = parent;
  branch.book = book;
  branch.scope = scope;
  branch.depth = parent == 0 ? 0 : run_.branches.at(parent).depth;
  branch.step = step;
  run_.ready.push_back(id);
  return id;
}

void RunFlow::begin(const cacao::Step* step) { run_.branches.at(open(0, 0, 0, step)).is_book = true; }

void RunFlow::advance() {
  while (!run_.ready.empty() && run_.status == RunStatus::kRunning) {
    const auto found = run_.branches.find(run_.ready.front());
    run_.ready.pop_front();
    if (found == run_.branches.end()) continue;
    Branch& branch = found->second;
    if (branch.phase == BranchPhase::kEnter) {
      enter(branch);
    } else {
      begin(branch);
    }
  }
}

void RunFlow::enter(Branch& branch) {
  if (++run_.steps > kRunStepsMax) {
    run_.failure = fmt::format("more than {} steps were taken", kRunStepsMax);
    return close_all();
  }
  const cacao::Step& step = *branch.step;
  if (!branch.again) {
    branch.local = step.variables;
    branch.until = 0;
    branch.command = branch.target = 0;
  }
  branch.phase = BranchPhase::kBegin;
  if (step.delay_ms == 0) return begin(branch);
  branch.phase = BranchPhase::kDelay;
  branch.wake = run_.now + static_cast<TimeUs>(step.delay_ms) * 1'000;
  run_.tell(step.id, fmt::format("waits for {} s", static_cast<double>(step.delay_ms) / 1'000));
}

void RunFlow::begin(Branch& branch) {
  const cacao::Step& step = *branch.step;
  if (branch.until == 0 && step.type != cacao::StepType::kAction) {
    branch.until = run_.now + (step.timeout_ms ? static_cast<TimeUs>(*step.timeout_ms) * 1'000 : kBranchesTimeoutUs);
  }
  switch (step.type) {
    case cacao::StepType::kStart: return succeed(branch.id);
    case cacao::StepType::kEnd: return close(branch.id, "");
    case cacao::StepType::kAction: {
      const Result<bool> begun = actions_.begin(branch);
      if (!begun) return fail(branch.id, begun.error().message);
      return *begun ? void() : succeed(branch.id);
    }
    case cacao::StepType::kPlaybookAction: return begin_book(branch);
    case cacao::StepType::kParallel: {
      std::vector<const std::string*> steps;
      for (const std::string& id : step.next_steps) steps.push_back(&id);
      return branch_out(branch, steps);
    }
    case cacao::StepType::kIf:
    case cacao::StepType::kWhile: return begin_condition(branch);
    case cacao::StepType::kSwitch: return begin_switch(branch);
  }
}

void RunFlow::branch_out(Branch& branch, const std::vector<const std::string*>& steps) {
  if (run_.branches.size() + steps.size() > kBranchesMax) return fail(branch.id, fmt::format("more than {} branches would be open at once", kBranchesMax));
  branch.phase = BranchPhase::kBranches;
  branch.broken.clear();
  branch.open = static_cast<std::uint32_t>(steps.size());
  for (const std::string* const id : steps) open(branch.id, branch.book, branch.scope, step(branch, *id));
}

void RunFlow::begin_condition(Branch& branch) {
  const cacao::Step& step = *branch.step;
  std::string way = take_forced(run_, step.id);
  if (way.empty()) {
    const Result<bool> holds = run_.books[branch.book]->conditions.at(step.id).holds([&](std::string_view name) { return find_variable(run_, branch, name); });
    if (!holds) return fail(branch.id, "its condition cannot be told: " + holds.error().message);
    way = *holds ? kTrue : kFalse;
    run_.tell(step.id, fmt::format("{} is {}", step.condition, way));
  } else {
    run_.tell(step.id, fmt::format("goes on with '{}', as a person chose", way));
  }
  ++run_.ways[fmt::format("{}/{}", step.id, way)];
  if (way == kTrue) return branch_out(branch, {&step.on_true});
  if (step.type == cacao::StepType::kWhile || step.on_false.empty()) return succeed(branch.id);
  branch_out(branch, {&step.on_false});
}

void RunFlow::begin_switch(Branch& branch) {
  const cacao::Step& step = *branch.step;
  std::string way = take_forced(run_, step.id);
  if (way.empty()) {
    const cacao::Variable* const variable = find_variable(run_, branch, name_of(step.switch_on));
    if (variable == nullptr || !variable->value) return fail(branch.id, fmt::format("{} has no value", name_of(step.switch_on)));
    way = kDefault;
    for (const auto& [value, to] : step.cases) {
      if (value != kDefault && cacao::same_value(*variable, value)) way = value;
    }
    run_.tell(step.id, fmt::format("{} is '{}': goes on with '{}'", name_of(step.switch_on), *variable->value, way));
  } else {
    run_.tell(step.id, fmt::format("goes on with '{}', as a person chose", way));
  }
  ++run_.ways[fmt::format("{}/{}", step.id, way)];
  const auto found = step.cases.find(way);
  if (found == step.cases.end()) return succeed(branch.id);
  branch_out(branch, {&found->second});
}

void RunFlow::begin_book(Branch& branch) {
  const cacao::Step& called = *branch.step;
  std::size_t book = 0;
  while (book < run_.books.size() && run_.books[book]->playbook.id != called.playbook_id) ++book;
  if (book == run_.books.size()) return fail(branch.id, fmt::format("the playbook {} is not there", called.playbook_id));
  if (branch.depth + 1 > kBooksDeepMax) return fail(branch.id, fmt::format("playbooks call each other more than {} deep", kBooksDeepMax));
  const cacao::Playbook& playbook = run_.books[book]->playbook;
  cacao::Variables inner = playbook.variables;
  for (const std::string& argument : called.in_args) {
    const std::string_view name = name_of(argument);
    const cacao::Variable* const given = find_variable(run_, branch, name);
    const auto taken = inner.find(name);
    if (given == nullptr || !given->value || taken == inner.end()) continue;
    if (!cacao::fits(taken->second.type, *given->value)) return fail(branch.id, fmt::format("{} is no value of the type that the playbook wants", name));
    taken->second.value = given->value;
  }
  for (const auto& [name, variable] : inner) {
    if (variable.external && !variable.value) return fail(branch.id, fmt::format("the playbook wants {}, which has no value", name));
  }
  branch.phase = BranchPhase::kBranches;
  branch.broken.clear();
  branch.open = 1;
  run_.scopes.push_back(std::move(inner));
  const auto start = playbook.workflow.find(playbook.workflow_start);
  TOCSIN_CHECK(start != playbook.workflow.end());
  Branch& first = run_.branches.at(open(branch.id, book, run_.scopes.size() - 1, &start->second));
  first.is_book = true;
  first.depth = branch.depth + 1;
  run_.tell(called.id, fmt::format("begins the playbook '{}'", playbook.name));
}

void RunFlow::end_book(Branch& branch, Branch& caller) {
  for (const std::string& argument : caller.step->out_args) {
    const std::string_view name = name_of(argument);
    const cacao::Variables& inner = run_.scopes[branch.scope];
    const auto given = inner.find(name);
    std::string why;
    if (given == inner.end() || !given->second.value) continue;
    if (!set_variable(run_, caller, name, *given->second.value, why)) caller.broken = why;
  }
  run_.scopes[branch.scope].clear();
}

void RunFlow::go_to(Branch& branch, const std::string& to) {
  branch.step = step(branch, to);
  TOCSIN_CHECK(branch.step != nullptr);
  branch.phase = BranchPhase::kEnter;
  branch.again = false;
  branch.wake = branch.until = 0;
  run_.ready.push_back(branch.id);
}

void RunFlow::succeed(std::uint32_t id) {
  Branch& branch = run_.branches.at(id);
  const cacao::Step& step = *branch.step;
  const std::string& next = step.on_completion.empty() ? step.on_success : step.on_completion;
  if (next.empty()) return close(id, "");
  go_to(branch, next);
}

void RunFlow::fail(std::uint32_t id, std::string why) {
  Branch& branch = run_.branches.at(id);
  const cacao::Step& step = *branch.step;
  run_.tell(step.id, "failed: " + why);
  close_below(id);
  actions_.let_go(id);
  if (step.on_failure.empty()) return close(id, fmt::format("{}: {}", step.name.empty() ? step.id : step.name, why));
  ++run_.ways[step.id + "/on_failure"];
  go_to(branch, step.on_failure);
}

void RunFlow::close(std::uint32_t id, std::string broken) {
  Branch& branch = run_.branches.at(id);
  if (branch.is_book && (!broken.empty() || branch.in_exception) && !(broken.empty() && !branch.in_exception)) {
    const std::string& exception = playbook(branch).workflow_exception;
    if (!branch.in_exception && !exception.empty()) {
      branch.in_exception = true;
      branch.broken = std::move(broken);
      run_.tell(exception, "begins, since a step failed");
      ++run_.ways["/workflow_exception"];
      return go_to(branch, exception);
    }
    if (branch.in_exception) broken = broken.empty() ? branch.broken : fmt::format("{}; then {}", branch.broken, broken);
  }
  if (branch.parent == 0) {
    run_.failure = std::move(broken);
    run_.branches.erase(id);
    return;
  }
  Branch& parent = run_.branches.at(branch.parent);
  if (!broken.empty()) parent.broken = std::move(broken);
  else if (branch.is_book) end_book(branch, parent);
  run_.branches.erase(id);
  if (--parent.open > 0) return;
  if (!parent.broken.empty()) return fail(parent.id, parent.broken);
  if (parent.step->type != cacao::StepType::kWhile) return succeed(parent.id);
  parent.phase = BranchPhase::kEnter;
  parent.again = true;
  run_.ready.push_back(parent.id);
}

void RunFlow::close_below(std::uint32_t id) {
  std::vector<std::uint32_t> below;
  for (const auto& [child, branch] : run_.branches) {
    if (branch.parent == id) below.push_back(child);
  }
  for (const std::uint32_t child : below) {
    close_below(child);
    actions_.let_go(child);
    run_.branches.erase(child);
  }
  run_.branches.at(id).open = 0;
}

void RunFlow::close_all() {
  for (const auto& [id, branch] : run_.branches) actions_.let_go(id);
  run_.branches.clear();
  run_.ready.clear();
}

}  // namespace tocsin::respond
