#include "baseline/source_habit.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/bytes.h"

namespace tocsin::baseline {

namespace {

constexpr std::int64_t kHourUs = 3'600'000'000, kDayUs = 24 * kHourUs;
/// What a week weighs a week later: half after a little more than four.
constexpr float kWeekFades = 0.85F;
/// What speaks for an hour of which one week is known: little, or a source's first weekend would be a long silence.
constexpr double kPrior = 0.1;
/// An hour of which less was watched says nothing.
constexpr double kHourWatchedSeconds = 1'800;
constexpr double kJudgesAfterDays = 14, kJudgesSteadyAfterDays = 2;
/// With few days the longest pause is short by chance.
constexpr double kFactorEarly = 3, kFactor = 2;
/// Restarts and patches take minutes.
constexpr double kFloorSeconds = 1'800;
constexpr double kFloorDays = 1.5;
/// Of an hour of which two weeks are known at least: one that is silent by chance is none.
constexpr double kMostlySilent = 0.25;
constexpr float kScheduleWeeks = 1.5F;
/// So many of them are a schedule, a day a week; fewer are chance.
constexpr std::ptrdiff_t kScheduleHours = 24;
constexpr std::uint8_t kPackedVersion = 1;

/// 1970-01-01 was a Thursday; weeks begin on Monday.
std::size_t hour_of_week(std::int64_t hour) { return static_cast<std::size_t>((hour + 3 * 24) % static_cast<std::int64_t>(kHoursOfWeek)); }

}  // namespace

double SourceHabit::rate(std::size_t hour) const { return (active_[hour] + kPrior) / (watched_[hour] + kPrior); }

/// An hour within a silence that was told is none that it has chosen.
void SourceHabit::end_hour() {
  if (hour_seconds_ >= kHourWatchedSeconds && !silent_) {
    const std::size_t slot = hour_of_week(hour_);
    watched_[slot] = watched_[slot] * kWeekFades + 1;
    active_[slot] = active_[slot] * kWeekFades + (hour_spoke_ ? 1.0F : 0.0F);
    quiet_hours_ += hour_spoke_ ? 0 : 1;
  }
  hour_seconds_ = 0;
  hour_spoke_ = false;
}

/// Days that nobody watched have no place.
void SourceHabit::begin_day(std::int64_t day) {
  day_ = day;
  pauses_[days_++ % kHabitDays] = 0;
}

void SourceHabit::look(TimeUs now, std::chrono::nanoseconds watched, bool spoke) {
  const std::int64_t hour = now / kHourUs, day = now / kDayUs;
  if (hour != hour_) end_hour();
  hour_ = hour;
  if (day != day_ || days_ == 0) begin_day(day);
  const double seconds = std::chrono::duration<double>(watched).count();
  hour_seconds_ += seconds;
  watched_seconds_ += seconds;
  quiet_seconds_ += seconds * rate(hour_of_week(hour));
  if (!spoke) {
    silent_ = silent_ || (quiet_seconds_ > kFloorSeconds && may_judge() && quiet_seconds_ > bound_seconds());
    return;
  }
  float& longest = pauses_[(days_ - 1) % kHabitDays];
  longest = std::max(longest, static_cast<float>(quiet_seconds_));
  quiet_seconds_ = 0;
  spoke_ = now;
  hour_spoke_ = true;
  silent_ = false;
}

bool SourceHabit::may_judge() const {
  if (spoke_ == kNoTime) return false;
  return days() >= kJudgesAfterDays || (days() >= kJudgesSteadyAfterDays && quiet_hours_ == 0);
}

double SourceHabit::usual_pause_seconds() const {
  float longest = 0, second = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(days_, kHabitDays); ++i) {
    if (pauses_[i] > longest) {
      second = std::exchange(longest, pauses_[i]);
    } else {
      second = std::max(second, pauses_[i]);
    }
  }
  return days() < kJudgesAfterDays ? longest : second;
}

bool SourceHabit::has_schedule() const {
  std::ptrdiff_t hours = 0;
  for (std::size_t hour = 0; hour < kHoursOfWeek; ++hour) hours += watched_[hour] >= kScheduleWeeks && rate(hour) < kMostlySilent ? 1 : 0;
  return hours >= kScheduleHours;
}

double SourceHabit::longest_day_seconds() const {
  double longest = 0;
  for (std::size_t day = 0; day < kHoursOfWeek; day += 24) {
    double hours = 0;
    for (std::size_t hour = day; hour < day + 24; ++hour) hours += rate(hour);
    longest = std::max(longest, hours * 3'600);
  }
  return longest;
}

double SourceHabit::bound_seconds() const {
  const double factor = days() < kJudgesAfterDays ? kFactorEarly : kFactor;
  const double floor = has_schedule() ? std::max(kFloorSeconds, kFloorDays * longest_day_seconds()) : kFloorSeconds;
  return std::max(factor * usual_pause_seconds(), floor);
}

std::string SourceHabit::packed() const {
  std::string bytes;
  append_number(bytes, kPackedVersion);
  for (const auto* const numbers : {&watched_, &active_}) {
    for (const float number : *numbers) append_number(bytes, std::bit_cast<std::uint32_t>(number));
  }
  for (const float pause : pauses_) append_number(bytes, std::bit_cast<std::uint32_t>(pause));
  for (const std::uint32_t number : {days_, quiet_hours_}) append_number(bytes, number);
  for (const std::int64_t number : {day_, hour_, spoke_}) append_number(bytes, static_cast<std::uint64_t>(number));
  for (const double number : {hour_seconds_, watched_seconds_, quiet_seconds_}) append_number(bytes, std::bit_cast<std::uint64_t>(number));
  append_number(bytes, static_cast<std::uint8_t>((hour_spoke_ ? 1 : 0) | (silent_ ? 2 : 0)));
  return bytes;
}

std::optional<SourceHabit> SourceHabit::unpacked(std::string_view bytes) {
  constexpr std::size_t kBytes = 1 + 4 * (2 * kHoursOfWeek + kHabitDays + 2) + 8 * 6 + 1;
  ByteReader reader(bytes);
  if (bytes.size() != kBytes || reader.number<std::uint8_t>() != kPackedVersion) return std::nullopt;
  bool good = true;
  const auto weight = [&] {
    const float number = std::bit_cast<float>(reader.number<std::uint32_t>());
    good = good && std::isfinite(number) && number >= 0;
    return number;
  };
  const auto seconds = [&] {
    const double number = std::bit_cast<double>(reader.number<std::uint64_t>());
    good = good && std::isfinite(number) && number >= 0;
    return number;
  };
  SourceHabit habit;
  for (auto* const numbers : {&habit.watched_, &habit.active_}) std::ranges::generate(*numbers, weight);
  std::ranges::generate(habit.pauses_, weight);
  habit.days_ = reader.number<std::uint32_t>();
  habit.quiet_hours_ = reader.number<std::uint32_t>();
  for (std::int64_t* const number : {&habit.day_, &habit.hour_, &habit.spoke_}) *number = static_cast<std::int64_t>(reader.number<std::uint64_t>());
  for (double* const number : {&habit.hour_seconds_, &habit.watched_seconds_, &habit.quiet_seconds_}) *number = seconds();
  const auto flags = reader.number<std::uint8_t>();
  habit.hour_spoke_ = (flags & 1) != 0;
  habit.silent_ = (flags & 2) != 0;
  if (!good || habit.hour_ < 0) return std::nullopt;
  return habit;
}

}  // namespace tocsin::baseline
