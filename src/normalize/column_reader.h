// From an Event to its columns (event/columns.h): the host, the user, the program … under one name whatever the source
// calls them. Which fields fill a column, in which order, is the part `columns` of the mappings (docs/mappings.md,
// content/mappings/columns.yml). A column takes the first field that says something: a value such as "-" is passed
// over, and so is what cannot be the column's (an address that is none, a port of 70000). An event that says nothing
// leaves the column empty; nothing here fails.
//
// A field that an event has by derivation counts like any other, at the place of its name: a derived Image, which is in
// the taxonomy's words, comes before the field it was made of. So classify first.
//
// One reader per thread, on that thread's PathTable; warm, it allocates nothing.
//
//   ColumnReader reader(taxonomy, paths);
//   classifier.classify(event);
//   EventColumns columns;                 // used again for the next event
//   reader.read(event, columns);
//   columns.text(Column::kUser);          // "m.adler"
//
// Cost: one look at two bytes for each value of the event; those that matter, some fifteen, are sorted by column and
// preference, and one text is copied for each column that the event fills. Measured on a Windows recording (36 values an
// event): 0.9 microseconds an event, warm.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/columns.h"
#include "event/event.h"
#include "normalize/taxonomy.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

/// A command line of Windows has 64 KiB at most. A longer text is cut before the character that would not fit; the record
/// has it whole.
inline constexpr std::size_t kColumnBytesMax = std::size_t{64} << 10;

/// What products write where there is nothing to say. The last three are auditd's.
inline constexpr std::string_view kSaysNothing[] = {"", "-", "N/A", "0.0.0.0", "::", "S-1-0-0", "?", "unset", "4294967295"};

class ColumnReader {
 public:
  ColumnReader(const Taxonomy& taxonomy, const PathTable& paths);

  /// Overwrites `columns`.
  void read(const Event& event, EventColumns& columns);
  /// Which field filled a column of the last event; "" if none did.
  std::string_view field_of(Column column) const;

 private:
  /// An entry (upper half) and the index of a value that its field has (lower half): in order, the best comes first.
  using Candidate = std::uint64_t;

  void learn_paths();
  void collect(const Event& event);
  void fill(const Event& event, EventColumns& columns);
  bool holds(const ColumnEntry& entry, const Event& event);
  bool take(Column column, const ColumnEntry& entry, std::span<const Candidate> candidates, const Event& event,
            EventColumns& columns);
  bool take_text(const Value& value, std::string& text);
  bool take_words(std::span<const Candidate> candidates, const Event& event, std::string& text);
  bool take_name(const Value& value, Column column, std::string& text);
  bool take_outcome(const Value& value, const ColumnEntry& entry, std::string& text);
  bool take_port(const Value& value, std::int32_t& port);
  bool take_hashes(const Value& value, EventColumns& columns);
  void add_hash(std::string_view digits, EventColumns& columns);
  void read_folded(const Value& value);

  const ColumnTables& tables_;
  const PathTable& paths_;
  std::vector<ColumnFieldId> fields_;  // by path
  std::vector<std::uint32_t> firsts_;  // by field: the index of its first value in this event
  std::vector<ColumnFieldId> seen_;    // those fields that have one
  std::vector<Candidate> candidates_;
  std::array<ColumnFieldId, kColumns> filled_by_{};  // -1: by none
  std::size_t hashes_ = 0;                 // of this event so far
  std::vector<std::string> spare_hashes_;  // their memory, while events have fewer
  std::string text_, folded_;  // scratch
};

}  // namespace tocsin
