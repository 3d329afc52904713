#include "event/suppression.h"

#include <fmt/format.h>

namespace tocsin {

namespace {
constexpr std::int64_t kMinuteUs = 60'000'000;
}  // namespace

std::string words_of(const Suppression& suppression) {
  std::string words;
  if (!suppression.rule.empty()) words += fmt::format("of rule {}", suppression.rule);
  if (suppression.type != EntityType::kNone) {
    words += fmt::format("{}about {} {}", words.empty() ? "" : " ", suppression.entity.empty() ? "each" : entity_name(suppression.type), suppression.entity.empty() ? std::string(entity_name(suppression.type)) : suppression.entity);
  }
  words += fmt::format(", up to {}", kLevelWords[suppression.level_max]);
  if (suppression.window_us > 0) words += fmt::format(", but for the first in {} minutes", suppression.window_us / kMinuteUs);
  return words;
}

}  // namespace tocsin
