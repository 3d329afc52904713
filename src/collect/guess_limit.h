// Slows down who guesses tokens: counts, per address and minute, the requests whose token was wrong, and says from when on an answer should be
// late. Only answers that say "no" are ever late, so a good token is good at once, whoever else sends from that address. The table has a fixed
// size and keeps no address: two that fall into one place are counted together, which costs those who guess wrong a second. Safe from any thread.
//
//   if (guesses.failed(peer, env.monotonic_ns())) answer_later();
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace tocsin {

/// Wrong tokens of one address in a minute that are answered at once: a shipper with an old token, on a few machines behind one router.
inline constexpr std::uint32_t kGuessesPerMinuteMax = 30;
/// How late further answers are. An address has 256 connections at most, so it gets through 128 guesses a second.
inline constexpr int kGuessDelayMs = 2'000;

class GuessLimit {
 public:
  /// One more; whether there were too many.
  bool failed(const std::string& peer, std::int64_t now_ns) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Place& place = places_[std::hash<std::string>()(peer) % places_.size()];
    const std::int64_t minute = now_ns / 60'000'000'000;
    if (place.minute != minute) place = {minute, 0};
    return ++place.count > kGuessesPerMinuteMax;
  }

 private:
  struct Place {
    std::int64_t minute = -1;
    std::uint32_t count = 0;
  };
  std::mutex mutex_;
  std::array<Place, 1'024> places_{};  // guarded by mutex_
};

}  // namespace tocsin
