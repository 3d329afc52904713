// tocsin rules check: every rule, loaded or rejected, with code, place, line, caret and what to do; with --mappings also whether it fits them.
#include <fmt/format.h>

#include <algorithm>

#include "cli/mapping_options.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "cli/rules.h"
#include "normalize/mapping_files.h"
#include "pipeline/filter_check.h"
#include "pipeline/mapping_check.h"
#include "report/json_text.h"

namespace tocsin::cli {

namespace {

void print_json(const sigma::RuleSet& set) {
  std::string out = fmt::format("{{\"schema\":\"tocsin.rules_check/1\",\"loaded\":{},\"rejected\":{},\"diagnostics\":[",
                                set.rules.size() + set.correlations.size(), set.rejected);
  for (std::size_t i = 0; i < set.diagnostics.size(); ++i) {
    const sigma::Diagnostic& one = set.diagnostics[i];
    const bool error = one.severity == sigma::Diagnostic::Severity::kError;
    fmt::format_to(std::back_inserter(out), "{}{{\"severity\":\"{}\",\"code\":\"{}\",\"line\":{},\"column\":{},\"file\":",
                   i > 0 ? "," : "", error ? "error" : "warning", one.code, one.at.line, one.at.column);
    append_string(out, one.file);
    out.append(",\"message\":");
    append_string(out, one.message);
    out.append(",\"help\":");
    append_string(out, one.help);
    out.push_back('}');
  }
  fmt::print("{}]}}\n", out);
}

/// Adds what mappings of the user's say of the rules. False, and said why, if the mappings cannot be used.
bool check_with_mappings(Env& env, const std::vector<std::string>& mappings, sigma::RuleSet& set) {
  const Result<std::vector<MappingFile>> files = read_mapping_files(env, mappings);
  Result<std::vector<sigma::Diagnostic>> found = files ? check_with_mappings(set, *files) : Result<std::vector<sigma::Diagnostic>>(files.error());
  if (!found) return complain_lines(found.error().message), false;
  set.diagnostics.insert(set.diagnostics.end(), std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
  return true;
}

/// Adds what is odd about filters. False, and said why, if the taxonomy cannot be used.
bool check_filters(Env& env, sigma::RuleSet& set) {
  if (std::ranges::all_of(set.rules, [](const sigma::Rule& rule) { return rule.filters.empty(); })) return true;
  const Result<std::unique_ptr<const Taxonomy>> taxonomy = load_taxonomy(env, {});
  if (!taxonomy) return complain_lines(taxonomy.error().message), false;
  const std::vector<sigma::Diagnostic> found = check_filter_fields(set, **taxonomy);
  set.diagnostics.insert(set.diagnostics.end(), found.begin(), found.end());
  return true;
}

}  // namespace

int run_rules_check(Env& env, const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  RuleArguments args;
  std::string format = "text";
  CLI::App app("Parses rules and says what is wrong with them. Exits 2 if a rule is rejected.", "tocsin rules check");
  app.add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  add_mappings_option(app, args.mappings);
  app.add_option("PATH", paths, "files or folders; none: the built-in rules");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::vector<Error> errors;
  const std::vector<sigma::RuleText> texts = rule_texts(env, paths, errors);
  for (const Error& error : errors) complain(error.message);
  sigma::LoadOptions options;
  options.lint = true;
  options.today = today(env);
  Result<std::vector<sigma::PipelineText>> pipelines = pipeline_texts(env, args.pipelines);
  if (!pipelines) {
    complain(pipelines.error().message);
    return kUsage;
  }
  options.pipelines = std::move(*pipelines);
  sigma::LoadResult result = sigma::load(texts, options);
  if (!args.mappings.empty() && !check_with_mappings(env, args.mappings, result.set)) return kUsage;
  if (!check_filters(env, result.set)) return kUsage;
  if (format == "json") {
    print_json(result.set);
  } else {
    for (const sigma::Diagnostic& diagnostic : result.set.diagnostics) fmt::print("{}\n", sigma::format_diagnostic(diagnostic));
    fmt::print("{} rules and {} correlations loaded, {} rejected, {} filters applied\n", result.set.rules.size(),
               result.set.correlations.size(), result.set.rejected, result.set.filters_applied);
  }
  const bool nothing = result.set.rules.empty() && result.set.rejected == 0;
  if (nothing) complain("no rules were found");
  return errors.empty() && !result.pipeline_failed && result.set.rejected == 0 && !nothing ? kDone : kUsage;
}

}  // namespace tocsin::cli
