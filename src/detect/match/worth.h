// Whether remembering the values of a field pays. A field of which fewer than one value in eight is remembered (times, counters,
// GUIDs) is not worth a hash: it is judged by its first kJudged values, and then left alone until kRound went past, since what a
// log holds may change. A field that pays is judged again and again.
#pragma once

#include <cstdint>

namespace tocsin::match {

class Worth {
 public:
  static constexpr std::uint32_t kJudged = 1024, kRound = 1 << 16;

  bool pays() const { return pays_; }

  /// Another value went past, remembered or not. True if a round is over: then the field is given another chance.
  bool asked(bool remembered) {
    hits_ += remembered;
    if (++values_ % kJudged != 0) return false;
    const bool round_over = values_ == kRound;
    if (pays_) pays_ = hits_ >= kJudged / 8;
    if (round_over) pays_ = true, values_ = 0;
    hits_ = 0;
    return round_over;
  }

 private:
  bool pays_ = true;
  std::uint32_t values_ = 0, hits_ = 0;
};

}  // namespace tocsin::match
