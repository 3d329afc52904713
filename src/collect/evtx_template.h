// Template definitions, compiled once into flat lists of steps that put a record's substitutions straight
// into an event.
//
// The idea: nearly all records are one template instance, and the shape of its JSON (evtx_json.h) is known
// from the definition alone but for three questions that only the record answers: is this attribute null, is
// this value BinXML, is this the first of the unnamed Data? A step that asks one of them costs a comparison.
// Where a definition has a shape that needs more (text between elements, a name three times, a name from a
// substitution), it is not compiled; its records go the slow way: over 28,882 real records, every hundredth.
//
// The cache outlives the chunk. The bytes of one definition differ from chunk to chunk (names stand where
// they were first used), so an entry is found by the definition's GUID and then compared token by token: its
// fingerprint says which bytes must be the same, which (sizes, offsets) do not matter, and which names must
// be spelled as before. That is about a tenth of the work of compiling.
//
// One cache per thread. Bounded by kEvtxTemplatesMax and kEvtxTemplateBytesMax: when full, it starts anew.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "collect/evtx_format.h"
#include "collect/evtx_xml.h"
#include "event/path_table.h"

namespace tocsin {

struct EvtxOp {
  enum class Kind : std::uint8_t {
    kStatic,      // text[from, from + size) with `value_kind` at `path`
    kMark,        // the attributes of an element begin, none of which is sure to have a value
    kNullUnless,  // null at `path`, unless an attribute came since the mark
    kAttribute,   // substitution `index` at `path`, unless null
    kContent,     // substitution `index`, the only content, at `path`; BinXML: below `path`
    kListItem,    // substitution `index`, content of an unnamed Data, at `path`
    kLoser,       // substitution `index` at `path`, unless null: its name comes again
  };
  enum Flag : std::uint8_t {
    kMarked = 1,          // goes to `text_path` if an attribute came since the mark
    kAsText = 2,          // goes to `text_path` (BinXML: below `path`)
    kFirst = 4,           // kListItem: of its list
    kBeforeChildren = 8,  // kContent: null is nothing, and a text here is an unusual shape
    kHasNull = 16,        // kContent: BinXML without any value leaves a null
  };
  Kind kind = Kind::kStatic;
  std::uint8_t flags = 0;
  ValueKind value_kind = ValueKind::kNull;
  std::uint16_t index = 0;
  PathId path = 0;
  PathId text_path = 0;
  std::uint32_t from = 0;  // kContent: its siblings are siblings[from, from + size)
  std::uint32_t size = 0;
};

/// Which bytes make two definitions the same.
struct EvtxFingerprint {
  enum class Kind : std::uint8_t { kSame, kSkip, kName };
  struct Part {
    Kind kind;
    std::uint32_t size;
  };
  std::vector<Part> parts;
  std::string bytes;        // what kSame and kName compare with, in order
  bool to_the_end = false;  // the fragment has no end token: it must end where the definition does

  bool matches(EvtxBytes chunk, const EvtxFragment& definition) const;
};

struct EvtxTemplate {
  bool plain = false;  // compiled; otherwise its records go the slow way
  PathId parent = 0;
  PathId root = 0;  // of the one element at its top
  std::vector<EvtxOp> ops;
  std::string text;
  std::vector<PathId> siblings;
  EvtxFingerprint fingerprint;

  std::size_t bytes() const;
};

class EvtxTemplateCache {
 public:
  explicit EvtxTemplateCache(PathTable& paths);

  /// Offsets mean nothing from here on.
  void start_chunk();
  /// Drops everything if the cache is full. Templates found before are gone then.
  void make_room();
  /// The definition at `offset` for elements below `parent`; nullptr if it is damaged or the budget is spent.
  const EvtxTemplate* find(EvtxBytes chunk, std::uint32_t offset, PathId parent, EvtxBudget& budget);

  std::size_t size() const { return count_; }
  /// Event.System.TimeCreated.#attributes.SystemTime
  PathId time_path() const { return time_path_; }

 private:
  struct Slot {
    std::uint32_t offset = 0;  // 0: empty (the chunk header is there)
    PathId parent = 0;
    const EvtxTemplate* found = nullptr;
  };
  struct Key {
    std::array<std::uint8_t, 16> guid;
    PathId parent;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  static constexpr std::size_t kSlots = 256;

  const EvtxTemplate* look_up(EvtxBytes chunk, std::uint32_t offset, PathId parent, EvtxBudget& budget);

  PathTable& paths_;
  PathId time_path_;
  std::array<Slot, kSlots> slots_;
  std::unordered_map<Key, std::vector<std::unique_ptr<EvtxTemplate>>, KeyHash> templates_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

/// Compiles a definition whose tree is `xml`, as it stands below `parent`.
EvtxTemplate evtx_compile(const EvtxXml& xml, PathId parent, PathTable& paths);
/// The fingerprint of a definition that can be read.
EvtxFingerprint evtx_fingerprint(EvtxBytes chunk, const EvtxFragment& definition);

}  // namespace tocsin
