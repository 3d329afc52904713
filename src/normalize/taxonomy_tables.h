// The mappings, compiled: what taxonomy_load.cc makes of YAML, and what Taxonomy and Classifier look things up in.
// Plain values; immutable once loaded, safe from any thread.
//
// A log source is recognised by conditions on fields. Every question that a mapping asks of one value ("Channel is
// Security", "EventID is there") is a predicate with a number; what is known of an event is the set of predicates that
// its values satisfy, and an entry holds if each of its conditions finds one of its predicates in the set (or, negated,
// none). So everything the entries can ever ask of an event is a small set of small numbers, which is what the
// Classifier remembers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time_zone.h"
#include "event/alert_context.h"
#include "event/columns.h"
#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"
#include "normalize/taxonomy_naming.h"
#include "normalize/taxonomy_values.h"

namespace tocsin {

struct TextFormats;

using PredicateId = std::uint32_t;
using FieldId = std::uint16_t;
/// Sorted, distinct.
using PredicateSet = std::vector<PredicateId>;

/// Bounds of what mappings may ask; the shipped ones stay below a tenth of each.
inline constexpr std::size_t kRoutingFieldsMax = 4'096;
inline constexpr std::size_t kPredicatesMax = 65'536;
inline constexpr std::size_t kTaxonomyEntriesMax = 16'384;

/// Which bytes a text has. A pattern can fit only a text that has all of its own: most patterns end there, and a text
/// is looked over once for all of them.
struct ByteSet {
  std::uint64_t words[4] = {};

  ByteSet() = default;
  explicit ByteSet(std::string_view text) {
    std::uint64_t low = 0, high = 0;  // of ASCII; kept apart, since one word in memory would wait for itself at each byte
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      const std::uint64_t bit = std::uint64_t{1} << (byte & 63), is_high = 0 - std::uint64_t{byte >> 6 & 1u};
      if (byte >= 0x80) [[unlikely]]
        words[byte >> 6] |= bit;
      else
        low |= bit & ~is_high, high |= bit & is_high;
    }
    words[0] = low;
    words[1] = high;
  }
  bool has_all_of(const ByteSet& other) const {
    return ((other.words[0] & ~words[0]) | (other.words[1] & ~words[1]) | (other.words[2] & ~words[2]) |
            (other.words[3] & ~words[3])) == 0;
  }
};

/// A text under folding in which '*' stands for any characters. There is no escape: no log source needs one.
class FoldedPattern {
 public:
  FoldedPattern() = default;
  explicit FoldedPattern(std::string_view text);

  bool fits(std::string_view folded_text) const;
  /// The same where the text's bytes are known.
  bool fits(std::string_view folded_text, const ByteSet& bytes) const {
    return bytes.has_all_of(bytes_) && fits(folded_text);
  }
  /// Without any '*'; then this is the text.
  bool is_exact() const { return pieces_.size() == 1; }
  const std::string& exact() const { return pieces_.front(); }

 private:
  std::vector<std::string> pieces_;  // what stands between the stars, folded; empty pieces at the ends are open ends
  ByteSet bytes_;
};

struct Predicate {
  FieldId field = 0;
  bool any_value = false;  // satisfied by every value but null
  FoldedPattern pattern;   // else
};

/// Whose clocks show the time of a zone.
struct ZoneRule {
  FoldedPattern source, host;  // of the input's name, and of hosts that the event names
  bool any_host = true;
  TimeZone zone;
};
/// Each is compared with the name of every input once. Sites have a handful.
inline constexpr std::size_t kZoneRulesMax = 256;

struct RoutingField {
  std::string name;
  /// Its values are free text, different in every event: asked only where an entry waits for it, and not remembered.
  bool free_text = false;
  bool asks_values = false;
  std::vector<PredicateId> presence;                   // at most one
  std::unordered_map<std::string, PredicateId> exact;  // by folded text
  std::vector<PredicateId> wild;
};

struct TaxonomyCondition {
  PredicateSet any_of;
  bool negated = false;
};

struct TaxonomyEntry {
  LogSource source;  // all parts empty: only lends its fields and values
  std::vector<TaxonomyCondition> conditions;
  std::vector<std::pair<std::string, std::string>> fields;  // (name in rules, name in the event)
  std::vector<DerivationId> values;
};

using ColumnFieldId = std::int16_t;
/// In order of column, then of preference.
using ColumnEntryId = std::uint32_t;

/// One column has some fifty entries today. A path is told its field in 16 bits.
inline constexpr std::size_t kColumnEntriesMax = 1'024, kColumnFieldsMax = 16'384;

