// Points in time as microseconds since 1970-01-01T00:00:00Z, and the spellings that logs use for them.
// Pure functions, no locale, no time zone database: a time without a zone is taken as UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

using TimeUs = std::int64_t;
inline constexpr TimeUs kNoTime = INT64_MIN;

struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, microsecond = 0;
};

/// Proleptic Gregorian calendar. Second 60 (a leap second) is second 0 of the next minute. `civil` must be a
/// date that exists, within the range of TimeUs (years -290,000 to 290,000).
TimeUs to_time(const CivilTime& civil);
CivilTime to_civil(TimeUs time);
/// ISO 8601 week number, 1 to 53.
int iso_week(const CivilTime& civil);

/// RFC 3339 and its relatives: "2026-07-17T14:18:34.072213Z", "+02:00" (also "+0200", "+02"), " " for "T", up
/// to nine fractional digits (cut, not rounded), seconds optional, zone optional, date alone; also
/// "2020-09-21 18:58:30 UTC". Nothing else: no spaces around, and every part within its limits (years 0000 to
/// 9999, days that exist, second 60).
std::optional<TimeUs> parse_time(std::string_view text);
/// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude (below 10^11,
/// 10^14, 10^17 and above); fraction and minus sign allowed, exponent not.
std::optional<TimeUs> parse_epoch(std::string_view number);

/// "2026-07-17T14:18:34.072213Z", always six fractional digits; "" for kNoTime.
std::string format_time(TimeUs time);
void append_time(std::string& out, TimeUs time);

/// Sigma's timespan: digits and one of s m h d w M y. M is 30 days and y is 365.
std::optional<std::int64_t> parse_timespan_us(std::string_view text);

}  // namespace tocsin
