// How far the clock of a source is off, as far as its events tell: what is newest when it arrives was delayed least, so the least of (receipt - time of the
// event) within some minutes is taken. Positive: events arrive later than the time that they say (a clock that is behind, local time without a zone, or
// old logs); negative: they come from the future. One thread.
//
//   ClockSkew skew;
//   skew.add(record.received, event.time);
//   if (const std::optional<TimeUs> off = skew.known()) …      // beyond kShownUs is worth a word
#pragma once

#include <optional>

#include "base/time.h"

namespace tocsin {

class ClockSkew {
 public:
  /// Long enough that a sender that sends in batches is seen fresh at least once.
  static constexpr TimeUs kWindowUs = 300'000'000;
  /// A delay or a clock of so much is told (5 minutes).
  static constexpr TimeUs kShownUs = 300'000'000;

  /// `received` of one source does not go back, but for a clock of ours that is set.
  void add(TimeUs received, TimeUs event);
  /// Of the last whole window; nothing before there was one.
  std::optional<TimeUs> known() const { return known_; }

 private:
  TimeUs began_ = kNoTime, least_ = 0;
  std::optional<TimeUs> known_;
};

inline void ClockSkew::add(TimeUs received, TimeUs event) {
  if (event == kNoTime) return;
  if (began_ != kNoTime && (received >= began_ + kWindowUs || received < began_)) {
    known_ = least_;
    began_ = kNoTime;
  }
  const TimeUs delay = received - event;
  if (began_ == kNoTime) {
    began_ = received;
    least_ = delay;
  } else if (delay < least_) {
    least_ = delay;
  }
}

}  // namespace tocsin
