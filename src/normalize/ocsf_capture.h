// Texts taken apart by a pattern of literals and holes: "Failed <method> for <user> from <ip> port <port> ssh2". A hole takes what stands
// up to the first place where the literal behind it is, at least one byte; the last takes the rest. No choice is ever taken back, so the time
// is linear in the text, and "Failed password for x from y from 10.0.0.1" has user x. `<_>` takes and keeps nothing, and may be empty.
// Immutable once parsed; safe from any thread.
//
//   const auto pattern = TRY(CapturePattern::parse("session opened for user <user> by <_>"));
//   std::string_view values[kCapturesMax];
//   if (pattern.match(text, values)) …  // values[i] belongs to pattern.names()[i], and points into text
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tocsin {

/// Holes of one pattern that keep what they take: no message says more than a dozen things.
inline constexpr std::size_t kCapturesMax = 16;

class CapturePattern {
 public:
  using Values = std::array<std::string_view, kCapturesMax>;

  /// kInvalid for a hole without an end or a name, two holes side by side, and too many.
  static Result<CapturePattern> parse(std::string_view text);
  bool match(std::string_view text, Values& values) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Piece {
    int hole = -1;        // index among names_; kNothing: keeps nothing
    std::string literal;  // behind the hole
  };
  static constexpr int kNothing = -2;

  std::string start_;
  std::vector<Piece> pieces_;
  std::vector<std::string> names_;
};

}  // namespace tocsin
