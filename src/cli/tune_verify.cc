#include "cli/tune_verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/tune_rules.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

bool has_expired(const sigma::RuleSet& set, const std::string& file) {
  return std::ranges::any_of(set.diagnostics, [&](const sigma::Diagnostic& diagnostic) { return diagnostic.file == file && diagnostic.code == "S0604"; });
}

/// Errors and warnings about one file.
Status say_of(const sigma::RuleSet& set, const std::string& file, std::vector<std::string>& warnings) {
  std::string wrong;
  for (const sigma::Diagnostic& diagnostic : set.diagnostics) {
    if (diagnostic.file != file) continue;
    const std::string said = sigma::format_diagnostic(diagnostic);
    if (diagnostic.severity == sigma::Diagnostic::Severity::kError) wrong += said;
    if (diagnostic.severity != sigma::Diagnostic::Severity::kError) warnings.push_back(said);
  }
  return wrong.empty() ? Status() : Error{Code::kInvalid, wrong};
}

bool concerns(const sigma::RuleSet& set, const std::string& id) {
  return std::ranges::find(set.rules, id, &sigma::Rule::id) != set.rules.end() || std::ranges::find(set.correlations, id, &sigma::Correlation::id) != set.correlations.end();
}

}  // namespace

Result<FilteredRules> load_filtered(Env& env, const RuleArguments& arguments, const std::string& file, const std::string& text) {
  std::vector<Error> errors;
  std::vector<sigma::RuleText> texts = rule_texts(env, arguments.rules, errors);
  if (!errors.empty()) return errors.front();
  std::erase_if(texts, [&](const sigma::RuleText& one) { return one.text == text; });
  sigma::LoadOptions options;
  options.pipelines = TRY(pipeline_texts(env, arguments.pipelines));
  options.today = today(env);
  std::vector<sigma::RuleText> with = texts;
  with.push_back({file, text, false});
  FilteredRules rules;
  rules.with = std::move(sigma::load(with, options).set);
  TRY(say_of(rules.with, file, rules.warnings));
  if (has_expired(rules.with, file)) {
    options.today = "";
    rules.with = std::move(sigma::load(with, options).set);
  }
  rules.without = std::move(sigma::load(texts, options).set);
  rules.concerned = filtered_rules(rules.without, rules.with);
  return rules;
}

Result<TuneEffect> verify_filter(TuneRun& run, const FilteredRules& rules, const std::map<std::string, Verdict>& verdicts, const TuneAlerts* known) {
  const TuneAlerts after = TRY(run.alerts(cut_out(rules.with, rules.concerned)));
  if (known != nullptr) return tune_effect(*known, after, verdicts, rules.concerned);
  const TuneAlerts before = TRY(run.alerts(cut_out(rules.without, rules.concerned)));
  return tune_effect(before, after, verdicts, rules.concerned);
}

Result<std::size_t> unseen_true_positives(const TuneInputs& inputs, const std::map<std::string, Verdict>& verdicts, const TuneAlerts& alerts, const sigma::RuleSet& rules) {
  std::unique_ptr<State> state;
  if (inputs.stored()) state = TRY(State::open(inputs.data.folder().state(), State::IfMissing::kFail));
  std::size_t unseen = 0;
  for (const auto& [id, verdict] : verdicts) {
    if (verdict != Verdict::kTruePositive || alerts.contains(id)) continue;
    ++unseen;
    if (state == nullptr) continue;
    const std::optional<StoredAlert> stored = TRY(state->alert(id));
    if (!stored || !concerns(rules, stored->rule_id)) continue;
    const std::string day = stored->time == kNoTime ? "an unknown day" : format_time(stored->time).substr(0, 10);
    return Error{Code::kNotFound, fmt::format("the true positive {} of {} is not among the events that were read: read from before it on (--since), or take its verdict back", id, day)};
  }
  return unseen;
}

}  // namespace tocsin::cli
