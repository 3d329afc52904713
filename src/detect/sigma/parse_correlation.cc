#include <algorithm>
#include <unordered_set>

#include "base/time.h"
#include "detect/sigma/parse.h"
#include "detect/sigma/parts.h"

namespace tocsin::sigma {
namespace {

using Type = Correlation::Type;

/// In the order of Correlation::Type.
constexpr std::string_view kTypes[] = {"event_count",  "value_count",      "value_sum", "value_avg",
                                       "value_median", "value_percentile", "temporal",  "temporal_ordered"};
constexpr std::string_view kKeys[] = {"type",     "rules",     "aliases",   "group-by",
                                      "timespan", "timeframe", "condition", "generate"};
/// In the order of Correlation::Bound::Op.
constexpr std::string_view kOperators[] = {"gt", "gte", "lt", "lte", "eq", "neq"};

bool is_temporal(Type type) { return type == Type::kTemporal || type == Type::kTemporalOrdered; }
bool needs_field(Type type) { return type != Type::kEventCount && !is_temporal(type); }

class CorrelationParser {
 public:
  CorrelationParser(DraftCorrelation& draft, Diagnostics& diagnostics)
      : draft_(draft), correlation_(draft.correlation), source_(*draft.source), diagnostics_(diagnostics) {}

  bool parse(const YamlNode& document, const YamlNode& node) {
    bool good = parse_type(node);
    if (!good) return false;  // everything else depends on it
    good = parse_rules(node) && good;
    good = parse_group_by(node) && good;
    good = parse_timespan(node) && good;
    good = parse_aliases(node) && good;
    good = parse_condition(node) && good;
    good = parse_generate(document, node) && good;
    for (const auto& [key, value] : node.entries) {
      if (std::find(std::begin(kKeys), std::end(kKeys), key.scalar) == std::end(kKeys)) {
        diagnostics_.add(Issue::kUnknownKey, source_, key.at, "there is no '" + key.scalar + "' in a correlation",
                         suggestion(key.scalar, kKeys));
      }
    }
    return good;
  }

 private:
  bool fail(Issue issue, Position at, std::string message, std::string help = {}) {
    diagnostics_.add(issue, source_, at, std::move(message), std::move(help));
    return false;
  }

  bool parse_type(const YamlNode& node) {
    const YamlNode* type = node.find("type");
    if (type == nullptr || !type->is_scalar())
      return fail(Issue::kBadCorrelation, node.at, "the correlation has no type");
    const auto at = std::find(std::begin(kTypes), std::end(kTypes), lower_ascii(type->scalar));
    if (at == std::end(kTypes)) {
      return fail(Issue::kUnknownCorrelationType, type->at, "there is no correlation type '" + type->scalar + "'",
                  suggestion(type->scalar, kTypes));
    }
    correlation_.type = static_cast<Type>(at - std::begin(kTypes));
    return true;
  }

  bool parse_rules(const YamlNode& node) {
    const YamlNode* rules = node.find("rules");
    const Position at = rules != nullptr ? rules->at : node.at;
    if (rules != nullptr && rules->is_scalar()) {
      draft_.rules.push_back({rules->scalar, rules->at});
    } else if (rules != nullptr && rules->is_sequence()) {
      std::unordered_set<std::string_view> named;
      for (const YamlNode& rule : rules->items) {
        if (!rule.is_scalar()) return fail(Issue::kBadCorrelation, rule.at, "a rule is named by its id or name");
        if (!named.insert(rule.scalar).second) {
          return fail(Issue::kBadCorrelation, rule.at, "'" + rule.scalar + "' is named twice");
        }
        draft_.rules.push_back({rule.scalar, rule.at});
      }
    }
    for (const Reference& rule : draft_.rules) correlation_.rule_names.push_back(rule.text);
    return !draft_.rules.empty() || fail(Issue::kBadCorrelation, at, "the correlation names no rules");
  }

  bool parse_group_by(const YamlNode& node) {
    const YamlNode* group_by = node.find("group-by");
    if (group_by == nullptr || group_by->is_null()) return true;
    return parse_texts(*group_by, correlation_.group_by) ||
           fail(Issue::kBadCorrelation, group_by->at, "'group-by' is a field name or a list of them");
  }

  bool parse_timespan(const YamlNode& node) {
    const YamlNode* timespan = node.find("timespan");
    if (timespan == nullptr) timespan = node.find("timeframe");
    if (timespan == nullptr) return fail(Issue::kBadTimespan, node.at, "the correlation has no timespan");
    const auto parsed = timespan->is_scalar() ? parse_timespan_us(timespan->scalar) : std::nullopt;
    if (!parsed || *parsed <= 0) {
      return fail(Issue::kBadTimespan, timespan->at, "'" + timespan->scalar + "' is not a time span");
    }
    correlation_.timespan_us = *parsed;
    return true;
  }

