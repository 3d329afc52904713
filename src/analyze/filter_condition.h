// What a proposed filter is made of, and what it means: as Sigma does (docs/sigma-semantics.md, 19 to 24), of the constructs that a proposal uses. Plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/alert_fields.h"

namespace tocsin::analyze {

/// A field one of whose values equals, or begins or ends with, one of the texts. Case does not count, as Sigma folds it.
struct FieldCondition {
  enum class Match : std::uint8_t { kEqual, kStartsWith, kEndsWith };
  std::string field;
  Match match = Match::kEqual;
  std::vector<std::string> values;  // as the events spell them; different when folded, sorted

  bool operator==(const FieldCondition&) const = default;
};
/// All of them.
using FilterSelection = std::vector<FieldCondition>;

bool holds(const FieldCondition& condition, const AlertFields& event);
bool holds(const FilterSelection& selection, const AlertFields& event);

/// For many conditions on many events: both with their texts folded once, and the same question of these.
FieldCondition folded_condition(FieldCondition condition);
AlertFields folded_event(AlertFields event);
bool holds_folded(const FieldCondition& condition, const AlertFields& event);

}  // namespace tocsin::analyze
