#include "pipeline/backtest_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace tocsin {

namespace {

/// Stands before the ids of rules in force: no id of a rule begins so.
constexpr const char* kInForce = "in force: ";

using Ids = std::set<std::string>;

template <class R>
const R* find_id(const std::vector<R>& rules, const std::string& id) {
  const auto found = std::ranges::find(rules, id, &R::id);
  return found == rules.end() ? nullptr : &*found;
}

/// Adds the correlation, and everything that it refers to.
void want(const sigma::RuleSet& set, const std::string& id, Ids& wanted) {
  const sigma::Correlation* const correlation = find_id(set.correlations, id);
  if (!wanted.insert(id).second || correlation == nullptr) return;
  for (const std::string& rule : correlation->rules) want(set, rule, wanted);
}

/// Whether the rule of this id is to make alerts.
bool is_compared(const sigma::RuleSet& tried, const std::string& id) {
  const sigma::Rule* const rule = find_id(tried.rules, id);
  const sigma::Correlation* const correlation = find_id(tried.correlations, id);
  return (rule != nullptr && rule->reported) || (correlation != nullptr && correlation->reported);
}

template <class R>
R renamed(R rule, bool reported) {
  rule.id = kInForce + rule.id;
  rule.reported = reported;
  return rule;
}

sigma::Correlation renamed(const sigma::Correlation& correlation, bool reported, int) {
  sigma::Correlation other = renamed(correlation, reported);
  for (std::string& rule : other.rules) rule = kInForce + rule;
  for (sigma::Correlation::Alias& alias : other.aliases) {
    for (sigma::Correlation::Alias::Target& target : alias.targets) target.rule = kInForce + target.rule;
  }
  return other;
}

}  // namespace

BacktestRules join_rules(sigma::RuleSet tried, const sigma::RuleSet& in_force) {
  Ids wanted;
  for (const sigma::Rule& rule : in_force.rules) {
    if (is_compared(tried, rule.id)) want(in_force, rule.id, wanted);
  }
  for (const sigma::Correlation& correlation : in_force.correlations) {
    if (is_compared(tried, correlation.id)) want(in_force, correlation.id, wanted);
  }
  std::vector<sigma::Rule> rules;
  std::vector<sigma::Correlation> correlations;
  for (const sigma::Rule& rule : in_force.rules) {
    if (wanted.contains(rule.id)) rules.push_back(renamed(rule, is_compared(tried, rule.id)));
  }
  for (const sigma::Correlation& correlation : in_force.correlations) {
    if (wanted.contains(correlation.id)) correlations.push_back(renamed(correlation, is_compared(tried, correlation.id), 0));
  }
  BacktestRules joined;
  std::vector<std::string> ids;
  const std::size_t tried_rules = tried.rules.size(), tried_correlations = tried.correlations.size();
  const std::size_t all_rules = tried_rules + rules.size();
  std::map<std::string, std::uint32_t> others;
  for (std::size_t i = 0; i < rules.size(); ++i) others[rules[i].id] = static_cast<std::uint32_t>(tried_rules + i);
  for (std::size_t i = 0; i < correlations.size(); ++i) {
    others[correlations[i].id] = static_cast<std::uint32_t>(all_rules + tried_correlations + i);
  }
  const auto add = [&](const std::string& id, std::size_t card) {
    joined.tried.push_back(static_cast<std::uint32_t>(card));
    const auto other = others.find(kInForce + id);
    joined.other.push_back(other == others.end() ? std::optional<std::uint32_t>() : other->second);
  };
  for (std::size_t i = 0; i < tried_rules; ++i) {
    if (tried.rules[i].reported) add(tried.rules[i].id, i);
  }
  for (std::size_t i = 0; i < tried_correlations; ++i) {
    if (tried.correlations[i].reported) add(tried.correlations[i].id, all_rules + i);
  }
  joined.set = std::move(tried);
  std::ranges::move(rules, std::back_inserter(joined.set.rules));
  std::ranges::move(correlations, std::back_inserter(joined.set.correlations));
  return joined;
}

}  // namespace tocsin
