// Logs in the W3C extended form (IIS, and others): "#" lines that describe, then a line per request with the columns that
// the last "#Fields:" line names.
//
//   #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status
//   2024-01-05 03:02:01 198.51.100.4 GET /a b=c 443 - 192.0.2.7 Mozilla/5.0+(X11) 200
//
// Each column is a field under its own name; cs(User-Agent) is cs-user-agent, as rules write it. "-" is null. Columns
// are divided by spaces, or by tabs where a line has any; a value in quotes may hold spaces. Two values are added that
// other logs have: cs-uri (stem and query), and, because IIS writes "+" for a space, cs-user-agent with spaces, beside
// the one as written. The time is the columns date and time, in UTC.
//
// One per thread. It knows the columns of one file at a time: without a header no line is recognised. Warm, it
// allocates nothing per line.
#pragma once

#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/text_arena.h"

namespace tocsin {

/// IIS can write some forty; a header with more is not read.
inline constexpr std::size_t kW3cColumnsMax = 256;

class W3cLogParser {
 public:
  explicit W3cLogParser(PathTable& paths);

  void forget_columns() { columns_.clear(); }
  /// A line that begins with '#'; if it names the columns, they hold from the next line on.
  void read_comment(std::string_view line);
  bool knows_columns() const { return !columns_.empty(); }
  /// False if the line has not as many columns as there should be; then the event has to be cleared.
  bool parse(std::string_view line, TextArena& arena, Event& event);

 private:
  void add_derived(TextArena& arena, Event& event);

  PathTable& paths_;
  PathId date_, time_, cs_uri_, stem_, query_, user_agent_;
  std::vector<PathId> columns_;
  std::string lowered_;
};

}  // namespace tocsin
