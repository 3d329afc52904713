#include "collect/json_split.h"

namespace tocsin {

namespace {

constexpr std::size_t kMore = std::string_view::npos;
constexpr const char* kTooLargeText = "a JSON value is larger than 16 MiB";

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

/// The closing quote of the string whose opening quote is at `at`, or npos.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at;
    }
  }
  return kMore;
}

}  // namespace

std::size_t records_array_at(std::string_view text) {
  if (text.empty() || text[0] != '{') return 0;
  std::size_t at = skip_blanks(text, 1);
  static constexpr std::string_view kUpper = "\"Records\"", kLower = "\"records\"";
  for (std::size_t i = 0; i < kUpper.size(); ++i, ++at) {
    if (at >= text.size()) return kMore;
    if (text[at] != kUpper[i] && text[at] != kLower[i]) return 0;
  }
  at = skip_blanks(text, at);
  if (at >= text.size()) return kMore;
  if (text[at] != ':') return 0;
  at = skip_blanks(text, at + 1);
  if (at >= text.size()) return kMore;
  return text[at] == '[' ? at + 1 : 0;
}

std::size_t JsonSplitter::value_end(std::string_view text, std::size_t at, bool at_end) {
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = string_end(text, i);
        if (i == kMore) return kMore;
        if (depth == 0) return i + 1;
        break;
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (depth == 0) return i;  // the end of what encloses a scalar
        if (--depth == 0) return i + 1;
        break;
      case ',':
        if (depth == 0) return i;
        break;
      default:
        if (depth == 0 && is_blank(text[i])) return i;
    }
  }
  return depth == 0 && at_end ? text.size() : kMore;
}

/// One value, at the top or in an array. Returns where reading goes on, or npos for "more text is needed".
std::size_t JsonSplitter::open_value(std::string_view text, std::size_t at, bool at_end, Visitor& visitor) {
  std::size_t end = value_end(text, at, at_end);
  if (end == at) {  // a lone separator or closing bracket
    visitor.damage(at, "expected a JSON value", true);
    return at + 1;
  }
  if (end != kMore) {
    any_ = true;
    if (end - at > kEventBytesMax) {
      visitor.damage(at, kTooLargeText, true);
    } else {
      visitor.event(at, end - at);
    }
    return end;
  }
  if (!at_end && text.size() - at <= kEventBytesMax) return kMore;
  return unended(text, at, at_end, visitor);
}

std::size_t JsonSplitter::unended(std::string_view text, std::size_t at, bool at_end, Visitor& visitor) {
  any_ = true;
  vain_bytes_ += text.size() - at;
  if (vain_bytes_ > kVainBytesMax) {
    visitor.damage(at, "a JSON value does not end, as many before it: what follows is left out", true);
    state_ = State::kTop;
    return text.size();
  }
  visitor.damage(at, text.size() - at > kEventBytesMax ? kTooLargeText : "a JSON value does not end", true);
  const std::size_t next = text.find("\n{", at + 1);
  const bool in_array = state_ == State::kAfterElement;
  if (next != kMore) {
    state_ = in_array ? State::kElement : State::kTop;
    return next + 1;
  }
  if (at_end) {
    state_ = State::kTop;
    return text.size();
  }
  after_tail_ = state_;
  state_ = State::kTooLarge;
  tail_depth_ = 0;
  tail_string_ = false;
  return tail(text, at);
}

std::size_t JsonSplitter::top(std::string_view text, std::size_t at, bool at_end, Visitor& visitor) {
  if (any_ && (closed_ || text[at] != '{')) {
    const std::size_t end = value_end(text, at, at_end);
    if (end == kMore && !at_end && text.size() - at <= kEventBytesMax) return kMore;
    visitor.damage(at, "something follows the JSON value (several in one file must all be objects)", true);
    return end == kMore ? text.size() : end == at ? at + 1 : end;
  }
  closed_ = text[at] != '{';
  if (text[at] == '[') {
    any_ = true;
    state_ = State::kElement;
    in_records_ = false;
    array_empty_ = true;
    return at + 1;
  }
  const std::size_t records = records_array_at(text.substr(at));
  if (records == kMore && !at_end) return kMore;
  if (records != 0 && records != kMore) {
    any_ = true;
    state_ = State::kElement;
    in_records_ = true;
    array_empty_ = true;
    return at + records;
  }
  return open_value(text, at, at_end, visitor);
}

