// Whether a filter may be used: the rules are loaded with it and without it, run over the same events, and what is gone is held against the verdicts. What `tocsin tune propose` proposes and what a person wrote go the same
// way; nothing is believed but what ran.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/tune_effect.h"
#include "cli/tune_run.h"
#include "detect/sigma/load.h"

namespace tocsin::cli {

struct FilteredRules {
  sigma::RuleSet without, with;
  std::set<std::string> concerned;    // ids of the rules that the filter changes
  std::vector<std::string> warnings;  // about the filter, as printed
};

/// The rules of --rules without the filter and with it, whether it is one of them or not. One that has expired is applied all the same, and so are all others then. kInvalid, with what is wrong, if it cannot be loaded.
Result<FilteredRules> load_filtered(Env& env, const RuleArguments& arguments, const std::string& file, const std::string& text);

/// Runs both. `known`: the alerts without it, if they were run already.
Result<TuneEffect> verify_filter(TuneRun& run, const FilteredRules& rules, const std::map<std::string, Verdict>& verdicts, const TuneAlerts* known = nullptr);

/// How many true positives the verdicts name that are not among the alerts: of other rules, or of events that were not read. Where the service stored its alert it is known which: kNotFound for one of these rules and correlations.
Result<std::size_t> unseen_true_positives(const TuneInputs& inputs, const std::map<std::string, Verdict>& verdicts, const TuneAlerts& alerts, const sigma::RuleSet& rules);

}  // namespace tocsin::cli
