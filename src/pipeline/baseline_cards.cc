#include "pipeline/baseline_cards.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "event/level.h"

namespace tocsin {

namespace {

struct Class {
  BaselineKind kind;
  std::string_view id, level, title, tactic, technique;
};
/// A sign is seldom an attack: none is above medium, and what is about a number of events alone is low.
constexpr std::array<Class, 6> kClasses = {{
    {BaselineKind::kFirstSeen, "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a801", "low", "Baseline: a value that was never seen", "", ""},
    {BaselineKind::kVolume, "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a802", "low", "Baseline: far more or fewer events than usual", "", ""},
    {BaselineKind::kNewCountry, "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a803", "low", "Baseline: log-in from a country that is new for the account", "attack.initial-access", "attack.t1078"},
    {BaselineKind::kTravel, "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a804", "medium", "Baseline: log-in from farther away than the account can have come", "attack.initial-access", "attack.t1078"},
    {BaselineKind::kBeacon, "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a805", "medium", "Baseline: connections at equal intervals", "attack.command-and-control", "attack.t1071"},
    {BaselineKind::kOutlier, "7f3b6a52-0d1e-4c8b-9b57-3e64c1d2a806", "low", "Baseline: an hour that is unlike the host's others", "", ""},
}};

}  // namespace

std::vector<RuleCard> baseline_cards() {
  std::vector<RuleCard> cards;
  for (const Class& one : kClasses) {
    RuleCard card;
    card.id = one.id;
    card.title = one.title;
    card.level = one.level;
    card.level_rank = *level_rank_of(one.level);
    card.status = "test";
    card.author = "Tocsin";
    for (const std::string_view tag : {one.tactic, one.technique}) {
      if (!tag.empty()) card.tags.emplace_back(tag);
    }
    cards.push_back(std::move(card));
  }
  return cards;
}

std::size_t baseline_card_place(BaselineKind kind) {
  const auto one = std::ranges::find(kClasses, kind, &Class::kind);
  TOCSIN_CHECK(one != kClasses.end(), "signs of this kind make alerts");
  return static_cast<std::size_t>(one - kClasses.begin());
}

std::string_view baseline_rule_id(BaselineKind kind) { return kClasses[baseline_card_place(kind)].id; }

std::optional<BaselineKind> promotable_kind(std::string_view name) {
  const auto one = std::ranges::find_if(kClasses, [&](const Class& c) { return kBaselineKindNames[static_cast<std::size_t>(c.kind)] == name; });
  return one == kClasses.end() ? std::nullopt : std::optional(one->kind);
}

}  // namespace tocsin
