// tocsin rules health: which rules cannot fire, have not fired, fire too much, or fire for nothing, on logs or on what a service stored.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "analyze/incident_alert.h"
#include "base/text.h"
#include "cli/coverage_run.h"
#include "cli/line_file.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/verdict_file.h"
#include "pipeline/event_walk.h"
#include "pipeline/rule_cost.h"
#include "report/json_text.h"
#include "store/state.h"

namespace tocsin::cli {

namespace {

/// An alert of a correlation names up to 10,000 events.
constexpr std::size_t kAlertLineMax = std::size_t{16} << 20;
constexpr double kDayUs = 86'400e6;
/// So many false positives and nothing else are no accident.
constexpr std::uint64_t kOnlyFalsePositivesLeast = 3;

struct HealthArguments {
  CoverageInputs inputs;
  std::vector<std::string> verdicts;
  std::string format = "table";
  double per_day_max = 10, share_max = 20;
  std::size_t shown = 20;
  bool cost = false;
};

using VerdictCounts = std::array<std::uint64_t, kVerdictWords.size()>;

enum class HealthState : std::uint8_t { kFires, kCannotFire, kHasNotFired, kTooMuch, kOnlyFalse };
constexpr std::array<std::string_view, 5> kStateWords = {"fires", "cannot_fire", "has_not_fired", "fires_too_much", "only_false_positives"};

struct RuleHealth {
  const RuleCard* card = nullptr;
  std::uint32_t index = 0;  // in the set
  HealthState state = HealthState::kFires;
  std::uint64_t alerts = 0;
  double per_day = 0, share = 0;  // of all alerts, in percent
  VerdictCounts verdicts{};
  std::string why;  // it cannot fire
  std::optional<RuleCost> cost;
  double cost_share = 0;  // of what all rules cost on the sample, each by itself, in percent
};

/// By rule id.
using VerdictsOfRules = std::map<std::string, VerdictCounts>;

/// Alerts of logs as they come out of a scan.
LineCutter count_verdicts(const std::map<std::string, Verdict>& verdicts, VerdictsOfRules& counts) {
  return {kAlertLineMax, [&](std::string_view line, std::uint64_t) -> Status {
            const analyze::IncidentAlert alert = TRY(analyze::read_incident_alert(line));
            const auto verdict = verdicts.find(alert.id);
            if (verdict != verdicts.end()) ++counts[alert.rule_id][static_cast<std::size_t>(verdict->second)];
            return {};
          }};
}

/// Of what is stored the alerts are stored, too.
Status count_stored_verdicts(const DataOptions& data, const std::map<std::string, Verdict>& verdicts, VerdictsOfRules& counts) {
  const std::unique_ptr<State> state = TRY(State::open(data.folder().state(), State::IfMissing::kFail));
  for (const auto& [id, verdict] : verdicts) {
    const std::optional<StoredAlert> alert = TRY(state->alert(id));
    if (alert) ++counts[alert->rule_id][static_cast<std::size_t>(verdict)];
  }
  return {};
}

/// Days that the events span, one at least.
double days_of(const ScanSummary& summary) {
  if (summary.first == kNoTime) return 1;
  return std::max(1.0, static_cast<double>(summary.last - summary.first) / kDayUs);
}

std::uint64_t of(const VerdictCounts& counts, Verdict verdict) { return counts[static_cast<std::size_t>(verdict)]; }

HealthState state_of(const HealthArguments& args, const RuleHealth& rule, std::uint64_t all) {
  if (!rule.why.empty()) return HealthState::kCannotFire;
  if (rule.alerts == 0) return HealthState::kHasNotFired;
  const bool only_false = of(rule.verdicts, Verdict::kFalsePositive) >= kOnlyFalsePositivesLeast && of(rule.verdicts, Verdict::kTruePositive) + of(rule.verdicts, Verdict::kBenign) == 0;
  if (only_false) return HealthState::kOnlyFalse;
  // A share says something where there are alerts to have a share of.
  const bool large = rule.share > args.share_max && static_cast<double>(all) > args.per_day_max;
  return rule.per_day > args.per_day_max || large ? HealthState::kTooMuch : HealthState::kFires;
}

std::vector<RuleHealth> health_of(const HealthArguments& args, const Engine& engine, const ScanSummary& summary, const VerdictsOfRules& verdicts) {
  std::map<std::uint32_t, const SilentRule*> silent;
  for (const SilentRule& rule : summary.silent) silent[rule.rule] = &rule;
  const double days = days_of(summary);
  std::vector<RuleHealth> rules;
  for (std::uint32_t i = 0; i < engine.rules().rules.size(); ++i) {
    if (!engine.rules().rules[i].reported) continue;  // it only feeds a correlation
    RuleHealth& rule = rules.emplace_back();
    rule.card = &engine.card(i);
    rule.index = i;
    rule.alerts = summary.by_rule[i].alerts;
    rule.per_day = static_cast<double>(rule.alerts) / days;
    rule.share = summary.alerts == 0 ? 0 : 100.0 * static_cast<double>(rule.alerts) / static_cast<double>(summary.alerts);
    if (const auto counts = verdicts.find(rule.card->id); counts != verdicts.end()) rule.verdicts = counts->second;
    if (const auto why = silent.find(i); why != silent.end()) rule.why = silent_text(*why->second);
    rule.state = state_of(args, rule, summary.alerts);
  }
  std::ranges::stable_sort(rules, [](const RuleHealth& a, const RuleHealth& b) { return a.alerts > b.alerts; });
  return rules;
}

/// A second time through the logs, for some events of each kind.
void measure_costs(Env& env, const HealthArguments& args, Engine& engine, std::vector<RuleHealth>& rules) {
  std::vector<Error> errors;  // were told by the scan
  std::vector<FoundFile> files;
  for (const std::string& path : args.inputs.logs) {
    std::vector<FoundFile> found = find_files(env, path, errors);
    files.insert(files.end(), found.begin(), found.end());
  }
  CostSample sample(engine);
  EventWalk(env, engine).run(files, [&](std::string_view, const Event& event, const PathTable& paths) { return sample.add(event, paths); });
  const std::vector<RuleCost> costs = sample.measure(env);
  double all = 0;
  for (const RuleCost& cost : costs) all += cost.microseconds * static_cast<double>(cost.events);
  for (RuleHealth& rule : rules) {
    rule.cost = costs[rule.index];
    if (all > 0) rule.cost_share = 100 * rule.cost->microseconds * static_cast<double>(rule.cost->events) / all;
  }
}

void print_costs(const HealthArguments& args, const std::vector<RuleHealth>& rules) {
  std::vector<const RuleHealth*> dearest;
  for (const RuleHealth& rule : rules) {
    if (rule.cost && rule.cost->events > 0) dearest.push_back(&rule);
  }
  std::ranges::stable_sort(dearest, [](const RuleHealth* a, const RuleHealth* b) { return a->cost_share > b->cost_share; });
  fmt::print("{} rules were timed on some events of their log sources, each by itself; the dearest:\n", dearest.size());
  for (std::size_t i = 0; i < std::min(args.shown, dearest.size()); ++i) {
    const RuleHealth& rule = *dearest[i];
    fmt::print("  {}  {}\n      {:.2f} µs for each of {} events, {:.1f} % of what all cost so\n", terminal_safe(rule.card->id), terminal_safe(rule.card->title), rule.cost->microseconds, rule.cost->events, rule.cost_share);
    if (!rule.cost->why.empty()) fmt::print("      {}\n", terminal_safe(rule.cost->why));
  }
}

void print_lines(const std::vector<RuleHealth>& rules) {
  for (const RuleHealth& rule : rules) {
    std::string line = R"({"schema":"tocsin.rule_health/1","rule":{"id":)";
    append_string(line, rule.card->id);
    line += R"(,"title":)";
    append_string(line, rule.card->title);
    line += R"(,"level":)";
    append_string(line, rule.card->level);
    line += fmt::format(R"(}},"state":"{}","alerts":{},"per_day":{:.2f},"share":{:.2f},"verdicts":{{"true_positive":{},"benign":{},"false_positive":{}}})", kStateWords[static_cast<std::size_t>(rule.state)], rule.alerts,
                        rule.per_day, rule.share, of(rule.verdicts, Verdict::kTruePositive), of(rule.verdicts, Verdict::kBenign), of(rule.verdicts, Verdict::kFalsePositive));
    line += ",\"missing\":";
    if (rule.why.empty()) {
      line += "null";
    } else {
      append_string(line, rule.why);
    }
    if (rule.cost) {
      line += fmt::format(R"(,"cost":{{"events":{},"microseconds":{:.3f},"share":{:.2f},"why":)", rule.cost->events, rule.cost->microseconds, rule.cost_share);
      if (rule.cost->why.empty()) {
        line += "null";
      } else {
        append_string(line, rule.cost->why);
      }
      line += '}';
    }
    fmt::print("{}}}\n", line);
  }
}

void print_rule(const RuleHealth& rule, bool judged) {
  fmt::print("  {}  {}\n", terminal_safe(rule.card->id), terminal_safe(rule.card->title));
  if (!rule.why.empty()) fmt::print("      {}\n", terminal_safe(rule.why));
  if (rule.alerts == 0) return;
  fmt::print("      {} alerts, {:.1f} a day, {:.0f} % of all", rule.alerts, rule.per_day, rule.share);
  if (judged) {
    fmt::print("; judged: {} true positive, {} benign, {} false positive", of(rule.verdicts, Verdict::kTruePositive), of(rule.verdicts, Verdict::kBenign), of(rule.verdicts, Verdict::kFalsePositive));
  }
  fmt::print("\n");
  if (rule.state != HealthState::kFires && of(rule.verdicts, Verdict::kFalsePositive) >= kOnlyFalsePositivesLeast) fmt::print("      tocsin tune propose {} …\n", terminal_safe(rule.card->id));
}

void print_table(const HealthArguments& args, const std::vector<RuleHealth>& rules) {
  const std::pair<HealthState, std::string> sections[] = {{HealthState::kOnlyFalse, "nothing but false positives"},
                                                    {HealthState::kTooMuch, fmt::format("fire too much: more than {:g} a day, or {:g} % of all alerts", args.per_day_max, args.share_max)},
                                                    {HealthState::kCannotFire, "cannot fire on this data"},
                                                    {HealthState::kHasNotFired, "could fire and have not"},
                                                    {HealthState::kFires, "fire"}};
  for (const auto& [state, head] : sections) {
    const auto in_it = [wanted = state](const RuleHealth& rule) { return rule.state == wanted; };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(rules, in_it));
    if (count == 0) continue;
    fmt::print("{} rule{}: {}\n", count, count == 1 ? "" : "s", head);
    std::size_t shown = 0;
    for (const RuleHealth& rule : rules) {
      if (in_it(rule) && shown++ < args.shown) print_rule(rule, !args.verdicts.empty());
    }
    if (count > args.shown) fmt::print("  and {} others (--top {} shows all)\n", count - args.shown, count);
  }
}

int look(Env& env, const HealthArguments& args, Engine& engine, Coverage& coverage) {
  std::map<std::string, Verdict> verdicts;
  if (!args.verdicts.empty()) {
    const Result<std::vector<AlertVerdict>> read = read_verdict_files(env, args.verdicts);
    if (!read) return complain(read.error().message), kUsage;
    verdicts = by_alert(*read);
  } else if (args.inputs.stored()) {
    const Result<std::vector<AlertVerdict>> said = stored_verdicts(args.inputs.data);
    if (!said) return complain(said.error().message), kUsage;
    verdicts = by_alert(*said);
  }
  VerdictsOfRules counts;
  LineCutter lines = count_verdicts(verdicts, counts);
  Status done = run_coverage(env, args.inputs, engine, coverage, verdicts.empty() ? nullptr : &lines);
  if (done) done = lines.end();
  if (done && args.inputs.stored() && !verdicts.empty()) done = count_stored_verdicts(args.inputs.data, verdicts, counts);
  if (!done) return complain(done.error().message), args.inputs.stored() ? kUsage : kIncomplete;
  std::vector<RuleHealth> rules = health_of(args, engine, coverage.summary, counts);
  if (args.cost) measure_costs(env, args, engine, rules);
  if (args.format == "ndjson") {
    print_lines(rules);
  } else {
    print_table(args, rules);
    if (args.cost) print_costs(args, rules);
  }
  return coverage.complete ? kDone : kIncomplete;
}

}  // namespace

