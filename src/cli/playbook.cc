// tocsin playbook: CACAO 2.0 playbooks. What checks one is here; the other sub verbs have files of their own.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/playbook.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "respond/cacao/check_playbook.h"

namespace tocsin::cli {

namespace {

/// Of one file; false if there is an error in it.
bool check_file(Env& env, const std::string& file, const cacao::CheckOptions& options) {
  const Result<std::string> text = env.read_file(file, cacao::kPlaybookBytesMax);
  if (!text) return complain(text.error().message), false;
  cacao::Reading reading = cacao::read_playbook(*text);
  const bool is_playbook = !reading.playbook.workflow.empty();
  if (is_playbook) {
    for (cacao::Mistake& mistake : cacao::check_playbook(reading.playbook, options)) reading.mistakes.push_back(std::move(mistake));
  }
  for (const cacao::Mistake& mistake : reading.mistakes) {
    const char* const kind = mistake.kind == cacao::Mistake::Kind::kError ? "error" : "warning";
    fmt::print("{}: {}: {}: {}\n", terminal_safe(file), kind, mistake.pointer.empty() ? "the playbook" : terminal_safe(mistake.pointer), terminal_safe(mistake.message));
  }
  if (!reading.is_good()) return false;
  const cacao::Playbook& playbook = reading.playbook;
  fmt::print("{}: \"{}\", {} steps: good\n", terminal_safe(file), terminal_safe(playbook.name), playbook.workflow.size());
  return true;
}

int check(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> files, types;
  cacao::CheckOptions options;
  CLI::App app("Checks CACAO 2.0 playbooks: every mistake, with its JSON pointer.", "tocsin playbook check");
  app.add_option("FILE", files, "a playbook, JSON")->required();
  app.add_option("--agent-type", types, "a type of agents of your own, which something here stands for")->type_name("TYPE");
  app.add_flag("--allow-inline-secrets", options.allow_inline_secrets, "let a password or token stand in the playbook");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  options.agent_types.insert(types.begin(), types.end());
  bool good = true;
  for (const std::string& file : files) good = check_file(env, file, options) && good;
  return good ? kDone : kUsage;
}

constexpr const char* kHelp =
    "CACAO 2.0 playbooks (docs/playbooks.md).\n\n"
    "  tocsin playbook check FILE...            every mistake, with its JSON pointer\n"
    "  tocsin playbook simulate FILE            what would happen, with stated answers; nothing is done\n"
    "  tocsin playbook list                     those that the service knows, and what they want to be told\n"
    "  tocsin playbook run PLAYBOOK             start it in the service: a dry run, unless --real\n"
    "  tocsin playbook enable|disable PLAYBOOK  let it change something: a new or changed one runs dry\n"
    "\n`tocsin playbook check --help` says more.\n";

}  // namespace

int run_playbook(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "playbook", {{"check", check}, {"simulate", simulate_playbook}, {"list", list_playbooks}, {"enable", enable_playbook}, {"disable", disable_playbook}, {"run", start_playbook}}, kHelp); }

}  // namespace tocsin::cli
