// tocsin rules shadow, promote, demote: rules on trial of a service. Their alerts are kept and counted and reach nobody; promoted, those that come from then on do.
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <set>

#include "analyze/incident_book.h"
#include "api/incident_view.h"
#include "base/text.h"
#include "cli/alert_lines.h"
#include "cli/case_options.h"
#include "cli/data_options.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "cli/verb.h"
#include "report/json_text.h"
#include "store/suppressions.h"

namespace tocsin::cli {

namespace {

constexpr double kDayUs = 86'400e6;

/// What a rule in shadow did, and would have done.
struct OnTrial {
  std::string title;
  std::uint8_t level = 0;
  std::uint64_t alerts = 0;
  TimeUs first = kNoTime, last = kNoTime;
  std::set<std::string> hosts;
  double confidence = 0;              // the sum over its alerts, then the mean
  std::uint64_t begun = 0;            // incidents that there would be more: of its alerts, or of others in shadow, alone
  std::uint64_t joined = 0;           // that people have and that would have had its alerts too
  bool is_promoted = false;
};

using OfRules = std::map<std::string, OnTrial>;

/// The incidents that all alerts make: those of nothing but alerts in shadow are what the queue would have had more.
void count(const std::vector<Incident>& incidents, const std::set<std::string>& hidden, OfRules& rules) {
  for (const Incident& incident : incidents) {
    std::set<std::string> in_it;
    bool reaches_people = false;
    for (const IncidentAlertLine& alert : incident.alerts) {
      if (!hidden.contains(alert.id)) {
        reaches_people = true;
        continue;
      }
      OnTrial& rule = rules[alert.rule_id];
      rule.title = alert.title;
      rule.level = std::max(rule.level, alert.level);
      ++rule.alerts;
      rule.first = rule.first == kNoTime ? alert.time : std::min(rule.first, alert.time);
      rule.last = std::max(rule.last, alert.time);
      if (!alert.host.empty()) rule.hosts.insert(alert.host);
      rule.confidence += alert.confidence.mean;
      in_it.insert(alert.rule_id);
    }
    for (const std::string& rule : in_it) ++(reaches_people ? rules[rule].joined : rules[rule].begun);
  }
  for (auto& [id, rule] : rules) rule.confidence /= static_cast<double>(std::max<std::uint64_t>(1, rule.alerts));
}

/// Days from the first to the last, one at least.
double days_of(const OnTrial& rule) { return rule.first == kNoTime ? 1 : std::max(1.0, static_cast<double>(rule.last - rule.first) / kDayUs); }

void print_rule(const std::string& id, const OnTrial& rule, bool as_table) {
  const double per_day = static_cast<double>(rule.alerts) / days_of(rule);
  if (as_table) {
    fmt::print("{:<13} {}  {}{}\n", kLevelWords[rule.level], terminal_safe(id), terminal_safe(rule.title), rule.is_promoted ? "  (promoted)" : "");
    fmt::print("      {} alerts in shadow, {:.1f} a day, {} host{}, confidence {:.0f} % on average; it would have added {} incident{} and joined {}\n", rule.alerts, per_day, rule.hosts.size(), rule.hosts.size() == 1 ? "" : "s",
               100 * rule.confidence, rule.begun, rule.begun == 1 ? "" : "s", rule.joined);
    return;
  }
  std::string line = R"({"schema":"tocsin.shadow_rule/1","rule":{"id":)";
  append_string(line, id);
  line += ",\"title\":";
  append_string(line, rule.title);
  fmt::print(R"({},"level":"{}"}},"promoted":{},"alerts":{},"per_day":{:.2f},"hosts":{},"confidence":{:.4f},"incidents_added":{},"incidents_joined":{}}})"
             "\n",
             line, kLevelWords[rule.level], rule.is_promoted, rule.alerts, per_day, rule.hosts.size(), rule.confidence, rule.begun, rule.joined);
}

/// Every alert that is stored, with verdicts; which of them are in shadow.
int read(State& state, TimeUs since, OfRules& rules) {
  CaseLog acts(state);
  const Result<std::shared_ptr<const analyze::CaseBook>> cases = api::read_cases(acts);
  if (!cases) return tell(cases.error());
  std::set<std::string> hidden;
  analyze::IncidentBook book;
  book.decide(cases->get());
  for (std::int64_t after = 0;;) {
    const Result<std::vector<StoredAlert>> page = state.alerts_added_after(after, 1'000, 0, WhichAlerts::kAll);
    if (!page) return tell(page.error());
    if (page->empty()) break;
    for (const StoredAlert& alert : *page) {
      after = alert.number;
      if (alert.hidden_by > 0 || alert.time < since) continue;  // suppressed
      Result<analyze::IncidentAlert> one = analyze::read_incident_alert(alert.body);
      if (!one || !book.add(std::move(*one))) continue;
      if (alert.hidden_by == kHiddenByShadow) hidden.insert(alert.id);
    }
  }
  count(book.incidents((*cases)->verdicts()), hidden, rules);
  return kDone;
}

struct OneRule {
  DataOptions data;
  std::string id;
  CLI::App app;
  OneRule(const char* description, const char* name) : app(description, name) {
    data.add_to(app, false);
    app.add_option("ID", id, "the rule's whole id")->required();
  }
};

}  // namespace

int run_rules_shadow(Env& env, const std::vector<std::string>& arguments) {
  DataOptions data;
  std::string since = "30d", format;
  CLI::App app("Rules on trial of a service (its setting shadow_rules): how often they fired, where, how sure their alerts are, and what they would have added to the queue.", "tocsin rules shadow");
  data.add_to(app, false);
  app.add_option("--since", since, "alerts from then on: a time, or so long ago as 30d")->type_name("TIME")->capture_default_str();
  app.add_option("--format", format, "table (on a terminal) or ndjson (else)")->check(CLI::IsMember({"table", "ndjson"}));
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::optional<TimeUs> from;
  if (!read_time_option("--since", since, env.now_us(), from)) return kUsage;
  CaseHere here;
  if (const auto exit = here.open(env, data)) return *exit;
  OfRules rules;
  if (const int exit = read(*here.state, from.value_or(kNoTime), rules); exit != kDone) return exit;
  const Result<std::vector<PromotedRule>> promoted = Suppressions(*here.state).promoted();
  if (!promoted) return tell(promoted.error());
  for (const PromotedRule& one : *promoted) {
    if (const auto rule = rules.find(one.rule); rule != rules.end()) rule->second.is_promoted = true;
  }
  const bool as_table = format.empty() ? is_terminal(STDOUT_FILENO) : format == "table";
  for (const auto& [id, rule] : rules) print_rule(id, rule, as_table);
  if (as_table && rules.empty()) fmt::print("no rule in shadow has fired since {}\n", format_time(*from));
  return kDone;
}

int run_rules_promote(Env& env, const std::vector<std::string>& arguments) {
  OneRule args("Lets a rule in shadow reach people: its alerts from now on, not those that it had. Move its file to the other rules when you next change them.", "tocsin rules promote");
  if (const auto exit = parse_arguments(args.app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  if (const Status done = Suppressions(*here.state).promote(args.id, here.by); !done) return tell(done.error());
  fmt::print("alerts of rule {} reach people from now on (`tocsin rules demote` puts it back)\n", terminal_safe(args.id));
  return kDone;
}

int run_rules_demote(Env& env, const std::vector<std::string>& arguments) {
  OneRule args("Puts a rule that was promoted back into the shadow, if the service still loads it from there.", "tocsin rules demote");
  if (const auto exit = parse_arguments(args.app, arguments)) return *exit;
  CaseHere here;
  if (const auto exit = here.open(env, args.data)) return *exit;
  if (const Status done = Suppressions(*here.state).demote(args.id, here.by); !done) return tell(done.error());
  fmt::print("rule {} is promoted no more\n", terminal_safe(args.id));
  return kDone;
}

}  // namespace tocsin::cli
