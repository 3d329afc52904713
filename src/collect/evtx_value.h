// How each BinXML value type is spelled as text. The rules are those of evtx_dump's JSON: integers, floats
// and booleans as JSON has them, everything else as a string; strings of known length without white space at
// the end; times in UTC with six digits (100 ns are cut off); GUIDs in upper case without braces; hexadecimal
// integers as 0x and lower case; bytes in upper case. Used by the sink (fast path) and by the JSON model
// (slow path). Pure, safe from any thread.
//
// A fixed-size type with no bytes is a null, as Windows shows it. With too few bytes, or bytes that are no
// such value (a month 13), it is damaged and spelled as null.
#pragma once

#include <cstdint>

#include "collect/evtx_format.h"
#include "event/event.h"

namespace tocsin {

/// A value as it stands in a record: type byte and bytes.
struct EvtxValue {
  std::uint8_t type = 0;
  bool exact = false;  // an element of a string array: white space at its end stays
  EvtxBytes bytes;

  bool is(EvtxType wanted) const { return type == static_cast<std::uint8_t>(wanted); }
  bool is_array() const { return (type & kEvtxArrayBit) != 0; }
};

struct EvtxSpelling {
  char* end = nullptr;
  ValueKind kind = ValueKind::kNull;
  bool ok = true;
};

/// Room that evtx_spell may need for a value of so many bytes: strings grow by half, bytes double, the
/// longest of fixed size is a SID with 255 parts, whose bytes bound it too.
constexpr std::uint32_t evtx_spelling_max(std::uint32_t bytes) { return 3 * bytes + 64; }

/// Spells one value that is no array. `out` has evtx_spelling_max bytes.
EvtxSpelling evtx_spell(char* out, const EvtxValue& value);

/// The next element of an array from byte `at` on, which moves behind it. False at the end; a rest too short
/// for an element comes as an element, and evtx_spell finds it damaged.
bool evtx_next_element(const EvtxValue& array, std::uint32_t& at, EvtxValue& element);

}  // namespace tocsin
