// When alerts happened, as rows of steps of one length that a person can take in at a glance: data of two hours gives minutes,
// data of ten years months, and a lone alert of another year does not squeeze all others into one row, because a long
// stretch without alerts is one row, too. Pure; no thread contract.
//
//   const Timeline timeline = make_timeline(summary.by_minute);
//   for (const TimelineRow& row : timeline.rows) …
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "event/summary.h"

namespace tocsin {

struct TimelineRow {
  std::string label;   // "2026-11-23 08:40", "2026-11-23", "2026-11" or "2026"; of a pause, how long it is: "3 months"
  LevelCounts counts;  // all zero: a step without alerts
  bool pause = false;  // several steps without alerts in one row
};

struct Timeline {
  std::string step;  // "5 minutes", "month"
  std::vector<TimelineRow> rows;
};

/// What fits on a screen with the rest of the summary not far away.
inline constexpr std::size_t kTimelineRowsMax = 30;
/// Empty steps in a row, up to which they are shown one by one, so that the eye still sees the scale.
inline constexpr std::int64_t kEmptyStepsShown = 3;

/// One row in so many may be a pause: with more, the step is finer than what there is to see.
inline constexpr std::int64_t kRowsPerPause = 4;

/// The finest step with which no more than kTimelineRowsMax rows and few pauses are needed. Steps of a day and more are those of the
/// calendar, in UTC; weeks begin on Monday.
Timeline make_timeline(const std::map<std::int64_t, LevelCounts>& by_minute);

}  // namespace tocsin
