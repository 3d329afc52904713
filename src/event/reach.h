// Which alerts are asked for by whom they reach, and how many reach nobody; what hides them is event/suppression.h. Pure.
#pragma once

#include <cstdint>

namespace tocsin {

/// What stands for the one that hides an alert of a rule in shadow, where others have the number of a suppression; and for none.
inline constexpr std::int64_t kHiddenByShadow = -1, kHiddenByNone = 0;

/// Those that reach people, or the others too.
enum class WhichAlerts : std::uint8_t { kReaching, kAll };

/// Alerts that reach nobody.
struct HiddenAlerts {
  std::uint64_t suppressed = 0, in_shadow = 0;
};

}  // namespace tocsin
