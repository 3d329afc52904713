// What an alert's line says that bears on how probable it is: the status of its rule, the card of the asset, what lists say of its entities, which values the rule met, and what was unusual about its event. Part of an IncidentAlert. Plain data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/baseline.h"

namespace tocsin::analyze {

/// Of the values that a rule met; more than these say no more.
inline constexpr std::size_t kMatchedValuesMax = 4;

/// By the card of the asset register; the highest of several.
enum class Criticality : std::uint8_t { kUnknown, kLow, kMedium, kHigh, kCritical };
inline constexpr std::array<std::string_view, 5> kCriticalityWords = {"", "low", "medium", "high", "critical"};

/// Of a rule, as Sigma has it.
enum class RuleStatus : std::uint8_t { kUnknown, kUnsupported, kDeprecated, kExperimental, kTest, kStable };
inline constexpr std::array<std::string_view, 6> kStatusWords = {"", "unsupported", "deprecated", "experimental", "test", "stable"};

struct AlertFacts {
  RuleStatus status = RuleStatus::kUnknown;
  Criticality criticality = Criticality::kUnknown;
  std::string asset;           // that has it
  std::uint8_t malicious = 0;  // 1: a list of badness names an entity of it, without a score; 2 to 102: the highest score, and 2
  std::string malicious_list, benign_list;  // which does; "": none
  std::size_t value_count = 0;
  std::array<std::uint64_t, kMatchedValuesMax> values{};  // fingerprints of field and value
  std::vector<BaselineSign> unusual;  // of each kind the strongest
};

}  // namespace tocsin::analyze
