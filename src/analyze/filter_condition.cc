#include "analyze/filter_condition.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin::analyze {

FieldCondition folded_condition(FieldCondition condition) {
  for (std::string& value : condition.values) value = folded(value);
  return condition;
}

AlertFields folded_event(AlertFields event) {
  for (AlertField& field : event.fields) {
    for (std::optional<std::string>& value : field.values) {
      if (value) value = folded(*value);
    }
  }
  return event;
}

bool holds_folded(const FieldCondition& condition, const AlertFields& event) {
  const AlertField* const field = event.find(condition.field);
  if (field == nullptr) return false;
  return std::ranges::any_of(field->values, [&](const std::optional<std::string>& text) {
    if (!text) return false;
    return std::ranges::any_of(condition.values, [&](const std::string& part) {
      switch (condition.match) {
        case FieldCondition::Match::kEqual: return *text == part;
        case FieldCondition::Match::kStartsWith: return text->starts_with(part);
        case FieldCondition::Match::kEndsWith: return text->ends_with(part);
      }
      return false;
    });
  });
}

bool holds(const FieldCondition& condition, const AlertFields& event) {
  const AlertField* const field = event.find(condition.field);
  if (field == nullptr) return false;
  AlertFields alone;
  alone.fields = {*field};
  return holds_folded(folded_condition(condition), folded_event(std::move(alone)));
}

bool holds(const FilterSelection& selection, const AlertFields& event) {
  return std::ranges::all_of(selection, [&](const FieldCondition& condition) { return holds(condition, event); });
}

}  // namespace tocsin::analyze
