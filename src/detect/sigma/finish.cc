#include "detect/sigma/finish.h"

#include <algorithm>

#include "detect/sigma/modifiers.h"
#include "detect/sigma/parts.h"
#include "base/regex.h"

namespace tocsin::sigma {
namespace {

using Kind = DraftValue::Kind;

/// The pattern text of a regex: literals only, once placeholders are gone.
std::string regex_text(const DraftValue& value) {
  std::string text;
  for (const Part& part : value.strings[0]) text += part.text;
  return text;
}

bool check_regex(const DraftValue& value, const Source& source, Diagnostics& diagnostics) {
  const Pattern& pattern = value.pattern;
  const RegexFlags flags{pattern.regex_ignore_case, pattern.regex_multi_line, pattern.regex_dot_all};
  const std::string text = regex_text(value);
  std::size_t fault_at = 0;
  // As written first: it gives the place of the fault, and an anchored "a)|(b" would compile where "a)|(b" does not.
  const bool as_written =
      value.strings[0].size() <= 1 && text != pattern.text && text.find(pattern.text) != std::string::npos;
  auto compiled =
      Regex::compile(as_written ? std::string_view(pattern.text) : std::string_view(text), flags, &fault_at);
  const bool shown = as_written || text == pattern.text;
  if (compiled && as_written) {
    compiled = Regex::compile(text, flags);
    fault_at = 0;
  }
  if (compiled) return true;
  const Position at = shown ? position_in(source, pattern.at, pattern.text, fault_at) : pattern.at;
  diagnostics.add(Issue::kBadRegex, source, at, "the regular expression is not valid: " + compiled.error().message);
  return false;
}

bool check_value_placeholders(const DraftValue& value, const Source& source, Diagnostics& diagnostics) {
  for (const Parts& parts : value.strings) {
    for (const Part& part : parts) {
      if (part.kind != Part::Kind::kPlaceholder) continue;
      diagnostics.add(Issue::kUnresolvedPlaceholder, source, value.pattern.at,
                      "nothing says what %" + part.text + "% stands for");
      return false;
    }
  }
  return true;
}

void finish_value(DraftValue&& value, Pattern& pattern) {
  to_string_value(value);
  pattern = std::move(value.pattern);
  switch (value.kind) {
    case Kind::kString:
      pattern.kind = Pattern::Kind::kString;
      pattern.strings.reserve(value.strings.size());
      for (Parts& parts : value.strings) pattern.strings.push_back(to_wild(std::move(parts)));
      break;
    case Kind::kRegex:
      pattern.kind = Pattern::Kind::kRegex;
      for (const Part& part : value.strings[0]) pattern.regex += part.text;
      break;
    case Kind::kCidr: pattern.kind = Pattern::Kind::kCidr; break;
    case Kind::kCompare: pattern.kind = Pattern::Kind::kNumber; break;
    case Kind::kTimePart: pattern.kind = Pattern::Kind::kTimePart; break;
    case Kind::kExists: pattern.kind = Pattern::Kind::kExists; break;
    case Kind::kFieldRef: pattern.kind = Pattern::Kind::kFieldRef; break;
    default: pattern.kind = Pattern::Kind::kNull;
  }
}

void finish_item(DraftItem&& draft, Item& item) {
  item.field = std::move(draft.field);
  item.modifiers = std::move(draft.modifiers);
  item.all = draft.all;
  item.negated = draft.negated;
  item.at = draft.at;
  item.patterns.resize(draft.values.size());
  for (std::size_t i = 0; i < draft.values.size(); ++i) finish_value(std::move(draft.values[i]), item.patterns[i]);
}

/// Takes selections out of the condition that a pipeline has emptied, as pySigma does: what is left of an `and` or `or`
/// stands. False if nothing is left.
bool prune(Condition& condition, const std::vector<std::uint32_t>& new_index) {
  constexpr auto kGone = UINT32_MAX;
  if (condition.kind == Condition::Kind::kSelection) {
    condition.selection = new_index[condition.selection];
    return condition.selection != kGone;
  }
  std::erase_if(condition.operands, [&](Condition& operand) { return !prune(operand, new_index); });
  if (condition.operands.empty()) return false;
  if (condition.operands.size() == 1 && condition.kind != Condition::Kind::kNot) {
    Condition only = std::move(condition.operands[0]);
    condition = std::move(only);
  }
  return true;
}

template <class Check>
bool check_values(const DraftSelection& selection, const Check& check) {
  bool good = true;
  for (const DraftAlternative& alternative : selection.alternatives) {
    for (const DraftItem& item : alternative) {
      for (const DraftValue& value : item.values) good = check(value) && good;
    }
  }
  return good;
}

bool has_placeholder(const DraftValue& value) {
  return std::any_of(value.strings.begin(), value.strings.end(),
                     [](const Parts& parts) { return sigma::has_placeholder(parts); });
}

}  // namespace

bool check_placeholders(const DraftSelection& selection, Diagnostics& diagnostics) {
  return check_values(selection, [&](const DraftValue& value) {
    return check_value_placeholders(value, *selection.source, diagnostics);
  });
}

bool check_regexes(const DraftSelection& selection, Diagnostics& diagnostics) {
  return check_values(selection, [&](const DraftValue& value) {
    return value.kind != Kind::kRegex || has_placeholder(value) || check_regex(value, *selection.source, diagnostics);
  });
}

std::optional<Rule> finish_rule(DraftRule& draft, Diagnostics& diagnostics) {
  bool good = true;
  for (const DraftSelection& selection : draft.selections) {
    good = check_placeholders(selection, diagnostics) && check_regexes(selection, diagnostics) && good;
  }
  if (!good) return std::nullopt;

  Rule rule = std::move(draft.rule);
  draft.rule.id = rule.id;
  draft.rule.name = rule.name;
  draft.rule.at = rule.at;
  std::vector<std::uint32_t> new_index(draft.selections.size(), UINT32_MAX);
  rule.selections.reserve(draft.selections.size());
  for (std::size_t i = 0; i < draft.selections.size(); ++i) {
    DraftSelection& from = draft.selections[i];
    std::erase_if(from.alternatives, [](const DraftAlternative& alternative) { return alternative.empty(); });
    if (from.alternatives.empty()) continue;
    new_index[i] = static_cast<std::uint32_t>(rule.selections.size());
    Selection& selection = rule.selections.emplace_back();
    selection.name = std::move(from.name);
    selection.at = from.at;
    selection.alternatives.resize(from.alternatives.size());
    for (std::size_t a = 0; a < from.alternatives.size(); ++a) {
      selection.alternatives[a].resize(from.alternatives[a].size());
      for (std::size_t k = 0; k < from.alternatives[a].size(); ++k) {
        finish_item(std::move(from.alternatives[a][k]), selection.alternatives[a][k]);
      }
    }
  }
  draft.selections.clear();
  if (prune(rule.condition, new_index)) return rule;
  diagnostics.add(Issue::kEmptiedCondition, *draft.source, rule.at, "pipelines have left nothing of the condition");
  return std::nullopt;
}

}  // namespace tocsin::sigma
