// tocsin rules coverage: what the rules speak of, what could fire on given data, what did; as Navigator layers, and the
// rules that could not fire with their reasons.
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "cli/rules.h"
#include "pipeline/scan.h"
#include "report/navigator.h"

namespace tocsin::cli {

namespace {

class SilentSink : public ByteSink {
 public:
  Status write(std::string_view) override { return {}; }
};

class SilentWriter : public AlertWriter {
 public:
  void write(const Alert&, AlertText&) const override {}
};

void print_silent(const ScanSummary& summary, const Engine& engine) {
  for (const SilentRule& rule : summary.silent) {
    std::string why;
    if (rule.why == SilentRule::Why::kNoLogSource) {
      why = fmt::format("no event of log source product={} category={} service={}", rule.wanted.product, rule.wanted.category,
                        rule.wanted.service);
    } else {
      for (const std::string& field : rule.fields) why += (why.empty() ? "no event carried " : ", ") + field;
    }
    fmt::print("{}  {}\n    {}\n", terminal_safe(engine.card(rule.rule).id), terminal_safe(engine.card(rule.rule).title),
               terminal_safe(why));
  }
  fmt::print("{} of {} rules could not fire on this data\n", summary.silent.size(), engine.rules().rules.size());
}

}  // namespace

int run_rules_coverage(Env& env, const std::vector<std::string>& arguments) {
  RuleArguments args;
  std::vector<std::string> logs;
  std::string layers;
  CLI::App app("Says which rules could fire on the given logs and which did. With --layers it writes ATT&CK Navigator 4.5 layers "
               "loaded.json, could-fire.json and fired.json.", "tocsin rules coverage");
  app.add_option("--rules", args.rules, "Sigma rules: a file, a folder, or 'builtin'")->type_name("PATH")->allow_extra_args(false);
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, args.mappings);
  app.add_option("--layers", layers, "an existing folder for the layers")->type_name("FOLDER");
  app.add_option("LOG", logs, "logs, as for scan; none: only what is loaded");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::unique_ptr<Engine> engine = make_engine(env, args);
  if (engine == nullptr) return kUsage;

  std::vector<Error> errors;
  std::vector<FoundFile> files;
  for (const std::string& path : logs) {
    std::vector<FoundFile> found = find_files(env, path, errors);
    files.insert(files.end(), found.begin(), found.end());
  }
  SilentSink sink;
  const SilentWriter writer;
  Scan scan(env, *engine, {}, writer, sink);
  const Result<ScanSummary> summary = scan.run(std::move(files));
  if (!summary) {
    complain(summary.error().message);
    return kIncomplete;
  }
  std::set<std::uint32_t> silent;
  for (const SilentRule& rule : summary->silent) silent.insert(rule.rule);
  std::vector<const RuleCard*> loaded, could, fired;
  for (std::uint32_t i = 0; i < engine->card_count(); ++i) {
    loaded.push_back(&engine->card(i));
    if (i < engine->rules().rules.size() && !silent.contains(i)) could.push_back(&engine->card(i));
    if (summary->by_rule[i].alerts > 0) fired.push_back(&engine->card(i));
  }
  if (!logs.empty()) print_silent(*summary, *engine);
  fmt::print("{} loaded, {} could fire on this data, {} fired\n", loaded.size(), logs.empty() ? 0 : could.size(), fired.size());
  if (!layers.empty()) {
    const std::pair<const char*, std::string> written[] = {
        {"loaded.json", navigator_layer("Tocsin: loaded", "Rules that are loaded", loaded)},
        {"could-fire.json", navigator_layer("Tocsin: could fire", "Rules whose log source and fields were in the data", could)},
        {"fired.json", navigator_layer("Tocsin: fired", "Rules that matched", fired)}};
    for (const auto& [name, text] : written) {
      if (const Status status = env.write_file(layers + "/" + name, text); !status) {
        complain(status.error().message);
        return kUsage;
      }
    }
  }
  for (const Error& error : errors) complain(error.message);
  return errors.empty() && summary->inputs_failed == 0 ? kDone : kIncomplete;
}

}  // namespace tocsin::cli
