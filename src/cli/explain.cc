// tocsin explain rule ID [--event FILE:INDEX]: what a rule asks, how it is planned, and why it fires on an event or not. Of a
// correlation, also what each of the rules below it asks, or what the event is to them. tocsin explain alert ID: explain_alert.h.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "cli/data_options.h"
#include "cli/explain_alert.h"
#include "cli/explain_correlation.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "detect/naive/naive.h"
#include "pipeline/find_event.h"

namespace tocsin::cli {

namespace {

void print_rule(const sigma::Rule& rule) {
  fmt::print("{}\n  id         {}\n  level      {}, status {}\n  file       {}\n  log source product={} category={} service={}\n",
             terminal_safe(rule.title), terminal_safe(rule.id), sigma::level_name(rule.level), terminal_safe(rule.status),
             terminal_safe(rule.file), terminal_safe(rule.log_source.product), terminal_safe(rule.log_source.category),
             terminal_safe(rule.log_source.service));
  for (const std::string& text : rule.condition_texts) fmt::print("  condition  {}\n", terminal_safe(text));
  for (const std::string& filter : rule.filters) fmt::print("  and filter {}\n", terminal_safe(filter));
  for (const sigma::Selection& selection : rule.selections) {
    fmt::print("  {}\n", terminal_safe(selection.name));
    for (std::size_t i = 0; i < selection.alternatives.size(); ++i) {
      if (i > 0) fmt::print("    or\n");
      for (const sigma::Item& item : selection.alternatives[i]) {
        std::string modifiers;
        for (const std::string& modifier : item.modifiers) modifiers += "|" + modifier;
        fmt::print("    {}{}{}\n", item.field.empty() ? "any value" : terminal_safe(item.field), terminal_safe(modifiers),
                   item.patterns.size() > 1 ? (item.all ? " (all of)" : " (any of)") : "");
        for (const sigma::Pattern& pattern : item.patterns) fmt::print("      {}\n", terminal_safe(pattern.text));
      }
    }
  }
}

/// The plan for each log source that some mapping yields and the rule fits: what calls the rule up.
void print_plan(Engine& engine, std::uint32_t index) {
  const sigma::Rule& rule = engine.rules().rules[index];
  std::size_t fitting = 0;
  for (const LogSource& source : engine.taxonomy().known_log_sources()) {
    const LogSourceClass one{{source}, {}};
    if (one.fits(rule.log_source) == nullptr) continue;
    if (fitting++ > 0) continue;
    const plan::ClassPlan& plan = engine.planner().plan(engine.log_sources().intern(one));
    const auto planned = std::ranges::find(plan.rules(), index, &plan::PlannedRule::rule);
    const std::vector<std::string> witnesses = plan.witness_texts(static_cast<std::uint32_t>(planned - plan.rules().begin()));
    if (witnesses.empty()) {
      fmt::print("  plan       evaluated for every event of its log source: nothing it asks for must be there\n");
    } else {
      fmt::print("  plan       evaluated only for events that satisfy one of:\n");
      for (const std::string& witness : witnesses) fmt::print("               {}\n", terminal_safe(witness));
    }
  }
  if (fitting == 0) fmt::print("  plan       no mapping yields its log source: it cannot fire\n");
}

/// Place of the correlation with this id.
std::optional<std::uint32_t> find_correlation(const sigma::RuleSet& set, const std::string& id) {
  const auto found = std::ranges::find(set.correlations, id, &sigma::Correlation::id);
  if (found == set.correlations.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - set.correlations.begin());
}

/// The rule with this id, or those below the correlation with it.
std::vector<std::uint32_t> rules_asked(const sigma::RuleSet& set, const std::string& id) {
  const auto rule = std::ranges::find(set.rules, id, &sigma::Rule::id);
  if (rule != set.rules.end()) return {static_cast<std::uint32_t>(rule - set.rules.begin())};
  const auto correlation = find_correlation(set, id);
  return correlation ? rules_below(set, *correlation) : std::vector<std::uint32_t>();
}

int explain_rule(Engine& engine, const std::string& id, const std::vector<std::uint32_t>& rules) {
  if (const auto correlation = find_correlation(engine.rules(), id)) {
    fmt::print("{}", explain_correlation(engine.rules(), *correlation));
    for (const std::uint32_t rule : rules) {
      fmt::print("\n");
      print_rule(engine.rules().rules[rule]);
      print_plan(engine, rule);
    }
    return kDone;
  }
  print_rule(engine.rules().rules[rules.front()]);
  print_plan(engine, rules.front());
  return kDone;
}

/// A correlation is about many events; of one, what can be said is whether its rules match it.
int explain_event(Env& env, Engine& engine, const std::string& event, const std::vector<std::uint32_t>& rules) {
  const std::size_t colon = event.rfind(':');
  const std::string number = colon == std::string::npos ? "" : event.substr(colon + 1);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos || number.size() > 18) {
    complain("--event wants FILE:INDEX, for example logs/security.evtx:17");
    return kUsage;
  }
  const Status status = find_event(env, engine, event.substr(0, colon), std::stoull(number), [&](const Event& found, const PathTable& paths) {
    naive::NaiveMatcher matcher(engine.rules(), engine.log_sources());
    for (std::size_t i = 0; i < rules.size(); ++i) {
      fmt::print("{}{}", i > 0 ? "\n" : "", naive::explanation_text(matcher.explain(rules[i], found, paths)));
    }
  });
  if (!status) {
    complain(status.error().message);
    return kIncomplete;
  }
  return kDone;
}

}  // namespace

