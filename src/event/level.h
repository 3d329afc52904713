// The levels of rules and alerts, as Sigma names them, in their order: a rank is a place in this list.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin {

inline constexpr std::array<std::string_view, 5> kLevelWords = {"informational", "low", "medium", "high", "critical"};

/// Nothing for a word that is no level; case counts.
inline std::optional<std::uint8_t> level_rank_of(std::string_view word) {
  const auto at = std::ranges::find(kLevelWords, word);
  if (at == kLevelWords.end()) return std::nullopt;
  return static_cast<std::uint8_t>(at - kLevelWords.begin());
}

}  // namespace tocsin
