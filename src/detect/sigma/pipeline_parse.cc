#include <algorithm>
#include <set>

#include "detect/sigma/condition.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/parts.h"
#include "detect/sigma/pipeline_step.h"

namespace tocsin::sigma {
namespace {

using StepType = PipelineStep::Type;
using ConditionType = PipelineCondition::Type;

struct StepName {
  std::string_view name;
  StepType type;
};
constexpr StepName kSteps[] = {
    {"field_name_mapping", StepType::kFieldNameMapping},
    {"field_name_prefix_mapping", StepType::kFieldNamePrefixMapping},
    {"field_name_suffix", StepType::kFieldNameSuffix},
    {"field_name_prefix", StepType::kFieldNamePrefix},
    {"drop_detection_item", StepType::kDropItem},
    {"hashes_fields", StepType::kHashesFields},
    {"wildcard_placeholders", StepType::kWildcardPlaceholders},
    {"value_placeholders", StepType::kValuePlaceholders},
    {"add_condition", StepType::kAddCondition},
    {"change_logsource", StepType::kChangeLogSource},
    {"add_field", StepType::kAddField},
    {"remove_field", StepType::kRemoveField},
    {"set_field", StepType::kSetField},
    {"replace_string", StepType::kReplaceString},
    {"map_string", StepType::kMapString},
    {"set_state", StepType::kSetState},
    {"regex", StepType::kRegex},
    {"set_value", StepType::kSetValue},
    {"convert_type", StepType::kConvertType},
    {"rule_failure", StepType::kRuleFailure},
    {"detection_item_failure", StepType::kItemFailure},
    {"set_custom_attribute", StepType::kSetCustomAttribute},
    {"nest", StepType::kNest},
    {"case", StepType::kCase},
    {"query_expression_placeholders", StepType::kUnsupported},
    {"field_name_transform", StepType::kUnsupported},
    {"strict_field_mapping_failure", StepType::kUnsupported},
};

struct ConditionName {
  std::string_view name;
  ConditionType type;
};
constexpr ConditionName kRuleConditions[] = {
    {"logsource", ConditionType::kLogSource},
    {"contains_detection_item", ConditionType::kContainsItem},
    {"contains_field", ConditionType::kContainsField},
    {"processing_item_applied", ConditionType::kApplied},
    {"processing_state", ConditionType::kState},
    {"is_sigma_rule", ConditionType::kIsRule},
    {"is_sigma_correlation_rule", ConditionType::kIsCorrelation},
    {"rule_attribute", ConditionType::kAttribute},
    {"tag", ConditionType::kTag},
};
constexpr ConditionName kItemConditions[] = {
    {"match_string", ConditionType::kMatchString},           {"match_value", ConditionType::kMatchValue},
    {"contains_wildcard", ConditionType::kContainsWildcard}, {"is_null", ConditionType::kIsNull},
    {"processing_item_applied", ConditionType::kApplied},    {"processing_state", ConditionType::kState},
};
constexpr ConditionName kFieldConditions[] = {
    {"include_fields", ConditionType::kIncludeFields},
    {"exclude_fields", ConditionType::kExcludeFields},
    {"processing_item_applied", ConditionType::kApplied},
    {"field_name_processing_item_applied", ConditionType::kApplied},
    {"processing_state", ConditionType::kState},
};
constexpr std::string_view kOperators[] = {"eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in"};

template <class Table>
std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& row : table) names.push_back(row.name);
  return names;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

/// Reads parameters out of one mapping and notices those that nobody asked for.
class Parameters {
 public:
  Parameters(const YamlNode& node, std::string_view owner, const Source& source, Diagnostics& diagnostics)
      : node_(node), owner_(owner), source_(source), diagnostics_(diagnostics) {}

  bool good() const { return good_; }
  void fail(Issue issue, Position at, std::string message, std::string help = {}) {
    diagnostics_.add(issue, source_, at, std::move(message), std::move(help));
    good_ = false;
  }

