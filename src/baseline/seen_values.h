// Which values were seen of which subject, how often, and since when that is known to be all: a table of fingerprints with faded counts. A set of five fills a cache line; where there is no room the one that was seen
// longest ago goes, and the set remembers when that was: of a value that is not in it can be said that it was not seen since then, and no more is ever said. So what is called new is new, however many there are, but for
// two fingerprints of 49 bits that are the same (one in 400 million questions); a table that is too small says less, not what is wrong. The order of calls alone decides what is in it. One thread.
//
// A count-min sketch with conservative update in the same memory knew fewer of the new ones, and says of what is old that it is older than it is (decision 46 has the numbers).
//
//   SeenValues values;
//   const SeenValues::Known known = values.find(fingerprint, now_s);
//   if (!known.is_there && now_s - known.since_s > kDay) …
//   values.add(fingerprint, now_s);
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/zeroed_array.h"
#include "baseline/fading.h"

namespace tocsin::baseline {

/// 16 MiB, 1.3 million values of subjects: of 500 hosts and 1,000 accounts 800 each.
inline constexpr std::size_t kSeenSets = std::size_t{1} << 18;
/// What was seen two weeks ago counts half.
inline constexpr double kValueHalfLifeHours = 14 * 24;

class SeenValues {
 public:
  explicit SeenValues(std::size_t sets = kSeenSets) : sets_(sets), count_(sets) {}

  struct Known {
    bool is_there = false;
    float count = 0;            // faded; of what is there
    std::uint32_t since_s = 0;  // not there: not seen since then; 0: never, as far as the table goes
  };
  Known find(std::uint64_t fingerprint, std::uint32_t now_s) const;
  /// Whether it was not there.
  bool add(std::uint64_t fingerprint, std::uint32_t now_s);

  /// Sets in which there is something, each with its place (docs/formats/baselines.md).
  void pack(std::string& out) const;
  /// False: these are none, and what is in it now is not to be used.
  bool unpack(ByteReader& bytes);

 private:
  static constexpr std::size_t kWays = 5;
  struct alignas(64) Set {
    std::array<std::uint32_t, kWays> tag;     // 0: free
    std::array<std::uint32_t, kWays> last_s;
    std::array<float, kWays> count;
    std::uint32_t gone_s;  // when the latest that had to go was last seen
  };
  static_assert(sizeof(Set) == 64);
  static std::uint32_t tag_of(std::uint64_t fingerprint) { return static_cast<std::uint32_t>(fingerprint >> 32) | 1; }
  std::size_t place_of(std::uint64_t fingerprint) const { return fingerprint & (count_ - 1); }

  ZeroedArray<Set> sets_;
  const std::size_t count_;
  const HourlyFading fading_{kValueHalfLifeHours};
};

}  // namespace tocsin::baseline
