#include "cli/action_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/audit/audit_entry.h"
#include "report/audit/leaf_files.h"

namespace tocsin::cli {

namespace {

constexpr std::string_view kRun = "run ", kAction = ", action ", kUndoes = "undoes action ";

template <class Value>
Value& at(std::vector<std::pair<std::string, Value>>& sorted, const std::string& key) {
  const auto place = std::ranges::lower_bound(sorted, key, {}, &std::pair<std::string, Value>::first);
  if (place != sorted.end() && place->first == key) return place->second;
  return sorted.insert(place, {key, Value{}})->second;
}

/// "nftables block address=…" is the action "nftables block", done to "address=…"; what a person does is said in that one's words.
void name(ActionTaken& action, const std::string& command) {
  const std::size_t colon = command.find(": "), first = command.find(' ');
  if (colon < command.find('=')) {  // a name of people, and their task
    action.action = "by hand";
    action.target = command;
    return;
  }
  const std::size_t second = first == std::string::npos ? first : command.find(' ', first + 1);
  action.action = command.substr(0, second);
  action.target = second == std::string::npos ? "" : command.substr(second + 1);
}

ActionResult result_of(const std::string& what) {
  if (what == "run.result.done" || what == "run.done") return ActionResult::kDone;
  return what == "run.result.unknown" ? ActionResult::kUnknown : ActionResult::kFailed;
}

}  // namespace

void ActionRecord::add(std::string_view line) {
  const Result<audit::LeafFacts> leaf = audit::read_leaf(line);
  if (!leaf || leaf->source != "runs" || !leaf->object.starts_with(kRun)) return;
  const std::size_t comma = leaf->object.find(kAction);
  const std::string run = leaf->object.substr(kRun.size(), comma == std::string::npos ? comma : comma - kRun.size());
  Run& its = at(runs_, run);
  if (leaf->what == "run.start") its = {leaf->evidence.empty() ? "" : leaf->evidence.front(), leaf->who, "", true};
  if (leaf->what == "run.undo" || leaf->what == "run.undo_run" || leaf->what == "run.lease") its.steered_by = leaf->who;
  if (!its.is_real || comma == std::string::npos) return;
  ActionTaken deed;
  deed.incident = its.incident;
  deed.run = run;
  deed.time = leaf->time;
  deed.approved_by = leaf->who;
  deed.detail = leaf->result.empty() ? leaf->reason : leaf->result;
  name(deed, leaf->command);
  add_deed(run, leaf->object.substr(comma + kAction.size()), leaf->what, deed, leaf->detail);
}

void ActionRecord::add_deed(const std::string& run, const std::string& action, const std::string& what, const ActionTaken& deed, const std::string& detail) {
  const Run& its = at(runs_, run);
  if (const std::size_t undoes = detail.find(kUndoes); undoes != std::string::npos) {
    const std::size_t end = detail.find_first_not_of("0123456789", undoes + kUndoes.size());
    const std::size_t place = at(places_, run + "/" + detail.substr(undoes + kUndoes.size(), end == std::string::npos ? end : end - undoes - kUndoes.size()));
    if (what == "run.result.done" && place > 0) {
      actions_[place - 1].undone = deed.time;
      actions_[place - 1].undone_by = its.steered_by.empty() ? "its lease" : its.steered_by;
    }
    return;
  }
  const bool is_result = what.starts_with("run.result.") || what == "run.done" || what == "run.failed";
  std::size_t& place = at(places_, run + "/" + action);
  if (place == 0) {
    ActionTaken one = deed;
    one.approved_by = deed.action == "by hand" ? deed.approved_by : its.who;
    one.approved = deed.time;
    one.detail.clear();
    actions_.push_back(std::move(one));
    place = actions_.size();
  }
  ActionTaken& one = actions_[place - 1];
  if (what == "run.approve") one.approved_by = deed.approved_by, one.approved = deed.time;
  if (what == "run.decide.refuse" || what == "run.deny") one.result = ActionResult::kFailed, one.detail = deed.detail;
  if (is_result) one.result = result_of(what), one.detail = deed.detail;
}

std::vector<ActionTaken> ActionRecord::actions() && { return std::move(actions_); }

Result<std::vector<ActionTaken>> actions_taken(Env& env, const DataFolder& data) {
  ActionRecord record;
  const Result<std::vector<std::uint64_t>> files = audit::leaf_files(env, data.audit());
  if (!files && files.error().code == Code::kNotFound) return std::vector<ActionTaken>();
  if (!files) return files.error();
  for (const std::uint64_t first : *files) {
    audit::LineReader lines = TRY(audit::LineReader::open(env, data.audit() + "/" + audit::leaf_file_name(first)));
    for (std::optional<std::string_view> line = TRY(lines.next()); line; line = TRY(lines.next())) record.add(*line);
  }
  return std::move(record).actions();
}

Status add_actions(Env& env, const DataFolder& data, std::string_view incident, std::vector<ActionTaken>& actions) {
  const std::vector<ActionTaken> taken = TRY(actions_taken(env, data));
  std::ranges::copy_if(taken, std::back_inserter(actions), [&](const ActionTaken& one) { return one.incident == incident; });
  return {};
}

}  // namespace tocsin::cli