  const YamlNode* find(std::string_view key) {
    known_.push_back(key);
    return node_.find(key);
  }
  const YamlNode* require(std::string_view key) {
    const YamlNode* value = find(key);
    if (value == nullptr) fail(Issue::kBadParameter, node_.at, "'" + owner_ + "' needs '" + std::string(key) + "'");
    return value;
  }

  std::string text(std::string_view key, bool required, std::string_view otherwise = {}) {
    const YamlNode* value = required ? require(key) : find(key);
    if (value == nullptr || value->is_null()) return std::string(otherwise);
    if (!value->is_scalar()) wrong(key, *value, "a text");
    return value->scalar;
  }

  bool flag(std::string_view key) {
    const YamlNode* value = find(key);
    if (value == nullptr) return false;
    if (yaml_type(*value) != YamlType::kBool) wrong(key, *value, "true or false");
    return lower_ascii(value->scalar) == "true";
  }

  std::vector<std::string> texts(std::string_view key, bool required) {
    std::vector<std::string> out;
    const YamlNode* value = required ? require(key) : find(key);
    if (value != nullptr && !parse_texts(*value, out)) wrong(key, *value, "a list of texts");
    return out;
  }

  std::string one_of(std::string_view key, std::initializer_list<std::string_view> words, std::string_view otherwise) {
    std::string word = text(key, otherwise.empty(), otherwise);
    if (good_ && std::find(words.begin(), words.end(), word) == words.end()) {
      fail(Issue::kBadParameter, node_.find(key)->at, "'" + std::string(key) + "' is one of " + joined(words));
    }
    return word;
  }

  /// A mapping from a text to a text or a list of them.
  std::vector<std::pair<std::string, std::vector<std::string>>> mapping(std::string_view key) {
    std::vector<std::pair<std::string, std::vector<std::string>>> out;
    const YamlNode* value = require(key);
    if (value == nullptr) return out;
    if (!value->is_mapping()) wrong(key, *value, "a mapping");
    for (const auto& [from, to] : value->entries) {
      out.emplace_back(from.scalar, std::vector<std::string>());
      if (!parse_texts(to, out.back().second)) wrong(from.scalar, to, "a text or a list of texts");
    }
    return out;
  }

  void wrong(std::string_view key, const YamlNode& value, std::string_view wanted) {
    fail(Issue::kBadParameter, value.at,
         "'" + std::string(key) + "' of '" + owner_ + "' must be " + std::string(wanted));
  }

  void refuse_unknown() {
    for (const auto& [key, value] : node_.entries) {
      if (std::find(known_.begin(), known_.end(), key.scalar) != known_.end()) continue;
      fail(Issue::kBadParameter, key.at, "'" + owner_ + "' has no parameter '" + key.scalar + "'",
           suggestion(key.scalar, known_));
    }
  }

