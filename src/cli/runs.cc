// tocsin runs: runs of playbooks in a service, looked at and steered (docs/playbooks.md).
#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/text.h"
#include "base/time.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/playbook.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "pipeline/control_socket.h"

namespace tocsin::cli {

namespace {

namespace json = boost::json;
using Arguments = std::vector<std::string>;

std::string text_of(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  return value == nullptr || !value->is_string() ? "" : std::string(value->get_string());
}
std::int64_t number_of(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  return value == nullptr ? 0 : value->is_int64() ? value->get_int64() : 0;
}
bool flag_of(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}
const json::array& list_of(const json::object& object, const char* name) {
  static const json::array kNone;
  const json::value* const value = object.if_contains(name);
  return value == nullptr || !value->is_array() ? kNone : value->get_array();
}

/// The service's answer, an object. What it refuses is said here.
std::optional<json::object> ask(const DataOptions& data, const ControlRequest& request) {
  const Result<std::string> answer = ask_service(data.folder().control(), request);
  if (!answer) return complain(answer.error().message), std::nullopt;
  boost::system::error_code error;
  json::value value = json::parse(*answer, error);
  if (error || !value.is_object()) return complain("the service's answer is no JSON"), std::nullopt;
  return std::move(value.get_object());
}

std::string json_of(const std::vector<std::string>& pairs, std::string& wrong) {
  json::object object;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) wrong = fmt::format("'{}' is no NAME=VALUE", pair);
    else object[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return json::serialize(object);
}

void print_action(const json::object& action) {
  const std::string state = text_of(action, "state");
  fmt::print("  {:>3}  {:<9}  {}: {}\n", number_of(action, "action"), state, terminal_safe(text_of(action, "step_name")), terminal_safe(text_of(action, "text")));
  if (!text_of(action, "detail").empty()) fmt::print("       {}\n", terminal_safe(text_of(action, "detail")));
  if (state == "asked") fmt::print("       waits until {} for {} of {} to say yes\n", text_of(action, "until"), number_of(action, "approvers") - static_cast<std::int64_t>(list_of(action, "approvals").size()), number_of(action, "approvers"));
  if (state == "person" || state == "unknown") fmt::print("       waits until {}\n", text_of(action, "until"));
  if (!text_of(action, "lease").empty()) fmt::print("       holds until {}\n", text_of(action, "lease"));
  if (number_of(action, "undone_by") != 0) fmt::print("       undone by {}\n", number_of(action, "undone_by"));
}

int list(Env&, const Arguments& arguments) {
  DataOptions data;
  bool as_json = false, open = false;
  std::size_t limit = 100;
  CLI::App app("Runs of playbooks, the newest first.", "tocsin runs list");
  data.add_to(app, false);
  app.add_option("--limit", limit, "so many at most")->type_name("N");
  app.add_flag("--open", open, "those alone that have not ended, or wait for a person");
  app.add_flag("--json", as_json, "as JSON");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const std::optional<json::object> answer = ask(data, {"runs", {{"limit", std::to_string(limit)}, {"open", open ? "yes" : "no"}}});
  if (!answer) return kIncomplete;
  if (as_json) return fmt::print("{}\n", json::serialize(*answer)), kDone;
  if (flag_of(*answer, "stopped")) fmt::print("EVERYTHING IS STOPPED: nothing is begun until `tocsin runs lift`\n\n");
  if (list_of(*answer, "runs").empty()) fmt::print("there are no runs; `tocsin playbook run FILE` starts one\n");
  for (const json::value& value : list_of(*answer, "runs")) {
    const json::object& run = value.get_object();
    const std::int64_t waits = number_of(run, "waits");
    fmt::print("{:>6}  {:<10}  {}  {}{}{}, by {}\n", number_of(run, "run"), text_of(run, "status"), text_of(run, "started"), terminal_safe(text_of(run, "name")), flag_of(run, "dry_run") ? " (dry run)" : "", waits > 0 ? fmt::format(", {} wait for a person", waits) : "",
               terminal_safe(text_of(run, "who")));
  }
  return kDone;
}

int show(Env&, const Arguments& arguments) {
  DataOptions data;
  std::string run;
  bool as_json = false;
  CLI::App app("One run: where it is, what it did, what waits for a person, and its story.", "tocsin runs show");
  data.add_to(app, false);
  app.add_option("RUN", run, "its number")->required();
  app.add_flag("--json", as_json, "as JSON");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const std::optional<json::object> answer = ask(data, {"run", {{"run", run}}});
  if (!answer) return kIncomplete;
  if (as_json) return fmt::print("{}\n", json::serialize(*answer)), kDone;
  fmt::print("run {}: {}{}: {}\n", number_of(*answer, "run"), terminal_safe(text_of(*answer, "name")), flag_of(*answer, "dry_run") ? " (dry run: nothing is changed)" : "", text_of(*answer, "status"));
  if (!text_of(*answer, "failure").empty()) fmt::print("  {}\n", terminal_safe(text_of(*answer, "failure")));
  for (const json::value& at : list_of(*answer, "at")) fmt::print("  is at {}\n", terminal_safe(text_of(at.get_object(), "step_name")));
  fmt::print("\nactions\n");
  for (const json::value& action : list_of(*answer, "action_list")) print_action(action.get_object());
  fmt::print("\nstory\n");
  for (const json::value& value : list_of(*answer, "story")) {
    const json::object& line = value.get_object();
    const std::string step = text_of(line, "step_name");
    fmt::print("  {}  {}{}{}\n", text_of(line, "time"), terminal_safe(step), step.empty() ? "" : ": ", terminal_safe(text_of(line, "text")));
  }
  return kDone;
}

/// One word about one run: what else it takes stands in `takes`.
struct Word {
  const char* name;      // of the sub verb
  const char* command;   // of the control socket
  const char* word;      // for the service
  const char* summary;
  bool action = false, step = false, branch = false, values = false, until = false, needs_why = false;
};
constexpr Word kWords[] = {
    {"approve", "run-answer", "approve", "Says yes to an action that asks, as it stands there now.", true},
    {"deny", "run-answer", "deny", "Says no to it; why is told to all.", true, false, false, false, false, true},
    {"done", "run-answer", "done", "Says that what a person does is done, or that an action of unknown outcome is.", true, false, false, true},
    {"failed", "run-answer", "failed", "Says that it is not.", true, false, false, false, false, true},
    {"again", "run-answer", "again", "Has an action of unknown outcome sent once more.", true},
    {"pause", "run-steer", "pause", "Begins no further action until it is resumed."},
    {"resume", "run-steer", "resume", "Goes on with a run that is paused."},
    {"cancel", "run-steer", "cancel", "Ends a run. What was done stays done."},
    {"skip", "run-steer", "skip", "Goes on behind a step as if it had been done.", false, true},
    {"take-over", "run-steer", "take_over", "The same, with values for what the step would have given.", false, true, false, true},
    {"retry-from", "run-steer", "retry_from", "Goes on from this step, also with a run that has failed.", false, true},
    {"branch", "run-steer", "branch", "Chooses which way a step goes the next time: true, false or a case.", false, true, true},
    {"undo", "run-steer", "undo", "Takes an action back.", true},
    {"undo-all", "run-steer", "undo_run", "Takes back all that a run has done, the last first."},
    {"lease", "run-steer", "lease", "Lets what an action did hold longer, or end now.", true, false, false, false, true},
    {"edit", "run-steer", "edit", "Changes arguments of an action that asks; who said yes has said nothing then.", true, false, false, true},
};

/// What is about to be said yes to, and its hash.
std::optional<std::string> hash_to_approve(const DataOptions& data, const std::string& run, const std::string& action) {
  const std::optional<json::object> answer = ask(data, {"run", {{"run", run}}});
  if (!answer) return std::nullopt;
  for (const json::value& value : list_of(*answer, "action_list")) {
    const json::object& one = value.get_object();
    if (std::to_string(number_of(one, "action")) != action) continue;
    fmt::print("{}: {}\n", terminal_safe(text_of(one, "step_name")), terminal_safe(text_of(one, "text")));
    return text_of(one, "hash");
  }
  complain(fmt::format("run {} has no action {}", run, action));
  return std::nullopt;
}

int steer(const Word& word, const Arguments& arguments) {
  DataOptions data;
  std::string run, action, step, branch, why, until;
  std::vector<std::string> values;
  CLI::App app(word.summary, fmt::format("tocsin runs {}", word.name));
  data.add_to(app, false);
  app.add_option("RUN", run, "its number")->required();
  if (word.action) app.add_option("ACTION", action, "the action's number, as `tocsin runs show` has it")->required();
  if (word.step) app.add_option("STEP", step, "the step's identifier")->required();
  if (word.branch) app.add_option("BRANCH", branch, "true, false, or a case")->required();
  if (word.values) app.add_option("--set", values, "a value")->type_name("NAME=VALUE");
  if (word.until) app.add_option("--for", until, "so long from now on: 30m, 4h, 2d; or now: it ends")->type_name("TIME")->required();
  CLI::Option* const reason = app.add_option("--why", why, "why; it is kept")->type_name("TEXT");
  if (word.needs_why) reason->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::string wrong;
  if (word.branch) values.push_back("branch=" + branch);
  ControlRequest request{word.command, {{"run", run}, {"word", word.word}, {"action", action}, {"step", step}, {"why", why}, {"values", json_of(values, wrong)}}};
  if (!wrong.empty()) return complain(wrong), kUsage;
  if (word.until) {
    const TimeUs now = Env::system().now_us();
    std::optional<TimeUs> back;  // "4h" reads as that long ago
    if (until != "now" && !read_time_option("--for", until, now, back)) return kUsage;
    request.arguments["until"] = std::to_string(back ? now + (now - *back) : now);
  }
  if (std::string_view(word.command) == "run-answer" && (std::string_view(word.word) == "approve" || std::string_view(word.word) == "deny")) {
    const std::optional<std::string> hash = hash_to_approve(data, run, action);
    if (!hash) return kIncomplete;
    request.arguments["hash"] = *hash;
  }
  if (!ask(data, request)) return kIncomplete;
  fmt::print("run {}: {}\n", terminal_safe(run), word.name);
  return kDone;
}

int switch_all(bool stop, const Arguments& arguments) {
  DataOptions data;
  std::string why;
  CLI::App app(stop ? "The stop switch: from now on nothing new is begun anywhere, until it is lifted." : "Lifts the stop switch: runs that it paused go on.", stop ? "tocsin runs stop-all" : "tocsin runs lift");
  data.add_to(app, false);
  app.add_option("--why", why, "why; it is kept")->type_name("TEXT");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (!ask(data, {stop ? "stop-all" : "lift", {{"why", why}}})) return kIncomplete;
  fmt::print("{}\n", stop ? "everything is stopped; `tocsin runs lift` lifts it" : "lifted");
  return kDone;
}

constexpr const char* kHelp =
    "Runs of playbooks in a service that runs (docs/playbooks.md).\n\n"
    "  tocsin runs list                        what runs, what ran, and what waits for a person\n"
    "  tocsin runs show RUN                    where it is, what it did, its story\n"
    "  tocsin runs stop-all | lift             the stop switch: nothing new is begun anywhere\n"
    "\nWhat waits for a person:\n"
    "  tocsin runs approve | deny RUN ACTION   an action that asks\n"
    "  tocsin runs edit RUN ACTION --set N=V   change what it would do, then approve\n"
    "  tocsin runs done | failed RUN ACTION    what a person does, or looked after\n"
    "  tocsin runs again RUN ACTION            of unknown outcome: send it once more\n"
    "\nSteering:\n"
    "  tocsin runs pause | resume | cancel RUN\n"
    "  tocsin runs skip | take-over | retry-from RUN STEP\n"
    "  tocsin runs branch RUN STEP BRANCH\n"
    "  tocsin runs undo RUN ACTION | undo-all RUN\n"
    "  tocsin runs lease RUN ACTION --for 4h   or: --for now\n";

}  // namespace

int run_runs(Env& env, const std::vector<std::string>& arguments) {
  if (!arguments.empty()) {
    for (const Word& word : kWords) {
      if (arguments.front() == word.name) return steer(word, {arguments.begin() + 1, arguments.end()});
    }
    if (arguments.front() == "stop-all" || arguments.front() == "lift") return switch_all(arguments.front() == "stop-all", {arguments.begin() + 1, arguments.end()});
  }
  return run_sub_verb(env, arguments, "runs", {{"list", list}, {"show", show}}, kHelp);
}

namespace {

/// A file of this machine, or a playbook that the service knows.
void name_playbook(Env& env, const std::string& given, ControlRequest& request) {
  if (given.ends_with(".json") || given.find('/') != std::string::npos || env.exists(given)) request.arguments["file"] = std::filesystem::absolute(given).string();
  else request.arguments["playbook"] = given;
}

int trust_playbook(Env& env, bool enable, const Arguments& arguments) {
  DataOptions data;
  std::string playbook;
  CLI::App app(enable ? "Lets a playbook change something. Whoever changes its text makes it new again." : "From now on it runs dry.", enable ? "tocsin playbook enable" : "tocsin playbook disable");
  data.add_to(app, false);
  app.add_option("PLAYBOOK", playbook, "a file, or an identifier or name that the service knows")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  ControlRequest request{"playbook-trust", {{"enable", enable ? "yes" : "no"}}};
  name_playbook(env, playbook, request);
  const std::optional<json::object> answer = ask(data, request);
  if (!answer) return kIncomplete;
  fmt::print("{}: {} (SHA-256 {})\n", terminal_safe(text_of(*answer, "name")), enable ? "may change something" : "runs dry", text_of(*answer, "sha256"));
  return kDone;
}

}  // namespace

int enable_playbook(Env& env, const std::vector<std::string>& arguments) { return trust_playbook(env, true, arguments); }
int disable_playbook(Env& env, const std::vector<std::string>& arguments) { return trust_playbook(env, false, arguments); }

int list_playbooks(Env&, const std::vector<std::string>& arguments) {
  DataOptions data;
  bool as_json = false;
  CLI::App app("The playbooks that the service knows.", "tocsin playbook list");
  data.add_to(app, false);
  app.add_flag("--json", as_json, "as JSON");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const std::optional<json::object> answer = ask(data, {"playbooks", {}});
  if (!answer) return kIncomplete;
  if (as_json) return fmt::print("{}\n", json::serialize(*answer)), kDone;
  if (list_of(*answer, "playbooks").empty()) fmt::print("there are none; respond.playbooks in the settings says where they are\n");
  for (const json::value& value : list_of(*answer, "playbooks")) {
    const json::object& one = value.get_object();
    const std::string wrong = text_of(one, "wrong");
    fmt::print("{}{}\n  {}\n", terminal_safe(text_of(one, "name")), !wrong.empty() ? ": cannot be run" : flag_of(one, "enabled") ? "" : ": runs dry until it is enabled", terminal_safe(wrong.empty() ? text_of(one, "playbook") : wrong));
    for (const json::value& variable : list_of(one, "variables")) {
      const json::object& wants = variable.get_object();
      fmt::print("  {} ({}){} {}\n", terminal_safe(text_of(wants, "name")), text_of(wants, "type"), flag_of(wants, "needed") ? ", needed" : "", terminal_safe(text_of(wants, "description")));
    }
  }
  return kDone;
}

int start_playbook(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string file, why, incident;
  std::vector<std::string> others, variables;
  bool real = false;
  CLI::App app("Starts a playbook in the service that runs: a dry run, unless --real.", "tocsin playbook run");
  data.add_to(app, false);
  app.add_option("PLAYBOOK", file, "a file, or an identifier or name that the service knows")->required();
  app.add_option("--with", others, "a playbook that it calls, where it is a file")->type_name("FILE");
  app.add_option("--set", variables, "a value of a variable: __address__=192.0.2.7")->type_name("NAME=VALUE");
  app.add_option("--incident", incident, "the incident that it is about: its report says what was done")->type_name("ID");
  app.add_flag("--real", real, "do it; otherwise nothing is changed, and it is told what would be");
  app.add_option("--why", why, "why; it is kept")->type_name("TEXT");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::string wrong, with;
  for (const std::string& other : others) with += (with.empty() ? "" : "\n") + std::filesystem::absolute(other).string();
  const std::string values = json_of(variables, wrong);
  if (!wrong.empty()) return complain(wrong), kUsage;
  ControlRequest request{"run-start", {{"with", with}, {"incident", incident}, {"variables", values}, {"real", real ? "yes" : "no"}, {"why", why}}};
  name_playbook(env, file, request);
  const std::optional<json::object> answer = ask(data, request);
  if (!answer) return kIncomplete;
  fmt::print("run {} has begun{}; `tocsin runs show {}` tells how it goes\n", number_of(*answer, "run"), real ? "" : " (dry run)", number_of(*answer, "run"));
  return kDone;
}

}  // namespace tocsin::cli
