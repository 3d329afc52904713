// How a timestamp in a line is written, for formats that a mapping describes (docs/mappings.md): one of the layouts that text_time.h
// reads, or one in the letters of strftime for everything else.
//
//   iso  bsd  clf  ctime  epoch        epoch: seconds since 1970 with or without a fraction, milli-, micro- or nanoseconds
//   %Y-%m-%d-%H.%M.%S.%f               2005-06-03-15.42.50.675872
//
// Compiled once; reading is pure, safe from any thread, and allocates nothing. A layout without a year gets it from the reference as in
// text_time.h; without a zone it is UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "normalize/text_time.h"

namespace tocsin {

/// Longer than any timestamp; a layout of more is a mistake.
inline constexpr std::size_t kTimeLayoutBytesMax = 64;

class TimeLayout {
 public:
  /// kInvalid says what of it is none.
  static Result<TimeLayout> compile(std::string_view text);

  /// The timestamp at the start of `text`; size 0 if there is none.
  TimeText read(std::string_view text, TimeUs reference) const;
  /// What every such timestamp begins with, a character for each byte: 'd' a digit, 'l' a letter, 's' one of - and /, 't' a T or a blank, '?' any;
  /// others stand for themselves.
  std::string shape() const;
  /// Which of those that have a name; -1 if it is none of them.
  int named() const { return kind_ == Kind::kParts ? -1 : static_cast<int>(kind_); }

 private:
  enum class Kind : std::uint8_t { kIso, kBsd, kClf, kCtime, kEpoch, kParts };
  struct Part {
    char letter = '\0';    // of strftime; '\0': `literal` stands there
    char literal = '\0';
    bool short_too = false;  // %-H: one digit will do
  };
  struct Reading;
  static bool read_part(const Part& part, class TextScan& scan, Reading& reading);
  TimeText read_parts(std::string_view text, TimeUs reference) const;

  Kind kind_ = Kind::kIso;
  std::vector<Part> parts_;
  bool has_date_ = false, has_year_ = false;
};

}  // namespace tocsin
