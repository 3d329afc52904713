#include "pipeline/coverage.h"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin {

namespace {

using Names = std::set<std::string, std::less<>>;

/// What a part of a condition can come out as, over all events that carry only the known names.
struct Outcome {
  bool can_be_true = false, can_be_false = false;
};

Outcome both(Outcome a, Outcome b) { return {a.can_be_true && b.can_be_true, a.can_be_false || b.can_be_false}; }
Outcome either(Outcome a, Outcome b) { return {a.can_be_true || b.can_be_true, a.can_be_false && b.can_be_false}; }

class Judge {
 public:
  Judge(const sigma::Rule& rule, const Names& names) : rule_(rule), names_(names) {}

  bool can_fire() { return condition(rule_.condition).can_be_true; }
  /// Fields that were asked for a value and are not there, in the rule's order.
  std::vector<std::string> missing() && { return std::move(missing_); }

 private:
  Outcome condition(const sigma::Condition& condition) {
    using Kind = sigma::Condition::Kind;
    if (condition.kind == Kind::kSelection) return selection(rule_.selections[condition.selection]);
    if (condition.kind == Kind::kNot) {
      const Outcome inner = this->condition(condition.operands.front());
      return {inner.can_be_false, inner.can_be_true};
    }
    Outcome all = this->condition(condition.operands.front());
    for (std::size_t i = 1; i < condition.operands.size(); ++i) {
      const Outcome one = this->condition(condition.operands[i]);
      all = condition.kind == Kind::kAnd ? both(all, one) : either(all, one);
    }
    return all;
  }

  Outcome selection(const sigma::Selection& selection) {
    Outcome any{false, true};
    for (const std::vector<sigma::Item>& items : selection.alternatives) {
      Outcome all{true, false};
      for (const sigma::Item& one : items) all = both(all, item(one));
      any = either(any, all);
    }
    return any;
  }

  Outcome item(const sigma::Item& item) {
    if (item.field.empty() || names_.contains(item.field)) return {true, true};
    const auto asks_absence = [](const sigma::Pattern& pattern) {
      return pattern.kind == sigma::Pattern::Kind::kNull ||
             (pattern.kind == sigma::Pattern::Kind::kExists && !pattern.exists);
    };
    const auto found = std::ranges::count_if(item.patterns, asks_absence);
    const bool holds = item.all ? found == static_cast<std::ptrdiff_t>(item.patterns.size()) : found > 0;
    if (!holds && std::ranges::find(missing_, item.field) == missing_.end()) missing_.push_back(item.field);
    return holds != item.negated ? Outcome{true, false} : Outcome{false, true};
  }

  const sigma::Rule& rule_;
  const Names& names_;
  std::vector<std::string> missing_;
};

}  // namespace

std::vector<SilentRule> silent_rules(const sigma::RuleSet& set, const LogSourceTable& log_sources,
                                     const std::vector<match::Matcher::Seen>& seen) {
  std::map<LogSourceId, Names> by_class;
  for (const match::Matcher::Seen& one : seen) {
    Names& names = by_class[one.log_source];
    names.insert(one.names.begin(), one.names.end());
  }
  std::vector<SilentRule> silent;
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    const sigma::Rule& rule = set.rules[i];
    SilentRule why{i, SilentRule::Why::kNoLogSource, rule.log_source, {}};
    bool can_fire = false;
    for (const auto& [id, names] : by_class) {
      if (log_sources.get(id).fits(rule.log_source) == nullptr) continue;
      Judge judge(rule, names);
      can_fire = can_fire || judge.can_fire();
      why.why = SilentRule::Why::kFieldMissing;
      if (why.fields.empty()) why.fields = std::move(judge).missing();
    }
    if (!can_fire) silent.push_back(std::move(why));
  }
  return silent;
}

}  // namespace tocsin
