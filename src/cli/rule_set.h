// How every verb that needs rules gets them: the built-in ones, or what --rules names, with --pipeline applied. Messages
// about what could not be loaded go to standard error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "detect/sigma/load.h"
#include "pipeline/engine.h"

namespace tocsin::cli {

struct RuleArguments {
  std::vector<std::string> rules;      // empty: built-in; "builtin" names them
  std::vector<std::string> pipelines;
};

struct LoadedRules {
  sigma::RuleSet set;
  bool usable = false;  // false: exit with kUsage; the reason was said
};

/// The texts of the rules, without parsing them.
std::vector<sigma::RuleText> rule_texts(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors);
Result<std::vector<sigma::PipelineText>> pipeline_texts(Env& env, const std::vector<std::string>& paths);

LoadedRules load_rules(Env& env, const RuleArguments& arguments);

/// Rules, taxonomy and plans; nullptr if not usable (the reason was said).
std::unique_ptr<Engine> make_engine(Env& env, const RuleArguments& arguments);

}  // namespace tocsin::cli
