// What is surely in no table: filters that stand before the table of indicators, since nearly all that is asked is none and a table of millions lies in far memory. They may say yes of what is none,
// never no of what is there. Filled once, then immutable and safe from any thread. All of them lie side by side on huge pages.
//
//   keys             by their hashes, for each kind of indicator: eight bits and more a key, four of them set, all within one word, so that a look costs one cache line (Putze, Sanders, Singler:
//                    Cache-, Hash- and Space-Efficient Bloom Filters, 2007). Of what is none one in thirty passes.
//   IPv4 addresses   a bit for each of the 2^24 blocks of 256, 2 MB. 450,000 addresses that lie anywhere leave 97 of 100 blocks empty.
//
//   KeyFilter filter(counts, true);
//   filter.add(kind, hash, hash);
//   if (filter.may_hold(kind, hash, hash)) …
#pragma once

#include <array>
#include <cstdint>

#include "base/huge_array.h"
#include "base/ip_network.h"
#include "detect/intel/indicator.h"

namespace tocsin::intel {

class KeyFilter {
 public:
  /// Holds nothing.
  KeyFilter() = default;
  /// So many keys of each kind; `v4`: and IPv4 networks.
  KeyFilter(const std::array<std::size_t, kIndicatorKinds>& counts, bool v4);

  /// `near`: the hash of what keys have in common that are asked for together. They stand in one word, so that asking for all of them costs one cache line; of others it is the key's own hash.
  void add(IndicatorKind kind, std::uint64_t hash, std::uint64_t near) { words_[place(part(kind), near)] |= bits(hash); }
  void add_v4(const IpNetwork& network);

  bool may_hold(IndicatorKind kind, std::uint64_t hash, std::uint64_t near) const {
    const Part& of = part(kind);
    return of.words != 0 && (~words_[place(of, near)] & bits(hash)) == 0;
  }
  /// Of an IPv4 address.
  bool may_hold_v4(const IpAddress& address) const {
    const auto block = static_cast<std::uint32_t>(address.low) >> 8;
    return v4_ && (words_[block / 64] >> block % 64 & 1) != 0;
  }
  std::size_t bytes() const { return words_.bytes(); }

 private:
  struct Part {
    std::size_t first = 0, words = 0;  // a power of two, or 0: there is no such key
  };
  static constexpr std::size_t kV4Blocks = std::size_t{1} << 24;
  const Part& part(IndicatorKind kind) const { return parts_[static_cast<std::size_t>(kind)]; }
  static std::size_t place(const Part& of, std::uint64_t hash) { return of.first + (hash >> 24 & (of.words - 1)); }
  static std::uint64_t bits(std::uint64_t hash) {
    const auto bit = [hash](unsigned from) { return std::uint64_t{1} << (hash >> from & 63); };
    return bit(0) | bit(6) | bit(12) | bit(18);
  }

  HugeArray<std::uint64_t> words_;
  std::array<Part, kIndicatorKinds> parts_;
  bool v4_ = false;  // their blocks come first
};

}  // namespace tocsin::intel
