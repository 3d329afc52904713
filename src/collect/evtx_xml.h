// BinXML as a tree of elements: what templates are compiled from (substitutions stay open) and what the slow
// path makes an event of (substitutions filled in, nested BinXML expanded in place). Allocates freely;
// neither is on the per-event path of ordinary logs. One thread. Damage ends the tree where it is: what was
// read before stays.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "collect/evtx_format.h"
#include "collect/evtx_token.h"
#include "collect/evtx_value.h"

namespace tocsin {

struct EvtxElement;

struct EvtxPiece {
  enum class Kind : std::uint8_t {
    kValue,
    kText,          // an entity, a character, CDATA
    kSubstitution,  // only in a definition
    kElement,
    kLost,  // something stood here that damage has taken
  };
  Kind kind = Kind::kValue;
  bool optional = false;           // kSubstitution
  std::uint16_t index = 0;         // kSubstitution
  EvtxValue value = {};            // kValue; kSubstitution: the declared type
  std::string text = {};           // kText
  EvtxElement* element = nullptr;  // kElement

  /// An optional substitution that can only be nothing is nothing.
  bool is_nothing() const { return kind == Kind::kSubstitution && optional && value.is(EvtxType::kNull); }
};

struct EvtxAttribute {
  std::string name;
  std::vector<EvtxPiece> pieces;
};

struct EvtxElement {
  std::string name;
  std::vector<EvtxAttribute> attributes;
  std::vector<EvtxPiece> content;

  const EvtxAttribute* find(std::string_view attribute) const;
};

/// The work that a chunk, and the record at hand, may still cost (kEvtxStepsMax, kEvtxRecordStepsMax).
class EvtxBudget {
 public:
  void start_chunk() { chunk_ = kEvtxStepsMax; }
  void start_record() { record_ = kEvtxRecordStepsMax; }
  /// False, and nothing is left for this record, if it costs too much.
  bool spend(std::uint32_t steps) {
    if (steps > record_ || steps > chunk_) record_ = 0;
    if (record_ == 0) return false;
    record_ -= steps;
    chunk_ -= steps;
    return true;
  }

 private:
  std::uint32_t chunk_ = kEvtxStepsMax;
  std::uint32_t record_ = kEvtxRecordStepsMax;
};

/// What an entity of XML stands for; "&name;" where it is none.
std::string evtx_entity(const std::string& name);

class EvtxXml {
 public:
  EvtxXml(EvtxBytes chunk, EvtxBudget& budget) : chunk_(chunk), budget_(budget) {}

  /// The fragment with everything filled in.
  void read(const EvtxFragment& fragment);
  /// The definition at `offset`, substitutions left open. An instance inside it is damage.
  void read_definition(std::uint32_t offset);

  /// The root: its content is the elements (and stray text) at the top.
  const EvtxElement& root() const { return elements_.front(); }
  const EvtxDamage& damage() const { return damage_; }

 private:
  struct Level;  // one fragment being read
  void read_fragment(const EvtxFragment& fragment, Level& level);
  bool add(const EvtxToken& token, Level& level);
  bool open(const EvtxToken& token, Level& level);
  bool close_start(Level& level, bool empty);
  bool close(Level& level);
  void add_piece(EvtxPiece piece, Level& level);
  bool add_substitution(const EvtxToken& token, Level& level);
  bool add_value(const EvtxValue& value, Level& level);
  void instance(const EvtxToken& token, Level& level);
  bool fail(const char* what, std::uint32_t offset);

  EvtxBytes chunk_;
  EvtxBudget& budget_;
  std::deque<EvtxElement> elements_ = std::deque<EvtxElement>(1);
  std::vector<EvtxElement*> stack_ = {&elements_.front()};
  std::uint32_t nesting_ = 0;
  EvtxDamage damage_;
};

}  // namespace tocsin
