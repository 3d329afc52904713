// How every verb that needs rules gets them: the built-in ones, or what --rules names, with --pipeline applied. read_rules() says nothing and tells all;
// the others put messages about what could not be loaded on standard error.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/result.h"
#include "detect/sigma/load.h"
#include "pipeline/engine.h"
#include "store/state.h"

namespace tocsin::cli {

struct RuleArguments {
  std::vector<std::string> rules;      // empty: built-in; "builtin" names them
  std::vector<std::string> pipelines;
  std::vector<std::string> mappings = {};  // beside those of this program
  std::vector<std::string> zones = {};     // [SOURCE=]ZONE
  std::vector<std::string> shadow = {};    // rules on trial: files or folders, beside the others
  bool new_rules_on_trial = false;         // whoever runs them puts new ones into the shadow
};

struct RuleReading {
  sigma::RuleSet set;
  RuleSetFacts facts;
  std::vector<std::string> shown;   // mistakes in files that are left out, and filters that have expired, with their lines
  std::vector<std::string> broken;  // the same, short, sorted: "file: what"
  std::string failed;               // why nothing can be run; empty if it can
};

/// The day it is in UTC, YYYY-MM-DD: filters expire by it.
std::string today(Env& env);
/// The texts of the rules, without parsing them.
std::vector<sigma::RuleText> rule_texts(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors);
Result<std::vector<sigma::PipelineText>> pipeline_texts(Env& env, const std::vector<std::string>& paths);

RuleReading read_rules(Env& env, const RuleArguments& arguments);
/// Fails if a mapping cannot be read, or is wrong: with its place.
Result<std::unique_ptr<Engine>> make_engine(Env& env, sigma::RuleSet set, const std::vector<std::string>& mappings, const std::vector<std::string>& zones = {});

/// Nothing if they are not usable (the reason was said): exit with kUsage.
std::optional<RuleReading> load_rules(Env& env, const RuleArguments& arguments);
/// Rules, taxonomy and plans; nullptr if not usable (the reason was said).
std::unique_ptr<Engine> make_engine(Env& env, const RuleArguments& arguments);

}  // namespace tocsin::cli