 private:
  const YamlNode& node_;
  std::string owner_;
  const Source& source_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> known_;
  bool good_ = true;
};

class PipelineParser {
 public:
  PipelineParser(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  std::optional<Pipeline> parse(const YamlNode& root) {
    Pipeline pipeline;
    Parameters parameters(root, "the pipeline", source_, diagnostics_);
    parameters.text("name", false);
    parameters.find("allowed_backends");
    read_priority(parameters, pipeline);
    read_variables(parameters, pipeline);
    for (const std::string_view key : {"postprocessing", "finalizers"}) {
      const YamlNode* ignored = parameters.find(key);
      if (ignored != nullptr)
        diagnostics_.add(Issue::kPipelineIgnored, source_, ignored->at,
                         "'" + std::string(key) + "' has no effect here");
    }
    const YamlNode* steps = parameters.find("transformations");
    bool good = steps == nullptr || steps->is_null() || parse_steps(*steps, 0, pipeline.steps);
    parameters.refuse_unknown();
    good = good && parameters.good();
    if (!good) return std::nullopt;
    return pipeline;
  }

 private:
  bool fail(Issue issue, Position at, std::string message, std::string help = {}) {
    diagnostics_.add(issue, source_, at, std::move(message), std::move(help));
    return false;
  }

  static void read_priority(Parameters& parameters, Pipeline& pipeline) {
    const YamlNode* priority = parameters.find("priority");
    if (priority == nullptr) return;
    const auto number = priority->is_scalar() ? parse_number(priority->scalar) : std::nullopt;
    if (!number || *number < -1e6 || *number > 1e6)
      parameters.wrong("priority", *priority, "a number");
    else
      pipeline.priority = static_cast<long>(*number);
  }

  static void read_variables(Parameters& parameters, Pipeline& pipeline) {
    const YamlNode* variables = parameters.find("vars");
    if (variables == nullptr || variables->is_null()) return;
    if (!variables->is_mapping()) parameters.wrong("vars", *variables, "a mapping");
    for (const auto& [name, value] : variables->entries) {
      std::vector<std::string> texts;
      if (!parse_texts(value, texts)) parameters.wrong(name.scalar, value, "a value or a list of values");
      pipeline.variables.emplace(name.scalar, value);
    }
  }

  bool parse_steps(const YamlNode& node, int depth, std::vector<PipelineStep>& steps) {
    if (!node.is_sequence()) return fail(Issue::kBadPipeline, node.at, "transformations are a list");
    if (depth > kPipelineNestMax) return fail(Issue::kBadPipeline, node.at, "transformations are nested too deeply");
    bool good = true;
    for (const YamlNode& item : node.items) {
      if (++count_ > kPipelineStepsMax) return fail(Issue::kBadPipeline, item.at, "too many transformations");
      good = parse_step(item, depth, steps.emplace_back()) && good;
    }
    return good;
  }

  bool parse_step(const YamlNode& node, int depth, PipelineStep& step) {
    if (!node.is_mapping()) return fail(Issue::kBadPipeline, node.at, "a transformation is a mapping with a type");
    const YamlNode* type = node.find("type");
    if (type == nullptr) return fail(Issue::kUnknownTransformation, node.at, "the transformation has no type");
    const auto known = std::find_if(std::begin(kSteps), std::end(kSteps),
                                    [&](const StepName& row) { return row.name == type->scalar; });
    if (known == std::end(kSteps)) {
      const auto names = names_of(kSteps);
      const std::string near = suggestion(type->scalar, names);
      return fail(Issue::kUnknownTransformation, type->at, "there is no transformation '" + type->scalar + "'",
                  near.empty() ? "known are: " + joined(names) : near);
    }
    if (known->type == StepType::kUnsupported) {
      return fail(Issue::kUnsupportedTransformation, type->at,
                  "'" + type->scalar + "' needs a query language or Python");
    }
    step.type = known->type;
    step.at = node.at;
    step.source = &source_;
    Parameters parameters(node, type->scalar, source_, diagnostics_);
    parameters.find("type");
    step.id = parameters.text("id", false);
    bool good = parse_conditions(parameters, "rule", kRuleConditions, step.rule);
    good = parse_conditions(parameters, "detection_item", kItemConditions, step.item) && good;
    good = parse_conditions(parameters, "field_name", kFieldConditions, step.field) && good;
    good = read_parameters(parameters, depth, step) && good;
    parameters.refuse_unknown();
    return good && parameters.good();
  }

  bool read_parameters(Parameters& parameters, int depth, PipelineStep& step) {
    switch (step.type) {
      case StepType::kFieldNameMapping:
      case StepType::kFieldNamePrefixMapping:
      case StepType::kMapString: step.mapping = parameters.mapping("mapping"); break;
      case StepType::kFieldNameSuffix: step.text = parameters.text("suffix", true); break;
      case StepType::kFieldNamePrefix: step.text = parameters.text("prefix", true); break;
      case StepType::kHashesFields:
        step.fields = parameters.texts("valid_hash_algos", true);
        step.text = parameters.text("field_prefix", false);
        step.drop_algorithm = parameters.flag("drop_algo_prefix");
        break;
      case StepType::kWildcardPlaceholders:
      case StepType::kValuePlaceholders: read_placeholders(parameters, step); break;
      case StepType::kAddCondition: return read_added_condition(parameters, step);
      case StepType::kChangeLogSource: step.log_source = read_log_source(parameters); break;
      case StepType::kAddField:
      case StepType::kRemoveField: step.fields = parameters.texts("field", true); break;
      case StepType::kSetField: step.fields = parameters.texts("fields", true); break;
      case StepType::kReplaceString: read_replacement(parameters, step); break;
      case StepType::kSetState: read_pair(parameters, "key", "val", step); break;
      case StepType::kSetCustomAttribute: read_pair(parameters, "attribute", "value", step); break;
      case StepType::kRegex:
        step.text =
            parameters.one_of("method", {"plain", "ignore_case_flag", "ignore_case_brackets"}, "ignore_case_brackets");
        break;
      case StepType::kSetValue: read_set_value(parameters, step); break;
      case StepType::kConvertType: step.text = parameters.one_of("target_type", {"str", "num"}, ""); break;
      case StepType::kCase: step.text = parameters.one_of("method", {"lower", "upper", "snake_case"}, "lower"); break;
      case StepType::kRuleFailure:
      case StepType::kItemFailure: step.text = parameters.text("message", true); break;
      case StepType::kNest: {
        const YamlNode* items = parameters.require("items");
        return items != nullptr && parse_steps(*items, depth + 1, step.steps);
      }
      case StepType::kDropItem:
      case StepType::kUnsupported: break;
    }
    return true;
  }

  static LogSource read_log_source(Parameters& parameters) {
    return {lower_ascii(parameters.text("product", false)), lower_ascii(parameters.text("category", false)),
            lower_ascii(parameters.text("service", false))};
  }

  static void read_pair(Parameters& parameters, std::string_view key, std::string_view value, PipelineStep& step) {
    step.key = parameters.text(key, true);
    const YamlNode* node = parameters.require(value);
    if (node == nullptr) return;
    if (!node->is_scalar() && !node->is_null()) parameters.wrong(value, *node, "a single value");
    step.value = *node;
  }

  static void read_placeholders(Parameters& parameters, PipelineStep& step) {
    const YamlNode* include = parameters.find("include");
    const YamlNode* exclude = parameters.find("exclude");
    if (include != nullptr) step.include = parameters.texts("include", false);
    if (exclude != nullptr) step.exclude = parameters.texts("exclude", false);
    if (include != nullptr && exclude != nullptr)
      parameters.wrong("exclude", *exclude, "left out where 'include' is given");
  }

  static void read_set_value(Parameters& parameters, PipelineStep& step) {
    const YamlNode* value = parameters.require("value");
    step.text = parameters.find("force_type") != nullptr ? parameters.one_of("force_type", {"str", "num"}, "") : "";
    if (value == nullptr) return;
    if (!value->is_scalar() && !value->is_null()) parameters.wrong("value", *value, "a single value");
    step.value = *value;
    if (step.text == "num" && !parse_number(value->scalar)) parameters.wrong("value", *value, "a number");
  }

  bool read_added_condition(Parameters& parameters, PipelineStep& step) {
    const YamlNode* conditions = parameters.require("conditions");
    step.key = parameters.text("name", false, "_cond_" + std::to_string(count_));
    step.templated = parameters.flag("template");
    step.negated = parameters.flag("negated");
    if (conditions == nullptr) return false;
    step.value = *conditions;
    DraftSelection probe;  // so that a mistake is told once, not for every rule
    return parse_selection(step.value, source_, diagnostics_, probe) && check_fields_only(probe);
  }

  bool check_fields_only(const DraftSelection& selection) {
    if (selection.alternatives.size() == 1) return true;
    return fail(Issue::kBadParameter, selection.at, "'conditions' is a mapping from fields to values");
  }

  void read_replacement(Parameters& parameters, PipelineStep& step) {
    const std::string pattern = parameters.text("regex", true);
    const std::string replacement = parameters.text("replacement", true);
    step.skip_special = parameters.flag("skip_special");
    step.interpret_special = parameters.flag("interpret_special");
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemoryBytes);
    step.regex = std::make_unique<const re2::RE2>(pattern, options);
    if (!step.regex->ok()) {
      parameters.fail(Issue::kBadRegex, parameters.find("regex")->at,
                      "the regular expression is not valid: " + step.regex->error());
      return;
    }
    // Python also writes \g<1>; RE2 only \1.
    re2::RE2::Options plain;
    plain.set_log_errors(false);
    step.text = replacement;
    re2::RE2::GlobalReplace(&step.text, re2::RE2("\\\\g<([0-9])>", plain), "\\\\\\1");
    std::string error;
    if (!step.regex->CheckRewriteString(step.text, &error)) {
      parameters.fail(Issue::kBadParameter, parameters.find("replacement")->at,
                      "the replacement is not valid: " + error);
    }
  }

