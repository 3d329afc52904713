// A table of flat memory for what was seen of late: sets of eight, of which the entry that was seen longest ago goes first. Keys are 64 bits of a hash; two names of one hash are taken for one, which by chance
// happens once in a hundred million tables; who chooses names so gains that one of them is not new. For trivially copyable entries with the members `fingerprint` (0: free) and `last_s`. The order of calls alone decides what is in it. One thread.
//
//   RecentTable<Pair, 1 << 18> pairs;
//   if (const Pair* const known = pairs.find(fingerprint)) …
//   pairs.find_or_take(fingerprint).last_s = now_s;
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/zeroed_array.h"

namespace tocsin {

template <class Entry, std::size_t kEntries>
class RecentTable {
 public:
  RecentTable() : entries_(kEntries) {}

  Entry* find(std::uint64_t fingerprint) {
    Entry* const set = set_of(fingerprint);
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].fingerprint == fingerprint) return &set[i];
    }
    return nullptr;
  }

  /// By place, for whoever writes all of them down and reads them again; an entry belongs in no other place.
  static constexpr std::size_t kSize = kEntries;
  const Entry& at(std::size_t place) const { return entries_[place]; }
  /// False, and nothing changes: an entry of this fingerprint does not belong there.
  bool put(std::size_t place, const Entry& entry) {
    if (place >= kEntries || entry.fingerprint == 0 || place / kWays != entry.fingerprint % (kEntries / kWays)) return false;
    entries_[place] = entry;
    return true;
  }

  /// A new one is zero but for its fingerprint.
  Entry& find_or_take(std::uint64_t fingerprint) {
    if (Entry* const known = find(fingerprint)) return *known;
    Entry* const set = set_of(fingerprint);
    Entry& oldest = *std::min_element(set, set + kWays, [](const Entry& a, const Entry& b) {
      return a.fingerprint == 0 ? b.fingerprint != 0 : b.fingerprint != 0 && a.last_s < b.last_s;
    });
    oldest = {};
    oldest.fingerprint = fingerprint;
    return oldest;
  }

 private:
  static constexpr std::size_t kWays = 8;
  static_assert(kEntries % kWays == 0 && (kEntries & (kEntries - 1)) == 0);

  Entry* set_of(std::uint64_t fingerprint) { return &entries_[fingerprint % (kEntries / kWays) * kWays]; }

  ZeroedArray<Entry> entries_;
};

}  // namespace tocsin
