#include "detect/plan/string_set.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <tuple>

namespace tocsin::plan {

namespace {

/// How common a byte is in folded command lines, paths and names, 0 (rare) to 9; orders grams, nothing else.
int commonness(unsigned char c) {
  static const std::array<std::uint8_t, 256> table = [] {
    std::array<std::uint8_t, 256> t{};
    for (int i = 0; i < 256; ++i) t[i] = 2;
    for (const char ch : std::string_view("bdfghklmpuvwy0123456789_")) t[static_cast<unsigned char>(ch)] = 5;
    for (const char ch : std::string_view("etaoinsrcx.")) t[static_cast<unsigned char>(ch)] = 7;
    for (const char ch : std::string_view(" \\/-")) t[static_cast<unsigned char>(ch)] = 8;
    return t;
  }();
  return table[c];
}

std::uint32_t gram_at(std::string_view text, std::size_t at, std::uint32_t bytes) {
  std::uint32_t gram = 0;
  std::memcpy(&gram, text.data() + at, bytes);
  return gram;
}

}  // namespace

void StringSet::add(Place place, std::string_view literal, std::uint32_t id) {
  literals_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(literal.size()), id, place});
  bytes_.append(literal);
}

void StringSet::build() {
  build_equals();
  build_chain(prefix_, Place::kPrefix);
  suffix_.from_end = true;
  build_chain(suffix_, Place::kSuffix);
  build_grams();
}

void StringSet::build_equals() {
  for (std::uint32_t i = 0; i < literals_.size(); ++i) {
    if (literals_[i].place == Place::kEquals) equals_.push_back(i);
  }
  if (equals_.empty()) return;
  std::ranges::sort(equals_, [&](std::uint32_t a, std::uint32_t b) { return text(literals_[a]) < text(literals_[b]); });
  std::size_t size = 4;
  while (size < equals_.size() * 2) size *= 2;
  equals_slots_.assign(size, 0);
  for (std::uint32_t i = 0; i < equals_.size(); ++i) {
    if (i > 0 && text(literals_[equals_[i]]) == text(literals_[equals_[i - 1]])) continue;
    std::size_t at = hash_bytes(text(literals_[equals_[i]])) & (size - 1);
    while (equals_slots_[at] != 0) at = (at + 1) & (size - 1);
    equals_slots_[at] = i + 1;
  }
}

namespace {

/// Lexicographic order, from the front or from the back.
int compare(std::string_view a, std::string_view b, bool from_end) {
  if (!from_end) return a.compare(b);
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 1; i <= common; ++i) {
    const unsigned char x = static_cast<unsigned char>(a[a.size() - i]), y = static_cast<unsigned char>(b[b.size() - i]);
    if (x != y) return x < y ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

}  // namespace

bool StringSet::stands(const Chain& chain, std::uint32_t literal, std::string_view value) const {
  const std::string_view wanted = text(literals_[literal]);
  return chain.from_end ? value.ends_with(wanted) : value.starts_with(wanted);
}

void StringSet::build_chain(Chain& chain, Place place) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t i = 0; i < literals_.size(); ++i) {
    if (literals_[i].place == place) all.push_back(i);
  }
  const auto order = [&](std::uint32_t a, std::uint32_t b) {
    return compare(text(literals_[a]), text(literals_[b]), chain.from_end);
  };
  std::ranges::stable_sort(all, [&](std::uint32_t a, std::uint32_t b) { return order(a, b) < 0; });
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (chain.order.empty() || order(chain.order.back(), all[i]) != 0) {
      std::int32_t shorter = static_cast<std::int32_t>(chain.order.size()) - 1;
      while (shorter >= 0 && !stands(chain, chain.order[shorter], text(literals_[all[i]]))) shorter = chain.shorter[shorter];
      chain.order.push_back(all[i]);
      chain.shorter.push_back(shorter);
      chain.ids_from.push_back(static_cast<std::uint32_t>(chain.ids.size()));
    }
    chain.ids.push_back(literals_[all[i]].id);
  }
  chain.ids_from.push_back(static_cast<std::uint32_t>(chain.ids.size()));
}

