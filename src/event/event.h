// One parsed record: a flat list of values, each under a path, pointing into bytes that somebody else owns. Parsers
// (normalize/json, collect/evtx, the text formats) fill an Event and hand it on by reference; the bytes must outlive
// that call, nothing more. Arrays are flattened: each element is a value under the array's own path, so that "the field
// is X" means "one of its elements is X". Event objects are reused, so filling one allocates nothing once warm.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "event/log_source.h"
#include "event/path_table.h"

namespace tocsin {

/// How the bytes of a value are to be read.
enum class ValueKind : std::uint8_t {
  kNull,      // JSON null, an empty XML element: present, without a value
  kText,      // plain text
  kJsonText,  // the inside of a JSON string, escapes not yet undone
  kNumber,    // a JSON number, as written
  kBool,      // true or false
};

struct Value {
  const char* data = nullptr;
  std::uint32_t size = 0;
  PathId path = 0;
  ValueKind kind = ValueKind::kText;
  /// Not in the log: a mapping made it of what is (docs/mappings.md). Fields see it; keywords and entities do not.
  bool derived = false;

  std::string_view raw() const { return {data, size}; }
};

struct Event {
  std::vector<Value> values;  // derived ones at the end
  /// A stretch of memory in which the raw bytes of every value that is not derived lie (the JSON line, the text line, the
  /// parser's arena): what a keyword search looks over before it looks closer. `escaped` says that JSON escapes may hide in it.
  std::string_view text;
  bool text_escaped = false;
  LogSourceId log_source = LogSourceTable::kUnknown;
  TimeUs time = kNoTime;

  void clear() {
    values.clear();
    text = {};
    text_escaped = false;
    log_source = LogSourceTable::kUnknown;
    time = kNoTime;
  }
};

/// The text that rules compare: strings unescaped, numbers in canonical decimal form (4688.0 and 4.688e3 are "4688"),
/// booleans as "true" or "false", null as "". Appends to `out`.
void append_value_text(std::string& out, const Value& value);
/// The value as JSON, quotes included.
void append_value_json(std::string& out, const Value& value);

}  // namespace tocsin
