#include "pipeline/indicator_cards.h"

#include <algorithm>
#include <array>

#include "event/level.h"

namespace tocsin {

namespace {

struct Class {
  std::string_view id, title;
};
constexpr std::array<Class, 5> kClasses = {{
    {"c8a1d2f0-6c0e-4f5b-9a3e-7d1f60b2a501", "Indicator of compromise: address"},
    {"c8a1d2f0-6c0e-4f5b-9a3e-7d1f60b2a502", "Indicator of compromise: domain name"},
    {"c8a1d2f0-6c0e-4f5b-9a3e-7d1f60b2a503", "Indicator of compromise: URL"},
    {"c8a1d2f0-6c0e-4f5b-9a3e-7d1f60b2a504", "Indicator of compromise: hash of a file"},
    {"c8a1d2f0-6c0e-4f5b-9a3e-7d1f60b2a505", "Indicator of compromise: e-mail address"},
}};
constexpr std::array<std::string_view, kIndicatorLevels> kLevels = {"low", "medium", "high"};

std::size_t class_of(intel::IndicatorKind kind) {
  switch (kind) {
    case intel::IndicatorKind::kNetwork: return 0;
    case intel::IndicatorKind::kDomain:
    case intel::IndicatorKind::kName: return 1;
    case intel::IndicatorKind::kUrl: return 2;
    case intel::IndicatorKind::kHash: return 3;
    case intel::IndicatorKind::kMailbox: return 4;
    case intel::IndicatorKind::kKept: break;  // of searches, which make no alerts
  }
  return 0;
}

}  // namespace

std::vector<RuleCard> indicator_cards() {
  std::vector<RuleCard> cards;
  for (const Class& one : kClasses) {
    for (const std::string_view level : kLevels) {
      RuleCard card;
      card.id = one.id;
      card.title = one.title;
      card.level = level;
      card.level_rank = *level_rank_of(level);
      card.status = "stable";
      card.author = "Tocsin";
      cards.push_back(std::move(card));
    }
  }
  return cards;
}

std::size_t indicator_card_place(intel::IndicatorKind kind, std::optional<int> score) {
  const std::size_t level = !score ? 1 : *score >= kIndicatorHigh ? 2 : *score >= kIndicatorMedium ? 1 : 0;
  return class_of(kind) * kIndicatorLevels + level;
}

bool is_indicator_rule(std::string_view id) { return std::ranges::find(kClasses, id, &Class::id) != kClasses.end(); }

EntityType entity_of(intel::IndicatorKind kind) {
  constexpr std::array<EntityType, 5> kTypes = {EntityType::kIp, EntityType::kDomain, EntityType::kUrl, EntityType::kHash, EntityType::kMailbox};
  return kTypes[class_of(kind)];
}

}  // namespace tocsin
