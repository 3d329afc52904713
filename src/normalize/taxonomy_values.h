// Values that no log holds and rules ask for: made of what an event says in other words (`values` of the mappings;
// docs/mappings.md). 5156 says `Direction: %%14593` where rules for Sysmon ask `Initiated: 'true'`; 4657 has the key and
// the value's name apart where they ask for one `TargetObject`.
//
// A derivation takes the text of one event field, or joins several, and then, of these, what is written:
//   translate      the whole text, in any case, is one of a table
//   replace_start  the text begins with one of a list; that part is exchanged
//   hex            the text is a number, and is written in hexadecimal within a form
//
// Derivation is a plain value, part of the immutable tables. A Deriver belongs to one Classifier: it knows which paths
// carry which fields, and owns the bytes of the values it adds, until its next derive(). Warm, it allocates nothing.
// Never fails: what would pass a limit is left out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/event.h"
#include "event/path_table.h"
#include "normalize/text_arena.h"

namespace tocsin {

struct TaxonomyTables;

using DerivationId = std::uint16_t;
using SourceFieldId = std::uint8_t;

/// Of all mappings together; the shipped ones have some dozens.
inline constexpr std::size_t kDerivationsMax = 4'096;
/// Distinct event fields from which values are derived: a path knows its own as the bits of one word.
inline constexpr std::size_t kSourceFieldsMax = 64;
/// What is derived for one event: an event says each thing once or twice.
inline constexpr std::size_t kDerivedValuesMax = 64;
/// All their bytes, and the longest text that is looked at. A registry path of 32,767 characters with a value's name of
/// 16,383 has at most 150 kB in UTF-8.
inline constexpr std::size_t kDerivedBytesMax = 256 * 1024;
/// Digits of the largest number that `hex` writes.
inline constexpr std::size_t kHexDigitsMax = 16;

struct Derivation {
  std::string field;                // as rules call it
  std::vector<SourceFieldId> from;  // several: joined
  std::string join;
  std::unordered_map<std::string, std::string> translate;          // by folded text
  std::vector<std::pair<std::string, std::string>> replace_start;  // in order; the first that fits
  std::string hex;                                                 // with a run of '#', one for each digit
};

/// How much of `text` the pattern covers from its start, npos if it does not. ASCII letters fit in either case; '*' is
/// any one component of a path.
std::size_t start_covered_by(std::string_view text, std::string_view pattern);

/// Makes the value of `text`, which is what the derivation's fields hold, joined. False: there is none, because the text
/// is in no table, fits no start, is no number, or would be what the event says already. `folded` is scratch.
bool derive_text(const Derivation& derivation, std::string_view text, std::string& folded, std::string& out);

class Deriver {
 public:
  Deriver(const TaxonomyTables& tables, PathTable& paths);

  /// Appends what the derivations make of the event's own values; they point into this object until the next call.
  void derive(Event& event, std::span<const DerivationId> derivations);

 private:
  void learn_paths();
  bool read(const Value& value, std::string& into) const;
  bool join(const Derivation& derivation);
  void add(Event& event, DerivationId id);

  const TaxonomyTables& tables_;
  const PathTable& paths_;
  std::vector<PathId> targets_;         // by DerivationId
  std::vector<std::uint64_t> carries_;  // by PathId: a bit for each source field
  std::vector<Value> sources_;          // of the event at hand
  TextArena arena_;
  std::size_t added_ = 0;
  std::string text_, folded_, out_;  // scratch
};

}  // namespace tocsin
