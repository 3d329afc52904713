#include "cli/rule_set.h"

#include <fmt/format.h>

#include "cli/output.h"

namespace tocsin::cli {

namespace {
/// No pipeline in use is larger; a mistyped path to a log should not be read into memory.
constexpr std::size_t kPipelineBytesMax = 4u << 20;
}  // namespace

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

LoadedRules load_rules(Env& env, const RuleArguments& arguments) {
  LoadedRules loaded;
  std::vector<Error> errors;
  const std::vector<sigma::RuleText> texts = rule_texts(env, arguments.rules, errors);
  for (const Error& error : errors) complain(error.message);
  if (!errors.empty()) return loaded;
  sigma::LoadOptions options;
  Result<std::vector<sigma::PipelineText>> pipelines = pipeline_texts(env, arguments.pipelines);
  if (!pipelines) {
    complain(pipelines.error().message);
    return loaded;
  }
  options.pipelines = std::move(*pipelines);
  sigma::LoadResult result = sigma::load(texts, options);
  for (const sigma::Diagnostic& diagnostic : result.set.diagnostics) {
    if (diagnostic.severity == sigma::Diagnostic::Severity::kError) {
      fmt::print(stderr, "{}\n", sigma::format_diagnostic(diagnostic));
    }
  }
  if (result.pipeline_failed) {
    complain("a pipeline could not be applied; nothing was run");
    return loaded;
  }
  if (result.set.rules.empty()) {
    complain(fmt::format("not one rule could be loaded ({} rejected)", result.set.rejected));
    return loaded;
  }
  loaded.set = std::move(result.set);
  loaded.usable = true;
  return loaded;
}

std::unique_ptr<Engine> make_engine(Env& env, const RuleArguments& arguments) {
  LoadedRules loaded = load_rules(env, arguments);
  if (!loaded.usable) return nullptr;
  Result<std::unique_ptr<const Taxonomy>> taxonomy = Taxonomy::load(Taxonomy::shipped());
  if (!taxonomy) {
    complain("the mappings in this program are damaged: " + taxonomy.error().message);
    return nullptr;
  }
  return std::make_unique<Engine>(std::move(loaded.set), std::move(*taxonomy));
}

}  // namespace tocsin::cli
