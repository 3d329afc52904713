#include "report/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/time.h"

namespace tocsin {

namespace {

constexpr std::int64_t kHour = 60, kDay = 24 * kHour, kWeek = 7 * kDay;
constexpr std::int64_t kYear = 12;              // months
constexpr std::int64_t kMondayBefore1970 = 3 * kDay;  // 1970 began on a Thursday

/// Either so many minutes or so many months.
struct Step {
  std::int64_t minutes, months;
  const char* name;
};
constexpr Step kSteps[] = {
    {1, 0, "minute"},          {2, 0, "2 minutes"},      {5, 0, "5 minutes"},      {10, 0, "10 minutes"},
    {15, 0, "15 minutes"},     {30, 0, "30 minutes"},    {kHour, 0, "hour"},       {2 * kHour, 0, "2 hours"},
    {3 * kHour, 0, "3 hours"}, {6 * kHour, 0, "6 hours"}, {12 * kHour, 0, "12 hours"}, {kDay, 0, "day"},
    {kWeek, 0, "week"},        {0, 1, "month"},          {0, 3, "quarter"},        {0, kYear, "year"},
    {0, 10 * kYear, "decade"}, {0, 100 * kYear, "century"}, {0, 1'000 * kYear, "1,000 years"},
    {0, 100'000 * kYear, "100,000 years"}};  // all that TimeUs can hold is six of the last

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }

/// The number of the step that a minute lies in.
std::int64_t step_of(const Step& step, std::int64_t minute) {
  if (step.months == 0) return floor_div(minute + (step.minutes == kWeek ? kMondayBefore1970 : 0), step.minutes);
  const CivilTime civil = to_civil(minute * 60'000'000);
  return floor_div(std::int64_t{civil.year} * 12 + civil.month - 1, step.months);
}

std::string label_of(const Step& step, std::int64_t number) {
  if (step.months == 0) {
    constexpr std::int64_t kMinuteUs = 60'000'000, kFirstMinute = INT64_MIN / kMinuteUs;
    const std::int64_t minute = number * step.minutes - (step.minutes == kWeek ? kMondayBefore1970 : 0);
    const CivilTime t = to_civil(std::max(minute, kFirstMinute) * kMinuteUs);
    if (step.minutes >= kDay) return fmt::format("{:04}-{:02}-{:02}", t.year, t.month, t.day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute);
  }
  const std::int64_t month = number * step.months, year = floor_div(month, 12);
  if (step.months >= kYear) return fmt::format("{:04}", year);
  return fmt::format("{:04}-{:02}", year, month - year * 12 + 1);
}

std::string count_text(std::int64_t count, const char* unit) { return fmt::format("{} {}{}", count, unit, count == 1 ? "" : "s"); }

/// How long so many steps are, in the unit that a person would use.
std::string length_of(const Step& step, std::int64_t steps) {
  if (step.months > 0) {
    const std::int64_t months = steps * step.months;
    return months < 2 * kYear ? count_text(months, "month") : count_text(months / kYear, "year");
  }
  const std::int64_t minutes = steps * step.minutes;
  if (minutes < 2 * kHour) return count_text(minutes, "minute");
  if (minutes < 2 * kDay) return count_text(minutes / kHour, "hour");
  constexpr std::int64_t kYearDays = 365;
  return minutes < 2 * kYearDays * kDay ? count_text(minutes / kDay, "day") : count_text(minutes / kDay / kYearDays, "year");
}

std::map<std::int64_t, LevelCounts> gather(const Step& step, const std::map<std::int64_t, LevelCounts>& by_minute) {
  std::map<std::int64_t, LevelCounts> steps;
  for (const auto& [minute, counts] : by_minute) {
    LevelCounts& sum = steps[step_of(step, minute)];
    for (std::size_t i = 0; i < kLevels; ++i) sum.counts[i] += counts.counts[i];
  }
  return steps;
}

/// Rows that lie between two steps with alerts.
std::int64_t rows_between(std::int64_t before, std::int64_t after) {
  const std::int64_t empty = after - before - 1;
  return empty > kEmptyStepsShown ? 1 : empty;
}

struct Extent {
  std::int64_t rows = 0, pauses = 0;
};

Extent extent_of(const std::map<std::int64_t, LevelCounts>& steps) {
  Extent extent;
  std::int64_t before = steps.begin()->first;
  for (const auto& [number, counts] : steps) {
    extent.rows += 1 + (number == before ? 0 : rows_between(before, number));
    extent.pauses += number - before - 1 > kEmptyStepsShown;
    before = number;
  }
  return extent;
}

}  // namespace

Timeline make_timeline(const std::map<std::int64_t, LevelCounts>& by_minute) {
  Timeline timeline;
  if (by_minute.empty()) return timeline;
  const Step* step = std::begin(kSteps);
  std::map<std::int64_t, LevelCounts> steps = gather(*step, by_minute);
  for (Extent extent = extent_of(steps); step + 1 != std::end(kSteps); extent = extent_of(steps)) {
    const auto rows_max = static_cast<std::int64_t>(kTimelineRowsMax);
    if (extent.rows <= rows_max && extent.pauses <= extent.rows / kRowsPerPause) break;
    steps = gather(*++step, by_minute);
  }
  timeline.step = step->name;
  std::int64_t before = steps.begin()->first;
  for (const auto& [number, counts] : steps) {
    const std::int64_t empty = number - before - 1;
    if (empty > kEmptyStepsShown) {
      timeline.rows.push_back({length_of(*step, empty), {}, true});
    } else {
      for (std::int64_t i = before + 1; i < number; ++i) timeline.rows.push_back({label_of(*step, i), {}, false});
    }
    timeline.rows.push_back({label_of(*step, number), counts, false});
    before = number;
  }
  return timeline;
}

}  // namespace tocsin
