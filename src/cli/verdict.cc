// tocsin verdict: what a person says of alerts of the service, and all that was said, for `tocsin` and for others to learn from.
#include <fmt/format.h>
#include <unistd.h>

#include "analyze/verdict_line.h"
#include "base/text.h"
#include "cli/case_options.h"
#include "cli/output.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"

namespace tocsin::cli {

namespace {

int give(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string word;
  CaseAct act;
  act.kind = CaseActKind::kVerdict;
  CLI::App app("Says what alerts are. The last word counts; `--as none` takes back what was said.", "tocsin verdict give");
  data.add_to(app, false);
  app.add_option("ALERT", act.alerts, "by its id, or the first six characters of it and more");
  app.add_option("--incident", act.incident, "of this incident: those alerts, or all of them")->type_name("ID");
  std::vector<std::string> words = verdict_words();
  words.emplace_back("none");
  app.add_option("--as", word, "true-positive, benign (it did happen, and was meant to), false-positive (it did not happen) or none")->check(CLI::IsMember(words))->required();
  app.add_option("--why", act.text, "why, in your words")->type_name("TEXT");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  act.verdict = *verdict_named(word);
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  return here.act(std::move(act));
}

int list(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string format;
  CLI::App app("Lists the verdicts that count, as they were given: of alerts, and by closing incidents.", "tocsin verdict list");
  data.add_to(app, false);
  app.add_option("--format", format, "table (on a terminal) or ndjson (else: tocsin.verdict/1)")->check(CLI::IsMember({"table", "ndjson"}));
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  CaseLog acts(*here.state);
  const Result<std::shared_ptr<const analyze::CaseBook>> cases = api::read_cases(acts);
  if (!cases) return tell(cases.error());
  const bool as_table = format.empty() ? is_terminal(STDOUT_FILENO) : format == "table";
  std::string out;
  for (const AlertVerdict& verdict : (*cases)->verdicts()) {
    if (as_table) {
      out += fmt::format("{:<27} {:<12} {:<14} {}  {}\n", format_time(verdict.time), verdict.alert.substr(0, 12), word_of(verdict.verdict), terminal_safe(verdict.by), terminal_safe(verdict.why));
    } else {
      analyze::append_verdict(out, verdict);
    }
  }
  fmt::print("{}", out);
  return kDone;
}

constexpr const char* kHelp =
    "What people say of alerts of the service.\n\n"
    "  tocsin verdict give ALERT... --as false-positive --why TEXT   or true-positive, benign, none\n"
    "  tocsin verdict give --incident ID --as true-positive          of all alerts of an incident\n"
    "  tocsin verdict list\n";

}  // namespace

int run_verdict(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "verdict", {{"give", give}, {"list", list}}, kHelp); }

}  // namespace tocsin::cli
