#include "cli/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "cli/output.h"
#include "normalize/mapping_files.h"

namespace tocsin::cli {

namespace {
/// No pipeline in use is larger; a mistyped path to a log should not be read into memory.
constexpr std::size_t kPipelineBytesMax = 4u << 20;
/// The one warning that whoever runs rules has to hear: alerts come again that somebody had tuned away.
constexpr std::string_view kFilterExpiredCode = "S0604";
}  // namespace

std::string today(Env& env) { return format_time(env.now_us()).substr(0, 10); }

std::vector<sigma::RuleText> rule_texts(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors) {
  if (paths.empty()) return builtin_rules();
  std::vector<sigma::RuleText> texts;
  for (const std::string& path : paths) {
    std::vector<sigma::RuleText> more = path == "builtin" ? builtin_rules() : sigma::read_rule_files(env, {path}, errors);
    texts.insert(texts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return texts;
}

Result<std::vector<sigma::PipelineText>> pipeline_texts(Env& env, const std::vector<std::string>& paths) {
  std::vector<sigma::PipelineText> texts;
  for (const std::string& path : paths) texts.push_back({path, TRY(env.read_file(path, kPipelineBytesMax))});
  return texts;
}

namespace {

/// Whatever changes a rule or its order changes this; where the files lie does not.
std::string digest_of(const std::vector<sigma::RuleText>& rules, const std::vector<sigma::PipelineText>& pipelines, const std::set<std::string>& on_trial, bool try_new) {
  Sha256Stream digest;
  const auto add = [&](const std::string& text) {
    digest.update(fmt::format("{} ", text.size()));
    digest.update(text);
  };
  for (const sigma::RuleText& rule : rules) {
    if (on_trial.contains(rule.file)) digest.update("shadow ");
    add(rule.text);
  }
  if (try_new) digest.update("new ones in shadow ");
  digest.update("pipelines ");
  for (const sigma::PipelineText& pipeline : pipelines) add(pipeline.text);
  std::string hex;
  append_hex(hex, digest.finish(), 32);
  return hex;
}

RuleSetFacts facts_of(const sigma::RuleSet& set, const RuleArguments& arguments) {
  RuleSetFacts facts;
  facts.rules = set.rules.size();
  facts.correlations = set.correlations.size();
  for (const auto* const paths : {&arguments.rules, &arguments.pipelines}) {
    for (const std::string& path : *paths) facts.paths += (facts.paths.empty() ? "" : ", ") + path;
  }
  for (const std::string& path : arguments.shadow) facts.paths += (facts.paths.empty() ? "in shadow " : ", in shadow ") + path;
  if (arguments.rules.empty()) facts.paths = "builtin" + (facts.paths.empty() ? "" : ", " + facts.paths);
  return facts;
}

}  // namespace

RuleReading read_rules(Env& env, const RuleArguments& arguments) {
  RuleReading reading;
  std::vector<Error> errors;
  std::vector<sigma::RuleText> texts = rule_texts(env, arguments.rules, errors);
  std::set<std::string> on_trial;  // files
  if (!arguments.shadow.empty()) {
    for (sigma::RuleText& text : rule_texts(env, arguments.shadow, errors)) {
      on_trial.insert(text.file);
      texts.push_back(std::move(text));
    }
  }
  for (const Error& error : errors) reading.failed += (reading.failed.empty() ? "" : "\n") + error.message;
  if (!errors.empty()) return reading;
  sigma::LoadOptions options;
  Result<std::vector<sigma::PipelineText>> pipelines = pipeline_texts(env, arguments.pipelines);
  if (!pipelines) {
    reading.failed = pipelines.error().message;
    return reading;
  }
  options.pipelines = std::move(*pipelines);
  options.today = today(env);
  const std::string digest = digest_of(texts, options.pipelines, on_trial, arguments.new_rules_on_trial);
  sigma::LoadResult result = sigma::load(texts, options);
  for (const sigma::Diagnostic& diagnostic : result.set.diagnostics) {
    const bool error = diagnostic.severity == sigma::Diagnostic::Severity::kError;
    if (error || diagnostic.code == kFilterExpiredCode) reading.shown.push_back(sigma::format_diagnostic(diagnostic));
    if (!error) continue;
    reading.broken.push_back(fmt::format("{}: {}: {}", diagnostic.file, diagnostic.code, diagnostic.message));
  }
  std::ranges::sort(reading.broken);
  if (result.pipeline_failed) {
    reading.failed = "a pipeline could not be applied; nothing was run";
  } else if (result.set.rules.empty()) {
    reading.failed = fmt::format("not one rule could be loaded ({} rejected)", result.set.rejected);
  }
  for (const sigma::Rule& rule : result.set.rules) {
    if (on_trial.contains(rule.file)) result.set.shadow.insert(rule.id);
  }
  for (const sigma::Correlation& correlation : result.set.correlations) {
    if (on_trial.contains(correlation.file)) result.set.shadow.insert(correlation.id);
  }
  reading.facts = facts_of(result.set, arguments);
  reading.facts.files = texts.size() + options.pipelines.size();
  reading.facts.sha256 = digest;
  reading.set = std::move(result.set);
  return reading;
}

std::optional<RuleReading> load_rules(Env& env, const RuleArguments& arguments) {
  RuleReading reading = read_rules(env, arguments);
  for (const std::string& mistake : reading.shown) fmt::print(stderr, "{}\n", mistake);
  if (reading.failed.empty()) return reading;
  complain_lines(reading.failed);
  return std::nullopt;
}

Result<std::unique_ptr<Engine>> make_engine(Env& env, sigma::RuleSet set, const std::vector<std::string>& mappings, const std::vector<std::string>& zones) {
  return std::make_unique<Engine>(std::move(set), TRY(load_taxonomy(env, mappings, false, zones)));
}

std::unique_ptr<Engine> make_engine(Env& env, const RuleArguments& arguments) {
  std::optional<RuleReading> reading = load_rules(env, arguments);
  if (!reading) return nullptr;
  Result<std::unique_ptr<Engine>> engine = make_engine(env, std::move(reading->set), arguments.mappings, arguments.zones);
  if (engine) return std::move(*engine);
  complain_lines(engine.error().message);
  return nullptr;
}

}  // namespace tocsin::cli
