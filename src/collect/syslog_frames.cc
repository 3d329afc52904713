#include "collect/syslog_frames.h"

#include <algorithm>

namespace tocsin {

namespace {

bool is_trailer(char c) { return c == '\n' || c == '\r' || c == '\0'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The first LF or NUL at or after `at`, or npos. In steps, so that looking for the one does not run past many of the other.
std::size_t line_end(std::string_view bytes, std::size_t at) {
  constexpr std::size_t kStep = 512;
  for (; at < bytes.size(); at += kStep) {
    const std::string_view part = bytes.substr(at, kStep);
    const std::size_t feed = part.find('\n');
    const std::size_t nul = part.substr(0, feed).find('\0');
    const std::size_t end = nul == std::string_view::npos ? feed : nul;
    if (end != std::string_view::npos) return at + end;
  }
  return std::string_view::npos;
}

/// The count that `digits` spell, or 0 if no frame can have it.
std::size_t count_of(std::string_view digits) {
  if (digits.empty() || digits[0] == '0' || digits.size() > SyslogFrames::kCountDigitsMax) return 0;
  std::size_t count = 0;
  for (const char digit : digits) count = count * 10 + static_cast<std::size_t>(digit - '0');
  return count <= SyslogFrames::kCountMax ? count : 0;
}

}  // namespace

void SyslogFrames::keep(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t room = kFrameBytesMax - held_.size();
  held_.append(bytes.substr(0, room));
  size_ += bytes.size();
  last_ = bytes.back();
}

std::size_t SyslogFrames::between(std::string_view bytes, std::size_t at) {
  while (at < bytes.size() && is_trailer(bytes[at])) ++at;
  if (at < bytes.size()) state_ = is_digit(bytes[at]) ? State::kCount : State::kLine;
  return at;
}

/// At digits; held_ has those that were read.
std::size_t SyslogFrames::count(std::string_view bytes, std::size_t at) {
  std::size_t end = at;
  while (end < bytes.size() && is_digit(bytes[end]) && size_ + (end - at) <= kCountDigitsMax) ++end;
  keep(bytes.substr(at, end - at));
  if (size_ > kCountDigitsMax) {
    bad_count();
  } else if (end < bytes.size() && bytes[end] != ' ') {
    state_ = State::kLine;
  } else if (end < bytes.size()) {
    keep(" ");
    ++end;
    state_ = State::kCountEnd;
  }
  return end;
}

/// Behind a count and its space.
std::size_t SyslogFrames::count_end(std::string_view bytes, std::size_t at) {
  const std::size_t count = count_of(std::string_view(held_).substr(0, size_ - 1));
  if (count == 0 || bytes[at] != '<') {
    bad_count();
    return at;
  }
  held_.clear();
  size_ = 0;
  needed_ = count;
  state_ = State::kCounted;
  return at;
}

void SyslogFrames::bad_count() {
  ++counts_.bad_counts;
  state_ = State::kLine;
}

std::size_t SyslogFrames::line(std::string_view bytes, std::size_t at, ReceivedVisitor& visitor) {
  const std::size_t end = line_end(bytes, at);
  if (end == std::string_view::npos) {
    keep(bytes.substr(at));
    return bytes.size();
  }
  if (size_ == 0) {
    end_line(bytes.substr(at, end - at), end - at, bytes[end - 1], visitor);
  } else {
    keep(bytes.substr(at, end - at));
    end_line(held_, size_, last_, visitor);
  }
  return end + 1;
}

std::size_t SyslogFrames::counted(std::string_view bytes, std::size_t at, ReceivedVisitor& visitor) {
  const std::string_view part = bytes.substr(at, needed_);
  needed_ -= part.size();
  if (needed_ > 0) {
    keep(part);
  } else if (size_ == 0) {
    end_counted(part, part.size(), visitor);
  } else {
    keep(part);
    end_counted(held_, size_, visitor);
  }
  return at + part.size();
}

void SyslogFrames::end_line(std::string_view text, std::size_t size, char last, ReceivedVisitor& visitor) {
  hand_on(text, last == '\r' ? size - 1 : size, visitor);
}

void SyslogFrames::end_counted(std::string_view text, std::size_t size, ReceivedVisitor& visitor) {
  ++counts_.counted;
  const bool whole = size <= kFrameBytesMax;  // of a longer one, the end may not be here
  if (whole && text.ends_with('\0')) {
    --size;
  } else if (whole && text.ends_with('\n')) {
    size -= text.ends_with("\r\n") ? 2 : 1;
  }
  hand_on(text, size, visitor);
}

/// `text` is the message or, if that is longer, at least its first kFrameBytesMax bytes; `size` is the message's size.
void SyslogFrames::hand_on(std::string_view text, std::size_t size, ReceivedVisitor& visitor) {
  Received received;
  received.raw = text.substr(0, std::min(size, kFrameBytesMax));
  received.truncated = size > kFrameBytesMax || needed_ > 0;
  ++counts_.frames;
  if (size > kFrameBytesMax) {
    ++counts_.truncated;
    counts_.skipped_bytes += size - kFrameBytesMax;
  }
  visitor.record(received);
  held_.clear();
  size_ = 0;
  needed_ = 0;
  state_ = State::kBetween;
}

void SyslogFrames::read(std::string_view bytes, ReceivedVisitor& visitor) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    switch (state_) {
      case State::kBetween: at = between(bytes, at); break;
      case State::kCount: at = count(bytes, at); break;
      case State::kCountEnd: at = count_end(bytes, at); break;
      case State::kLine: at = line(bytes, at, visitor); break;
      case State::kCounted: at = counted(bytes, at, visitor); break;
    }
  }
}

void SyslogFrames::finish(ReceivedVisitor& visitor) {
  if (state_ == State::kCounted) {
    ++counts_.cut_off;
    ++counts_.counted;
    hand_on(held_, size_, visitor);
  } else if (state_ != State::kBetween && size_ > 0) {
    end_line(held_, size_, last_, visitor);
  }
  state_ = State::kBetween;
}

}  // namespace tocsin
