// What the policy says to do now about an alert, and why. Made by respond/policy, shown by whoever asks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/path_table.h"

namespace tocsin {

/// The stronger later.
enum class DecisionKind : std::uint8_t {
  kRecord,    // nothing is done; it is written down
  kAsk,       // a person may say yes
  kEscalate,  // a person must look: something stands in the way of what would be done
  kAct,       // it is done by itself
};
inline constexpr std::array<std::string_view, 4> kDecisionWords = {"record", "ask", "escalate", "act"};
inline std::string_view word_of(DecisionKind kind) { return kDecisionWords[static_cast<std::size_t>(kind)]; }

/// What decided: the first that stands in the way of acting, or nothing.
enum class DecisionCause : std::uint8_t { kConfidenceLow, kProtected, kNotReversible, kNeverAlone, kBoundLow, kOutsideHours, kBlastRadius, kDryRun, kNothing };
inline constexpr std::array<std::string_view, 9> kDecisionCauseWords = {"confidence", "protected", "not_reversible", "never_alone", "lower_bound", "hours", "blast_radius", "dry_run", "nothing"};
inline std::string_view word_of(DecisionCause cause) { return kDecisionCauseWords[static_cast<std::size_t>(cause)]; }

struct Decision {
  DecisionKind kind = DecisionKind::kRecord;
  std::string action;  // the class: "isolate_host"
  EntityType target_type = EntityType::kNone;
  std::string target;
  std::string alert;
  TimeUs time = kNoTime;
  DecisionCause cause = DecisionCause::kNothing;
  std::string reason;  // the same in words
  std::uint32_t approvers = 1;  // people who must say yes where it is asked
};

}  // namespace tocsin
