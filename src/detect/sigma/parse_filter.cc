#include "detect/sigma/condition.h"
#include "detect/sigma/parse.h"

namespace tocsin::sigma {
namespace {

constexpr std::string_view kReserved[] = {"condition", "rules"};

/// A list of ids or names, one of them, or the words any and all; an empty list means any, as in pySigma.
bool parse_filter_rules(const YamlNode& filter, const Source& source, Diagnostics& diagnostics, DraftFilter& draft) {
  const YamlNode* rules = filter.find("rules");
  const auto bad = [&](Position at, std::string message) {
    diagnostics.add(Issue::kBadFilter, source, at, std::move(message));
    return false;
  };
  if (rules == nullptr) return bad(filter.at, "the filter does not say which rules it concerns");
  if (rules->is_scalar()) {
    const std::string word = lower_ascii(rules->scalar);
    draft.filter.any_rule = word == "any" || word == "all";
    if (!draft.filter.any_rule) draft.rules.push_back({rules->scalar, rules->at});
    return true;
  }
  if (!rules->is_sequence()) return bad(rules->at, "'rules' is a list of rule ids or names, or any");
  for (const YamlNode& rule : rules->items) {
    if (!rule.is_scalar()) return bad(rule.at, "a rule is named by its id or name");
    draft.rules.push_back({rule.scalar, rule.at});
  }
  draft.filter.any_rule = rules->items.empty();
  return true;
}

/// The day after which it is not applied; false, and said why, if what stands there is none: it would then hide for ever.
bool parse_expiry(const YamlNode& document, const Source& source, Diagnostics& diagnostics, Filter& filter) {
  const YamlNode* const custom = document.find("custom");
  const YamlNode* const expires = custom != nullptr && custom->is_mapping() ? custom->find("expires") : nullptr;
  if (expires == nullptr || expires->is_null()) return true;
  if (!expires->is_scalar() || !is_date(expires->scalar)) {
    diagnostics.add(Issue::kBadExpiry, source, expires->at, "custom.expires is not a day");
    return false;
  }
  filter.expires = expires->scalar;
  return true;
}

}  // namespace

std::optional<DraftFilter> parse_filter(const YamlNode& document, const Source& source, Diagnostics& diagnostics) {
  DraftFilter draft;
  draft.source = &source;
  draft.filter.file = source.file;
  draft.filter.at = document.at;
  Head head;
  bool good = parse_head(document, source, diagnostics, true, head);
  draft.filter.id = std::move(head.id);
  draft.filter.title = std::move(head.title);
  good = parse_log_source(document, source, diagnostics, draft.filter.log_source) && good;
  good = parse_expiry(document, source, diagnostics, draft.filter) && good;

  const YamlNode* filter = document.find("filter");
  const auto bad = [&](Position at, std::string message) {
    diagnostics.add(Issue::kBadFilter, source, at, std::move(message));
    return std::nullopt;
  };
  if (filter == nullptr || !filter->is_mapping()) {
    return bad(filter != nullptr ? filter->at : document.at, "'filter' must be a mapping");
  }
  good = parse_filter_rules(*filter, source, diagnostics, draft) && good;
  good = parse_selections(*filter, kReserved, source, diagnostics, draft.selections) && good;
  const YamlNode* condition = filter->find("condition");
  if (condition == nullptr || !condition->is_scalar()) return bad(filter->at, "a filter has exactly one condition");
  if (draft.selections.empty() && good) return bad(filter->at, "the filter has no selections");

  ConditionParser parser(draft.selections, source, diagnostics);
  std::optional<Condition> tree = parser.parse({condition->scalar, condition->at});
  if (!tree || !good) return std::nullopt;
  draft.filter.condition = std::move(*tree);
  draft.filter.condition_text = condition->scalar;
  draft.filter.has_not = parser.saw_not();
  if (!draft.filter.has_not) {
    diagnostics.add(Issue::kFilterWithoutNot, source, condition->at,
                    "the filter's condition has no 'not': the rules it concerns will fire only where it holds");
  }
  return draft;
}

}  // namespace tocsin::sigma
