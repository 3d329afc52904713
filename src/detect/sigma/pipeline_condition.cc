#include <algorithm>

#include "detect/sigma/modifiers.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/parts.h"
#include "detect/sigma/pipeline_step.h"

namespace tocsin::sigma {
namespace {

using Type = PipelineCondition::Type;

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool lies_within(const LogSource& rule, const LogSource& wanted) {
  return (wanted.product.empty() || wanted.product == rule.product) &&
         (wanted.category.empty() || wanted.category == rule.category) &&
         (wanted.service.empty() || wanted.service == rule.service);
}

bool holds(int order, std::string_view op) {
  if (op == "eq") return order == 0;
  if (op == "ne") return order != 0;
  if (op == "lt") return order < 0;
  if (op == "lte") return order <= 0;
  if (op == "gt") return order > 0;
  return op == "gte" && order >= 0;
}

/// As numbers if both are, else as texts.
bool compare(std::string_view left, std::string_view right, std::string_view op) {
  const auto a = parse_number(left), b = parse_number(right);
  if (a && b) return holds(*a < *b ? -1 : *a > *b ? 1 : 0, op);
  return holds(left.compare(right), op);
}

bool state_fits(const PipelineCondition& condition, const PipelineState& state) {
  const auto value = state.values.find(condition.key);
  return value != state.values.end() && compare(value->second.scalar, condition.value.scalar, condition.op);
}

// -- attributes of rules

/// Statuses in the order of how far they may be trusted, as pySigma compares them.
int status_rank(std::string_view status) {
  constexpr std::string_view kRanks[] = {"unsupported", "deprecated", "experimental", "test", "stable"};
  return static_cast<int>(std::find(std::begin(kRanks), std::end(kRanks), status) - std::begin(kRanks));
}

/// Lists that rules and correlations have; nullptr if it is none of them.
template <class Target>
const std::vector<std::string>* list_attribute(const Target& target, std::string_view name) {
  if (name == "tags") return &target.tags;
  if (name == "references") return &target.references;
  return name == "falsepositives" ? &target.falsepositives : nullptr;
}

template <class Target>
const std::string* text_attribute(const Target& target, std::string_view name) {
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"title", &target.title},    {"id", &target.id},
      {"name", &target.name},      {"author", &target.author},
      {"date", &target.date},      {"modified", &target.modified},
      {"status", &target.status},  {"description", &target.description},
      {"license", &target.license}};
  for (const auto& [key, text] : texts) {
    if (key == name) return text;
  }
  return nullptr;
}

template <class Target>
bool attribute_fits(const PipelineCondition& condition, const Target& target,
                    const std::map<std::string, std::string>& attributes, const std::vector<std::string>* fields) {
  const std::string& wanted = condition.value.scalar;
  const std::vector<std::string>* list = condition.key == "fields" ? fields : list_attribute(target, condition.key);
  if (list != nullptr) {
    if (condition.op == "in") return contains(*list, wanted);
    if (condition.op == "not_in") return !contains(*list, wanted);
    return condition.op == "ne";  // a list never equals a single value
  }
  if (condition.key == "level") {
    const auto level = parse_level(wanted);
    return level && holds(static_cast<int>(target.level) - static_cast<int>(*level), condition.op);
  }
  if (condition.key == "status") return holds(status_rank(target.status) - status_rank(wanted), condition.op);
  const std::string* text = text_attribute(target, condition.key);
  if (text == nullptr) {
    const auto custom = attributes.find(condition.key);
    if (custom == attributes.end()) return false;
    text = &custom->second;
  }
  return compare(*text, wanted, condition.op);
}

// -- items of rules

bool same_value(const DraftValue& value, const YamlNode& wanted) {
  DraftValue other = first_value(wanted, false);
  if (value.kind == DraftValue::Kind::kNumber && other.kind == value.kind) {
    return number_text(value.pattern.text) == number_text(other.pattern.text);
  }
  if (value.kind == DraftValue::Kind::kBool && other.kind == value.kind) {
    return lower_ascii(value.pattern.text) == lower_ascii(other.pattern.text);
  }
  return value.kind == other.kind && value.strings == other.strings;
}

template <class Ask>
bool any_item(const DraftRule& rule, const Ask& ask) {
  for (const DraftSelection& selection : rule.selections) {
    for (const DraftAlternative& alternative : selection.alternatives) {
      if (std::any_of(alternative.begin(), alternative.end(), ask)) return true;
    }
  }
  return false;
}

bool item_has_value(const DraftItem& item, const PipelineCondition& condition) {
  return item.field == condition.key &&
         std::any_of(item.values.begin(), item.values.end(),
                     [&](const DraftValue& value) { return same_value(value, condition.value); });
}

bool log_source_fits(const PipelineCondition& condition, const PipelineSubject& subject) {
  if (subject.rule != nullptr) return lies_within(subject.rule->rule.log_source, condition.log_source);
  return std::any_of(subject.below->begin(), subject.below->end(),
                     [&](const DraftRule* rule) { return lies_within(rule->rule.log_source, condition.log_source); });
}

