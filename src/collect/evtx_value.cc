#include "collect/evtx_value.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <type_traits>

#include "base/time.h"
#include "collect/evtx_utf16.h"

namespace tocsin {
namespace {

// Two characters for each of the 256 (or the first 100) values.
template <int kBase, std::size_t kCount>
struct Pairs {
  char at[kCount][2];
  constexpr explicit Pairs(const char* digits) : at() {
    for (std::size_t i = 0; i < kCount; ++i) {
      at[i][0] = digits[i / kBase];
      at[i][1] = digits[i % kBase];
    }
  }
};
constexpr Pairs<16, 256> kHexUpper{"0123456789ABCDEF"};
constexpr Pairs<10, 100> kDecimal{"0123456789"};

char* put2(char* out, unsigned value) {
  std::memcpy(out, kDecimal.at[value], 2);
  return out + 2;
}

char* put_byte(char* out, std::uint8_t byte) {
  std::memcpy(out, kHexUpper.at[byte], 2);
  return out + 2;
}

char* put_hex(char* out, std::uint64_t value) {
  *out++ = '0';
  *out++ = 'x';
  return std::to_chars(out, out + 16, value, 16).ptr;
}

template <class T>
EvtxSpelling integer(char* out, EvtxBytes bytes) {
  T value;
  std::memcpy(&value, bytes.data, sizeof value);
  return {std::to_chars(out, out + 24, value).ptr, ValueKind::kNumber};
}

// The shortest decimal that reads back as the same number; a JSON number, so no infinity and no NaN.
template <class T>
EvtxSpelling real(char* out, EvtxBytes bytes) {
  T value;
  std::memcpy(&value, bytes.data, sizeof value);
  if (!std::isfinite(value)) return {out, ValueKind::kNull};
  char* end = std::to_chars(out, out + 48, value).ptr;
  if (std::string_view(out, end).find_first_of(".e") == std::string_view::npos) {
    *end++ = '.';
    *end++ = '0';
  }
  return {end, ValueKind::kNumber};
}

EvtxSpelling boolean(char* out, bool value) {
  const std::string_view text = value ? "true" : "false";
  std::memcpy(out, text.data(), text.size());
  return {out + text.size(), ValueKind::kBool};
}

EvtxSpelling guid(char* out, EvtxBytes bytes) {
  constexpr std::uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    out = put_byte(out, bytes.u8(order[i]));
  }
  return {out, ValueKind::kText};
}

// Days since 1970-01-01 to a date, by the era of 400 years (H. Hinnant, "chrono-compatible low-level date
// algorithms").
char* put_date(char* out, std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  if (year >= 0 && year <= 9999) {
    out = put2(put2(out, static_cast<unsigned>(year) / 100), static_cast<unsigned>(year) % 100);
  } else {  // FILETIME reaches the year 60056
    *out++ = '+';
    out = std::to_chars(out, out + 8, year).ptr;
  }
  *out++ = '-';
  out = put2(out, month);
  *out++ = '-';
  return put2(out, day_of_year - (153 * shifted + 2) / 5 + 1);
}

EvtxSpelling time(char* out, std::int64_t time_us) {
  constexpr std::int64_t day_us = 86'400'000'000;
  std::int64_t days = time_us / day_us;
  std::int64_t rest = time_us % day_us;
  if (rest < 0) rest += day_us, --days;
  out = put_date(out, days);
  const auto seconds = static_cast<unsigned>(rest / 1'000'000), micros = static_cast<unsigned>(rest % 1'000'000);
  *out++ = 'T';
  out = put2(out, seconds / 3600);
  *out++ = ':';
  out = put2(out, seconds / 60 % 60);
  *out++ = ':';
  out = put2(out, seconds % 60);
  *out++ = '.';
  out = put2(put2(put2(out, micros / 10'000), micros / 100 % 100), micros % 100);
  *out++ = 'Z';
  return {out, ValueKind::kText};
}

EvtxSpelling system_time(char* out, EvtxBytes bytes) {
  static constexpr std::uint8_t kMonthDays[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const unsigned year = bytes.u16(0), month = bytes.u16(2), day = bytes.u16(6), hour = bytes.u16(8);
  const unsigned minute = bytes.u16(10), second = bytes.u16(12), milli = bytes.u16(14);
  if ((year | month | day | hour | minute | second | milli) == 0) return time(out, evtx_time(0));
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const bool ok = month >= 1 && month <= 12 && day >= 1 && day <= kMonthDays[month - 1] &&
                  (month != 2 || day != 29 || leap) && hour < 24 && minute < 60 && second < 60 && milli < 1000;
  if (!ok) return {out, ValueKind::kNull, false};
  CivilTime civil;
  civil.year = static_cast<int>(year), civil.month = static_cast<int>(month), civil.day = static_cast<int>(day);
  civil.hour = static_cast<int>(hour), civil.minute = static_cast<int>(minute);
  civil.second = static_cast<int>(second), civil.microsecond = static_cast<int>(milli * 1000);
  return time(out, to_time(civil));
}

// Revision, number of parts, authority (48 bits, big-endian), parts (32 bits each).
EvtxSpelling sid(char* out, EvtxBytes bytes) {
  if (bytes.size < 8 || bytes.size < 8 + 4u * bytes.u8(1)) return {out, ValueKind::kNull, false};
  *out++ = 'S';
  *out++ = '-';
  out = std::to_chars(out, out + 4, bytes.u8(0)).ptr;
  *out++ = '-';
  std::uint64_t authority = 0;
  for (std::uint32_t i = 2; i < 8; ++i) authority = authority << 8 | bytes.u8(i);
  out = authority >> 32 != 0 ? put_hex(out, authority) : std::to_chars(out, out + 12, authority).ptr;
  for (std::uint32_t part = 0; part < bytes.u8(1); ++part) {
    *out++ = '-';
    out = std::to_chars(out, out + 12, bytes.u32(8 + 4 * part)).ptr;
  }
  return {out, ValueKind::kText};
}

EvtxSpelling binary(char* out, EvtxBytes bytes) {
  for (std::uint32_t at = 0; at < bytes.size; ++at) out = put_byte(out, bytes.u8(at));
  return {out, ValueKind::kText};
}

// Bytes of a type of fixed size; 0 for the others.
constexpr std::uint32_t width(EvtxType type) {
  switch (type) {
    case EvtxType::kInt8:
    case EvtxType::kUInt8: return 1;
    case EvtxType::kInt16:
    case EvtxType::kUInt16: return 2;
    case EvtxType::kInt32:
    case EvtxType::kUInt32:
    case EvtxType::kReal32:
    case EvtxType::kHexInt32: return 4;
    case EvtxType::kInt64:
    case EvtxType::kUInt64:
    case EvtxType::kReal64:
    case EvtxType::kHexInt64:
    case EvtxType::kFileTime: return 8;
    case EvtxType::kGuid:
    case EvtxType::kSystemTime: return 16;
    default: return 0;
  }
}

EvtxSpelling fixed(char* out, EvtxType type, EvtxBytes bytes) {
  switch (type) {
    case EvtxType::kInt8: return integer<std::int8_t>(out, bytes);
    case EvtxType::kUInt8: return integer<std::uint8_t>(out, bytes);
    case EvtxType::kInt16: return integer<std::int16_t>(out, bytes);
    case EvtxType::kUInt16: return integer<std::uint16_t>(out, bytes);
    case EvtxType::kInt32: return integer<std::int32_t>(out, bytes);
    case EvtxType::kUInt32: return integer<std::uint32_t>(out, bytes);
    case EvtxType::kInt64: return integer<std::int64_t>(out, bytes);
    case EvtxType::kUInt64: return integer<std::uint64_t>(out, bytes);
    case EvtxType::kReal32: return real<float>(out, bytes);
    case EvtxType::kReal64: return real<double>(out, bytes);
    case EvtxType::kGuid: return guid(out, bytes);
    case EvtxType::kFileTime: return time(out, evtx_time(bytes.u64(0)));
    case EvtxType::kSystemTime: return system_time(out, bytes);
    case EvtxType::kHexInt32: return {put_hex(out, bytes.u32(0)), ValueKind::kText};
    case EvtxType::kHexInt64: return {put_hex(out, bytes.u64(0)), ValueKind::kText};
    default: return {out, ValueKind::kNull, false};
  }
}

EvtxSpelling string(char* out, const EvtxValue& value) {
  char* end = evtx_utf8(out, value.bytes);
  return {value.exact ? end : evtx_trim(out, end), ValueKind::kText};
}

// Types whose size tells what they are.
EvtxSpelling sized(char* out, const EvtxValue& value) {
  const EvtxBytes bytes = value.bytes;
  switch (static_cast<EvtxType>(value.type)) {
    case EvtxType::kAnsiString: return {evtx_utf8_from_ansi(out, bytes), ValueKind::kText};
    case EvtxType::kBinary: return binary(out, bytes);
    case EvtxType::kXml: return string(out, value);
    case EvtxType::kNull: return {out, ValueKind::kNull};
    default: break;
  }
  if (bytes.size == 0) return {out, ValueKind::kNull};
  switch (static_cast<EvtxType>(value.type)) {
    case EvtxType::kBool:
      for (std::uint32_t at = 0; at < bytes.size && at < 4; ++at) {
        if (bytes.u8(at) != 0) return boolean(out, true);
      }
      return boolean(out, false);
    case EvtxType::kSid: return sid(out, bytes);
    case EvtxType::kSizeT:
    case EvtxType::kHandle:
      if (bytes.size == 4) return {put_hex(out, bytes.u32(0)), ValueKind::kText};
      if (bytes.size == 8) return {put_hex(out, bytes.u64(0)), ValueKind::kText};
      break;
    default: break;
  }
  return {out, ValueKind::kNull, false};
}

// How many bytes the element at `at` has; at most what is left.
std::uint32_t element_size(EvtxType type, EvtxBytes bytes, std::uint32_t at) {
  const std::uint32_t left = bytes.size - at;
  switch (type) {
    case EvtxType::kBool: return 4;
    case EvtxType::kSizeT: return bytes.size % 8 == 0 ? 8 : 4;
    case EvtxType::kSid: return left >= 2 ? 8 + 4u * bytes.u8(at + 1) : left;
    default: return width(type) != 0 ? width(type) : left;
  }
}

}  // namespace

EvtxSpelling evtx_spell(char* out, const EvtxValue& value) {
  if (value.is(EvtxType::kString)) return string(out, value);
  const auto type = static_cast<EvtxType>(value.type);
  const std::uint32_t size = width(type);
  if (size == 0) return sized(out, value);
  if (value.bytes.size >= size) return fixed(out, type, value.bytes);
  return {out, ValueKind::kNull, value.bytes.size == 0};
}

bool evtx_next_element(const EvtxValue& array, std::uint32_t& at, EvtxValue& element) {
  const EvtxBytes bytes = array.bytes;
  if (at >= bytes.size) return false;
  element.type = array.type & static_cast<std::uint8_t>(~kEvtxArrayBit);
  element.exact = true;
  const bool wide = element.is(EvtxType::kString);
  if (!wide && !element.is(EvtxType::kAnsiString)) {
    const std::uint32_t size = element_size(static_cast<EvtxType>(element.type), bytes, at);
    element.bytes = bytes.sub(at, size <= bytes.size - at ? size : bytes.size - at);
    at += element.bytes.size;
    return true;
  }
  const std::uint32_t unit = wide ? 2 : 1;
  std::uint32_t end = at;
  while (bytes.has(end, unit) && (wide ? bytes.u16(end) : bytes.u8(end)) != 0) end += unit;
  element.bytes = bytes.sub(at, end - at);
  at = bytes.has(end, unit) ? end + unit : bytes.size;
  return true;
}

}  // namespace tocsin
