#include "pipeline/run_json.h"

#include <fmt/format.h>

#include <string_view>

#include "report/json_text.h"
#include "respond/engine/run_actions.h"

namespace tocsin {

namespace {

using respond::Action;
using respond::RunState;

/// Members of one object, with their commas.
class Members {
 public:
  explicit Members(std::string& json) : json_(json) { json_ += '{'; }
  ~Members() { json_ += '}'; }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  std::string& name(std::string_view name) {
    json_ += first_ ? "\"" : ",\"";
    json_ += name;
    json_ += "\":";
    first_ = false;
    return json_;
  }
  void text(std::string_view key, std::string_view value) { append_string(name(key), value); }
  void number(std::string_view key, std::uint64_t value) { name(key) += std::to_string(value); }
  void flag(std::string_view key, bool value) { name(key) += value ? "true" : "false"; }
  void time(std::string_view key, TimeUs value) { append_time_or_null(name(key), value == 0 ? kNoTime : value); }
  void texts(std::string_view key, const std::map<std::string, std::string>& values) {
    Members inner(name(key));
    for (const auto& [one, value] : values) inner.text_of_any_name(one, value);
  }
  void text_of_any_name(std::string_view key, std::string_view value) {
    json_ += first_ ? "" : ",";
    first_ = false;
    append_string(json_, key);
    json_ += ':';
    append_string(json_, value);
  }

 private:
  std::string& json_;
  bool first_ = true;
};

std::string step_name(const RunState& run, std::string_view id) {
  for (const auto& book : run.books) {
    const auto found = book->playbook.workflow.find(id);
    if (found != book->playbook.workflow.end()) return found->second.name.empty() ? std::string(id) : found->second.name;
  }
  return std::string(id);
}

bool waits_for_a_person(const Action& action) { return action.state == respond::ActionState::kAsked || action.state == respond::ActionState::kPerson || action.state == respond::ActionState::kUnknown; }

std::size_t waiting(const RunState& run) {
  std::size_t count = 0;
  for (const auto& [id, action] : run.actions) count += waits_for_a_person(action) ? 1 : 0;
  return count;
}

void append_line_members(Members& line, const RunState& run) {
  const cacao::Playbook& playbook = run.books.front()->playbook;
  line.number("run", run.id);
  line.text("playbook", playbook.id);
  line.text("name", playbook.name);
  line.text("status", word_of(run.status));
  line.flag("dry_run", run.started.word == static_cast<std::uint8_t>(respond::StartWord::kDryRun));
  line.text("who", run.started.who);
  line.time("started", run.started.time);
  line.time("ended", run.ended);
  line.number("actions", run.actions.size());
  line.number("waits", waiting(run));
}

void append_action(std::string& json, const RunState& run, const Action& action) {
  Members one(json);
  one.number("action", action.id);
  one.text("step", action.step);
  one.text("step_name", step_name(run, action.step));
  one.text("state", word_of(action.state));
  one.text("text", action.person.empty() ? text_of(action.call) : fmt::format("{}: {}", action.person, action.task));
  if (action.spec != nullptr) {
    one.text("connector", action.call.connector);
    one.text("does", action.call.action);
    one.texts("arguments", action.call.arguments);
    one.text("credential", action.call.credential);
    one.text("repeat", word_of(action.spec->repeat));
    std::string hash;
    append_hex(hash, action.hash, action.hash.size());
    one.text("hash", hash);
  } else {
    one.text("person", action.person);
  }
  one.number("tries", action.tries);
  one.time("begun", action.begun);
  one.time("ended", action.ended);
  if (waits_for_a_person(action)) one.time("until", action.wake > 0 ? action.wake : action.until);
  if (action.state == respond::ActionState::kAsked) one.number("approvers", action.approvers);
  if (!action.approvals.empty()) {
    std::string& list = one.name("approvals");
    list += '[';
    for (const respond::Approval& approval : action.approvals) {
      if (&approval != action.approvals.data()) list += ',';
      Members yes(list);
      yes.text("who", approval.who);
      yes.text("why", approval.why);
      yes.time("time", approval.time);
    }
    list += ']';
  }
  if (is_over(action.state)) {
    one.text("outcome", word_of(action.result.outcome));
    one.text("detail", action.result.detail);
    one.texts("outputs", action.result.outputs);
  }
  if (action.lease > 0) one.time("lease", action.lease);
  if (action.undoes != 0) one.number("undoes", action.undoes);
  if (action.undone_by != 0) one.number("undone_by", action.undone_by);
  one.flag("can_undo", can_undo(action));
}

}  // namespace

bool waits_for_a_person(const RunState& run) { return waiting(run) > 0; }

void append_run_line(std::string& json, const RunState& run) {
  Members line(json);
  append_line_members(line, run);
}

void append_run_line(std::string& json, const ArchivedRun& run) {
  Members line(json);
  line.number("run", static_cast<std::uint64_t>(run.run));
  line.text("playbook", run.playbook);
  line.text("name", run.name);
  line.text("status", run.status);
  line.flag("dry_run", run.dry_run);
  line.text("who", run.who);
  line.time("started", run.started);
  line.time("ended", run.ended);
  line.number("actions", static_cast<std::uint64_t>(run.actions));
  line.number("waits", 0);
}

void append_run(std::string& json, const RunState& run) {
  Members whole(json);
  append_line_members(whole, run);
  whole.text("why", run.started.why);
  whole.text("incident", run.started.step);
  whole.text("failure", run.failure);
  {
    std::string& list = whole.name("at");
    list += '[';
    bool first = true;
    for (const auto& [id, branch] : run.branches) {
      if (branch.phase == respond::BranchPhase::kBranches) continue;
      if (!std::exchange(first, false)) list += ',';
      Members at(list);
      at.text("step", branch.step->id);
      at.text("step_name", step_name(run, branch.step->id));
    }
    list += ']';
  }
  {
    Members variables(whole.name("variables"));
    for (const auto& [name, variable] : run.scopes.front()) {
      if (variable.value) variables.text(name, *variable.value);
      else variables.name(name) += "null";
    }
  }
  {
    std::string& list = whole.name("action_list");
    list += '[';
    for (const auto& [id, action] : run.actions) {
      if (id != run.actions.begin()->first) list += ',';
      append_action(list, run, action);
    }
    list += ']';
  }
  std::string& list = whole.name("story");
  list += '[';
  for (const respond::StoryLine& line : run.story) {
    if (&line != &run.story.front()) list += ',';
    Members one(list);
    one.time("time", line.time);
    if (!line.step.empty()) one.text("step", line.step), one.text("step_name", step_name(run, line.step));
    one.text("text", line.text);
  }
  list += ']';
}

}  // namespace tocsin
