// From files of YAML to a set of rules. Reads rules, correlations and filters, applies processing pipelines, resolves
// the references between them, and keeps going: one bad rule is one diagnostic, never the end. Pure but for the Env.
//
//   sigma::LoadOptions options;
//   options.pipelines = {…};
//   sigma::RuleSet set = sigma::load(texts, options);
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/env.h"
#include "detect/sigma/rule.h"

namespace tocsin::sigma {

/// The largest public rule file has 60 KB; this leaves room for collections and bounds what a stray file costs.
inline constexpr std::size_t kRuleFileBytesMax = 16 << 20;

struct RuleText {
  std::string file;  // for messages
  std::string text;
  /// In a folder, YAML without detection, correlation or filter is passed over; a file named by the user is an error.
  bool from_folder = false;
};

struct PipelineText {
  std::string file;
  std::string text;
};

struct LoadOptions {
  std::vector<PipelineText> pipelines;
  /// YYYY-MM-DD in UTC: filters that have expired before are not applied, and told (S0604). "": none expires.
  std::string today = {};
  /// Check only: also produce warnings that a scan does not need.
  bool lint = false;
};

struct RuleSet {
  std::vector<Rule> rules;                // in order of (file, position)
  std::vector<Correlation> correlations;  // chained ones after what they refer to
  std::vector<Diagnostic> diagnostics;
  std::size_t rejected = 0;               // rules, correlations and filters that were not loaded
  std::size_t filters_applied = 0;
  std::set<std::string> shadow = {};      // ids of rules and correlations that are on trial: whoever loads them says which
};

/// Parses and links. Errors of a pipeline are diagnostics too, with `pipeline_failed` set: then nothing should run.
struct LoadResult {
  RuleSet set;
  bool pipeline_failed = false;
};
LoadResult load(const std::vector<RuleText>& texts, const LoadOptions& options);

/// Every .yml and .yaml below the paths; a path that cannot be read is an error in `errors`.
std::vector<RuleText> read_rule_files(Env& env, const std::vector<std::string>& paths, std::vector<Error>& errors);

/// "file:line:column: error[S0101]: message", the line, a caret, and the help.
std::string format_diagnostic(const Diagnostic& diagnostic);

}  // namespace tocsin::sigma
