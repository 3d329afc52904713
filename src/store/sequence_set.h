// Numbers of records, and a function of SQL that tells whether one is among them: is_candidate(sequence). DuckDB asks it of the column `sequence`
// alone, before it reads others, so that records which are not wanted are not read. Takes a bit for each number of a block of 65,536 that has one.
// Filled by one thread; then asked by any.
//
//   SequenceSet set;
//   set.add(17);
//   TRY(register_candidates(duck, set));     // the set outlives the connection
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include "base/result.h"

namespace tocsin::store {

class Duck;

class SequenceSet {
 public:
  void clear() {
    blocks_.clear();
    first_ = UINT64_MAX;
    last_ = 0;
  }
  void add(std::uint64_t sequence) {
    blocks_[sequence / kBlock][sequence % kBlock / 64] |= std::uint64_t{1} << (sequence % 64);
    if (sequence < first_) first_ = sequence;
    if (sequence > last_) last_ = sequence;
  }
  bool contains(std::uint64_t sequence) const {
    const auto block = blocks_.find(sequence / kBlock);
    return block != blocks_.end() && (block->second[sequence % kBlock / 64] >> (sequence % 64) & 1) != 0;
  }
  bool empty() const { return blocks_.empty(); }
  /// Of a set that is not empty.
  std::uint64_t first() const { return first_; }
  std::uint64_t last() const { return last_; }

 private:
  static constexpr std::uint64_t kBlock = 65'536;
  using Bits = std::array<std::uint64_t, kBlock / 64>;
  std::unordered_map<std::uint64_t, Bits> blocks_;
  std::uint64_t first_ = UINT64_MAX, last_ = 0;
};

Status register_candidates(Duck& duck, const SequenceSet& set);

}  // namespace tocsin::store
