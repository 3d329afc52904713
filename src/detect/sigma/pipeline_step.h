// The inside of a processing pipeline, for the files pipeline*.cc only: steps as data (pipeline_parse.cc makes them),
// conditions as questions (pipeline_condition.cc), and the run of the steps over one rule (pipeline.cc), whose
// transformations of values are in pipeline_value.cc.
#pragma once

#include <re2/re2.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "detect/sigma/draft.h"
#include "base/regex.h"

namespace tocsin::sigma {

/// Steps within steps (`nest`); real pipelines use one level.
inline constexpr int kPipelineNestMax = 8;
/// Steps of one pipeline, nested ones included; the largest public pipeline has 500.
inline constexpr std::size_t kPipelineStepsMax = 10'000;

struct PipelineCondition {
  enum class Type : std::uint8_t {
    kLogSource,
    kContainsItem,
    kContainsField,
    kIsRule,
    kIsCorrelation,
    kAttribute,
    kTag,  // of a rule
    kMatchString,
    kMatchValue,
    kContainsWildcard,
    kIsNull,  // of an item
    kIncludeFields,
    kExcludeFields,  // of a field name
    kApplied,
    kState,  // of each
  } type = Type::kIsRule;
  std::string name;  // in a mapping of conditions
  LogSource log_source;
  std::string key;  // a field, an attribute, a tag, a step's id or a key of the state
  std::string op = "eq";
  YamlNode value;
  std::vector<std::string> fields;
  std::vector<Regex> patterns;  // matched from the start of the text, as Python's re.match
  bool all = false;             // of an item's values; else any
  bool negate = false;
};

/// Conditions of one sort: all or any of a list, or an expression over their names; then perhaps negated.
struct PipelineConditions {
  std::vector<PipelineCondition> list;
  bool any = false;
  bool negated = false;
  std::optional<Condition> expression;  // its selections are indices into `list`
};

struct PipelineStep {
  enum class Type : std::uint8_t {
    kFieldNameMapping,
    kFieldNamePrefixMapping,
    kFieldNameSuffix,
    kFieldNamePrefix,
    kDropItem,
    kHashesFields,
    kWildcardPlaceholders,
    kValuePlaceholders,
    kAddCondition,
    kChangeLogSource,
    kAddField,
    kRemoveField,
    kSetField,
    kReplaceString,
    kMapString,
    kSetState,
    kRegex,
    kSetValue,
    kConvertType,
    kRuleFailure,
    kItemFailure,
    kSetCustomAttribute,
    kNest,
    kCase,
    kUnsupported,
  } type = Type::kUnsupported;
  std::string id;
  Position at;
  const Source* source = nullptr;
  PipelineConditions rule, item, field;

  std::vector<std::pair<std::string, std::vector<std::string>>> mapping;
  std::vector<std::string> fields;                           // of add_field and its like; valid_hash_algos
  std::optional<std::vector<std::string>> include, exclude;  // placeholders
  std::string text;  // prefix, suffix, message, replacement, method, target type
  std::string key;   // of the state, an attribute, the name of a condition
  YamlNode value;
  LogSource log_source;
  std::unique_ptr<const re2::RE2> regex;                 // replace_string
  bool skip_special = false, interpret_special = false;  // replace_string
  bool drop_algorithm = false;                           // hashes_fields
  bool templated = false, negated = false;               // add_condition
  std::vector<PipelineStep> steps;                       // nest
};

struct Pipeline {
  long priority = 0;
  std::vector<PipelineStep> steps;
  std::map<std::string, YamlNode> variables;
};

/// Reads the steps of a pipeline; nothing after diagnostics.
std::optional<Pipeline> parse_pipeline(const Source& source, Diagnostics& diagnostics);

/// What a run knows besides the rule: it starts empty for every rule.
struct PipelineState {
  std::map<std::string, YamlNode> values;                       // set_state
  std::map<std::string, std::vector<std::string>> field_steps;  // ids of the steps that made a field name
};

/// The rule or the correlation that a run is about.
struct PipelineSubject {
  DraftRule* rule = nullptr;
  DraftCorrelation* correlation = nullptr;
  const std::vector<const DraftRule*>* below = nullptr;  // of the correlation

  std::vector<std::string>& applied() const { return rule != nullptr ? rule->applied : correlation->applied; }
};

bool rule_fits(const PipelineConditions& conditions, const PipelineSubject& subject, const PipelineState& state);
/// Both the conditions on items and those on field names; the latter also by a field reference among the values.
bool item_fits(const PipelineStep& step, const DraftItem& item, const PipelineState& state);
bool field_fits(const PipelineConditions& conditions, const std::string& field, const PipelineState& state);

/// A string as pySigma prints it: wildcards as they are, '*' and '?' of the text escaped, backslashes single.
std::string plain_text(const Parts& parts);

/// Changes the values of one item. Returns whether it did; a message, if the rule cannot be used.
struct ValueChange {
  bool changed = false;
  std::string refusal;
};
ValueChange change_values(const PipelineStep& step, DraftItem& item, const std::map<std::string, YamlNode>& variables);
/// hashes_fields: the items, any of which may hold; none if the item is not of strings.
std::optional<std::vector<DraftItem>> split_hashes(const PipelineStep& step, const DraftItem& item,
                                                   std::string& refusal);

}  // namespace tocsin::sigma
