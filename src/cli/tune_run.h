// What `tocsin tune` runs rules over: logs, or what a service stored. The same events are run several times, with and without a filter, by the production path (Scan, Backtest), so that what is said of a filter
// is what will be. One thread calls.
//
//   TuneInputs inputs;
//   inputs.add_to(app);
//   …
//   TuneRun run(env, inputs);
//   const TuneAlerts before = TRY(run.alerts(cut_out(set, ids)));
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/data_options.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "event/alert_fields.h"
#include "event/verdict.h"
#include "pipeline/backtest.h"
#include "pipeline/scan.h"
#include "protect/policy.h"

namespace tocsin::cli {

/// Of one rule and the correlations above it, some hundred bytes each; a rule with more needs another condition, not a filter.
inline constexpr std::size_t kTunedAlertsMax = 1'000'000;

/// What is said of an alert when a filter hides it.
struct TuneAlert {
  std::string rule_id, title, host, user, what;  // what: a command line, or a program
  TimeUs time = kNoTime;
};
using TuneAlerts = std::map<std::string, TuneAlert>;  // by id

struct TuneInputs {
  RuleArguments rules;
  DataOptions data;
  std::vector<std::string> logs, sources, verdicts;
  std::string since, until;
  unsigned threads = 2;

  /// LOG is added last; none: what the service stored, of the last 30 days if nothing else is said.
  void add_to(CLI::App& app);
  bool stored() const { return logs.empty(); }
};

/// What people said: in the files, or to the service where none is given. kInvalid where that is nothing.
Result<std::map<std::string, Verdict>> judged(Env& env, const TuneInputs& inputs);

struct TuneEvents {
  std::vector<AlertFields> alerts;
  std::set<std::string> names;  // under which a rule finds something in them
};

class TuneRun {
 public:
  /// Both outlive it.
  TuneRun(Env& env, const TuneInputs& inputs) : env_(env), inputs_(inputs) {}

  /// Every alert of the set's rules and correlations. kLimit beyond kTunedAlertsMax.
  Result<TuneAlerts> alerts(sigma::RuleSet set);
  /// The events of alerts of the set's rules: of those that are wanted, and of some others.
  Result<TuneEvents> events(sigma::RuleSet set, std::set<std::string> wanted);

  /// False once something could not be read, which was said: what was not read may have a true positive in it.
  bool complete() const { return complete_; }
  /// What is stored is protected: fields that the policy changes are not looked at.
  bool is_protected() const { return policy_.changes_anything(); }

 private:
  Result<std::unique_ptr<Engine>> engine(sigma::RuleSet set);
  Result<ScanOptions> options(const Engine& engine) const;
  Status say_in_kept_words(const Taxonomy& taxonomy, sigma::RuleSet& set);
  Result<std::unique_ptr<EventSearch>> search();
  std::vector<FoundFile> files();
  Status scan(Engine& engine, ByteSink& lines);
  Status backtest(BacktestRules& rules, Engine& engine, ByteSink& lines);
  void complain_once(const std::string& what);

  Env& env_;
  const TuneInputs& inputs_;
  bool complete_ = true;
  protect::Policy policy_;
  std::set<std::string> said_;
};

}  // namespace tocsin::cli
