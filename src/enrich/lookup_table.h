// Millions of networks and names, each with what it leads to: a number of whoever filled the table, such as a list and a line. Sorted once, then asked; immutable then, safe from any
// thread. 24 bytes for each network; 24 and its length for each name.
//
//   NetworkTable networks;
//   networks.add(*read_network("203.0.113.0/24"), {list, line});
//   networks.finish();
//   networks.each_that_holds(address, [](const IpNetwork& network, TableValue value) { return true; });   // the longest first
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ip_network.h"

namespace tocsin::enrich {

/// Of a table that all sources share: a list and its line, an asset.
struct TableValue {
  std::uint32_t line = 0;
  std::uint16_t list = 0;
  auto operator<=>(const TableValue&) const = default;
};

class NetworkTable {
 public:
  void add(const IpNetwork& network, TableValue value) { entries_.push_back({network.base, value.line, value.list, static_cast<std::uint8_t>(network.bits)}); }

  /// After the last add(). Of one list's equal networks the first line stays.
  void finish() {
    std::ranges::sort(entries_, before);
    const auto same = [](const Entry& a, const Entry& b) { return a.bits == b.bits && a.base == b.base && a.list == b.list; };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
    entries_.shrink_to_fit();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (i == 0 || entries_[i].bits != entries_[i - 1].bits) sizes_.push_back({entries_[i].bits, i, i});
      sizes_.back().to = i + 1;
    }
  }

  /// `visit` gets each network that holds the address, longer ones first, those of one size in the order of lists; false ends it.
  template <class Visit>
  void each_that_holds(const IpAddress& address, Visit&& visit) const {
    for (const Size& size : sizes_) {
      const IpAddress base = first_bits(address, size.bits);
      const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(size.from), to = entries_.begin() + static_cast<std::ptrdiff_t>(size.to);
      for (auto at = std::lower_bound(from, to, base, [](const Entry& entry, const IpAddress& wanted) { return entry.base < wanted; }); at != to && at->base == base; ++at) {
        if (!visit(IpNetwork{at->base, at->bits}, TableValue{at->line, at->list})) return;
      }
    }
  }
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    IpAddress base;
    std::uint32_t line;
    std::uint16_t list;
    std::uint8_t bits;
  };
  struct Size {
    unsigned bits;
    std::size_t from, to;
  };
  static bool before(const Entry& a, const Entry& b) {
    if (a.bits != b.bits) return a.bits > b.bits;
    if (a.base != b.base) return a.base < b.base;
    return a.list != b.list ? a.list < b.list : a.line < b.line;
  }

  std::vector<Entry> entries_;
  std::vector<Size> sizes_;
};

/// Texts as they are, in folded case by whoever adds and asks.
class NameTable {
 public:
  void add(std::string_view name, TableValue value) {
    entries_.push_back({hash_bytes(name), text_.size(), value.line, value.list, static_cast<std::uint16_t>(name.size())});
    text_.append(name);
  }

  void finish() {
    std::ranges::sort(entries_, [this](const Entry& a, const Entry& b) { return before(a, b); });
    const auto same = [this](const Entry& a, const Entry& b) { return a.hash == b.hash && a.list == b.list && name(a) == name(b); };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
    entries_.shrink_to_fit();
    text_.shrink_to_fit();
  }

  /// Each value under this name, in the order of lists; false ends it.
  template <class Visit>
  void each_of(std::string_view wanted, Visit&& visit) const {
    const std::uint64_t hash = hash_bytes(wanted);
    for (auto at = std::ranges::lower_bound(entries_, hash, {}, &Entry::hash); at != entries_.end() && at->hash == hash; ++at) {
      if (name(*at) == wanted && !visit(TableValue{at->line, at->list})) return;
    }
  }
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return entries_.capacity() * sizeof(Entry) + text_.capacity(); }
  /// A longer name is none.
  static constexpr std::size_t kNameBytesMax = 0xFFFF;

 private:
  struct Entry {
    std::uint64_t hash;
    std::size_t at;  // in text_
    std::uint32_t line;
    std::uint16_t list, size;
  };
  std::string_view name(const Entry& entry) const { return std::string_view(text_).substr(entry.at, entry.size); }
  bool before(const Entry& a, const Entry& b) const {
    if (a.hash != b.hash) return a.hash < b.hash;
    if (a.list != b.list) return a.list < b.list;
    if (const int order = name(a).compare(name(b)); order != 0) return order < 0;
    return a.line < b.line;
  }

  std::vector<Entry> entries_;
  std::string text_;
};

}  // namespace tocsin::enrich
