#include "normalize/time_layout.h"

#include <fmt/format.h>

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr TimeUs kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs;
constexpr std::string_view kLetters = "YymdeHIMSfLbBaApjszZ%";
/// Seconds since 1970 of 9 to 11 digits are the years 1973 to 5138; more digits are smaller units.
constexpr std::size_t kEpochDigitsLeast = 9, kEpochDigitsMost = 19;

/// In the order of TimeLayout::Kind.
constexpr std::string_view kNamed[] = {"iso", "bsd", "clf", "ctime", "epoch"};

/// "Jan" or "January", in any case, as 1 to 12; the scan moves past it.
bool read_month_name(TextScan& scan, int& month) {
  static constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                                 "July",    "August",   "September", "October", "November", "December"};
  const auto same = [&](std::string_view name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
      if ((scan.peek(i) | 0x20) != (name[i] | 0x20)) return false;
    }
    return true;
  };
  for (int i = 0; i < 12; ++i) {
    if (!same(kMonths[i].substr(0, 3))) continue;
    month = i + 1;
    scan.skip(same(kMonths[i]) ? kMonths[i].size() : 3);
    return true;
  }
  return false;
}

bool skip_letters(TextScan& scan, std::size_t least, std::size_t most) {
  std::size_t size = 0;
  while (size < most && is_letter(scan.peek(size))) ++size;
  scan.skip(size);
  return size >= least;
}

/// The digits of a fraction, as microseconds.
bool read_fraction(TextScan& scan, int& microsecond) {
  if (!is_digit(scan.peek())) return false;
  int scale = 100'000;
  microsecond = 0;
  for (int digits = 0; digits < 9 && is_digit(scan.peek()); ++digits, scan.skip(1), scale /= 10) microsecond += (scan.peek() - '0') * scale;
  return true;
}

/// "Z", "+01:00", "+0100", "+01".
bool read_offset(TextScan& scan, TimeUs& offset) {
  offset = 0;
  if (scan.eat('Z')) return true;
  const char sign = scan.peek();
  int hours = 0, minutes = 0;
  if (sign != '+' && sign != '-') return false;
  scan.skip(1);
  if (!scan.digits(2, 2, hours)) return false;
  scan.eat(':');
  if (is_digit(scan.peek())) scan.digits(2, 2, minutes);
  offset = (hours * 60 + minutes) * kMinuteUs * (sign == '-' ? -1 : 1);
  return true;
}