  template <std::size_t kCount>
  bool parse_conditions(Parameters& parameters, const std::string& sort, const ConditionName (&table)[kCount],
                        PipelineConditions& conditions) {
    const YamlNode* list = parameters.find(remember(sort + "_conditions"));
    const YamlNode* expression = parameters.find(remember(sort + "_cond_expr"));
    if (expression == nullptr) expression = parameters.find(remember(sort + "_cond_expression"));
    const bool has_op = parameters.find(remember(sort + "_cond_op")) != nullptr;
    conditions.any = has_op && parameters.one_of(remember(sort + "_cond_op"), {"or", "and"}, "and") == "or";
    conditions.negated = parameters.flag(remember(sort + "_cond_not"));
    if (list == nullptr || list->is_null()) return true;
    bool good = true;
    const auto parse_one = [&](const YamlNode& node, std::string name) {
      conditions.list.emplace_back().name = std::move(name);
      good = parse_condition(node, table, conditions.list.back()) && good;
    };
    if (list->is_sequence()) {
      for (const YamlNode& node : list->items) parse_one(node, {});
    } else if (list->is_mapping()) {
      for (const auto& [name, node] : list->entries) parse_one(node, name.scalar);
    } else {
      return fail(Issue::kBadPipeline, list->at, "conditions are a list or a mapping");
    }
    if (!good || expression == nullptr) return good;
    if (has_op || !list->is_mapping() || !expression->is_scalar()) {
      return fail(Issue::kBadPipeline, expression->at,
                  "an expression goes with named conditions and without an operator");
    }
    std::vector<DraftSelection> names;
    for (const PipelineCondition& condition : conditions.list) names.emplace_back().name = condition.name;
    conditions.expression = ConditionParser(names, source_, diagnostics_).parse({expression->scalar, expression->at});
    return conditions.expression.has_value();
  }

