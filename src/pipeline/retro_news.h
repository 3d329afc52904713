// What is told of the search for new indicators in what is stored (retro_search.h), for status and metrics. Plain data.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace tocsin {

/// How far back new indicators are looked for if nobody says.
inline constexpr std::uint64_t kRetroDays = 30;

/// A search that ended, well or not.
struct RetroRun {
  TimeUs arrived = kNoTime;  // when its indicators were there first
  TimeUs ended = kNoTime;    // kNoTime: there was none
  double seconds = 0;
  std::uint64_t indicators = 0, events = 0;
  std::uint64_t alerts = 0, repeated = 0;  // new ones, and those that were there
  std::string limits;  // what was left out; "" if nothing was
};

/// What it does now, and did.
struct RetroNews {
  bool searches = false;       // now
  std::uint64_t days = 0;      // 0: it is off
  std::uint64_t indicators = 0, events = 0;  // that are looked for now; that were asked by now
  TimeUs arrived = kNoTime;    // of what is, or is to be, looked for
  std::uint64_t searched = 0, alerts = 0;  // searches that ended well, and their new alerts, since the start
  RetroRun last;
  std::string trouble;         // why the last search did not end well
};
}  // namespace tocsin
