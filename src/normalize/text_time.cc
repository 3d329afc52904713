#include "normalize/text_time.h"

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr TimeUs kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs, kDayUs = 24 * 60 * kMinuteUs;

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

bool is_date(int year, int month, int day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

/// "Jan" to "Dec", as 1 to 12; 0 if it is none.
int month_at(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() < 3) return 0;
  for (std::size_t at = 0; at < kMonths.size(); at += 3) {
    if (kMonths[at] == text[0] && kMonths[at + 1] == text[1] && kMonths[at + 2] == text[2])
      return static_cast<int>(at / 3) + 1;
  }
  return 0;
}

bool read_month(TextScan& scan, int& month) {
  month = month_at(scan.rest());
  if (month == 0) return false;
  scan.skip(3);
  return true;
}

/// "03:02:01", with a fraction after '.' or ','. Hours and minutes of two digits; a leap second is allowed.
bool read_clock(TextScan& scan, CivilTime& civil) {
  if (!scan.digits(1, 2, civil.hour) || !scan.eat(':') || !scan.digits(2, 2, civil.minute) || !scan.eat(':') ||
      !scan.digits(2, 2, civil.second)) {
    return false;
  }
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return false;
  if ((scan.peek() != '.' && scan.peek() != ',') || !is_digit(scan.peek(1))) return true;
  scan.skip(1);
  int scale = 100'000;
  for (; is_digit(scan.peek()); scan.skip(1), scale /= 10) civil.microsecond += (scan.peek() - '0') * scale;
  return true;
}

/// "Z", "+01:00", "+0100", "+01": what has to be subtracted. Nothing else moves the scan.
TimeUs read_zone(TextScan& scan) {
  if (scan.eat('Z')) return 0;
  const char sign = scan.peek();
  if ((sign != '+' && sign != '-') || !is_digit(scan.peek(1)) || !is_digit(scan.peek(2))) return 0;
  scan.skip(1);
  int hours = 0, minutes = 0;
  scan.digits(2, 2, hours);
  if (scan.peek() == ':' && is_digit(scan.peek(1)) && is_digit(scan.peek(2))) scan.skip(1);
  if (is_digit(scan.peek()) && is_digit(scan.peek(1))) scan.digits(2, 2, minutes);
  const TimeUs offset = (hours * 60 + minutes) * kMinuteUs;
  return sign == '-' ? -offset : offset;
}

/// " UTC" and " GMT", which change nothing. Other names of zones are ambiguous, and are left where they are.
void skip_utc(TextScan& scan) {
  if (scan.rest().starts_with(" UTC") || scan.rest().starts_with(" GMT")) scan.skip(4);
}

}  // namespace

bool is_some_date(const CivilTime& civil, bool with_year) {
  constexpr int kSomeLeapYear = 2000;
  return is_date(with_year ? civil.year : kSomeLeapYear, civil.month, civil.day);
}

TimeUs time_of_date(const CivilTime& civil) { return is_some_date(civil, true) ? to_time(civil) : kNoTime; }

// The year that puts a month, day and time closest below the reference, with a day for clocks that differ.
TimeUs time_with_year_below(CivilTime civil, TimeUs reference) {
  if (reference == kNoTime) return kNoTime;
  const TimeUs latest = reference + kDayUs;
  civil.year = to_civil(latest).year;
  constexpr int kYearsBetweenLeapDaysMost = 8;
  for (int i = 0; i <= kYearsBetweenLeapDaysMost; ++i, --civil.year) {
    if (!is_date(civil.year, civil.month, civil.day)) continue;
    const TimeUs time = to_time(civil);
    if (time <= latest) return time;
  }
  return kNoTime;
}

TimeText read_iso_time(std::string_view text) {
  TextScan scan(text);
  CivilTime civil;
  if (!scan.digits(4, 4, civil.year)) return {};
  const char separator = scan.peek();
  if (separator != '-' && separator != '/') return {};
  scan.skip(1);
  if (!scan.digits(2, 2, civil.month) || !scan.eat(separator) || !scan.digits(2, 2, civil.day)) return {};
  if (!is_date(civil.year, civil.month, civil.day)) return {};
  if (!scan.eat('T') && !scan.eat(' ')) return {};
  if (!read_clock(scan, civil)) return {};
  const TimeUs offset = read_zone(scan);
  return {scan.offset(), to_time(civil) - offset};
}

TimeText read_bsd_time(std::string_view text, TimeUs reference) {
  TextScan scan(text);
  CivilTime civil;
  bool has_year = false;
  if (is_digit(scan.peek())) {
    if (!scan.digits(4, 4, civil.year) || !scan.eat(' ')) return {};
    has_year = true;
  }
  if (!read_month(scan, civil.month) || !scan.eat(' ')) return {};
  scan.eat(' ');
  if (!scan.digits(1, 2, civil.day) || !scan.eat(' ')) return {};
  if (!has_year && is_digit(scan.peek(3)) && scan.peek(4) == ' ') {
    if (!scan.digits(4, 4, civil.year) || !scan.eat(' ')) return {};
    has_year = true;
  }
  if (!is_some_date(civil, has_year) || !read_clock(scan, civil)) return {};
  const TimeUs offset = read_zone(scan);
  skip_utc(scan);
  // "Jan  5 03:02:01 2024 host": the year comes last on some systems; no host is called 2024.
  if (!has_year && scan.peek() == ' ' && (scan.peek(5) == ' ' || scan.peek(5) == ':')) {
    TextScan ahead = scan;
    ahead.skip(1);
    if (ahead.digits(4, 4, civil.year) && civil.year >= 1970 && is_date(civil.year, civil.month, civil.day)) {
      scan = ahead;
      has_year = true;
    }
  }
  const TimeUs time = has_year ? to_time(civil) : time_with_year_below(civil, reference);
  return {scan.offset(), time == kNoTime ? kNoTime : time - offset};
}

TimeText read_clf_time(std::string_view text) {
  TextScan scan(text);
  CivilTime civil;
  if (!scan.digits(2, 2, civil.day) || !scan.eat('/') || !read_month(scan, civil.month) || !scan.eat('/') ||
      !scan.digits(4, 4, civil.year) || !scan.eat(':')) {
    return {};
  }
  if (!is_date(civil.year, civil.month, civil.day) || !read_clock(scan, civil)) return {};
  TimeUs offset = 0;
  if (scan.peek() == ' ' && (scan.peek(1) == '+' || scan.peek(1) == '-')) {
    scan.skip(1);
    offset = read_zone(scan);
  }
  return {scan.offset(), to_time(civil) - offset};
}

TimeText read_ctime(std::string_view text) {
  TextScan scan(text);
  CivilTime civil;
  if (!is_letter(scan.peek()) || !is_letter(scan.peek(1)) || !is_letter(scan.peek(2)) || scan.peek(3) != ' ') return {};
  scan.skip(4);
  if (!read_month(scan, civil.month) || !scan.eat(' ')) return {};
  scan.eat(' ');
  if (!scan.digits(1, 2, civil.day) || !scan.eat(' ') || !read_clock(scan, civil) || !scan.eat(' ')) return {};
  if (!scan.digits(4, 4, civil.year) || !is_date(civil.year, civil.month, civil.day)) return {};
  return {scan.offset(), to_time(civil)};
}

TimeUs leading_time(std::string_view line) {
  if (line.starts_with('[')) line.remove_prefix(1);
  if (line.empty()) return kNoTime;
  const TimeText found = is_digit(line.front()) ? read_iso_time(line) : read_ctime(line);
  return found.size == 0 ? kNoTime : found.time;
}

}  // namespace tocsin