  bool parse_aliases(const YamlNode& node) {
    const YamlNode* aliases = node.find("aliases");
    if (aliases == nullptr || aliases->is_null()) return true;
    if (!aliases->is_mapping()) return fail(Issue::kBadAlias, aliases->at, "'aliases' must be a mapping");
    for (const auto& [name, targets] : aliases->entries) {
      if (!targets.is_mapping() || targets.entries.empty()) {
        return fail(Issue::kBadAlias, targets.at, "the alias '" + name.scalar + "' must map rules to field names");
      }
      Correlation::Alias& alias = correlation_.aliases.emplace_back();
      alias.name = name.scalar;
      for (const auto& [rule, field] : targets.entries) {
        if (!field.is_scalar() || field.scalar.empty())
          return fail(Issue::kBadAlias, field.at, "a field name is a text");
        draft_.alias_rules.push_back({rule.scalar, rule.at});
        alias.targets.push_back({rule.scalar, field.scalar});
      }
    }
    return true;
  }

  bool parse_condition(const YamlNode& node) {
    const YamlNode* condition = node.find("condition");
    if (condition == nullptr || condition->is_null()) return default_condition(node);
    if (condition->is_scalar() && is_temporal(correlation_.type)) {
      return fail(Issue::kExtendedCondition, condition->at, "a condition over rule names");
    }
    if (!condition->is_mapping()) {
      return fail(Issue::kBadBound, condition->at, "the condition of a correlation is a mapping such as gte: 10");
    }
    bool good = true, percentile = false;
    for (const auto& [key, value] : condition->entries) {
      if (key.scalar == "field") {
        good = (parse_texts(value, correlation_.value_fields) ||
                fail(Issue::kMissingField, value.at, "'field' is a field name or a list of them")) &&
               good;
      } else if (key.scalar == "percentile") {
        percentile = true;
        good = parse_percentile(value) && good;
      } else {
        good = parse_bound(key, value) && good;
      }
    }
    return good && check_condition(*condition, percentile);
  }

  /// temporal without a condition: each of the rules at least once.
  bool default_condition(const YamlNode& node) {
    if (!is_temporal(correlation_.type)) return fail(Issue::kBadBound, node.at, "the correlation has no condition");
    correlation_.bounds.push_back({Correlation::Bound::Op::kGte, static_cast<double>(draft_.rules.size())});
    return true;
  }

  bool parse_bound(const YamlNode& key, const YamlNode& value) {
    const auto at = std::find(std::begin(kOperators), std::end(kOperators), key.scalar);
    if (at == std::end(kOperators)) {
      return fail(Issue::kBadBound, key.at, "there is no comparison '" + key.scalar + "'",
                  suggestion(key.scalar, kOperators));
    }
    const auto number = value.is_scalar() ? parse_number(value.scalar) : std::nullopt;
    if (!number) return fail(Issue::kBadBound, value.at, "'" + value.scalar + "' is not a number");
    correlation_.bounds.push_back({static_cast<Correlation::Bound::Op>(at - std::begin(kOperators)), *number});
    return true;
  }

  bool parse_percentile(const YamlNode& value) {
    const auto number = value.is_scalar() ? parse_number(value.scalar) : std::nullopt;
    if (!number || *number < 0 || *number > 100) {
      return fail(Issue::kBadBound, value.at, "a percentile is between 0 and 100");
    }
    correlation_.percentile = *number;
    return true;
  }

  bool check_condition(const YamlNode& condition, bool percentile) {
    if (correlation_.bounds.empty()) return fail(Issue::kBadBound, condition.at, "the condition compares with nothing");
    const std::size_t fields = correlation_.value_fields.size();
    if (needs_field(correlation_.type) && fields == 0) {
      return fail(Issue::kMissingField, condition.at, "the condition names no field");
    }
    if (needs_field(correlation_.type) && correlation_.type != Type::kValueCount && fields > 1) {
      return fail(Issue::kMissingField, condition.at, "this correlation type measures one field");
    }
    if (correlation_.type == Type::kValuePercentile && !percentile) {
      diagnostics_.add(Issue::kPercentileDefault, source_, condition.at, "the percentile is not given");
    }
    return true;
  }

  /// The schema has `generate` beside `correlation`, pySigma within; either will do.
  bool parse_generate(const YamlNode& document, const YamlNode& node) {
    const YamlNode* generate = node.find("generate");
    if (generate == nullptr) generate = document.find("generate");
    if (generate == nullptr || generate->is_null()) return true;
    if (yaml_type(*generate) != YamlType::kBool)
      return fail(Issue::kBadBool, generate->at, "'generate' is true or false");
    correlation_.generate = lower_ascii(generate->scalar) == "true";
    return true;
  }

  DraftCorrelation& draft_;
  Correlation& correlation_;
  const Source& source_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::string_view type_name(Correlation::Type type) { return kTypes[static_cast<std::size_t>(type)]; }

std::optional<DraftCorrelation> parse_correlation(const YamlNode& document, const Source& source,
                                                  Diagnostics& diagnostics) {
  DraftCorrelation draft;
  draft.source = &source;
  draft.correlation.file = source.file;
  draft.correlation.at = document.at;
  Head head;
  bool good = parse_head(document, source, diagnostics, false, head);
  take_head(head, draft.correlation);
  const YamlNode* node = document.find("correlation");
  if (node == nullptr || !node->is_mapping()) {
    diagnostics.add(Issue::kBadCorrelation, source, node != nullptr ? node->at : document.at,
                    "'correlation' must be a mapping");
    return std::nullopt;
  }
  good = CorrelationParser(draft, diagnostics).parse(document, *node) && good;
  if (!good) return std::nullopt;
  return draft;
}

}  // namespace tocsin::sigma
