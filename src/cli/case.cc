// tocsin case: what a person does to an incident of the service: show, assign, close, comment, merge, split, undo. What each means is docs/cases.md; the desk that does it api/case_desk.h.
#include <fmt/format.h>
#include <unistd.h>

#include "analyze/similar_incidents.h"
#include "base/text.h"
#include "cli/case_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "report/case_text.h"
#include "report/case_writer.h"
#include "report/incident_writer.h"

namespace tocsin::cli {

namespace {

/// Each sub-verb takes some of these.
struct CaseArguments {
  DataOptions data;
  CaseAct act;
  std::string verdict, status, format;
  CLI::App app;

  CaseArguments(const char* description, const char* name, CaseActKind kind) : app(description, std::string("tocsin case ") + name) {
    data.add_to(app, false);
    act.kind = kind;
  }
  void add_incident(std::string& id, const char* name = "INCIDENT", const char* what = "its id, or the first six characters of it and more") { app.add_option(name, id, what)->required(); }
  void add_why() { app.add_option("--why", act.text, "why, in your words")->type_name("TEXT"); }
  int run(Env& env, const std::vector<std::string>& arguments) {
    if (const auto exit = parse_arguments(app, arguments)) return *exit;
    if (!verdict.empty()) act.verdict = *verdict_named(verdict);
    if (!status.empty()) act.status = *case_status_named(status);
    CaseHere here;
    if (const auto exit = here.open(env, data)) return *exit;
    return here.act(std::move(act));
  }
};

int assign(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Gives an incident to a user.", "assign", CaseActKind::kAssign);
  args.add_incident(args.act.incident);
  auto* const to = args.app.add_option("USER", args.act.assignee, "as `tocsin user list` shows it");
  bool nobody = false;
  args.app.add_flag("--nobody", nobody, "take it from whoever has it")->excludes(to);
  args.add_why();
  return args.run(env, arguments);
}

int set_status(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Says where an incident stands; a closed one is open again. To close it: `tocsin case close`.", "status", CaseActKind::kStatus);
  args.add_incident(args.act.incident);
  args.app.add_option("STATUS", args.status, "new, assigned, in-progress or contained")->check(CLI::IsMember({"new", "assigned", "in-progress", "contained"}))->required();
  args.add_why();
  return args.run(env, arguments);
}

int close_it(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Closes an incident, and says what it was; nothing joins it any more. Alerts of it without a verdict of their own have this one.", "close", CaseActKind::kStatus);
  args.act.status = CaseStatus::kClosed;
  args.add_incident(args.act.incident);
  args.app.add_option("--as", args.verdict, "true-positive, benign (it was meant to be) or false-positive")->check(CLI::IsMember(verdict_words()))->required();
  args.add_why();
  return args.run(env, arguments);
}

int comment(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Writes something down about an incident.", "comment", CaseActKind::kComment);
  args.add_incident(args.act.incident);
  args.app.add_option("TEXT", args.act.text, "in your words")->required();
  return args.run(env, arguments);
}

int task(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Writes down what is to be done about an incident.", "task", CaseActKind::kTask);
  args.add_incident(args.act.incident);
  args.app.add_option("TEXT", args.act.text, "in your words")->required();
  return args.run(env, arguments);
}

int done(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Says that a task is done.", "done", CaseActKind::kDone);
  args.add_incident(args.act.incident);
  args.app.add_option("TASK", args.act.of, "its number, as `tocsin case show` has it")->required()->check(CLI::PositiveNumber);
  return args.run(env, arguments);
}

int set_confidence(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Says how probable you think it is that an incident is an attack: it is listed by that, and the machine's own stands beside it.", "confidence", CaseActKind::kConfidence);
  args.add_incident(args.act.incident);
  args.app.add_option("PROBABILITY", args.act.value, "from 0 to 1")->required()->check(CLI::Range(0.0, 1.0));
  args.app.add_option("--why", args.act.text, "why, in your words")->type_name("TEXT")->required();
  return args.run(env, arguments);
}

int merge(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Puts all alerts of another incident into one, which stays.", "merge", CaseActKind::kMerge);
  args.add_incident(args.act.incident);
  args.add_incident(args.act.other, "OTHER", "the one that goes");
  args.add_why();
  return args.run(env, arguments);
}

int split(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Makes an incident of its own of some alerts of one.", "split", CaseActKind::kSplit);
  args.add_incident(args.act.incident);
  args.app.add_option("ALERT", args.act.alerts, "which, by their ids or the first six characters of them and more")->required();
  args.add_why();
  return args.run(env, arguments);
}

int move(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Puts some alerts of an incident into another one.", "move", CaseActKind::kMove);
  args.add_incident(args.act.incident);
  args.app.add_option("ALERT", args.act.alerts, "which, by their ids or the first six characters of them and more")->required();
  args.app.add_option("--to", args.act.other, "the other incident")->type_name("INCIDENT")->required();
  args.add_why();
  return args.run(env, arguments);
}

int undo(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Takes an act back, as if it had not been; what took something back can be taken back too.", "undo", CaseActKind::kUndo);
  args.app.add_option("ACT", args.act.of, "its number, as `tocsin case log` has it")->required()->check(CLI::PositiveNumber);
  args.add_why();
  return args.run(env, arguments);
}

int show(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("Shows an incident: what it is, where it stands, what was done and what is to be done.", "show", CaseActKind::kComment);
  args.add_incident(args.act.incident);
  if (const auto exit = parse_arguments(args.app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  const Result<std::shared_ptr<const api::IncidentView::Made>> made = here.view->now();
  if (!made) return tell(made.error());
  const Result<const Incident*> incident = api::incident_named(**made, args.act.incident);
  if (!incident) return tell(incident.error());
  const analyze::CaseBook& cases = *(*made)->cases;
  const bool to_terminal = is_terminal(STDOUT_FILENO);
  const SummaryStyle style{to_terminal && wants_colour(STDOUT_FILENO), to_terminal ? terminal_width(STDOUT_FILENO) : 100, true};
  std::vector<CaseAct> acts;
  std::vector<bool> counts;
  const Case* const its = cases.of((*incident)->id);
  for (const std::int64_t number : its == nullptr ? std::vector<std::int64_t>() : its->acts) {
    acts.push_back(*cases.act(number));
    counts.push_back(cases.counts(number));
  }
  Incident whole = **incident;
  whole.similar = analyze::similar_to(whole, (*made)->incidents);
  fmt::print("{}{}", incident_text(whole, style), case_text(its, cases.attachments((*incident)->id), acts, counts, style));
  return kDone;
}

int log(Env& env, const std::vector<std::string>& arguments) {
  CaseArguments args("What people did to incidents, and said of alerts, the latest last.", "log", CaseActKind::kComment);
  args.app.add_option("INCIDENT", args.act.incident, "of this one alone");
  args.app.add_option("--format", args.format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  if (const auto exit = parse_arguments(args.app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  CaseLog acts(*here.state);
  const Result<std::shared_ptr<const analyze::CaseBook>> cases = api::read_cases(acts);
  if (!cases) return tell(cases.error());
  const bool as_table = args.format.empty() ? is_terminal(STDOUT_FILENO) : args.format == "table";
  for (const CaseAct& act : (*cases)->acts()) {
    if (!act.incident.starts_with(args.act.incident) && !act.other.starts_with(args.act.incident)) continue;
    if (as_table) {
      fmt::print("{}\n", case_act_line(act, (*cases)->counts(act.number)));
    } else {
      std::string line;
      append_case_act(line, act, (*cases)->counts(act.number));
      fmt::print("{}\n", line);
    }
  }
  return kDone;
}

constexpr const char* kHelp =
    "What a person does to an incident of the service. Each act is kept and can be taken back.\n\n"
    "  tocsin case show INCIDENT                        what it is, where it stands, what was done\n"
    "  tocsin case assign INCIDENT USER                 or --nobody\n"
    "  tocsin case status INCIDENT in-progress          or new, assigned, contained; opens a closed one again\n"
    "  tocsin case close INCIDENT --as benign           or true-positive, false-positive\n"
    "  tocsin case comment INCIDENT TEXT\n"
    "  tocsin case task INCIDENT TEXT                   something to do; `done INCIDENT TASK` when it is\n"
    "  tocsin case confidence INCIDENT 0.9 --why TEXT   how probable you think it is; the machine's own stays beside it\n"
    "  tocsin case merge INCIDENT OTHER                 all of OTHER into INCIDENT\n"
    "  tocsin case split INCIDENT ALERT...              these become an incident of their own\n"
    "  tocsin case move INCIDENT ALERT... --to OTHER    these go into another one\n"
    "  tocsin case undo ACT                             takes an act back\n"
    "  tocsin case attach INCIDENT FILE                 keeps a file with it, sealed; `attachments INCIDENT` lists them\n"
    "  tocsin case attachment INCIDENT N --output FILE  gives one back\n"
    "  tocsin case detach INCIDENT N                    removes the content of one, for good; its hash stays\n"
    "  tocsin case ask INCIDENT --model NAME            what a language model makes of it, as its words; off unless you ask\n"
    "  tocsin case log [INCIDENT]                       who did what\n";

}  // namespace

int run_case(Env& env, const std::vector<std::string>& arguments) {
  return run_sub_verb(env, arguments, "case",
                      {{"show", show}, {"assign", assign}, {"status", set_status}, {"close", close_it}, {"comment", comment}, {"task", task}, {"done", done}, {"confidence", set_confidence},
                       {"merge", merge}, {"split", split}, {"move", move}, {"undo", undo}, {"attach", case_attach}, {"attachments", case_attachments},
                       {"attachment", case_attachment}, {"detach", case_detach}, {"ask", case_ask}, {"log", log}},
                      kHelp);
}

}  // namespace tocsin::cli
