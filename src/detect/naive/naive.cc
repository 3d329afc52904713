#include "detect/naive/naive.h"

#include <algorithm>

#include "base/check.h"

namespace tocsin::naive {

using sigma::Condition;
using sigma::Item;
using sigma::Pattern;
using sigma::Rule;
using sigma::Selection;

namespace {

/// One rule set's question to one event.
struct Question {
  const View& view;
  PatternMatcher& patterns;

  bool item(const Item& item) const {
    const auto holds = [&](const Pattern& pattern) { return patterns.ask(item, pattern, view).holds; };
    const bool met = item.all ? std::ranges::all_of(item.patterns, holds) : std::ranges::any_of(item.patterns, holds);
    return met != item.negated;
  }

  bool alternative(const std::vector<Item>& items) const {
    return std::ranges::all_of(items, [&](const Item& one) { return item(one); });
  }

  bool selection(const Selection& selection) const {
    return std::ranges::any_of(selection.alternatives, [&](const auto& items) { return alternative(items); });
  }

  bool condition(const Rule& rule, const Condition& condition) const {
    const auto holds = [&](const Condition& operand) { return this->condition(rule, operand); };
    switch (condition.kind) {
      case Condition::Kind::kSelection: return selection(rule.selections[condition.selection]);
      case Condition::Kind::kAnd: return std::ranges::all_of(condition.operands, holds);
      case Condition::Kind::kOr: return std::ranges::any_of(condition.operands, holds);
      case Condition::Kind::kNot: return !holds(condition.operands.front());
    }
    return false;
  }
};

enum class Place : std::uint8_t { kAnywhere, kUnderNot };

/// Whether the selection stands in the condition; with kUnderNot, whether it does so below a `not`.
bool stands(const Condition& condition, std::uint32_t selection, Place place) {
  if (condition.kind == Condition::Kind::kSelection) {
    return place == Place::kAnywhere && condition.selection == selection;
  }
  const Place below = condition.kind == Condition::Kind::kNot ? Place::kAnywhere : place;
  return std::ranges::any_of(condition.operands, [&](const Condition& one) { return stands(one, selection, below); });
}

Matched line_of(const Selection& selection, const Item& item, const Pattern& pattern, const ViewValue* value) {
  Matched line{selection.name, item.field, &item.modifiers, pattern.text, {}};
  line.value.kind = ValueKind::kNull;
  if (value != nullptr) line.value = *value->value;
  return line;
}

void append_item(const Question& question, const Selection& selection, const Item& item, std::vector<Matched>& out) {
  if (item.negated) {
    const Values& values = question.view.values(item.field);
    const ViewValue* first = item.field.empty() || values.empty() ? nullptr : values.front();
    for (const Pattern& pattern : item.patterns) out.push_back(line_of(selection, item, pattern, first));
    return;
  }
  for (const Pattern& pattern : item.patterns) {
    const PatternMatcher::Answer answer = question.patterns.ask(item, pattern, question.view);
    if (!answer.holds) continue;
    out.push_back(line_of(selection, item, pattern, answer.value));
    if (!item.all) return;
  }
}

}  // namespace

void NaiveMatcher::match(const Event& event, const PathTable& paths, std::vector<std::uint32_t>& rules) {
  rules.clear();
  const LogSourceClass& log_source = log_sources_.get(event.log_source);
  const View view(event, paths, log_source);
  const Question question{view, patterns_};
  for (std::uint32_t i = 0; i < set_.rules.size(); ++i) {
    const Rule& rule = set_.rules[i];
    if (log_source.fits(rule.log_source) != nullptr && question.condition(rule, rule.condition)) rules.push_back(i);
  }
}

void NaiveMatcher::matched(std::uint32_t index, const Event& event, const PathTable& paths, std::vector<Matched>& out) {
  out.clear();
  TOCSIN_CHECK(index < set_.rules.size());
  const Rule& rule = set_.rules[index];
  const View view(event, paths, log_sources_.get(event.log_source));
  const Question question{view, patterns_};
  for (std::uint32_t i = 0; i < rule.selections.size(); ++i) {
    if (!stands(rule.condition, i, Place::kAnywhere) || stands(rule.condition, i, Place::kUnderNot)) continue;
    const Selection& selection = rule.selections[i];
    const auto first =
        std::ranges::find_if(selection.alternatives, [&](const auto& items) { return question.alternative(items); });
    if (first == selection.alternatives.end()) continue;
    for (const Item& item : *first) append_item(question, selection, item, out);
  }
}

Explanation NaiveMatcher::explain(std::uint32_t index, const Event& event, const PathTable& paths) {
  TOCSIN_CHECK(index < set_.rules.size());
  const LogSourceClass& log_source = log_sources_.get(event.log_source);
  const View view(event, paths, log_source);
  return explain_rule(set_.rules[index], log_source, view, patterns_);
}

}  // namespace tocsin::naive