std::int32_t StringSet::last_not_greater(const Chain& chain, std::string_view value) const {
  std::size_t low = 0, high = chain.order.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (compare(text(literals_[chain.order[middle]]), value, chain.from_end) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return static_cast<std::int32_t>(low) - 1;
}

/// One of each text; the others hang behind it.
std::vector<std::uint32_t> StringSet::distinct_contains() {
  std::vector<std::uint32_t> distinct;
  std::unordered_map<std::string_view, std::uint32_t> last;
  for (std::uint32_t i = 0; i < literals_.size(); ++i) {
    if (literals_[i].place != Place::kContains) continue;
    const auto [at, fresh] = last.try_emplace(text(literals_[i]), i);
    if (fresh) {
      distinct.push_back(i);
    } else {
      literals_[at->second].more = i;
      at->second = i;
    }
  }
  return distinct;
}

/// Seven neighbouring bytes lend four grams: those with the rarest letters, and with grams that few other literals have.
/// What many rules name ("\\software\\microsoft\\") is what the values are full of, too.
void StringSet::add_long(std::uint32_t index, const GramCounts& counts, std::vector<GramEntry>& entries) const {
  const std::string_view literal = text(literals_[index]);
  constexpr int kSharedCost = 4;
  int best_cost = std::numeric_limits<int>::max();
  std::uint32_t best = 0;
  for (std::uint32_t at = 0; at + kLongBytes <= literal.size(); ++at) {
    int cost = 0;
    for (std::uint32_t k = 0; k < kLongBytes; ++k) cost += commonness(static_cast<unsigned char>(literal[at + k]));
    for (std::uint32_t k = 0; k < kStride; ++k) cost += kSharedCost * std::bit_width(counts.at(gram_at(literal, at + k, 4)));
    if (cost < best_cost) best_cost = cost, best = at;
  }
  for (std::uint32_t k = 0; k < kStride; ++k) entries.push_back({gram_at(literal, best + k, 4), index, best + k});
}

void StringSet::build_grams() {
  std::vector<GramEntry> long_entries;
  std::array<std::vector<GramEntry>, 5> by_bytes;
  std::vector<LiteralScan::Literal> few;
  const std::vector<std::uint32_t> distinct = distinct_contains();
  GramCounts counts;
  for (const std::uint32_t i : distinct) {
    const std::string_view literal = text(literals_[i]);
    for (std::size_t at = 0; literal.size() >= kLongBytes && at + 4 <= literal.size(); ++at) ++counts[gram_at(literal, at, 4)];
  }
  for (const std::uint32_t i : distinct) {
    const std::string_view literal = text(literals_[i]);
    if (literal.size() >= kLongBytes) {
      add_long(i, counts, long_entries);
      continue;
    }
    const std::uint32_t bytes = std::min<std::uint32_t>(4, literals_[i].size);
    by_bytes[bytes].push_back({gram_at(literal, 0, bytes), i, 0});
    few.push_back({std::string(literal), i});
  }
  if (!long_entries.empty()) grams_.push_back(make_table(4, kStride, std::move(long_entries)));
  if (few.size() <= kShortMax) {
    if (!few.empty()) short_ = std::make_unique<LiteralScan>(std::move(few), false);
    return;
  }
  for (std::uint32_t bytes = 1; bytes <= 4; ++bytes) {
    if (!by_bytes[bytes].empty()) grams_.push_back(make_table(bytes, 1, std::move(by_bytes[bytes])));
  }
}

StringSet::GramTable StringSet::make_table(std::uint32_t bytes, std::uint32_t stride, std::vector<GramEntry> entries) {
  GramTable table;
  table.bytes = bytes;
  table.stride = stride;
  std::ranges::sort(entries, [](const GramEntry& a, const GramEntry& b) {
    return std::tie(a.gram, a.literal, a.offset) < std::tie(b.gram, b.literal, b.offset);
  });
  table.entries = std::move(entries);
  // 16 bits of bitmap per gram keep false hits near 6 %; 2^18 bits (32 KiB) still fit beside the value in cache.
  int bits = 9;
  while (bits < 18 && (1u << bits) < table.entries.size() * 16) ++bits;
  table.shift = 32 - bits;
  table.bitmap.assign((1u << bits) / 64, 0);
  std::size_t size = 4;
  while (size < table.entries.size() * 2) size *= 2;
  table.mask = static_cast<std::uint32_t>(size - 1);
  table.slots.assign(size, 0);
  for (std::uint32_t i = 0; i < table.entries.size(); ++i) {
    if (i > 0 && table.entries[i].gram == table.entries[i - 1].gram) continue;
    const std::uint32_t hash = mix(table.entries[i].gram) >> table.shift;
    table.bitmap[hash >> 6] |= 1ull << (hash & 63);
    std::uint32_t slot = hash & table.mask;
    while (table.slots[slot] != 0) slot = (slot + 1) & table.mask;
    table.slots[slot] = i + 1;
  }
  return table;
}

}  // namespace tocsin::plan
