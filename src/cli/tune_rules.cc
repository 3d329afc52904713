#include "cli/tune_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace tocsin::cli {

namespace {

using Ids = std::set<std::string>;

/// Correlations, at any height, over one of these.
void add_above(const sigma::RuleSet& set, Ids& ids) {
  for (const sigma::Correlation& correlation : set.correlations) {  // chained ones come after what they refer to
    if (std::ranges::any_of(correlation.rules, [&](const std::string& rule) { return ids.contains(rule); })) ids.insert(correlation.id);
  }
}

/// What those need.
void add_below(const sigma::RuleSet& set, Ids& ids) {
  for (auto correlation = set.correlations.rbegin(); correlation != set.correlations.rend(); ++correlation) {
    if (ids.contains(correlation->id)) ids.insert(correlation->rules.begin(), correlation->rules.end());
  }
}

void add_fields(const sigma::Selection& selection, Ids& fields) {
  for (const std::vector<sigma::Item>& items : selection.alternatives) {
    for (const sigma::Item& item : items) {
      if (!item.field.empty()) fields.insert(item.field);
    }
  }
}

void add_asked(const sigma::Rule& rule, const sigma::Condition& condition, bool is_excluded, Ids& fields) {
  using Kind = sigma::Condition::Kind;
  if (condition.kind == Kind::kSelection && !is_excluded) add_fields(rule.selections[condition.selection], fields);
  for (const sigma::Condition& operand : condition.operands) add_asked(rule, operand, is_excluded != (condition.kind == Kind::kNot), fields);
}

}  // namespace

Result<const sigma::Rule*> find_rule(const sigma::RuleSet& set, const std::string& text) {
  const std::string wanted = folded(text);
  const auto find = [&](auto&& is_it) {
    std::vector<const sigma::Rule*> found;
    for (const sigma::Rule& rule : set.rules) {
      if (is_it(rule)) found.push_back(&rule);
    }
    return found;
  };
  if (const auto found = find([&](const sigma::Rule& rule) { return folded(rule.id) == wanted; }); !found.empty()) return found.front();
  const auto found = find([&](const sigma::Rule& rule) { return rule.name == text || folded(rule.title) == wanted; });
  if (found.size() == 1) return found.front();
  if (found.size() > 1) return Error{Code::kInvalid, fmt::format("{} rules are called '{}'; give the id of one, such as {}", found.size(), text, found.front()->id)};
  const auto is_correlation = [&](const sigma::Correlation& one) { return folded(one.id) == wanted || one.name == text || folded(one.title) == wanted; };
  if (const auto correlation = std::ranges::find_if(set.correlations, is_correlation); correlation != set.correlations.end()) {
    return Error{Code::kInvalid, fmt::format("'{}' is a correlation, and filters concern rules; name the one that it counts: {}", text, fmt::join(correlation->rules, ", "))};
  }
  return Error{Code::kNotFound, fmt::format("there is no rule '{}' among those that are loaded; `tocsin rules list` has their ids", text)};
}

sigma::RuleSet cut_out(const sigma::RuleSet& set, const std::set<std::string>& ids) {
  Ids wanted = ids;
  add_above(set, wanted);
  const Ids reported = wanted;
  add_below(set, wanted);
  sigma::RuleSet part;
  for (const sigma::Rule& rule : set.rules) {
    if (!wanted.contains(rule.id)) continue;
    part.rules.push_back(rule);
    part.rules.back().reported = rule.reported && reported.contains(rule.id);
  }
  for (const sigma::Correlation& correlation : set.correlations) {
    if (!wanted.contains(correlation.id)) continue;
    part.correlations.push_back(correlation);
    part.correlations.back().reported = correlation.reported && reported.contains(correlation.id);
  }
  return part;
}

std::set<std::string> filtered_rules(const sigma::RuleSet& without, const sigma::RuleSet& with) {
  Ids filtered;
  for (const sigma::Rule& rule : with.rules) {
    const auto before = std::ranges::find(without.rules, rule.id, &sigma::Rule::id);
    if (before != without.rules.end() && rule.filters.size() > before->filters.size()) filtered.insert(rule.id);
  }
  return filtered;
}

std::set<std::string> asked_fields(const sigma::Rule& rule) {
  std::set<std::string> fields;
  add_asked(rule, rule.condition, false, fields);
  return fields;
}

std::set<std::string> filter_fields(const sigma::Rule& with, const sigma::Rule& without) {
  std::set<std::string> fields;
  for (std::size_t i = without.selections.size(); i < with.selections.size(); ++i) add_fields(with.selections[i], fields);
  return fields;
}

}  // namespace tocsin::cli