TimeText read_epoch(std::string_view text) {
  std::size_t size = 0;
  std::uint64_t digits = 0;  // nineteen of them fit
  while (size < text.size() && size < kEpochDigitsMost && is_digit(text[size])) digits = digits * 10 + static_cast<std::uint64_t>(text[size++] - '0');
  if (size < kEpochDigitsLeast || (size < text.size() && is_digit(text[size]))) return {};
  if (size >= 18) return {size, static_cast<TimeUs>(digits / 1'000)};
  const auto number = static_cast<TimeUs>(digits);
  if (size >= 15) return {size, number};
  if (size >= 12) return {size, number * 1'000};
  TextScan scan(text);
  scan.skip(size);
  int microsecond = 0;
  if (scan.peek() == '.' && is_digit(scan.peek(1))) {
    scan.skip(1);
    read_fraction(scan, microsecond);
  }
  return {scan.offset(), number * kSecondUs + microsecond};
}

}  // namespace

struct TimeLayout::Reading {
  CivilTime civil;
  int day_of_year = 0;
  bool afternoon = false, has_half = false;
  TimeUs offset = 0, epoch = kNoTime;
};

Result<TimeLayout> TimeLayout::compile(std::string_view text) {
  TimeLayout layout;
  for (std::size_t i = 0; i < std::size(kNamed); ++i) {
    if (text != kNamed[i]) continue;
    layout.kind_ = static_cast<Kind>(i);
    return layout;
  }
  if (text.find('%') == std::string_view::npos) {
    return Error{Code::kInvalid, fmt::format("'{}' is no layout of a time: iso, bsd, clf, ctime, epoch, or one such as %Y-%m-%d %H:%M:%S", text)};
  }
  if (text.size() > kTimeLayoutBytesMax) return Error{Code::kInvalid, fmt::format("a layout of a time has at most {} characters", kTimeLayoutBytesMax)};
  layout.kind_ = Kind::kParts;
  bool month = false, day = false, epoch = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    Part part;
    if (text[at] != '%') {
      part.literal = text[at];
      layout.parts_.push_back(part);
      continue;
    }
    if (++at < text.size() && text[at] == '-') {
      part.short_too = true;
      ++at;
    }
    part.letter = at < text.size() ? text[at] : '\0';
    if (part.letter == '\0' || kLetters.find(part.letter) == std::string_view::npos) {
      return Error{Code::kInvalid, fmt::format("'%{}' is no part of a time here (%Y %y %m %d %e %b %a %j %H %I %p %M %S %f %L %s %z %Z; %-H for one digit or two)",
                                               at < text.size() ? text.substr(at, 1) : "")};
    }
    layout.has_year_ = layout.has_year_ || part.letter == 'Y' || part.letter == 'y';
    month = month || part.letter == 'm' || part.letter == 'b' || part.letter == 'B' || part.letter == 'j';
    day = day || part.letter == 'd' || part.letter == 'e' || part.letter == 'j';
    epoch = epoch || part.letter == 's';
    layout.parts_.push_back(part);
  }
  layout.has_date_ = month && day;
  if (!layout.has_date_ && !epoch) return Error{Code::kInvalid, fmt::format("'{}' says no month and day, so it is no time", text)};
  return layout;
}

std::string TimeLayout::shape() const {
  static constexpr std::string_view kShapes[] = {"ddddsddsddt", "", "dd/lll/dddd:", "lll lll", "ddddddddd"};
  if (kind_ != Kind::kParts) return std::string(kShapes[static_cast<std::size_t>(kind_)]);
  std::string shape;
  for (const Part& part : parts_) {
    if (part.letter == '\0' && part.literal != ' ') {
      const bool stands_for_other = std::string_view("dlst").find(part.literal) != std::string_view::npos;
      shape += stands_for_other ? '?' : part.literal;
    } else if (part.letter != '\0' && !part.short_too && std::string_view("ymdHIMS").find(part.letter) != std::string_view::npos) {
      shape += "dd";
    } else if (part.letter == 'Y') {
      shape += "dddd";
    } else {
      if (part.short_too || part.letter == 's' || part.letter == 'j') shape += 'd';
      if (part.letter == 'b' || part.letter == 'B') shape += "lll";
      return shape;
    }
  }
  return shape;
}

bool TimeLayout::read_part(const Part& part, TextScan& scan, Reading& reading) {
  CivilTime& civil = reading.civil;
  const int least = part.short_too ? 1 : 2;
  switch (part.letter) {
    case '\0':
      if (part.literal != ' ') return scan.eat(part.literal);
      if (!is_space(scan.peek())) return false;
      scan.skip_spaces();
      return true;
    case 'Y': return scan.digits(4, 4, civil.year);
    case 'y':
      if (!scan.digits(2, 2, civil.year)) return false;
      civil.year += civil.year < 70 ? 2000 : 1900;
      return true;
    case 'm': return scan.digits(least, 2, civil.month);
    case 'e':
      scan.eat(' ');
      return scan.digits(1, 2, civil.day);
    case 'd': return scan.digits(least, 2, civil.day);
    case 'H':
    case 'I': return scan.digits(least, 2, civil.hour);
    case 'M': return scan.digits(least, 2, civil.minute);
    case 'S': return scan.digits(least, 2, civil.second);
    case 'f': return read_fraction(scan, civil.microsecond);
    case 'L':
      if (!scan.digits(1, 3, civil.microsecond)) return false;
      civil.microsecond *= 1'000;
      return true;
    case 'b':
    case 'B': return read_month_name(scan, civil.month);
    case 'a':
    case 'A': return skip_letters(scan, 2, 9);
    case 'p':
      reading.has_half = true;
      reading.afternoon = (scan.peek() | 0x20) == 'p';
      return skip_letters(scan, 2, 2);
    case 'j': return scan.digits(3, 3, reading.day_of_year);
    case 's': {
      const TimeText found = read_epoch(scan.rest());
      reading.epoch = found.time;
      scan.skip(found.size);
      return found.size > 0;
    }
    case 'z': return read_offset(scan, reading.offset);
    case 'Z': return skip_letters(scan, 1, 5);
    default: return scan.eat('%');
  }
}

TimeText TimeLayout::read_parts(std::string_view text, TimeUs reference) const {
  TextScan scan(text);
  Reading reading;
  for (const Part& part : parts_) {
    if (!read_part(part, scan, reading)) return {};
  }
  if (reading.epoch != kNoTime) return {scan.offset(), reading.epoch - reading.offset};
  CivilTime& civil = reading.civil;
  if (reading.has_half) civil.hour = civil.hour % 12 + (reading.afternoon ? 12 : 0);
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) return {};
  if (reading.day_of_year > 0) {
    if (!has_year_ || reading.day_of_year > 366) return {};
    civil.month = civil.day = 1;
    return {scan.offset(), to_time(civil) + (reading.day_of_year - 1) * 24 * 60 * kMinuteUs - reading.offset};
  }
  const TimeUs time = has_year_ ? time_of_date(civil) : time_with_year_below(civil, reference);
  if (time == kNoTime && !is_some_date(civil, has_year_)) return {};
  return {scan.offset(), time == kNoTime ? kNoTime : time - reading.offset};
}

TimeText TimeLayout::read(std::string_view text, TimeUs reference) const {
  switch (kind_) {
    case Kind::kIso: return read_iso_time(text);
    case Kind::kBsd: return read_bsd_time(text, reference);
    case Kind::kClf: return read_clf_time(text);
    case Kind::kCtime: return read_ctime(text);
    case Kind::kEpoch: return read_epoch(text);
    case Kind::kParts: return read_parts(text, reference);
  }
  return {};
}

}  // namespace tocsin
