#include "detect/naive/explain.h"

#include <algorithm>

#include "base/text.h"
#include "detect/naive/pattern.h"
#include "detect/naive/view.h"

namespace tocsin::naive {

using sigma::Condition;
using sigma::Item;
using sigma::Pattern;
using sigma::Rule;
using sigma::Selection;
using Kind = Explanation::Kind;

namespace {

struct Asker {
  const View& view;
  PatternMatcher& patterns;
};

/// Every child, whether it still mattered or not.
bool all_hold(const std::vector<Explanation>& nodes) {
  return std::ranges::all_of(nodes, [](const Explanation& node) { return node.holds; });
}
bool any_holds(const std::vector<Explanation>& nodes) {
  return std::ranges::any_of(nodes, [](const Explanation& node) { return node.holds; });
}

std::string shown(const ViewValue& value) {
  if (value.is_null()) return "null";
  std::string_view text = value.text;
  std::string cut;
  if (text.size() > kValueBytesShownMax) {
    std::size_t end = 0;
    while (end + char_at(text, end).size <= kValueBytesShownMax) end += char_at(text, end).size;
    text = text.substr(0, end);
    cut = "… (" + std::to_string(value.text.size()) + " bytes)";
  }
  return '"' + std::string(text) + '"' + cut;
}

std::string label_of(const Pattern& pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::kExists: return pattern.exists ? "exists" : "does not exist";
    case Pattern::Kind::kNull: return "null";
    case Pattern::Kind::kFieldRef: return "the field " + pattern.field;
    default: return '"' + pattern.text + '"';
  }
}

std::string label_of(const Item& item) {
  std::string label = item.field.empty() ? "keyword" : item.field;
  for (const std::string& modifier : item.modifiers) label += '|' + modifier;
  label += item.all ? " (all)" : " (any)";
  if (item.negated) label += ", negated";
  return label;
}

Explanation explain_pattern(const Item& item, const Pattern& pattern, Asker asker) {
  const PatternMatcher::Answer answer = asker.patterns.ask(item, pattern, asker.view);
  Explanation node{Kind::kPattern, label_of(pattern), answer.holds, asker.view.values(item.field).empty(), {}, 0, {}};
  if (answer.value != nullptr) node.values.push_back(shown(*answer.value));
  return node;
}

Explanation explain_item(const Item& item, Asker asker) {
  const Values& values = asker.view.values(item.field);
  Explanation node{Kind::kItem, label_of(item), false, values.empty(), {}, 0, {}};
  for (const Pattern& pattern : item.patterns) node.children.push_back(explain_pattern(item, pattern, asker));
  node.holds = (item.all ? all_hold(node.children) : any_holds(node.children)) != item.negated;
  if (!item.field.empty() && !any_holds(node.children)) {
    const std::size_t count = std::min(values.size(), kValuesShownMax);
    for (std::size_t i = 0; i < count; ++i) node.values.push_back(shown(*values[i]));
    node.values_left_out = values.size() - count;
  }
  return node;
}

Explanation explain_selection(const Selection& selection, Asker asker) {
  Explanation node{Kind::kSelection, selection.name, false, false, {}, 0, {}};
  for (const std::vector<Item>& items : selection.alternatives) {
    const std::string label = "alternative " + std::to_string(node.children.size() + 1);
    Explanation alternative{Kind::kAlternative, label, false, false, {}, 0, {}};
    for (const Item& item : items) alternative.children.push_back(explain_item(item, asker));
    alternative.holds = all_hold(alternative.children);
    node.children.push_back(std::move(alternative));
  }
  node.holds = any_holds(node.children);
  if (node.children.size() == 1) {
    std::vector<Explanation> items = std::move(node.children.front().children);
    node.children = std::move(items);
  }
  return node;
}

Explanation explain_condition(const Condition& condition, const std::vector<Explanation>& selections) {
  if (condition.kind == Condition::Kind::kSelection) {
    const Explanation& selection = selections[condition.selection];
    return {Kind::kReference, selection.label, selection.holds, false, {}, 0, {}};
  }
  Explanation node;
  for (const Condition& operand : condition.operands) node.children.push_back(explain_condition(operand, selections));
  switch (condition.kind) {
    case Condition::Kind::kAnd:
      node.kind = Kind::kAnd;
      node.holds = all_hold(node.children);
      return node;
    case Condition::Kind::kOr:
      node.kind = Kind::kOr;
      node.holds = any_holds(node.children);
      return node;
    default:
      node.kind = Kind::kNot;
      node.holds = !node.children.front().holds;
      return node;
  }
}

std::string wanted_text(const LogSource& source) {
  std::string text;
  const auto add = [&](const char* name, const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + std::string(name) + ' ' + part;
  };
  add("product", source.product);
  add("category", source.category);
  add("service", source.service);
  return text.empty() ? "anything" : text;
}

std::string actual_text(const LogSourceClass& log_source) {
  std::string text;
  for (const LogSource& source : log_source.sources) {
    const auto part = [](const std::string& name) { return name.empty() ? std::string("-") : name; };
    text +=
        (text.empty() ? "" : ", ") + part(source.product) + '/' + part(source.category) + '/' + part(source.service);
  }
  return text.empty() ? "not recognised" : text;
}

std::string line_text(const Explanation& node) {
  std::string line;
  switch (node.kind) {
    case Kind::kRule: line = "rule " + node.label; break;
    case Kind::kLogSource: line = "log source: " + node.label; break;
    case Kind::kCondition: line = "condition: " + node.label; break;
    case Kind::kAnd: line = "and"; break;
    case Kind::kOr: line = "or"; break;
    case Kind::kNot: line = "not"; break;
    case Kind::kSelection: line = "selection \"" + node.label + '"'; break;
    default: line = node.label;
  }
  if (node.absent) line += ", field absent";
  if (!node.values.empty()) line += node.kind == Kind::kPattern ? " met " : ", field has ";
  for (std::size_t i = 0; i < node.values.size(); ++i) line += (i == 0 ? "" : ", ") + node.values[i];
  if (node.values_left_out > 0) line += " and " + std::to_string(node.values_left_out) + " more";
  return line;
}

void append_lines(const Explanation& node, std::size_t depth, std::string& out) {
  out += node.holds ? "true   " : "false  ";
  out.append(2 * depth, ' ');
  out += terminal_safe(line_text(node));
  out.push_back('\n');
  for (const Explanation& child : node.children) append_lines(child, depth + 1, out);
}

}  // namespace