std::size_t JsonSplitter::element(std::string_view text, std::size_t at, bool at_end, Visitor& visitor) {
  if (text[at] == ']' && array_empty_) {
    state_ = in_records_ ? State::kRecordsTail : State::kTop;
    tail_depth_ = 0;
    return at + 1;
  }
  if (text[at] == ']') {
    visitor.damage(at, "a comma before the closing bracket", false);
    array_empty_ = true;
    return at;
  }
  array_empty_ = false;
  state_ = State::kAfterElement;
  return open_value(text, at, at_end, visitor);
}

std::size_t JsonSplitter::after_element(std::string_view text, std::size_t at, Visitor& visitor) {
  if (text[at] == ',') {
    state_ = State::kElement;
    return at + 1;
  }
  if (text[at] == ']') {
    state_ = in_records_ ? State::kRecordsTail : State::kTop;
    tail_depth_ = 0;
    return at + 1;
  }
  visitor.damage(at, "expected ',' or ']' between events", false);
  if (text[at] == '}' || text[at] == ':') return at + 1;
  state_ = State::kElement;
  return at;
}

/// To the end of what holds no events: the members after Records, to the brace that closes the object; a value that is too large, to its
/// own end or to a line that begins another.
std::size_t JsonSplitter::tail(std::string_view text, std::size_t at) {
  const bool too_large = state_ == State::kTooLarge;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (tail_string_) {
      if (c == '\\') {
        if (at + 1 == text.size()) return at;  // the escaped byte is not here yet
        ++at;
      } else if (c == '"') {
        tail_string_ = false;
      }
    } else if (c == '"') {
      tail_string_ = true;
    } else if (c == '{' || c == '[') {
      if (too_large && c == '{' && tail_depth_ > 0 && at > 0 && text[at - 1] == '\n') {
        state_ = after_tail_ == State::kTop ? State::kTop : State::kElement;
        return at;
      }
      ++tail_depth_;
    } else if (c == '}' || c == ']') {
      if (--tail_depth_ == (too_large ? 0 : -1)) {
        state_ = too_large ? after_tail_ : State::kTop;
        return at + 1;
      }
    }
  }
  return at;
}

std::size_t JsonSplitter::step(std::string_view text, std::size_t at, bool at_end, Visitor& visitor) {
  switch (state_) {
    case State::kTop: return top(text, at, at_end, visitor);
    case State::kElement: return element(text, at, at_end, visitor);
    case State::kAfterElement: return after_element(text, at, visitor);
    case State::kRecordsTail:
    case State::kTooLarge: return tail(text, at);
  }
  return text.size();
}

std::size_t JsonSplitter::split(std::string_view text, bool at_end, Visitor& visitor) {
  std::size_t at = 0;
  while (true) {
    at = skip_blanks(text, at);
    if (at >= text.size()) break;
    const State before = state_;
    const std::size_t next = step(text, at, at_end, visitor);
    if (next == kMore) {
      state_ = before;  // the same step again with more text
      return at;
    }
    if (next == at && state_ == before && (before == State::kRecordsTail || before == State::kTooLarge)) return at;
    at = next;
  }
  if (at_end && state_ == State::kTooLarge) state_ = State::kTop;  // reported where it began
  if (at_end && state_ != State::kTop) {
    visitor.damage(text.size(), "the file ends inside an array of events", false);
    state_ = State::kTop;
  }
  return text.size();
}

}  // namespace tocsin