int run_explain(Env& env, const std::vector<std::string>& arguments) {
  std::string noun, id, event;
  std::vector<std::string> authserv_ids;
  RuleArguments args;
  DataOptions data;
  AlertQuestion question;
  CLI::App app("Says what a rule asks and, with an event, what came out of each part; or why a stored alert was made.", "tocsin explain");
  app.add_option("NOUN", noun, "rule or alert")->required()->check(CLI::IsMember({"rule", "alert"}));
  app.add_option("ID", id, "the id of a rule or a correlation, or of a stored alert")->required();
  app.add_option("--event", event, "an event: the input and its index, as alerts give them")->type_name("FILE:INDEX");
  app.add_option("--rules", args.rules, "Sigma rules: a file, a folder, or 'builtin'")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--alerts", question.alerts, "of an alert: files of alerts that `tocsin scan --format ndjson` wrote, in place of what the service stored")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--verdicts", question.verdicts, "of an alert: what people judged, lines of tocsin.verdict/1")->type_name("FILE")->allow_extra_args(false);
  app.add_option("--calibration", question.calibration, "of an alert: none, or the version of the calibration to use")->type_name("N");
  app.add_option("--policy", question.policy, "of an alert: the decision policy that is asked what it says (default: the one that is shipped)")->type_name("FILE");
  app.add_option("--bar", question.bar, "of an alert: what would take its confidence over this, or below")->check(CLI::Range(0.0, 1.0))->type_name("P");
  add_mappings_option(app, args.mappings);
  add_authserv_option(app, authserv_ids);
  data.add_to(app, true);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  question.id = id;
  if (noun == "alert") return explain_alert(env, data, question);
  std::unique_ptr<Engine> engine = make_engine(env, args);
  if (engine == nullptr) return kUsage;
  engine->set_mail_rules({authserv_ids});
  const std::vector<std::uint32_t> asked = rules_asked(engine->rules(), id);
  if (asked.empty()) {
    complain(fmt::format("no loaded rule has the id '{}'; `tocsin rules list` shows them", id));
    return kUsage;
  }
  return event.empty() ? explain_rule(*engine, id, asked) : explain_event(env, *engine, event, asked);
}

}  // namespace tocsin::cli
