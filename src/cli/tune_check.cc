// tocsin tune check: what a filter that a person wrote or changed hides, by running it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/output.h"
#include "cli/tune.h"
#include "cli/tune_rules.h"
#include "cli/tune_verify.h"
#include "cli/verb.h"
#include "cli/verdict_file.h"

namespace tocsin::cli {

namespace {

struct CheckArguments {
  TuneInputs inputs;
  std::string filter;
  std::size_t shown = 20;
};

/// Fields that the filter asks for and no alert of its rule has: it hides nothing where it asks for them.
Result<std::set<std::string>> missing_fields(const FilteredRules& rules, const std::string& id, TuneRun& run) {
  const auto without = std::ranges::find(rules.without.rules, id, &sigma::Rule::id);
  const auto with = std::ranges::find(rules.with.rules, id, &sigma::Rule::id);
  sigma::RuleSet alone;
  alone.rules = {*without};
  const TuneEvents found = TRY(run.events(std::move(alone), {}));
  std::set<std::string> missing = filter_fields(*with, *without);
  std::erase_if(missing, [&](const std::string& field) { return found.alerts.empty() || found.names.contains(field); });
  return missing;
}

int tell(const CheckArguments& args, const FilteredRules& rules, const std::map<std::string, Verdict>& verdicts, TuneRun& run) {
  const Result<TuneEffect> effect = verify_filter(run, rules, verdicts);
  if (!effect) return complain(effect.error().message), kIncomplete;
  for (const std::string& id : rules.concerned) {
    fmt::print("{}: {}\n", terminal_safe(std::ranges::find(rules.with.rules, id, &sigma::Rule::id)->title), id);
    const Result<std::set<std::string>> missing = missing_fields(rules, id, run);
    if (!missing) return complain(missing.error().message), kIncomplete;
    if (!missing->empty()) fmt::print("no alert of the rule has {}: the filter hides nothing where it asks for that\n", terminal_safe(fmt::format("{}", fmt::join(*missing, ", "))));
  }
  fmt::print("{}", effect_text(*effect, args.shown));
  if (!run.complete()) complain("not everything could be read: what was not read may have a true positive that the filter hides");
  if (effect->hides_attack()) complain("the filter hides what is judged a true positive: do not use it as it is");
  if (effect->hides_attack()) return kAlerts;
  return run.complete() ? kDone : kIncomplete;
}

}  // namespace

int run_tune_check(Env& env, const std::vector<std::string>& arguments) {
  CheckArguments args;
  CLI::App app("Runs the rules of a Sigma filter with it and without it, and shows which alerts it hides. Exits 1 if one is judged a true positive.", "tocsin tune check");
  app.add_option("FILTER", args.filter, "the file of the filter; it may be one of --rules")->required();
  app.add_option("--top", args.shown, "how many of the alerts that it hides are listed")->check(CLI::Range(0, 1'000'000))->capture_default_str();
  args.inputs.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  const Result<std::string> text = env.read_file(args.filter, sigma::kRuleFileBytesMax);
  if (!text) return complain(text.error().message), kUsage;
  const Result<FilteredRules> rules = load_filtered(env, args.inputs.rules, args.filter, *text);
  if (!rules) return fmt::print(stderr, "{}\n", rules.error().message), kUsage;
  for (const std::string& warning : rules->warnings) fmt::print(stderr, "{}\n", warning);
  if (rules->concerned.empty()) return complain(fmt::format("{}: none of the rules that are loaded is one that it concerns (--rules)", args.filter)), kUsage;
  const Result<std::map<std::string, Verdict>> verdicts = judged(env, args.inputs);
  if (!verdicts) return complain(verdicts.error().message), kUsage;
  TuneRun run(env, args.inputs);
  return tell(args, *rules, *verdicts, run);
}

}  // namespace tocsin::cli
