// The lookups of StringSet: what runs for every value that the token memory does not know.
#pragma once

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "detect/plan/string_set.h"

namespace tocsin::plan {

template <class Found>
void StringSet::find_equals(std::string_view value, Found& found) const {
  const std::size_t mask = equals_slots_.size() - 1;
  for (std::size_t at = hash_bytes(value) & mask; equals_slots_[at] != 0; at = (at + 1) & mask) {
    std::size_t i = equals_slots_[at] - 1;
    if (text(literals_[equals_[i]]) != value) continue;
    for (; i < equals_.size() && text(literals_[equals_[i]]) == value; ++i) found(literals_[equals_[i]].id);
    return;
  }
}

template <class Found>
void StringSet::find_chain(const Chain& chain, std::string_view value, Found& found) const {
  bool inside = false;
  for (std::int32_t at = last_not_greater(chain, value); at >= 0; at = chain.shorter[at]) {
    if (!inside && !stands(chain, chain.order[at], value)) continue;
    inside = true;  // what a matching prefix begins with matches too
    for (std::uint32_t i = chain.ids_from[at]; i < chain.ids_from[at + 1]; ++i) found(chain.ids[i]);
  }
}

/// Four places at a time: their answers are all but always no, so one branch asks for all of them.
template <class Found>
void StringSet::find_grams(const GramTable& table, std::string_view value, Found& found) const {
  if (value.size() < table.bytes) return;
  const char* const begin = value.data();
  const std::size_t size = value.size(), stride = table.stride;
  const std::uint32_t keep = table.bytes == 4 ? ~0u : (1u << (8 * table.bytes)) - 1;
  const std::uint64_t* const bitmap = table.bitmap.data();
  const int shift = table.shift;
  const auto gram_at = [&](std::size_t at) {
    std::uint32_t gram;
    std::memcpy(&gram, begin + at, 4);
    return gram & keep;
  };
  const auto may_stand = [&](std::uint32_t gram) {
    const std::uint32_t hash = mix(gram) >> shift;
    return static_cast<std::uint32_t>(bitmap[hash >> 6] >> (hash & 63) & 1);
  };
  std::size_t at = 0;
  for (; at + 3 * stride + 4 <= size; at += 4 * stride) {
    const std::uint32_t a = gram_at(at), b = gram_at(at + stride), c = gram_at(at + 2 * stride), d = gram_at(at + 3 * stride);
    const std::uint32_t hits = may_stand(a) | may_stand(b) << 1 | may_stand(c) << 2 | may_stand(d) << 3;
    if (hits == 0) [[likely]] continue;
    if ((hits & 1) != 0) compare_gram(table, value, at, a, found);
    if ((hits & 2) != 0) compare_gram(table, value, at + stride, b, found);
    if ((hits & 4) != 0) compare_gram(table, value, at + 2 * stride, c, found);
    if ((hits & 8) != 0) compare_gram(table, value, at + 3 * stride, d, found);
  }
  for (; at + table.bytes <= size; at += stride) {
    std::uint32_t gram = 0;
    std::memcpy(&gram, begin + at, std::min<std::size_t>(4, size - at));
    gram &= keep;
    if (may_stand(gram) != 0) compare_gram(table, value, at, gram, found);
  }
}

template <class Found>
void StringSet::compare_gram(const GramTable& table, std::string_view value, std::size_t at, std::uint32_t gram,
                             Found& found) const {
  std::uint32_t slot = (mix(gram) >> table.shift) & table.mask;
  while (table.slots[slot] != 0 && table.entries[table.slots[slot] - 1].gram != gram) slot = (slot + 1) & table.mask;
  if (table.slots[slot] == 0) return;
  for (std::size_t i = table.slots[slot] - 1; i < table.entries.size() && table.entries[i].gram == gram; ++i) {
    const GramEntry& entry = table.entries[i];
    const Literal& literal = literals_[entry.literal];
    if (at < entry.offset || at - entry.offset + literal.size > value.size()) continue;
    if (std::memcmp(value.data() + at - entry.offset, bytes_.data() + literal.offset, literal.size) == 0) report(entry.literal, found);
  }
}

}  // namespace tocsin::plan