  /// Parameters keeps views of names; these are made here, so they are kept here.
  std::string_view remember(std::string text) { return *names_.insert(std::move(text)).first; }

  template <std::size_t kCount>
  bool parse_condition(const YamlNode& node, const ConditionName (&table)[kCount], PipelineCondition& condition) {
    const YamlNode* type = node.find("type");
    if (!node.is_mapping() || type == nullptr)
      return fail(Issue::kBadPipeline, node.at, "a condition is a mapping with a type");
    const auto known = std::find_if(std::begin(table), std::end(table),
                                    [&](const ConditionName& row) { return row.name == type->scalar; });
    if (known == std::end(table)) {
      const auto names = names_of(table);
      const std::string near = suggestion(type->scalar, names);
      return fail(Issue::kUnknownPipelineCondition, type->at, "there is no condition '" + type->scalar + "' here",
                  near.empty() ? "known are: " + joined(names) : near);
    }
    condition.type = known->type;
    Parameters parameters(node, type->scalar, source_, diagnostics_);
    parameters.find("type");
    read_condition(parameters, condition);
    parameters.refuse_unknown();
    return parameters.good();
  }

  void read_condition(Parameters& parameters, PipelineCondition& condition) {
    switch (condition.type) {
      case ConditionType::kLogSource: condition.log_source = read_log_source(parameters); break;
      case ConditionType::kContainsItem:
        condition.key = parameters.text("field", true);
        read_value(parameters, "value", condition);
        break;
      case ConditionType::kContainsField: condition.key = parameters.text("field", true); break;
      case ConditionType::kApplied: condition.key = parameters.text("processing_item_id", true); break;
      case ConditionType::kTag: condition.key = lower_ascii(parameters.text("tag", true)); break;
      case ConditionType::kState:
        condition.key = parameters.text("key", true);
        read_value(parameters, "val", condition);
        read_operator(parameters, condition);
        break;
      case ConditionType::kAttribute:
        condition.key = parameters.text("attribute", true);
        read_value(parameters, "value", condition);
        read_operator(parameters, condition);
        break;
      case ConditionType::kMatchString:
        condition.negate = parameters.flag("negate");
        add_pattern(parameters, parameters.text("pattern", true), condition);
        condition.all = parameters.one_of("cond", {"any", "all"}, "") == "all";
        break;
      case ConditionType::kMatchValue:
        read_value(parameters, "value", condition);
        condition.all = parameters.one_of("cond", {"any", "all"}, "") == "all";
        break;
      case ConditionType::kContainsWildcard:
      case ConditionType::kIsNull: condition.all = parameters.one_of("cond", {"any", "all"}, "") == "all"; break;
      case ConditionType::kIncludeFields:
      case ConditionType::kExcludeFields:
        condition.fields = parameters.texts("fields", true);
        if (parameters.one_of("mode", {"plain", "re"}, "plain") == "plain") break;
        for (const std::string& field : condition.fields) add_pattern(parameters, field, condition);
        break;
      case ConditionType::kIsRule:
      case ConditionType::kIsCorrelation: break;
    }
  }

