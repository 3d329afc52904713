// What alerts of signs say in place of a rule, where somebody lets signs of a kind make alerts by themselves (docs/baselines.md): one card for each such kind, whose id does not change. Pure.
//
//   const std::vector<RuleCard> cards = baseline_cards();
//   cards[baseline_card_place(BaselineKind::kTravel)]
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "baseline/sign_kinds.h"
#include "event/alert.h"

namespace tocsin {

/// In the order of kinds, those of baseline::kPromotableKinds.
std::vector<RuleCard> baseline_cards();
/// `kind` is one of those.
std::size_t baseline_card_place(BaselineKind kind);
std::string_view baseline_rule_id(BaselineKind kind);
/// Of a kind by its name, where it may make alerts.
std::optional<BaselineKind> promotable_kind(std::string_view name);

}  // namespace tocsin
