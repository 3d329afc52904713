#include "base/time_zone.h"

// As the system's library is built: with the system's database.
#define USE_OS_TZDB 1
#define HAS_REMOTE_API 0
#include <date/tz.h>
#include <fmt/format.h>

#include <exception>
#include <optional>

namespace tocsin {

namespace {

constexpr TimeUs kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs;
/// Years that the library's calendar has, with one to spare for the distance.
constexpr int kYearLeast = -32'766, kYearMost = 32'766;

std::optional<int> two_digits(std::string_view text) {
  if (text.size() < 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

/// "+01:00", "+0100", "-05".
std::optional<TimeUs> fixed_offset(std::string_view text) {
  if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const bool behind = text[0] == '-';
  const std::optional<int> hours = two_digits(text.substr(1));
  text.remove_prefix(3);
  if (text.starts_with(':')) text.remove_prefix(1);
  const std::optional<int> minutes = text.empty() ? std::optional<int>(0) : text.size() == 2 ? two_digits(text) : std::nullopt;
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const TimeUs offset = (*hours * 60 + *minutes) * kMinuteUs;
  return behind ? -offset : offset;
}

const date::time_zone* zone_of(const void* zone) { return static_cast<const date::time_zone*>(zone); }

TimeUs whole_seconds(TimeUs time) { return time / kSecondUs - (time % kSecondUs < 0 ? 1 : 0); }

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
  if (const std::optional<TimeUs> offset = fixed_offset(name)) return TimeZone(std::string(name), nullptr, *offset);
  try {
    date::get_tzdb();
    try {
      const date::time_zone* const zone = date::locate_zone(name);
      zone->get_info(date::sys_seconds{});  // reads its file
      return TimeZone(std::string(name), zone, 0);
    } catch (const std::exception&) {
      return Error{Code::kNotFound, fmt::format("'{}' is no time zone; use a name such as Europe/Berlin (`timedatectl list-timezones` has all), or a distance such as +01:00", name)};
    }
  } catch (const std::exception& error) {
    return Error{Code::kIo, fmt::format("no time zones: {}; install the package tzdata", error.what())};
  }
}

TimeUs TimeZone::to_utc(TimeUs local, TimeUs latest) const {
  if (local == kNoTime) return kNoTime;
  if (zone_ == nullptr) return local - offset_;
  const int year = to_civil(local).year;
  if (year < kYearLeast || year > kYearMost) return local;
  const TimeUs seconds = whole_seconds(local);
  const date::local_info info = zone_of(zone_)->get_info(date::local_seconds{std::chrono::seconds{seconds}});
  const TimeUs first = local - info.first.offset.count() * kSecondUs;
  if (info.result != date::local_info::ambiguous) return first;  // of an hour that is missing: by the clock before
  const TimeUs second = local - info.second.offset.count() * kSecondUs;
  return latest != kNoTime && second <= latest && latest - second <= kNearby ? second : first;
}

TimeUs TimeZone::to_local(TimeUs utc) const {
  if (utc == kNoTime) return kNoTime;
  if (zone_ == nullptr) return utc + offset_;
  const int year = to_civil(utc).year;
  if (year < kYearLeast || year > kYearMost) return utc;
  return utc + zone_of(zone_)->get_info(date::sys_seconds{std::chrono::seconds{whole_seconds(utc)}}).offset.count() * kSecondUs;
}

}  // namespace tocsin
