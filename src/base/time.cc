#include "base/time.h"

#include <limits>

namespace tocsin {

namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kDayUs = 86'400 * kSecondUs;

/// Division that rounds down, as calendars before 1970 need it.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Days and dates, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (public). The idea: let
// the year begin in March, so that the leap day is its last and the lengths of months follow (153 * m + 2) /
// 5; count in eras of 400 years, which all have 146,097 days. 719,468 is the number of days from 0000-03-01
// to 1970-01-01.
constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = floor_div(year, 400);
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

constexpr void civil_from_days(std::int64_t days, CivilTime& civil) {
  days += 719'468;
  const std::int64_t era = floor_div(days, 146'097);
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  civil.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  civil.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  civil.year =
      static_cast<int>(static_cast<std::int64_t>(year_of_era) + era * 400) + (civil.month <= 2 ? 1 : 0);
}

constexpr bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from front to back; the first thing that does not fit makes `ok` false for good. Reads of
/// digits do not branch on each: what is no digit leaves a mark in `bad`, looked at once.
struct Reader {
  const char* at;
  const char* end;
  unsigned bad = 0;

  std::size_t left() const { return static_cast<std::size_t>(end - at); }
  int two() {  // the caller has checked left()
    const unsigned tens = static_cast<unsigned char>(at[0]) - unsigned{'0'};
    const unsigned ones = static_cast<unsigned char>(at[1]) - unsigned{'0'};
    bad |= (tens > 9 ? 1u : 0u) | (ones > 9 ? 1u : 0u);
    at += 2;
    return static_cast<int>(tens * 10 + ones);
  }
  void skip(char wanted) { bad |= *at++ != wanted ? 1u : 0u; }
  bool take(char wanted) {
    if (at == end || *at != wanted) return false;
    ++at;
    return true;
  }
};

/// ".072213": one to nine digits, cut to microseconds.
bool read_fraction(Reader& in, int& microsecond) {
  const char* const first = in.at;
  int value = 0;
  for (; in.at < in.end && is_digit(*in.at); ++in.at) {
    if (in.at - first < 6) value = value * 10 + (*in.at - '0');
  }
  const auto digits = in.at - first;
  if (digits < 1 || digits > 9) return false;
  for (auto i = digits; i < 6; ++i) value *= 10;
  microsecond = value;
  return true;
}

/// "Z", " UTC", "+02:00", "+0200", "+02" or nothing, and the end of the text.
bool read_zone(Reader& in, std::int64_t& offset_minutes) {
  offset_minutes = 0;
  if (in.at == in.end || in.take('Z') || in.take('z')) return in.at == in.end;
  if (in.take(' ')) return std::string_view(in.at, in.left()) == "UTC";
  const bool west = *in.at == '-';
  if (!west && *in.at != '+') return false;
  ++in.at;
  if (in.left() < 2) return false;
  const int hours = in.two();
  int minutes = 0;
  if (in.at != in.end) {
    in.take(':');
    if (in.left() != 2) return false;
    minutes = in.two();
  }
  if (in.bad != 0 || hours > 23 || minutes > 59) return false;
  offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

bool read_date(Reader& in, CivilTime& civil) {
  if (in.left() < 10) return false;
  const int century = in.two();
  civil.year = century * 100 + in.two();
  in.skip('-');
  civil.month = in.two();
  in.skip('-');
  civil.day = in.two();
  return in.bad == 0 && civil.month >= 1 && civil.month <= 12 && civil.day >= 1 &&
         (civil.day <= 28 || civil.day <= days_in_month(civil.year, civil.month));
}

/// "14:18", "14:18:34" or "14:18:34.072213".
bool read_clock(Reader& in, CivilTime& civil) {
  if (in.left() < 5) return false;
  civil.hour = in.two();
  in.skip(':');
  civil.minute = in.two();
  if (in.left() >= 3 && *in.at == ':') {
    ++in.at;
    civil.second = in.two();
    if (in.take('.') && !read_fraction(in, civil.microsecond)) return false;
  }
  return in.bad == 0 && civil.hour <= 23 && civil.minute <= 59 && civil.second <= 60;
}

}  // namespace

TimeUs to_time(const CivilTime& civil) {
  const std::int64_t days =
      days_from_civil(civil.year, static_cast<unsigned>(civil.month), static_cast<unsigned>(civil.day));
  const std::int64_t seconds = (civil.hour * 60 + civil.minute) * 60 + civil.second;
  return days * kDayUs + seconds * kSecondUs + civil.microsecond;
}

CivilTime to_civil(TimeUs time) {
  CivilTime civil;
  const std::int64_t days = floor_div(time, kDayUs);
  std::int64_t rest = time % kDayUs;  // not time - days * kDayUs: the first day of all begins before TimeUs does
  if (rest < 0) rest += kDayUs;
  civil_from_days(days, civil);
  civil.microsecond = static_cast<int>(rest % kSecondUs);
  rest /= kSecondUs;
  civil.second = static_cast<int>(rest % 60);
  civil.minute = static_cast<int>(rest / 60 % 60);
  civil.hour = static_cast<int>(rest / 3600);
  return civil;
}

int iso_week(const CivilTime& civil) {
  // ISO 8601: a week belongs to the year of its Thursday, and week 1 is the one with the year's first
  // Thursday.
  const std::int64_t days =
      days_from_civil(civil.year, static_cast<unsigned>(civil.month), static_cast<unsigned>(civil.day));
  const std::int64_t weekday =
      days + 3 - floor_div(days + 3, 7) * 7;  // 0 is Monday; 1970-01-01 was a Thursday
  const std::int64_t thursday = days - weekday + 3;
  CivilTime at_thursday;
  civil_from_days(thursday, at_thursday);
  return static_cast<int>((thursday - days_from_civil(at_thursday.year, 1, 1)) / 7 + 1);
}

std::optional<TimeUs> parse_time(std::string_view text) {
  Reader in{text.data(), text.data() + text.size()};
  CivilTime civil;
  if (!read_date(in, civil)) return std::nullopt;
  if (in.at == in.end) return to_time(civil);
  if (*in.at != 'T' && *in.at != ' ' && *in.at != 't') return std::nullopt;
  ++in.at;
  std::int64_t offset_minutes = 0;
  if (!read_clock(in, civil) || !read_zone(in, offset_minutes)) return std::nullopt;
  return to_time(civil) - offset_minutes * 60 * kSecondUs;
}

std::optional<TimeUs> parse_epoch(std::string_view number) {
  const bool negative = !number.empty() && number.front() == '-';
  if (negative) number.remove_prefix(1);
  std::int64_t whole = 0;
  std::size_t at = 0;
  for (; at < number.size() && is_digit(number[at]); ++at) {
    const int digit = number[at] - '0';
    if (whole > (std::numeric_limits<std::int64_t>::max() - digit) / 10) return std::nullopt;
    whole = whole * 10 + digit;
  }
  if (at == 0) return std::nullopt;
  // Seconds reach the year 5138 below 10^11; milliseconds of 1973 and later are above.
  const std::int64_t to_us = whole < 100'000'000'000 ? kSecondUs : whole < 100'000'000'000'000 ? 1'000 : 1;
  std::int64_t time = whole < 100'000'000'000'000'000 ? whole * to_us : whole / 1'000;
  if (at < number.size()) {
    if (number[at++] != '.' || at == number.size()) return std::nullopt;
    std::int64_t unit = whole < 100'000'000'000'000'000 ? to_us : 0;
    for (; at < number.size(); ++at) {
      if (!is_digit(number[at])) return std::nullopt;
      unit /= 10;
      time += unit * (number[at] - '0');
    }
  }
  return negative ? -time : time;
}

void append_time(std::string& out, TimeUs time) {
  if (time == kNoTime) return;
  const CivilTime civil = to_civil(time);
  const auto put = [&out](int value, int digits) {
    char text[12];
    int used = 0;
    for (; used < digits || value != 0; value /= 10) text[used++] = static_cast<char>('0' + value % 10);
    while (used > 0) out.push_back(text[--used]);
  };
  if (civil.year < 0) out.push_back('-');
  put(civil.year < 0 ? -civil.year : civil.year, 4);
  out.push_back('-');
  put(civil.month, 2);
  out.push_back('-');
  put(civil.day, 2);
  out.push_back('T');
  put(civil.hour, 2);
  out.push_back(':');
  put(civil.minute, 2);
  out.push_back(':');
  put(civil.second, 2);
  out.push_back('.');
  put(civil.microsecond, 6);
  out.push_back('Z');
}

std::string format_time(TimeUs time) {
  std::string out;
  append_time(out, time);
  return out;
}

std::optional<std::int64_t> parse_timespan_us(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  std::int64_t seconds = 0;
  switch (text.back()) {
    case 's':
      seconds = 1;
      break;
    case 'm':
      seconds = 60;
      break;
    case 'h':
      seconds = 3600;
      break;
    case 'd':
      seconds = 86'400;
      break;
    case 'w':
      seconds = 7 * 86'400;
      break;
    case 'M':
      seconds = 30 * 86'400;
      break;
    case 'y':
      seconds = 365 * 86'400;
      break;
    default:
      return std::nullopt;
  }
  const std::int64_t count_max = std::numeric_limits<std::int64_t>::max() / (seconds * kSecondUs);
  std::int64_t count = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (!is_digit(c)) return std::nullopt;
    count = count * 10 + (c - '0');
    if (count > count_max) return std::nullopt;
  }
  return count * seconds * kSecondUs;
}

}  // namespace tocsin
