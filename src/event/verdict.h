// What a person says of an alert. It is never changed: who thinks otherwise later says so anew, and the last word counts.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tocsin {

enum class VerdictKind : std::uint8_t {
  kTruePositive,   // malicious activity
  kBenign,         // what the rule is about did happen, and was meant to
  kFalsePositive,  // what the rule is about did not happen
};
inline constexpr std::array<std::string_view, 3> kVerdictWords = {"true_positive", "benign", "false_positive"};

/// Nothing for another word; "true-positive" and "false-positive", as they are typed, are words too.
inline std::optional<VerdictKind> verdict_named(std::string_view word) {
  std::string plain(word);
  std::ranges::replace(plain, '-', '_');
  const auto at = std::ranges::find(kVerdictWords, plain);
  if (at == kVerdictWords.end()) return std::nullopt;
  return static_cast<VerdictKind>(at - kVerdictWords.begin());
}
inline std::string_view word_of(VerdictKind kind) { return kVerdictWords[static_cast<std::size_t>(kind)]; }

struct Verdict {
  std::string alert;  // its whole id
  VerdictKind kind = VerdictKind::kBenign;
  std::string why, by;
  TimeUs time = kNoTime;  // when it was said
};

}  // namespace tocsin
