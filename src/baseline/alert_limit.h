// How often signs make alerts by themselves: the same sign of the same subject once in some hours, since a beat beats on and an odd hour is odd for six; and of each kind so many an hour, so that a morning on which everything is new
// is no flood. What is held back is counted. By event time, which is never later than that of receipt; nobody gets more out of it with a clock that is behind. Flat memory, and a part of the state of baselines: the same events make
// the same alerts, wherever a service was killed. One thread.
//
//   AlertLimit limit;
//   if (limit.admits(BaselineKind::kTravel, {{fingerprint}}, time_s)) …
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "baseline/set_table.h"
#include "event/baseline.h"

namespace tocsin::baseline {

/// Alerts of one kind in an hour; a team of three does not look at more, and what is behind them is found by what the first ones name.
inline constexpr std::uint32_t kSignAlertsPerHourMax = 20;
/// Seconds for which the same sign makes no other alert: a shift, and all hours for which an odd one is told.
inline constexpr std::uint32_t kSameSignSeconds = 8 * 3'600;
/// Signs that are remembered, 16 bytes each: more than make alerts in as long. Beyond it the oldest goes.
inline constexpr std::size_t kSameSignsMax = 1u << 12;

class AlertLimit {
 public:
  /// Whether an event's signs of one kind may make an alert, which is one for all of them: if one of them made none of late, and the hour has room. Each fingerprint stands for kind, subject, field and value. They are remembered, whatever the answer.
  bool admits(BaselineKind kind, std::span<const std::uint64_t> fingerprints, std::uint32_t time_s);
  /// That were too many within their hour, since it was made or read.
  std::uint64_t held_back() const { return held_back_; }

  void append_state(std::string& out) const;
  /// All of `bytes`. kInvalid, and then this is empty.
  Status read_state(std::string_view bytes);

 private:
  struct Told {
    std::uint64_t fingerprint = 0;
    std::uint32_t at_s = 0;
  };
  struct Hour {
    std::uint32_t number = 0, alerts = 0;
  };
  SetTable<Told, kSameSignsMax> told_;
  std::array<Hour, kBaselineKindNames.size()> hours_{};
  std::uint64_t held_back_ = 0;
};

}  // namespace tocsin::baseline
