#include "api/throttle.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/sha256.h"

namespace tocsin::api {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000, kForgetNs = 3'600 * kSecondNs;

}  // namespace

std::size_t LoginThrottle::place_of(char kind, std::string_view name) const {
  std::string text(reinterpret_cast<const char*>(&key_), sizeof key_);
  text.append(1, kind).append(name);
  const Sha256 digest = sha256(text);
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof number);
  return number % kThrottlePlacesMax;
}

int LoginThrottle::left(const Place& place, int most, std::int64_t now_ns) {
  if (place.failures <= kFreeFailuresMax || now_ns - place.last_ns > kForgetNs) return 0;
  const std::uint32_t doublings = std::min(place.failures - kFreeFailuresMax, 20u);
  const std::int64_t wait_ns = std::min<std::int64_t>(std::int64_t{1} << doublings, most) * kSecondNs;
  const std::int64_t left_ns = place.last_ns + wait_ns - now_ns;
  return left_ns <= 0 ? 0 : static_cast<int>((left_ns + kSecondNs - 1) / kSecondNs);
}

int LoginThrottle::wait_seconds(std::string_view user, std::string_view address, std::int64_t now_ns) const {
  const std::size_t of_user = place_of('u', user), of_address = place_of('a', address);
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::max(left(places_[of_user], kUserWaitSecondsMax, now_ns), left(places_[of_address], kAddressWaitSecondsMax, now_ns));
}

void LoginThrottle::failed(std::string_view user, std::string_view address, std::int64_t now_ns) {
  const std::size_t of_user = place_of('u', user), of_address = place_of('a', address);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const std::size_t at : {of_user, of_address}) {
    Place& place = places_[at];
    if (now_ns - place.last_ns > kForgetNs) place.failures = 0;
    place.failures = std::min(place.failures + 1, 1'000u);
    place.last_ns = now_ns;
  }
}

/// The address keeps its count: whoever has one good password may still be guessing others.
void LoginThrottle::succeeded(std::string_view user, std::string_view) {
  const std::size_t of_user = place_of('u', user);
  const std::lock_guard<std::mutex> lock(mutex_);
  places_[of_user].failures = 0;
}

}  // namespace tocsin::api