enum class Outcome : std::uint8_t { kNone, kSuccess, kFailure, kUnknown };
inline constexpr std::array<std::string_view, 4> kOutcomeNames = {"", "success", "failure", "unknown"};

/// The first value of a field is one of these; negated, it is none of them, or not there.
struct ColumnCondition {
  ColumnFieldId field = 0;
  std::vector<FoldedPattern> any_of;
  bool negated = false;
};

/// One field that may fill a column.
struct ColumnEntry {
  ColumnFieldId field = 0;
  std::vector<ColumnCondition> when;  // all must hold
  std::unordered_map<std::string, Outcome> outcomes;  // of the column outcome, by folded text
  Outcome other_outcome = Outcome::kNone;             // of a text that is not among them
};

struct ColumnTables {
  struct Field {
    std::string name;
    std::vector<ColumnEntryId> entries;  // none: only conditions ask for it
  };
  std::vector<Field> fields;
  std::unordered_map<std::string, ColumnFieldId> field_ids;
  std::array<std::vector<ColumnEntry>, kColumns> entries;

  static ColumnEntryId entry_id(Column column, std::size_t position) {
    return static_cast<ColumnEntryId>(static_cast<std::size_t>(column) << 16 | position);
  }
  static Column column_of(ColumnEntryId id) { return static_cast<Column>(id >> 16); }
  const ColumnEntry& entry(ColumnEntryId id) const { return entries[id >> 16][id & 0xffff]; }
  /// The path itself if it is a field here, else the first of its names that is; -1 if none is.
  ColumnFieldId field_of(const std::string& path, const std::vector<std::string>& names) const;
  /// The columns, as bits, that the field of this name fills in whatever event. A name that means something only in some events (host) would
  /// make a column doubtful in all others.
  std::uint32_t fed_by(const std::string& name) const;
};

/// One field that may say a role of an alert's context.
struct ContextEntry {
  ContextRole role = ContextRole::kHost;
  std::uint32_t preference = 0;  // within its role, the least first
  std::string beside;            // counts only in an event with this field; "": always
};
/// Fields of all roles; the shipped mappings have some fifty.
inline constexpr std::size_t kContextEntriesMax = 4'096;
/// By the field's name.
using ContextTables = std::unordered_map<std::string, std::vector<ContextEntry>>;

struct OcsfTables;

struct TaxonomyTables {
  TaxonomyTables();
  ~TaxonomyTables();

  NamingTables naming;
  std::unordered_map<std::string, EntityType> entities;
  std::unordered_map<std::string, std::uint8_t> time_ranks;
  std::vector<ZoneRule> zones;  // the first that fits counts
  std::vector<RoutingField> fields;
  std::unordered_map<std::string, FieldId> field_ids;
  std::vector<Predicate> predicates;
  std::vector<TaxonomyEntry> entries;
  std::vector<Derivation> derivations;
  std::unordered_map<std::string, SourceFieldId> source_field_ids;  // by name in the event
  ColumnTables columns;
  ContextTables context;
  std::shared_ptr<const OcsfTables> ocsf;  // ocsf_rules.h; there once loaded
  std::unique_ptr<TextFormats> formats;  // never null

  /// The routing fields among a path's names, sorted, distinct.
  std::vector<FieldId> routing_fields(std::string_view path) const;
  /// Adds the predicates of `field` that a value with this folded text satisfies.
  void add_satisfied(FieldId field, std::string_view folded_text, PredicateSet& into) const;
  /// True if the entry holds for an event of which exactly these predicates are satisfied.
  static bool holds(const TaxonomyEntry& entry, const PredicateSet& satisfied);
  /// The union of what holds: the class. Sources that another one says more exactly are left out.
  LogSourceClass log_source_class(const PredicateSet& satisfied) const;
  /// What is derived for such an event, in the order of the mappings; nothing if it is not recognised.
  std::vector<DerivationId> derivations_of(const PredicateSet& satisfied) const;
};

/// The obvious way, for tests to compare with and for the Classifier where its memory is full: every name of every
/// value (but derived ones), every entry. Allocates.
PredicateSet satisfied_plainly(const TaxonomyTables& tables, const PathTable& paths, const Event& event);
LogSourceClass classify_plainly(const TaxonomyTables& tables, const PathTable& paths, const Event& event);

/// What a value says as a time: text or epoch, nothing if it is neither. `scratch` is overwritten.
TimeUs time_of(const Value& value, std::string& scratch);

}  // namespace tocsin
