// Places in a text that is JSON, so that what is put into it leaves it JSON. Pure, nothing is allocated. The text is taken to be valid.
//
//   JsonStrings strings(line);
//   if (!strings.has(from)) widen_to_value(line, from, to);      // a number: it becomes a string
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tocsin::protect {

/// Says of places, from left to right, whether they are within a string.
class JsonStrings {
 public:
  explicit JsonStrings(std::string_view text) : text_(text) {}
  bool has(std::size_t at) {
    for (; next_ < at; ++next_) {
      if (within_ && text_[next_] == '\\') {
        ++next_;
      } else if (text_[next_] == '"') {
        within_ = !within_;
      }
    }
    return within_;
  }

 private:
  const std::string_view text_;
  std::size_t next_ = 0;
  bool within_ = false;
};

/// The whole number or word that [from, to) is in.
inline void widen_to_value(std::string_view text, std::size_t& from, std::size_t& to) {
  constexpr std::string_view kEnds = ",:[]{} \t\r\n\"";
  while (from > 0 && kEnds.find(text[from - 1]) == std::string_view::npos) --from;
  while (to < text.size() && kEnds.find(text[to]) == std::string_view::npos) ++to;
}

/// How much of an escape that began before `at` is still to come there: 0 if none is cut.
inline std::size_t cut_escape(std::string_view text, std::size_t at) {
  constexpr std::size_t kUnicodeBytes = 6;  // \u0041
  const auto begins_escape = [&](std::size_t backslash) {
    std::size_t run = 0;
    while (run <= backslash && text[backslash - run] == '\\') ++run;
    return run % 2 == 1;
  };
  for (std::size_t back = 1; back < kUnicodeBytes && back <= at; ++back) {
    if (text[at - back] != '\\' || !begins_escape(at - back)) continue;
    if (back == 1) return at < text.size() && text[at] == 'u' ? std::min(kUnicodeBytes - 1, text.size() - at) : 1;
    return text[at - back + 1] == 'u' ? std::min(kUnicodeBytes - back, text.size() - at) : 0;
  }
  return 0;
}

/// Whether an escape ends just before `at`: the letter there is none of a word.
inline bool escape_ends(std::string_view text, std::size_t at) {
  constexpr std::size_t kUnicodeBytes = 6;
  const auto is_escape = [&](std::size_t from, std::size_t size) { return cut_escape(text, from + 1) == size - 1; };
  if (at >= 2 && text[at - 2] == '\\' && text[at - 1] != 'u' && is_escape(at - 2, 2)) return true;
  return at >= kUnicodeBytes && text[at - kUnicodeBytes] == '\\' && text[at - kUnicodeBytes + 1] == 'u' && is_escape(at - kUnicodeBytes, kUnicodeBytes);
}

}  // namespace tocsin::protect
