// Logs of Zeek (and Bro) in their own form: a head of "#" lines, then a line per record with the columns that it names.
//
//   #separator \x09
//   #set_separator	,
//   #empty_field	(empty)
//   #unset_field	-
//   #path	dns
//   #fields	ts	uid	id.orig_h	query	answers
//   #types	time	string	addr	string	vector[string]
//   1772439330.120000	CHhAvVGS1DHFjwGM9	192.0.2.7	www.example	198.51.100.1,198.51.100.2
//
// Each column is a field under its own name, as in Zeek's JSON; the path goes by _path, as there, and names the log. An unset
// value is null; a set or vector is several values, null if it is empty; T and F of a bool are true and false. "\x09" in a value is the byte it stands
// for. The time is the field ts.
//
// A head is a run of "#" lines; what one of them says holds from its #fields on. One per thread. It knows one head at a
// time: without it no line is recognised. Warm, it allocates nothing per line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/text_arena.h"

namespace tocsin {

/// Zeek's widest log has some fifty; a head with more is not read.
inline constexpr std::size_t kZeekColumnsMax = 512;

class ZeekLogParser {
 public:
  explicit ZeekLogParser(PathTable& paths);

  void forget_columns() {
    columns_.clear();
    types_follow_ = false;
  }
  bool knows_columns() const { return !columns_.empty(); }
  /// A line that begins with '#'; `first`: of a run of them.
  void read_comment(std::string_view line, bool first);
  /// False if the line has not as many columns as there should be; then the event has to be cleared.
  bool parse(std::string_view line, TextArena& arena, Event& event);

 private:
  struct Column {
    PathId path = 0;
    bool is_several = false;  // a set or a vector
    bool is_truth = false;    // T and F, which are true and false in JSON and in rules
  };
  struct Head {
    char separator = '\t', set_separator = ',';
    std::string empty_field = "(empty)", unset_field = "-", path;
  };
  void read_columns(std::string_view names);
  void read_types(std::string_view types);
  void add_several(const Column& column, std::string_view text, TextArena& arena, Event& event);
  void add_one(PathId path, std::string_view text, TextArena& arena, Event& event);

  PathTable& paths_;
  PathId path_;
  Head head_;     // of the columns
  Head reading_;  // of the run of lines being read
  bool types_follow_ = false;
  std::vector<Column> columns_;
};

}  // namespace tocsin
