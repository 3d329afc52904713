// Slows down whoever guesses passwords. Failures are counted per user and per address, in a table of fixed size: a place belongs to what hashes to it (with
// a random key), so nobody can push another one's count out, and the worst that strangers do to each other is a wait. Behind a few free failures
// each one doubles the wait; an hour without one forgets. A user's wait is short at most, or anybody could lock a user out. Safe from any thread, never fails.
//
//   if (const int seconds = throttle.wait_seconds(user, address, now_ns); seconds > 0) return too_many(seconds);
//   …
//   throttle.failed(user, address, now_ns);
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace tocsin::api {

/// Users and addresses that are told apart; beyond, some share a count.
inline constexpr std::size_t kThrottlePlacesMax = 4'096;
/// Failures that cost nothing: people mistype.
inline constexpr std::uint32_t kFreeFailuresMax = 5;
/// The longest wait of an address, and of a user whatever the address.
inline constexpr int kAddressWaitSecondsMax = 900, kUserWaitSecondsMax = 30;

class LoginThrottle {
 public:
  explicit LoginThrottle(std::uint64_t key) : key_(key) {}
  /// 0: go on.
  int wait_seconds(std::string_view user, std::string_view address, std::int64_t now_ns) const;
  void failed(std::string_view user, std::string_view address, std::int64_t now_ns);
  void succeeded(std::string_view user, std::string_view address);

 private:
  struct Place {
    std::uint32_t failures = 0;
    std::int64_t last_ns = 0;
  };
  std::size_t place_of(char kind, std::string_view name) const;
  static int left(const Place& place, int most, std::int64_t now_ns);

  const std::uint64_t key_;
  mutable std::mutex mutex_;
  std::array<Place, kThrottlePlacesMax> places_{};  // guarded by mutex_
};

}  // namespace tocsin::api
