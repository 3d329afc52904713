// Where one JSON event ends and the next begins, in files that are not one event a line: several objects one after the
// other (pretty-printed or not), an array of events, or an object whose first member is an array named Records (as
// CloudTrail delivers). A small state machine over bytes that knows strings and nesting and nothing else; whether an
// event is good JSON is the parser's business.
//
// Damage: a stray or missing separator is reported and skipped; an event that does not end before kEventBytesMax or the
// end of the input is reported, and reading resumes at the next line that begins with a brace, or behind the event's end.
// Looking at the same bytes again for an end is bounded: past that bound, what was looked at is given up as one damage.
//
//   JsonSplitter splitter;
//   std::size_t used = splitter.split(text, at_end, visit);   // keep text.substr(used), append more, call again
#pragma once

#include <cstdint>
#include <string_view>

namespace tocsin {

class JsonSplitter {
 public:
  /// The largest single event: far above any real one, and what one damaged file may make a reader hold.
  static constexpr std::size_t kEventBytesMax = 16u << 20;
  /// Bytes in which the end of an event was sought in vain, past which no further beginning among them is tried. Braces that
  /// never close would otherwise each be followed to the end.
  static constexpr std::uint64_t kVainBytesMax = 8 * kEventBytesMax;

  class Visitor {
   public:
    virtual ~Visitor() = default;
    /// One event's text. `[from, from + size)` is relative to the text given to split().
    virtual void event(std::size_t from, std::size_t size) = 0;
    /// Something that is not an event and counts as a damaged one if `counts`.
    virtual void damage(std::size_t at, const char* what, bool counts) = 0;
  };

  std::size_t split(std::string_view text, bool at_end, Visitor& visitor);
  /// True once an array or Records was entered and closed, or nothing was opened: the file may end here.
  bool complete() const { return state_ == State::kTop; }
  /// True if any value was seen.
  bool any() const { return any_; }

 private:
  enum class State : std::uint8_t { kTop, kElement, kAfterElement, kRecordsTail, kTooLarge };
  enum class Found : std::uint8_t { kValue, kMore, kNone };

  struct Span {
    std::size_t from = 0, size = 0;
  };
  std::size_t step(std::string_view text, std::size_t at, bool at_end, Visitor& visitor);
  std::size_t top(std::string_view text, std::size_t at, bool at_end, Visitor& visitor);
  std::size_t element(std::string_view text, std::size_t at, bool at_end, Visitor& visitor);
  std::size_t after_element(std::string_view text, std::size_t at, Visitor& visitor);
  std::size_t tail(std::string_view text, std::size_t at);
  std::size_t unended(std::string_view text, std::size_t at, bool at_end, Visitor& visitor);
  /// The end of the value at `at`, or npos if it is not in the text.
  static std::size_t value_end(std::string_view text, std::size_t at, bool at_end);
  std::size_t open_value(std::string_view text, std::size_t at, bool at_end, Visitor& visitor);

  State state_ = State::kTop;
  bool in_records_ = false;     // the array being read is a Records member
  bool array_empty_ = false;    // nothing since the bracket
  bool any_ = false;
  bool closed_ = false;         // the value at the top was not an object: nothing may follow
  std::int64_t tail_depth_ = 0;  // brackets to close before the tail ends
  bool tail_string_ = false;
  State after_tail_ = State::kTop;  // of a value that is too large
  std::uint64_t vain_bytes_ = 0;
};

/// Whether `text` begins an object whose first member is an array named Records (or records): the offset just after the
/// bracket; 0 if not; npos if that cannot be told yet.
std::size_t records_array_at(std::string_view text);

}  // namespace tocsin
