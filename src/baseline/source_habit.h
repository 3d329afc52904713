// When a source speaks, as a rule, and whether it has been silent for longer than that explains. Time is measured on a clock of the source's own, which runs at the rate at which it speaks at this hour of the week: a night in which
// it never says a word takes no time, an hour in which it always does takes an hour. On that clock pauses of machines that are off by night and on weekends are as short as those of machines that always run,
// and one bound fits both: a multiple of the longest pause but one of the last weeks (the longest may have been an outage, which must not teach that outages are usual).
//
//   rate(h)  = (a + k) / (n + k)    n: weeks in which hour h of the week was watched, a: of those, in which it spoke; both fade. Unknown: 1
//   bound    = max(factor · pause, floor)
//   pause    = the second longest of the longest pauses of each of the last 56 watched days; before 14 days are known, the longest
//   floor    = half an hour; of a source with hours in which it is mostly silent, one and a half of its longest day, so that a holiday is none
//
// It judges once 14 days were watched; before, from the second day on, only a source that has spoken in every hour. What it costs: 1.6 KB for each source, a few additions for each look. Measured on
// made-up weeks against quantiles of plain pauses and of pauses by hour of the week: docs/decisions/0049-canaries.md. One thread. Same looks, same answers.
//
//   SourceHabit habit;
//   habit.look(now, std::chrono::seconds(10), spoke);      // for each stretch of time in which it could have been heard, in order
//   if (habit.is_silent()) …
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tocsin::baseline {

inline constexpr std::size_t kHoursOfWeek = 168;
/// Days whose longest pauses are known. Patches and restarts come once a month: two of them.
inline constexpr std::size_t kHabitDays = 56;

class SourceHabit {
 public:
  /// `watched` until `now` it could be heard, and spoke or did not. Stretches that nobody watched are left out; hours are those of `now`, in UTC.
  void look(TimeUs now, std::chrono::nanoseconds watched, bool spoke);

  bool is_silent() const { return silent_; }
  /// When it spoke last; kNoTime: never.
  TimeUs spoke() const { return spoke_; }
  /// Since then, on its own clock; the pause that is usual at most, and the bound, on the same.
  double quiet_seconds() const { return quiet_seconds_; }
  double usual_pause_seconds() const;
  double bound_seconds() const;
  double days() const { return watched_seconds_ / 86'400; }
  /// It has hours of the week in which it mostly says nothing.
  bool has_schedule() const;

  std::string packed() const;
  /// Nothing if the bytes are none.
  static std::optional<SourceHabit> unpacked(std::string_view bytes);

 private:
  double rate(std::size_t hour) const;
  void end_hour();
  void begin_day(std::int64_t day);
  bool may_judge() const;
  double longest_day_seconds() const;

  std::array<float, kHoursOfWeek> watched_{}, active_{};  // weeks, faded
  std::array<float, kHabitDays> pauses_{};                // the longest of each day, on its clock; a ring
  std::uint32_t days_ = 0;                                // that are in the ring, and those that were
  std::int64_t day_ = 0, hour_ = 0;                       // since 1970; the last that was looked at
  double hour_seconds_ = 0;                               // watched, of that hour
  bool hour_spoke_ = false;
  std::uint32_t quiet_hours_ = 0;  // without a word
  double watched_seconds_ = 0, quiet_seconds_ = 0;
  TimeUs spoke_ = kNoTime;
  bool silent_ = false;
};

}  // namespace tocsin::baseline
