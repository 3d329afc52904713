// The part `ocsf` of the mappings (docs/mappings.md), compiled: which events become which class, and where their fields go. Plain values,
// made by OcsfLoader while mappings are loaded, immutable afterwards; OcsfProjector looks things up in them.
//
// A rule is a tree of what is to be written: objects, lists, and leaves that take a field or a constant. What the schema asks of an object
// (these members, one of those) stands beside it as positions of its children, so that the projector need not look anything up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/log_source.h"
#include "normalize/ocsf_capture.h"
#include "normalize/ocsf_schema.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

using OcsfFieldId = std::uint16_t;

/// Bounds of what mappings may say; the shipped ones stay below a quarter of each.
inline constexpr std::size_t kOcsfRulesMax = 4'096, kOcsfFieldsMax = 8'192;
/// What one rule writes. An event of real products has at most some sixty fields worth a place.
inline constexpr std::size_t kOcsfNodesMax = 512;
/// Objects inside objects; the deepest of the shipped mappings is 5, and each level is a call.
inline constexpr std::size_t kOcsfPathDepthMax = 12;

/// A text under its lower-case bytes, found without making a string of it.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// From what the event says to a number of the schema.
struct OcsfTranslation {
  TextMap<std::int64_t> exact;                                // by folded text
  std::vector<std::pair<FoldedPattern, std::int64_t>> wild;   // in order
  std::optional<std::int64_t> other;                          // of any other text

  std::optional<std::int64_t> number_of(std::string_view folded) const;
};

/// What a leaf takes of a text.
enum class OcsfTake : std::uint8_t {
  kAll,
  kAfter,   // what stands behind the last of some characters; everything if there is none
  kBefore,  // what stands before the last of them; nothing if there is none
};

struct OcsfNode {
  enum class What : std::uint8_t { kObject, kLeaf, kFixed, kHashes };
  What what = What::kObject;
  std::string key;                      // with its quotes and colon, as written
  std::string path;                     // "process.file.path", without brackets: what observables call it
  bool list = false;                    // in brackets
  bool each = false;                    // one element for each value of the field
  bool is_metadata = false;
  std::vector<OcsfFieldId> asks;        // every field that it or what is in it takes: if the event has none of them, and nothing is there anyway, it is not written
  std::uint64_t asks_bits = 0;          // the same, each field as the bit of its remainder by 64
  bool always = false;                  // something is written whatever the event says
  std::string fragment;                 // JSON: all of it, if no event says anything of it; else ""
  bool is_one_of = false;               // among one_of of the object that it is in; among its `required` it is `needed`
  // Of an object:
  std::vector<std::uint32_t> children;  // nodes, in the order of the mapping
  std::vector<std::uint32_t> required;  // those of `children` without which there is no object, and of which there must be one
  std::vector<std::uint32_t> one_of;
  bool stands = false;                  // something in it is a constant of the mapping: it is there whatever the event says
  // Of a leaf:
  OcsfKind kind = OcsfKind::kText;
  std::vector<OcsfFieldId> from;        // the best first
  OcsfTake take = OcsfTake::kAll;
  bool no_address = false;              // an address has a leaf of its own beside this one
  std::string at;                       // the characters of kAfter and kBefore
  std::optional<OcsfTranslation> translation;
  bool needed = false;                  // the object must have it
  std::string sibling;                  // key of the attribute that says number 99 in words; "" if there is none
  int observable = 0;
  std::string observable_head;          // JSON: such an observable, up to its value
  std::vector<std::string> words;       // the texts that the schema allows; none: any
  std::string fixed;                    // JSON; of a leaf: what stands there if no field says anything and the schema wants it
};

/// One of the field's values is one of these; negated, none is.
struct OcsfCondition {
  OcsfFieldId field = 0;
  bool any_value = false;
  bool negated = false;
  std::vector<FoldedPattern> any_of;
};

/// A field whose text is taken apart: the first pattern that fits gives values to its names.
struct OcsfCaptures {
  OcsfFieldId field = 0;
  std::vector<CapturePattern> patterns;
  std::vector<std::vector<OcsfFieldId>> names;  // by pattern, then by capture
};

struct OcsfRule {
  bool any_source = true;
  LogSource source;
  std::vector<OcsfCondition> when;
  std::optional<OcsfCaptures> captures;
  const OcsfShape* shape = nullptr;     // its class; lives as long as the program
  std::string profiles;                 // JSON
  std::string head;                     // JSON: what each of its events begins with
  OcsfNode activity;                    // a leaf or fixed; apart, since type_uid is made of it
  std::vector<OcsfNode> nodes;          // 0 is the event
  std::string where;                    // file:line, for people
};

struct OcsfTables {
  std::vector<OcsfRule> rules;  // the first that holds is taken; the last holds always, and is the Base Event
  std::vector<std::string> fields;
  TextMap<OcsfFieldId> field_ids;
};

}  // namespace tocsin