bool asks_rule(const PipelineCondition& condition, const PipelineSubject& subject, const PipelineState& state) {
  const DraftRule* rule = subject.rule;
  switch (condition.type) {
    case Type::kLogSource: return log_source_fits(condition, subject);
    case Type::kContainsItem:
      return rule != nullptr && any_item(*rule, [&](const DraftItem& item) { return item_has_value(item, condition); });
    case Type::kContainsField:
      return rule != nullptr && any_item(*rule, [&](const DraftItem& item) { return item.field == condition.key; });
    case Type::kIsRule: return rule != nullptr;
    case Type::kIsCorrelation: return rule == nullptr;
    case Type::kAttribute:
      if (rule != nullptr) return attribute_fits(condition, rule->rule, rule->attributes, &rule->rule.fields);
      return attribute_fits(condition, subject.correlation->correlation, subject.correlation->attributes, nullptr);
    case Type::kTag:
      return contains(rule != nullptr ? rule->rule.tags : subject.correlation->correlation.tags, condition.key);
    case Type::kApplied: return contains(subject.applied(), condition.key);
    case Type::kState: return state_fits(condition, state);
    default: return false;
  }
}

bool asks_value(const PipelineCondition& condition, const DraftValue& value) {
  const auto any_string = [&](const auto& ask) {
    return value.kind == DraftValue::Kind::kString && std::any_of(value.strings.begin(), value.strings.end(), ask);
  };
  switch (condition.type) {
    case Type::kMatchString:
      return condition.negate !=
             any_string([&](const Parts& parts) { return condition.patterns[0].search(plain_text(parts)); });
    case Type::kMatchValue: return same_value(value, condition.value);
    case Type::kContainsWildcard: return any_string(has_wildcard);
    default: return condition.type == Type::kIsNull && value.kind == DraftValue::Kind::kNull;
  }
}

bool asks_item(const PipelineCondition& condition, const DraftItem& item, const PipelineState& state) {
  if (condition.type == Type::kApplied) return contains(item.applied, condition.key);
  if (condition.type == Type::kState) return state_fits(condition, state);
  const auto ask = [&](const DraftValue& value) { return asks_value(condition, value); };
  return condition.all ? std::all_of(item.values.begin(), item.values.end(), ask)
                       : std::any_of(item.values.begin(), item.values.end(), ask);
}

bool in_fields(const PipelineCondition& condition, const std::string& field) {
  if (field.empty()) return false;  // a keyword
  if (condition.patterns.empty()) return contains(condition.fields, field);
  return std::any_of(condition.patterns.begin(), condition.patterns.end(),
                     [&](const Regex& regex) { return regex.search(field); });
}

bool asks_field(const PipelineCondition& condition, const std::string& field, const PipelineState& state) {
  switch (condition.type) {
    case Type::kIncludeFields: return in_fields(condition, field);
    case Type::kExcludeFields: return !in_fields(condition, field);
    case Type::kState: return state_fits(condition, state);
    default: {
      const auto steps = state.field_steps.find(field);
      return steps != state.field_steps.end() && contains(steps->second, condition.key);
    }
  }
}

// -- joining

template <class Ask>
bool evaluate(const Condition& expression, const Ask& ask) {
  switch (expression.kind) {
    case Condition::Kind::kSelection: return ask(expression.selection);
    case Condition::Kind::kNot: return !evaluate(expression.operands[0], ask);
    case Condition::Kind::kAnd:
      return std::all_of(expression.operands.begin(), expression.operands.end(),
                         [&](const Condition& c) { return evaluate(c, ask); });
    case Condition::Kind::kOr:
      return std::any_of(expression.operands.begin(), expression.operands.end(),
                         [&](const Condition& c) { return evaluate(c, ask); });
  }
  return false;
}

template <class Ask>
bool joined(const PipelineConditions& conditions, const Ask& ask) {
  if (conditions.list.empty()) return true;
  bool result = false;
  if (conditions.expression) {
    result = evaluate(*conditions.expression, [&](std::uint32_t i) { return ask(conditions.list[i]); });
  } else {
    result = conditions.any ? std::any_of(conditions.list.begin(), conditions.list.end(), ask)
                            : std::all_of(conditions.list.begin(), conditions.list.end(), ask);
  }
  return result != conditions.negated;
}

}  // namespace

bool rule_fits(const PipelineConditions& conditions, const PipelineSubject& subject, const PipelineState& state) {
  return joined(conditions, [&](const PipelineCondition& condition) { return asks_rule(condition, subject, state); });
}

bool item_fits(const PipelineStep& step, const DraftItem& item, const PipelineState& state) {
  if (!joined(step.item, [&](const PipelineCondition& condition) { return asks_item(condition, item, state); }))
    return false;
  return joined(step.field, [&](const PipelineCondition& condition) {
    if (condition.type == Type::kApplied) return contains(item.applied, condition.key);
    if (asks_field(condition, item.field, state)) return true;
    return std::any_of(item.values.begin(), item.values.end(), [&](const DraftValue& value) {
      return value.kind == DraftValue::Kind::kFieldRef && asks_field(condition, value.pattern.field, state);
    });
  });
}

bool field_fits(const PipelineConditions& conditions, const std::string& field, const PipelineState& state) {
  return joined(conditions, [&](const PipelineCondition& condition) { return asks_field(condition, field, state); });
}

}  // namespace tocsin::sigma
