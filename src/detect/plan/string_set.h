// Many string patterns, asked at once of one value: which of them match? Used by FieldPlan, once per field and class.
//
// Every pattern is reduced to one literal and one place where it must stand, and each place has its table:
//   equals    a hash table of whole values;
//   prefix    patterns sorted; those that are prefixes of a value are the last pattern not greater than the value and its
//             chain of shorter prefixes, so one binary search finds them all (suffix: the same, read from the end);
//   contains  for each literal of 7 bytes or more the four grams (stretches of 4 bytes) that begin at four neighbouring
//             places; the value is read once, every fourth place looked up in a bitmap that fits the first-level cache, and
//             whatever way the literal lies one of its grams falls on such a place. Only a hit goes on to compare. Shorter
//             literals are few; they go through LiteralScan, or, if they are many, through grams at every place.
// Left out: Aho-Corasick (its automaton for the largest field is several megabytes and misses the cache on every byte)
// and a compiled database of Vectorscan (5 to 8 s to build for the public rule set).
//
// Built once, then immutable and safe from any thread. Literals are folded text; the value must be folded too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/plan/literal_scan.h"

namespace tocsin::plan {

class StringSet {
 public:
  enum class Place : std::uint8_t { kEquals, kPrefix, kSuffix, kContains };

  /// `id` is what find() reports. Literals of kContains must not be empty.
  void add(Place place, std::string_view literal, std::uint32_t id);
  /// After the last add().
  void build();
  bool empty() const { return literals_.empty(); }
  /// Whether some literal holds a line feed; if none does, every one lies within one line of a value.
  bool has_line_feed() const { return bytes_.find('\n') != std::string::npos; }

  /// Calls found(id) for every pattern whose literal stands in its place. An id may be reported more than once.
  template <class Found>
  void find(std::string_view value, Found&& found) const {
    if (!equals_slots_.empty()) find_equals(value, found);
    find_in_line(value, true, true, found);
  }
  /// The same for one of several lines of a value; none holds a line feed, so none of kEquals can stand.
  template <class Found>
  void find_in_line(std::string_view value, bool first, bool last, Found&& found) const {
    if (first && !prefix_.order.empty()) find_chain(prefix_, value, found);
    if (last && !suffix_.order.empty()) find_chain(suffix_, value, found);
    if (short_ != nullptr) {
      const auto stands = [&](std::uint32_t literal) { report(literal, found); };
      short_->find(value, stands);
    }
    for (const GramTable& table : grams_) find_grams(table, value, found);
  }

 private:
  /// With four grams each, a literal needs 4 + 3 bytes.
  static constexpr std::uint32_t kStride = 4, kLongBytes = 7;
  /// More than this in eight buckets, and LiteralScan compares too often.
  static constexpr std::size_t kShortMax = 128;

  struct Literal {
    std::uint32_t offset = 0, size = 0, id = 0;
    Place place = Place::kEquals;
    std::uint32_t more = 0;  // kContains: the next literal with the same text, 0 at the end
  };
  /// Prefixes (or suffixes) in lexicographic order (of the reversed literal), with the longest proper one inside each.
  struct Chain {
    std::vector<std::uint32_t> order;   // distinct literals
    std::vector<std::int32_t> shorter;  // index into order, -1 at the end of the chain
    std::vector<std::uint32_t> ids_from, ids;
    bool from_end = false;
  };
  struct GramEntry {
    std::uint32_t gram = 0, literal = 0, offset = 0;
  };
  struct GramTable {
    std::uint32_t bytes = 4;   // 1 to 4
    std::uint32_t stride = 1;  // places between look-ups
    std::uint32_t mask = 0;
    int shift = 0;
    std::vector<std::uint64_t> bitmap;
    std::vector<std::uint32_t> slots;  // hash → 1 + first entry with that gram; open addressing
    std::vector<GramEntry> entries;    // sorted by gram
  };

  std::string_view text(const Literal& literal) const { return {bytes_.data() + literal.offset, literal.size}; }
  static std::uint32_t mix(std::uint32_t gram) { return gram * 0x9E3779B1u; }
  void build_equals();
  void build_chain(Chain& chain, Place place);
  void build_grams();
  static GramTable make_table(std::uint32_t bytes, std::uint32_t stride, std::vector<GramEntry> entries);
  using GramCounts = std::unordered_map<std::uint32_t, std::uint32_t>;
  std::vector<std::uint32_t> distinct_contains();
  void add_long(std::uint32_t literal, const GramCounts& counts, std::vector<GramEntry>& entries) const;
  /// Index into chain.order of the last literal not greater than `value`, -1 if there is none.
  std::int32_t last_not_greater(const Chain& chain, std::string_view value) const;
  bool stands(const Chain& chain, std::uint32_t literal, std::string_view value) const;

  template <class Found>
  void find_equals(std::string_view value, Found& found) const;
  template <class Found>
  void find_chain(const Chain& chain, std::string_view value, Found& found) const;
  /// Every pattern whose literal has this text.
  template <class Found>
  void report(std::uint32_t literal, Found& found) const {
    do {
      found(literals_[literal].id);
      literal = literals_[literal].more;
    } while (literal != 0);
  }
  template <class Found>
  void find_grams(const GramTable& table, std::string_view value, Found& found) const;
  template <class Found>
  void compare_gram(const GramTable& table, std::string_view value, std::size_t at, std::uint32_t gram, Found& found) const;

  std::string bytes_;
  std::vector<Literal> literals_;
  std::vector<std::uint32_t> equals_slots_;  // 1 + index into equals_
  std::vector<std::uint32_t> equals_;        // literals, equal ones side by side
  Chain prefix_, suffix_;
  std::unique_ptr<LiteralScan> short_;
  std::vector<GramTable> grams_;
};

}  // namespace tocsin::plan

#include "detect/plan/string_set_find.h"  // the templates
