// Formats of which one line is one event, recognised from the line alone: the table (line_formats.cc) that TextParser
// asks, in order, about each line that no format with a state of its own (audit records, W3C columns, syslog) has taken.
// Adding one: `tools/new format NAME`.
//
// One object per parser and thread. It may keep nothing from line to line; warm, it allocates nothing.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "event/event.h"

namespace tocsin {

class LineFormat {
 public:
  virtual ~LineFormat() = default;
  /// Fills `event`: the line under PathTable::kRoot, its fields, its time, its text. False if the line is of another
  /// format, which most are: so look first at what a glance can tell. Then the event is cleared by the caller.
  virtual bool parse(std::string_view line, Event& event) = 0;
};

struct LineFormatRow {
  const char* name;
  std::unique_ptr<LineFormat> (*make)(PathTable& paths);
};

const std::vector<LineFormatRow>& line_formats();

}  // namespace tocsin
