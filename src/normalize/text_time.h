// The timestamps that log lines begin with, as programs really write them. Each reader looks at the start of a text and
// says how much of it is the timestamp; 0 if there is none. A time without a zone is taken as UTC.
//
//   read_iso_time      2024-01-05T03:02:01.123456+01:00   2024-01-05 03:02:01,123   2024/01/05 03:02:01
//   read_bsd_time      Jan  5 03:02:01   Jan 05 2024 03:02:01.123   2024 Jan 5 03:02:01 UTC   Jan  5 03:02:01 2024
//   read_clf_time      05/Jan/2024:03:02:01 +0100
//   read_ctime         Fri Jan 05 03:02:01.123456 2024
//
// A month and day without a year (RFC 3164) get their year from a reference, such as the time when the file was last
// written: the latest year in which the line is not later than the reference and a day (clocks differ). Without a reference such a
// time stays kNoTime. Pure functions, safe from any thread; none allocates.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/time.h"

namespace tocsin {

struct TimeText {
  std::size_t size = 0;  // of the timestamp; 0: there is none
  TimeUs time = kNoTime;
};

TimeText read_iso_time(std::string_view text);
TimeText read_bsd_time(std::string_view text, TimeUs reference);
TimeText read_clf_time(std::string_view text);
TimeText read_ctime(std::string_view text);
/// The time at the start of a line of unknown format, perhaps in brackets; kNoTime if there is none.
TimeUs leading_time(std::string_view line);

/// For layouts that are put together of parts: whether there is such a day (in some year, if it is not `with_year`), and its time, kNoTime if
/// there is none. Without a year: the latest one in which it is not later than the reference and a day.
bool is_some_date(const CivilTime& civil, bool with_year);
TimeUs time_of_date(const CivilTime& civil);
TimeUs time_with_year_below(CivilTime civil, TimeUs reference);

}  // namespace tocsin
