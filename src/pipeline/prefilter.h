// Which stored events can match one of these rules, as a condition on the columns of segments (docs/formats/segments.md), so that a backtest reads only
// their records. What it says is implied by the rules: an event for which it is false matches none of them. It is made of the parts of a rule that ask a
// field which a column holds (content/mappings/columns.yml), and of the rule's log source; what a column cannot answer counts as true.
//
// A column answers for a field only where it holds everything that the event says under it: the row's `partial` tells, and `mappings` that it was
// filled as this program would fill it. Every other row is a candidate. A pure function.
//
//   if (auto condition = prefilter_of(set, taxonomy)) search->read_records(*condition, visitor);
#pragma once

#include <optional>

#include "detect/sigma/load.h"
#include "normalize/taxonomy.h"
#include "store/search.h"

namespace tocsin {

/// Rules and values of theirs that one condition asks for; it is planned as a whole, and beyond this the engine alone is quicker.
inline constexpr std::size_t kPrefilterRulesMax = 500;
inline constexpr std::size_t kPrefilterPatternsMax = 5'000;

/// Nothing if it could leave nothing out.
std::optional<store::RecordCondition> prefilter_of(const sigma::RuleSet& set, const Taxonomy& taxonomy);

}  // namespace tocsin
