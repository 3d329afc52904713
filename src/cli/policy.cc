// tocsin policy: the decision policy, checked and shown. What it would have done is `tocsin backtest --policy`.
#include <fmt/format.h>

#include "cli/decision_case.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/sub_verb.h"
#include "cli/verb.h"
#include "respond/policy/decision_policy.h"

namespace tocsin::cli {

namespace {

int check(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  CLI::App app("Checks decision policies: every mistake, with its place.", "tocsin policy check");
  app.add_option("FILE", files, "a policy (docs/policy.md)")->required();
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  int exit = kDone;
  for (const std::string& file : files) {
    const Result<respond::DecisionPolicy> policy = load_policy(env, file);
    if (policy) {
      std::size_t alone = 0;
      for (const respond::ActionClass& action : policy->actions) alone += action.confidence && !action.dry_run ? 1 : 0;
      fmt::print("{}: {} actions, {} of them by themselves, {} names protected\n", file, policy->actions.size(), alone, policy->protects.size());
    } else {
      complain_lines(policy.error().message);
      exit = kUsage;
    }
  }
  return exit;
}

int show(Env&, const std::vector<std::string>& arguments) {
  CLI::App app("Shows the policy that is shipped: a file to begin with.", "tocsin policy show");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  fmt::print("{}", respond::shipped_decision_policy());
  return kDone;
}

constexpr const char* kHelp =
    "What may be done without a person, and when somebody is asked (docs/policy.md).\n\n"
    "  tocsin policy check FILE...              every mistake, with its place\n"
    "  tocsin policy show                       the one that is shipped\n"
    "  tocsin backtest --policy FILE            what would have been done, and how often it would have been wrong\n";

}  // namespace

int run_policy(Env& env, const std::vector<std::string>& arguments) { return run_sub_verb(env, arguments, "policy", {{"check", check}, {"show", show}}, kHelp); }

}  // namespace tocsin::cli
