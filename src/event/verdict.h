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

/// What a person judged. In the order in which one of a group's alerts speaks for the group: the highest does.
enum class Verdict : std::uint8_t {
  kNone,
  kFalsePositive,  // what the rule is about did not happen
  kBenign,         // it did happen, and was meant to
  kTruePositive,   // malicious activity
};
inline constexpr std::array<std::string_view, 4> kVerdictWords = {"none", "false_positive", "benign", "true_positive"};

/// Nothing for another word; "true-positive" and "false-positive", as they are typed, are words too.
inline std::optional<Verdict> verdict_named(std::string_view word) {
  std::string plain(word);
  std::ranges::replace(plain, '-', '_');
  const auto at = std::ranges::find(kVerdictWords, plain);
  if (at == kVerdictWords.end()) return std::nullopt;
  return static_cast<Verdict>(at - kVerdictWords.begin());
}
inline std::string_view word_of(Verdict verdict) { return kVerdictWords[static_cast<std::size_t>(verdict)]; }

/// `kNone`: a verdict was taken back.
struct AlertVerdict {
  std::string alert;  // its whole id
  Verdict verdict = Verdict::kNone;
  std::string why, by;
  TimeUs time = kNoTime;  // when it was said
  bool of_incident = false;  // of the incident as a whole, by closing it
};

}  // namespace tocsin
