// What the parsers of text formats share: a place in a text that moves forward, never past the end, and adding a value to
// an event. Pure, safe from any thread; nothing allocates but an event that grows for the first time.
//
//   TextScan scan(line);
//   int day = 0;
//   if (!scan.digits(1, 2, day) || !scan.eat(' ')) return false;
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "event/event.h"

namespace tocsin {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool is_letter(char c) { return static_cast<unsigned char>((c | 0x20) - 'a') < 26; }
inline bool is_name_char(char c) { return is_digit(c) || is_letter(c) || c == '_' || c == '-'; }
inline bool is_space(char c) { return c == ' ' || c == '\t'; }

inline void add_value(Event& event, PathId path, std::string_view text, ValueKind kind = ValueKind::kText) {
  Value& value = event.values.emplace_back();
  value.data = text.data();
  value.size = static_cast<std::uint32_t>(text.size());
  value.path = path;
  value.kind = kind;
}

/// For formats in which "-" stands for a value that is not there.
inline void add_or_null(Event& event, PathId path, std::string_view text) {
  add_value(event, path, text, text == "-" || text.empty() ? ValueKind::kNull : ValueKind::kText);
}

class TextScan {
 public:
  explicit TextScan(std::string_view text) : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

  bool at_end() const { return at_ == end_; }
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  /// The next character; NUL at the end.
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  char peek(std::size_t ahead) const { return ahead < static_cast<std::size_t>(end_ - at_) ? at_[ahead] : '\0'; }
  void skip(std::size_t count) {
    at_ += count < static_cast<std::size_t>(end_ - at_) ? count : static_cast<std::size_t>(end_ - at_);
  }
  bool eat(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool eat(std::string_view text) {
    if (!rest().starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  void skip_spaces() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  /// A number of `least` to `most` (at most 9) digits.
  bool digits(int least, int most, int& number) {
    const char* to = at_;
    int value = 0;
    for (; to != end_ && to - at_ < most && is_digit(*to); ++to) value = value * 10 + (*to - '0');
    if (to - at_ < least) return false;
    at_ = to;
    number = value;
    return true;
  }
  /// Up to `c` or the end; what was passed. `c` itself stays.
  std::string_view until(char c) {
    const char* const from = at_;
    const void* found = at_ == end_ ? nullptr : std::memchr(at_, c, static_cast<std::size_t>(end_ - at_));
    at_ = found == nullptr ? end_ : static_cast<const char*>(found);
    return {from, static_cast<std::size_t>(at_ - from)};
  }
  /// Up to the next `c` that no backslash protects, and past it; false, and nothing passed, if there is none.
  bool take_until_plain(char c, std::string_view& text) {
    for (const char* to = at_; to < end_; ++to) {
      if (*to == '\\') {
        if (++to == end_) break;
      } else if (*to == c) {
        text = {at_, static_cast<std::size_t>(to - at_)};
        at_ = to + 1;
        return true;
      }
    }
    return false;
  }

 private:
  const char* begin_;
  const char* at_;
  const char* end_;
};

}  // namespace tocsin
