// What alerts about indicators say in place of a rule: one id for each kind of thing that an indicator is, whatever feed it is in, so that an alert's id does not change with the feed; and one level of several,
// by how sure the indicator is. Pure.
//
//   const std::vector<RuleCard> cards = indicator_cards();
//   cards[indicator_card_place(intel::IndicatorKind::kUrl, found.score())]
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "detect/intel/indicator.h"
#include "event/alert.h"

namespace tocsin {

/// From these scores on an alert has that level; without a score it is medium.
inline constexpr int kIndicatorHigh = 75, kIndicatorMedium = 40;

/// By kind, and of each by level: low, medium, high.
std::vector<RuleCard> indicator_cards();
inline constexpr std::size_t kIndicatorLevels = 3;
std::size_t indicator_card_place(intel::IndicatorKind kind, std::optional<int> score);
/// Whether a rule's id is one of them.
bool is_indicator_rule(std::string_view id);
EntityType entity_of(intel::IndicatorKind kind);

}  // namespace tocsin
