// Why a rule matched: the part of the Matcher that runs once per alert, not once per event.
#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "detect/match/matcher.h"

namespace tocsin::match {

using sigma::Item;
using sigma::Pattern;

bool Matcher::carries(const ClassState& state, const Value& value, const std::string& field) const {
  const std::vector<std::string>& names = state.paths[value.path].names;
  return std::ranges::find(names, field) != names.end();
}

namespace {

/// The test that fits the shape: most patterns need no wildcard matching, and values can be long.
bool wild_holds(const plan::Wild& wild, std::string_view text, std::string_view low) {
  if (wild.cased) return plan::wild_matches(wild.parts, text);
  switch (wild.shape) {
    case plan::Shape::kEverything: return true;
    case plan::Shape::kEquals: return low == wild.literal;
    case plan::Shape::kPrefix: return low.starts_with(wild.literal);
    case plan::Shape::kSuffix: return low.ends_with(wild.literal);
    case plan::Shape::kContains: return memmem(low.data(), low.size(), wild.literal.data(), wild.literal.size()) != nullptr;
    case plan::Shape::kGeneral: return plan::wild_matches(wild.parts, low);
  }
  return false;
}

}  // namespace

/// `low` is the folded text of the value, made by the caller once for all patterns.
bool Matcher::pattern_matches(const Item& item, const Pattern& pattern, const Value& value, std::string_view text,
                              std::string_view low) {
  if (pattern.kind == Pattern::Kind::kExists) return pattern.exists;
  if (value.kind == ValueKind::kNull) return pattern.kind == Pattern::Kind::kNull;
  switch (pattern.kind) {
    case Pattern::Kind::kString: {
      std::vector<plan::Wild>& wilds = wilds_[&pattern];
      if (wilds.empty()) {
        for (const sigma::WildString& string : pattern.strings) {
          wilds.push_back(item.field.empty() ? plan::compile_keyword(string, pattern.cased)
                                             : plan::compile_wild(string, pattern.cased));
        }
      }
      return std::ranges::any_of(wilds, [&](const plan::Wild& wild) { return wild_holds(wild, text, low); });
    }
    case Pattern::Kind::kRegex: {
      const Regex* regex = planner_.regex(pattern);
      return regex != nullptr && regex->search(text);
    }
    case Pattern::Kind::kCidr: return plan::cidr_matches(pattern, text);
    case Pattern::Kind::kNumber: return plan::number_matches(pattern, text);
    case Pattern::Kind::kTimePart: return plan::time_part_matches(pattern, text, value.kind == ValueKind::kNumber);
    default: return false;
  }
}

/// For each pattern of the item the first value of its field that it matches, or nullptr; unless all must match, only as
/// far as the first that does, since that one is shown.
void Matcher::meet(const Item& item, std::vector<const Value*>& met) {
  met.assign(item.patterns.size(), nullptr);
  std::string scratch;
  std::size_t ask = item.patterns.size();
  const auto try_value = [&](const Value& value) {
    const std::string_view text = value.kind == ValueKind::kNull ? std::string_view() : plan::value_text(value, scratch);
    low_.clear();
    append_folded(low_, text);
    for (std::size_t i = 0; i < ask; ++i) {
      if (met[i] != nullptr || !pattern_matches(item, item.patterns[i], value, text, low_)) continue;
      met[i] = &value;
      // A null among the values does not yet show that the field has none.
      if (!item.all && item.patterns[i].kind != Pattern::Kind::kNull) ask = i;
    }
  };
  if (item.field.empty()) {
    for (const Value& value : event_->values) {
      if (!value.derived) try_value(value);
    }
    return;
  }
  for (const Lookup& lookup : lookups_) {
    if (std::ranges::find(lookup.path->names, item.field) != lookup.path->names.end()) try_value(*lookup.value);
  }
}

/// The first value of the item's field that some value of the other field satisfies.
const Value* Matcher::ref_value(const ClassState& state, const Item& item, const Pattern& pattern) {
  std::vector<std::string> right;
  texts_of(state, pattern.field, right);
  for (const Value& value : event_->values) {
    if (value.kind == ValueKind::kNull || !carries(state, value, item.field)) continue;
    std::string text;
    append_value_text(text, value);
    if (std::ranges::any_of(right, [&](const std::string& other) { return ref_fits(pattern, text, other); })) return &value;
  }
  return nullptr;
}

void Matcher::item_matched(const ClassState& state, const sigma::Selection& selection, const Item& item,
                           std::vector<Matched>& out) {
  const auto show = [&](const Pattern& pattern, const Value* value) {
    Matched& one = out.emplace_back();
    one.selection = selection.name;
    one.field = item.field;
    one.modifiers = &item.modifiers;
    one.pattern = pattern.text;
    if (value != nullptr) {
      one.value = *value;
    } else {
      one.value.kind = ValueKind::kNull;
    }
  };
  const auto asks_absence = [](const Pattern& pattern) {
    return pattern.kind == Pattern::Kind::kNull || (pattern.kind == Pattern::Kind::kExists && !pattern.exists);
  };
  const auto first_value = [&]() -> const Value* {
    const auto found = std::ranges::find_if(event_->values, [&](const Value& value) { return carries(state, value, item.field); });
    return found == event_->values.end() ? nullptr : &*found;
  };
  if (item.negated) {
    for (const Pattern& pattern : item.patterns) show(pattern, first_value());
    return;
  }
  std::vector<const Value*> met;
  meet(item, met);
  for (std::size_t i = 0; i < item.patterns.size(); ++i) {
    const Pattern& pattern = item.patterns[i];
    if (asks_absence(pattern)) {
      const bool there = std::ranges::any_of(event_->values, [&](const Value& value) {
        return carries(state, value, item.field) && (pattern.kind == Pattern::Kind::kExists || value.kind != ValueKind::kNull);
      });
      if (there) continue;
      show(pattern, nullptr);
    } else if (pattern.kind == Pattern::Kind::kFieldRef) {
      if (!field_ref_holds(state, {item.field, &pattern})) continue;
      show(pattern, ref_value(state, item, pattern));
    } else {
      if (met[i] == nullptr) continue;
      show(pattern, met[i]);
    }
    if (!item.all) return;
  }
}

void Matcher::matched(std::uint32_t rule, std::vector<Matched>& out) {
  out.clear();
  ClassState& state = *current_;
  const plan::PlannedRule& planned = state.plan->rules()[state.planned_of[rule] - 1];
  for (const plan::PlannedSelection& selection : planned.positive) {
    if (!holds(state, selection.root)) continue;
    for (std::size_t i = 0; i < selection.alternatives.size(); ++i) {
      if (!holds(state, selection.alternatives[i].root)) continue;
      for (const Item& item : selection.selection->alternatives[i]) item_matched(state, *selection.selection, item, out);
      break;
    }
  }
}

}  // namespace tocsin::match
