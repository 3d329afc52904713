// Formats of which one line is one event, recognised from the line alone: the table (line_formats.cc) that TextParser
// asks, in order, about each line that no format with a state of its own (audit records, columns of W3C and Zeek, syslog) has taken.
// Adding one: `tools/new format NAME`.
//
// One object per parser and thread. It may keep nothing from line to line; warm, it allocates nothing.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/text_arena.h"

namespace tocsin {

class LineFormat {
 public:
  virtual ~LineFormat() = default;
  /// Fills `event`: the line under PathTable::kRoot, its fields, its time, its text. False if the line is of another
  /// format, which most are: so look first at what a glance can tell. Then the event is cleared by the caller. `line` is
  /// not empty. A format whose values are not all pieces of the line copies it to the arena first, and all values lie there.
  virtual bool parse(std::string_view line, TextArena& arena, Event& event) = 0;
};

struct LineFormatRow {
  const char* name;
  std::unique_ptr<LineFormat> (*make)(PathTable& paths);
};

const std::vector<LineFormatRow>& line_formats();

}  // namespace tocsin