  static void read_value(Parameters& parameters, std::string_view key, PipelineCondition& condition) {
    const YamlNode* value = parameters.require(key);
    if (value == nullptr) return;
    if (!value->is_scalar() && !value->is_null()) parameters.wrong(key, *value, "a single value");
    condition.value = *value;
  }

  static void read_operator(Parameters& parameters, PipelineCondition& condition) {
    condition.op = parameters.text("op", false, "eq");
    if (std::find(std::begin(kOperators), std::end(kOperators), condition.op) != std::end(kOperators)) return;
    parameters.wrong("op", *parameters.find("op"), "one of " + joined({std::begin(kOperators), std::end(kOperators)}));
  }

  static void add_pattern(Parameters& parameters, const std::string& pattern, PipelineCondition& condition) {
    Result<Regex> regex = Regex::compile("\\A(?:" + pattern + ")", {});
    if (regex) {
      condition.patterns.push_back(std::move(*regex));
      return;
    }
    const YamlNode* at = parameters.find(condition.type == ConditionType::kMatchString ? "pattern" : "fields");
    parameters.fail(Issue::kBadRegex, at->at,
                    "the regular expression '" + pattern + "' is not valid: " + regex.error().message);
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  std::size_t count_ = 0;
  std::set<std::string, std::less<>> names_;
};

}  // namespace

std::optional<Pipeline> parse_pipeline(const Source& source, Diagnostics& diagnostics) {
  auto documents = parse_yaml(source.text);
  if (!documents) {
    diagnostics.add(Issue::kYaml, source, documents.error().at, documents.error().message);
    return std::nullopt;
  }
  if (documents->size() != 1 || !(*documents)[0].is_mapping()) {
    diagnostics.add(Issue::kBadPipeline, source, {1, 1}, "a pipeline is one document, a mapping");
    return std::nullopt;
  }
  return PipelineParser(source, diagnostics).parse((*documents)[0]);
}

}  // namespace tocsin::sigma
