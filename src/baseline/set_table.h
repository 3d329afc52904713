// A table of flat memory for what is remembered of subjects: sets of eight entries, of which the one that is worth least goes when a set is full. Keys are fingerprints of 64 bits; two names of one fingerprint are taken for one.
// For trivially copyable entries with a member `fingerprint` (0: free). The order of calls alone decides what is in it, and the same table comes out of its state. One thread.
//
//   SetTable<Account, kAccountsMax> accounts;
//   Account& account = accounts.find_or_take(fingerprint, [](const Account& one) { return one.counted; });   // the lowest goes
//   accounts.append_state(out, append_account);
//   if (!accounts.read_state(reader, read_account)) …
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/zeroed_array.h"

namespace tocsin::baseline {

/// A bijection in which each bit of the number changes half of the others (the finalizer of SplitMix64: G. Steele, D. Lea, C. Flood, OOPSLA 2014, figure 16). Unlike base/hash.h it is the same in every release, so its values may be kept.
inline std::uint64_t mixed(std::uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ull;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebull;
  return number ^ (number >> 31);
}

template <class Entry, std::size_t kEntries>
class SetTable {
 public:
  SetTable() : entries_(kEntries) {}

  const Entry* find(std::uint64_t fingerprint) const {
    const Entry* const set = &entries_[set_of(fingerprint)];
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].fingerprint == key_of(fingerprint)) return &set[i];
    }
    return nullptr;
  }

  /// A new one is zero but for its fingerprint; of a full set it takes the place of the entry of which `worth` is lowest.
  template <class Worth>
  Entry& find_or_take(std::uint64_t fingerprint, const Worth& worth) {
    Entry* const set = &entries_[set_of(fingerprint)];
    Entry* place = nullptr;
    for (std::size_t i = 0; i < kWays; ++i) {
      if (set[i].fingerprint == key_of(fingerprint)) return set[i];
      if (set[i].fingerprint == 0) {
        place = &set[i];
        break;  // entries stand without gaps
      }
    }
    if (place == nullptr) place = std::min_element(set, set + kWays, [&](const Entry& a, const Entry& b) { return worth(a) < worth(b); });
    *place = {};
    place->fingerprint = key_of(fingerprint);
    is_used_ = true;
    return *place;
  }

  void clear() {
    if (std::exchange(is_used_, false)) entries_ = ZeroedArray<Entry>(kEntries);
  }

  /// How many, then each: its fingerprint and what `append_entry(out, entry)` writes.
  template <class Append>
  void append_state(std::string& out, const Append& append_entry) const {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < kEntries; ++i) count += entries_[i].fingerprint != 0 ? 1 : 0;
    append_number(out, count);
    for (std::size_t i = 0; i < kEntries; ++i) {
      if (entries_[i].fingerprint == 0) continue;
      append_number(out, entries_[i].fingerprint);
      append_entry(out, entries_[i]);
    }
  }

  /// In place of what there was. False, with anything in it, where an entry is twice, has no room, or `read_entry(reader, entry)` refuses it.
  template <class Read>
  bool read_state(ByteReader& reader, const Read& read_entry) {
    clear();
    const auto count = reader.number<std::uint32_t>();
    if (!reader.good() || count > kEntries) return false;
    is_used_ = count > 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto fingerprint = reader.number<std::uint64_t>();
      Entry* const set = &entries_[set_of(fingerprint)];
      Entry* const place = std::find_if(set, set + kWays, [&](const Entry& one) { return one.fingerprint == 0 || one.fingerprint == fingerprint; });
      if (!reader.good() || fingerprint == 0 || place == set + kWays || place->fingerprint != 0) return false;
      place->fingerprint = fingerprint;
      if (!read_entry(reader, *place) || !reader.good()) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kWays = 8;
  static_assert(kEntries % kWays == 0 && (kEntries & (kEntries - 1)) == 0);

  static std::uint64_t key_of(std::uint64_t fingerprint) { return fingerprint == 0 ? 0x9e3779b97f4a7c15ull : fingerprint; }  // 0: free
  static std::size_t set_of(std::uint64_t fingerprint) { return mixed(key_of(fingerprint)) % (kEntries / kWays) * kWays; }

  ZeroedArray<Entry> entries_;
  bool is_used_ = false;
};

}  // namespace tocsin::baseline
