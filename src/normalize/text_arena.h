// Memory for one event at a time whose values are not all a piece of the input: decoded, joined or looked up. What is
// needed at most is said first (prepare), so that nothing moves while values point into it; warm, it allocates nothing.
// One per parser, one thread. Writing more than was said is our own mistake and asserts.
//
//   arena.prepare(line.size() + 32);
//   const std::string_view copy = arena.put(line);
#pragma once

#include <cstring>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace tocsin {

class TextArena {
 public:
  /// Readable bytes after what was written, for code that reads ahead.
  static constexpr std::size_t kPadding = 64;

  /// Forgets what was there; room for `bytes`.
  void prepare(std::size_t bytes) {
    used_ = 0;
    if (bytes_.size() < bytes + kPadding) bytes_.resize(bytes + kPadding);
  }
  std::string_view put(std::string_view text) {
    char* const to = more(text.size());
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
  void put(char c) { *more(1) = c; }
  /// The next `size` bytes, to be written by the caller.
  char* more(std::size_t size) {
    TOCSIN_CHECK(used_ + size + kPadding <= bytes_.size());
    char* const to = bytes_.data() + used_;
    used_ += size;
    return to;
  }
  /// Where the next byte goes.
  const char* end() const { return bytes_.data() + used_; }
  std::string_view text() const { return {bytes_.data(), used_}; }

 private:
  std::vector<char> bytes_;
  std::size_t used_ = 0;
};

}  // namespace tocsin
