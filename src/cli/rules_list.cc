// tocsin rules list: what is loaded, a line each.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/parse.h"
#include "cli/rule_set.h"
#include "cli/rules.h"

namespace tocsin::cli {

namespace {

std::string source_text(const LogSource& source) {
  std::string text;
  for (const std::string* part : {&source.product, &source.category, &source.service}) {
    if (!part->empty()) text += (text.empty() ? "" : "/") + *part;
  }
  return text;
}

}  // namespace

int run_rules_list(Env& env, const std::vector<std::string>& arguments) {
  RuleArguments args;
  CLI::App app("Lists the rules that would run: level, log source, id, title.", "tocsin rules list");
  app.add_option("--pipeline", args.pipelines, "pySigma processing pipeline (YAML)")->type_name("FILE")->allow_extra_args(false);
  app.add_option("PATH", args.rules, "files or folders; none: the built-in rules");
  if (const auto exit = parse_arguments(app, arguments)) return *exit;
  std::optional<RuleReading> loaded = load_rules(env, args);
  if (!loaded) return kUsage;
  std::ranges::sort(loaded->set.rules, {}, [](const sigma::Rule& rule) { return std::tie(rule.title, rule.id); });
  for (const sigma::Rule& rule : loaded->set.rules) {
    fmt::print("{:<13} {:<34} {:<36} {}\n", sigma::level_name(rule.level), terminal_safe(source_text(rule.log_source)),
               terminal_safe(rule.id), terminal_safe(rule.title));
  }
  for (const sigma::Correlation& rule : loaded->set.correlations) {
    fmt::print("{:<13} {:<34} {:<36} {}\n", sigma::level_name(rule.level), "correlation/" + std::string(sigma::type_name(rule.type)), terminal_safe(rule.id),
               terminal_safe(rule.title));
  }
  return kDone;
}

}  // namespace tocsin::cli
