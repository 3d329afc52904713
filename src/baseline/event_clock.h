// Event times as detectors use them: those that outside bytes can make up are kept from doing harm. A time outside 1970 to 2255 is none, so that differences never overflow; and a clock that was set far ahead does not
// hold a subject there: what comes a day or more before the latest is believed over it.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace tocsin::baseline {

/// 2255: whole numbers up to here are exact as double, too.
inline constexpr TimeUs kEventTimeMax = TimeUs{1} << 53;
/// Logs arrive late by minutes, seldom by hours. What is earlier than the latest by more says that the latest was wrong.
inline constexpr TimeUs kClockBackMaxUs = 86'400'000'000;

inline bool is_event_time(TimeUs time) { return time >= 0 && time <= kEventTimeMax; }

/// The latest time after `now` came; both are event times.
inline TimeUs latest(TimeUs before, TimeUs now) { return now > before || now < before - kClockBackMaxUs ? now : before; }

inline double days_between(TimeUs from, TimeUs to) { return std::max(0.0, static_cast<double>(to - from) / 86'400e6); }

}  // namespace tocsin::baseline
