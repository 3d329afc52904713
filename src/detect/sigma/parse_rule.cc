#include <iterator>

#include "detect/sigma/condition.h"
#include "detect/sigma/finish.h"
#include "detect/sigma/parse.h"

namespace tocsin::sigma {
namespace {

/// `timeframe` belonged to the aggregations of old.
constexpr std::string_view kReserved[] = {"condition", "timeframe"};

bool collect_conditions(const YamlNode& node, const Source& source, Diagnostics& diagnostics,
                        std::vector<ConditionText>& conditions) {
  if (node.is_scalar()) {
    conditions.push_back({node.scalar, node.at});
    return true;
  }
  for (const YamlNode& item : node.items) {
    if (!item.is_scalar()) {
      diagnostics.add(Issue::kMissingCondition, source, item.at, "a condition is a text");
      return false;
    }
    conditions.push_back({item.scalar, item.at});
  }
  if (!conditions.empty()) return true;
  diagnostics.add(Issue::kMissingCondition, source, node.at, "the condition is empty");
  return false;
}

bool parse_conditions(const YamlNode& node, DraftRule& draft, Diagnostics& diagnostics) {
  std::vector<ConditionText> conditions;
  if (!collect_conditions(node, *draft.source, diagnostics, conditions)) return false;
  ConditionParser parser(draft.selections, *draft.source, diagnostics);
  bool good = true, first = true;
  for (const ConditionText& text : conditions) {
    std::optional<Condition> condition = parser.parse(text);
    good = good && condition.has_value();
    if (!condition) continue;
    draft.rule.condition_texts.emplace_back(text.text);
    draft.rule.condition =
        first ? std::move(*condition)
              : join_conditions(Condition::Kind::kOr, std::move(draft.rule.condition), std::move(*condition));
    first = false;
  }
  if (!good || !diagnostics.lint()) return good;
  for (std::size_t i = 0; i < draft.selections.size(); ++i) {
    const DraftSelection& selection = draft.selections[i];
    if (!parser.used()[i]) {
      diagnostics.add(Issue::kUnusedSelection, *draft.source, selection.at, "'" + selection.name + "' is not used");
    }
  }
  return true;
}

}  // namespace

std::optional<DraftRule> parse_rule(const YamlNode& document, const Source& source, Diagnostics& diagnostics) {
  DraftRule draft;
  draft.source = &source;
  draft.rule.file = source.file;
  draft.rule.at = document.at;
  Head head;
  bool good = parse_head(document, source, diagnostics, false, head);
  draft.rule.taxonomy = std::move(head.taxonomy);
  draft.rule.fields = std::move(head.fields);
  take_head(head, draft.rule);
  good = parse_log_source(document, source, diagnostics, draft.rule.log_source) && good;

  const YamlNode* detection = document.find("detection");
  if (detection == nullptr || !detection->is_mapping()) {
    diagnostics.add(Issue::kMissingDetection, source, detection != nullptr ? detection->at : document.at,
                    "no detection");
    return std::nullopt;
  }
  draft.selections.reserve(detection->entries.size());
  good = parse_selections(*detection, kReserved, source, diagnostics, draft.selections) && good;
  if (draft.selections.empty() && good) {
    diagnostics.add(Issue::kMissingDetection, source, detection->at, "the detection has no selections");
    return std::nullopt;
  }
  const YamlNode* condition = detection->find("condition");
  if (condition == nullptr) {
    diagnostics.add(Issue::kMissingCondition, source, detection->at, "the detection has no condition");
    return std::nullopt;
  }
  good = parse_conditions(*condition, draft, diagnostics) && good;
  if (good) return draft;
  for (const DraftSelection& selection : draft.selections) check_regexes(selection, diagnostics);  // while we are here
  return std::nullopt;
}

}  // namespace tocsin::sigma
