// The lookups of StringSet: what runs for every value that the token memory does not know.
#pragma once

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

template <class Found>
void StringSet::find_grams(const GramTable& table, std::string_view value, Found& found) const {
  if (value.size() < table.bytes) return;
  const char* const begin = value.data();
  const std::size_t last = value.size() - table.bytes;
  const std::uint32_t keep = table.bytes == 4 ? ~0u : (1u << (8 * table.bytes)) - 1;
  for (std::size_t at = 0; at <= last; at += table.stride) {
    std::uint32_t gram = 0;
    if (at + 4 <= value.size()) [[likely]] {
      std::memcpy(&gram, begin + at, 4);
    } else {
      std::memcpy(&gram, begin + at, value.size() - at);
    }
    gram &= keep;
    const std::uint32_t hash = mix(gram) >> table.shift;
    if ((table.bitmap[hash >> 6] >> (hash & 63) & 1) == 0) continue;
    std::uint32_t slot = hash & table.mask;
    while (table.slots[slot] != 0 && table.entries[table.slots[slot] - 1].gram != gram) slot = (slot + 1) & table.mask;
    if (table.slots[slot] == 0) continue;
    for (std::size_t i = table.slots[slot] - 1; i < table.entries.size() && table.entries[i].gram == gram; ++i) {
      const GramEntry& entry = table.entries[i];
      const Literal& literal = literals_[entry.literal];
      if (at < entry.offset || at - entry.offset + literal.size > value.size()) continue;
      if (std::memcmp(begin + at - entry.offset, bytes_.data() + literal.offset, literal.size) == 0) found(literal.id);
    }
  }
}

}  // namespace tocsin::plan