int run_rules_health(Env& env, const std::vector<std::string>& arguments) {
  HealthArguments args;
  args.inputs.since = "30d";
  CLI::App app("Says which rules cannot fire on the given logs, or with --data on what a service stored; which could and have not; which fire too much; and, with verdicts, which find nothing but false positives.", "tocsin rules health");
  app.add_option("--verdicts", args.verdicts, "what people said of alerts: lines of tocsin.verdict/1, packed or not; '-': standard input")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--per-day", args.per_day_max, "alerts of one rule a day, on average, that are not too much")->check(CLI::Range(0.0, 1e9))->capture_default_str();
  app.add_option("--share", args.share_max, "the same in percent of all alerts")->check(CLI::Range(0.0, 100.0))->capture_default_str();
  app.add_option("--top", args.shown, "how many rules are listed of each kind")->check(CLI::Range(0, 1'000'000))->capture_default_str();
  app.add_option("--format", args.format, "table, or ndjson: a line for each rule")->check(CLI::IsMember({"table", "ndjson"}))->capture_default_str();
  app.add_flag("--cost", args.cost, "also time each rule, by itself, on some of the events: which are dear, and why");
  args.inputs.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  if (args.inputs.logs.empty() && !args.inputs.stored()) return complain("health is told from events: give logs, or --data for what the service stored"), kUsage;
  if (args.cost && (args.inputs.stored() || std::ranges::find(args.inputs.logs, "-") != args.inputs.logs.end())) {
    return complain("--cost reads the logs a second time: give files or folders"), kUsage;
  }
  Coverage coverage;
  const std::unique_ptr<Engine> engine = coverage_engine(env, args.inputs, coverage);
  if (engine == nullptr) return kUsage;
  return look(env, args, *engine, coverage);
}

}  // namespace tocsin::cli
