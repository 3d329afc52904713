// Rules over logs or over what a service stored, for what is told of the rules and not of the alerts: which could fire, which did. `tocsin rules coverage` and `tocsin rules health` share it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/data_options.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "event/summary.h"
#include "pipeline/kept_words.h"
#include "pipeline/output.h"

namespace tocsin::cli {

struct CoverageInputs {
  RuleArguments rules;
  std::vector<std::string> logs;
  std::string since = "24h", until;
  DataOptions data;
  bool with_places = false;  // what of the events has no place in OCSF is told too

  /// LOG is added last; with --data it is what a service stored.
  void add_to(CLI::App& app);
  bool stored() const { return data_option_ != nullptr && data_option_->count() > 0; }

 private:
  CLI::Option* data_option_ = nullptr;
};

/// What is said of the rules, wherever the events came from.
struct Coverage {
  ScanSummary summary;
  std::map<LogSource, std::uint64_t> arrived;  // stored events alone
  std::string policy;                          // under which they are kept
  std::vector<BlindItem> blind;
  std::string unplaced;
  bool complete = true;
};

/// nullptr, and said why, if the rules cannot be used. Where the events are stored, rules ask for what is kept, and `coverage` has what is blind there.
std::unique_ptr<Engine> coverage_engine(Env& env, const CoverageInputs& inputs, Coverage& coverage);
/// `alerts`, if there is one, gets the alerts of logs as lines; of what is stored there are none (the service stored its alerts).
Status run_coverage(Env& env, const CoverageInputs& inputs, Engine& engine, Coverage& coverage, ByteSink* alerts);

/// product=windows category=process_creation
std::string log_source_text(const LogSource& source);
/// Why a rule could not fire.
std::string silent_text(const SilentRule& rule);

}  // namespace tocsin::cli