Explanation explain_rule(const Rule& rule, const LogSourceClass& log_source, const View& view,
                         PatternMatcher& patterns) {
  std::vector<Explanation> selections;
  for (const Selection& selection : rule.selections) {
    selections.push_back(explain_selection(selection, {view, patterns}));
  }
  const bool fits = log_source.fits(rule.log_source) != nullptr;
  const std::string sources = "wanted " + wanted_text(rule.log_source) + "; event is " + actual_text(log_source);
  std::string texts;
  for (const std::string& text : rule.condition_texts) texts += (texts.empty() ? "" : "; ") + text;

  Explanation condition{Kind::kCondition, texts, false, false, {}, 0, {}};
  condition.children.push_back(explain_condition(rule.condition, selections));
  condition.holds = condition.children.front().holds;

  Explanation root{Kind::kRule, '"' + rule.title + "\" (" + rule.id + ')', fits && condition.holds, false, {}, 0, {}};
  root.children.push_back({Kind::kLogSource, sources, fits, false, {}, 0, {}});
  root.children.push_back(std::move(condition));
  for (Explanation& selection : selections) root.children.push_back(std::move(selection));
  return root;
}

std::string explanation_text(const Explanation& explanation) {
  std::string out;
  append_lines(explanation, 0, out);
  return out;
}

}  // namespace tocsin::naive
