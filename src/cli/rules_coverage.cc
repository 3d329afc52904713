// tocsin rules coverage: what the rules speak of, what could fire on given logs or on what a service stored, what did; as Navigator layers, as lines, and
// the rules that could not fire with their reasons.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cli/coverage_run.h"
#include "cli/output.h"
#include "cli/rules.h"
#include "report/json_text.h"
#include "report/navigator.h"

namespace tocsin::cli {

namespace {

struct CoverageArguments {
  CoverageInputs inputs;
  std::string layers, format = "table";
};

void print_arrived(const Coverage& coverage, const std::string& since) {
  fmt::print("{} stored events since {}; of no known log source: {}\n", coverage.summary.events, terminal_safe(since), coverage.summary.events_unrecognised);
  for (const auto& [source, events] : coverage.arrived) fmt::print("{:>12}  {}\n", events, terminal_safe(log_source_text(source)));
}

void print_silent(const ScanSummary& summary, const Engine& engine) {
  for (const SilentRule& rule : summary.silent) {
    fmt::print("{}  {}\n    {}\n", terminal_safe(engine.card(rule.rule).id), terminal_safe(engine.card(rule.rule).title), terminal_safe(silent_text(rule)));
  }
  fmt::print("{} of {} rules could not fire on this data\n", summary.silent.size(), engine.rules().rules.size());
}

void print_blind(const Coverage& coverage, const Engine& engine) {
  std::set<std::uint32_t> named;
  for (const BlindItem& item : coverage.blind) {
    if (named.insert(item.rule).second) {
      fmt::print("{}  {}\n", terminal_safe(engine.card(item.rule).id), terminal_safe(engine.card(item.rule).title));
    }
    fmt::print("    {}: {}: {}\n", terminal_safe(item.field), terminal_safe(item.pattern), item.why);
  }
  fmt::print("{} of {} rules do not see all that they ask for in what is kept under the policy '{}'; as records come in they see all of it\n", named.size(),
             engine.rules().rules.size(), terminal_safe(coverage.policy));
}

/// One line for each rule.
void print_lines(const Coverage& coverage, const Engine& engine) {
  std::map<std::uint32_t, const SilentRule*> silent;
  for (const SilentRule& rule : coverage.summary.silent) silent[rule.rule] = &rule;
  std::multimap<std::uint32_t, const BlindItem*> blind;
  for (const BlindItem& item : coverage.blind) blind.emplace(item.rule, &item);
  for (std::uint32_t i = 0; i < engine.rules().rules.size(); ++i) {
    const RuleCard& card = engine.card(i);
    const auto why = silent.find(i);
    std::string line = R"({"schema":"tocsin.coverage/1","rule":{"id":)";
    append_string(line, card.id);
    line += R"(,"title":)";
    append_string(line, card.title);
    line += R"(,"level":)";
    append_string(line, card.level);
    line += R"(},"log_source":)";
    append_log_source(line, engine.rules().rules[i].log_source);
    line += fmt::format(R"(,"alerts":{},"could_fire":{},"missing":)", coverage.summary.by_rule[i].alerts, why == silent.end());
    if (why == silent.end()) {
      line += "null";
    } else if (why->second->why == SilentRule::Why::kNoLogSource) {
      line += R"("log_source")";
    } else {
      append_strings(line, why->second->fields);
    }
    line += R"(,"blind":[)";
    const auto [from, to] = blind.equal_range(i);
    for (auto item = from; item != to; ++item) {
      line += item == from ? R"({"field":)" : R"(,{"field":)";
      append_string(line, item->second->field);
      line += R"(,"pattern":)";
      append_string(line, item->second->pattern);
      line += R"(,"why":)";
      append_string(line, item->second->why);
      line += '}';
    }
    fmt::print("{}]}}\n", line);
  }
}

/// False, and said why, if one cannot be written.
bool write_layers(Env& env, const std::string& folder, const std::vector<const RuleCard*>& loaded, const std::vector<const RuleCard*>& could,
                  const std::vector<const RuleCard*>& fired) {
  const std::pair<const char*, std::string> written[] = {
      {"loaded.json", navigator_layer("Tocsin: loaded", "Rules that are loaded", loaded)},
      {"could-fire.json", navigator_layer("Tocsin: could fire", "Rules whose log source and fields were in the data", could)},
      {"fired.json", navigator_layer("Tocsin: fired", "Rules that matched", fired)}};
  for (const auto& [name, text] : written) {
    if (const Status status = env.write_file(folder + "/" + name, text); !status) return complain(status.error().message), false;
  }
  return true;
}

int tell(Env& env, const CoverageArguments& args, const Engine& engine, const Coverage& coverage) {
  std::set<std::uint32_t> silent;
  for (const SilentRule& rule : coverage.summary.silent) silent.insert(rule.rule);
  std::vector<const RuleCard*> loaded, could, fired;
  for (std::uint32_t i = 0; i < engine.card_count(); ++i) {
    loaded.push_back(&engine.card(i));
    if (i < engine.rules().rules.size() && !silent.contains(i)) could.push_back(&engine.card(i));
    if (coverage.summary.by_rule[i].alerts > 0) fired.push_back(&engine.card(i));
  }
  const bool has_data = args.inputs.stored() || !args.inputs.logs.empty();
  if (args.format == "ndjson") {
    print_lines(coverage, engine);
  } else {
    if (args.inputs.stored()) print_arrived(coverage, args.inputs.since);
    if (has_data) print_silent(coverage.summary, engine);
    if (!coverage.policy.empty()) print_blind(coverage, engine);
    fmt::print("{}", coverage.unplaced);
    fmt::print("{} loaded, {} could fire on this data, {} fired\n", loaded.size(), has_data ? could.size() : 0, fired.size());
  }
  if (!args.layers.empty() && !write_layers(env, args.layers, loaded, could, fired)) return kUsage;
  return coverage.complete ? kDone : kIncomplete;
}

}  // namespace

int run_rules_coverage(Env& env, const std::vector<std::string>& arguments) {
  CoverageArguments args;
  CLI::App app("Says which rules could fire on the given logs, or with --data on what a service stored, and which did. With --layers it writes ATT&CK "
               "Navigator 4.5 layers loaded.json, could-fire.json and fired.json.", "tocsin rules coverage");
  app.add_option("--layers", args.layers, "an existing folder for the layers")->type_name("FOLDER");
  app.add_option("--format", args.format, "table, or ndjson: a line for each rule")->check(CLI::IsMember({"table", "ndjson"}))->capture_default_str();
  args.inputs.add_to(app);
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  args.inputs.with_places = args.format == "table";
  Coverage coverage;
  const std::unique_ptr<Engine> engine = coverage_engine(env, args.inputs, coverage);
  if (engine == nullptr) return kUsage;
  const Status done = run_coverage(env, args.inputs, *engine, coverage, nullptr);
  if (!done) return complain(done.error().message), args.inputs.stored() ? kUsage : kIncomplete;
  return tell(env, args, *engine, coverage);
}

}  // namespace tocsin::cli
