// Formats of lines and of messages that mappings describe (docs/mappings.md, "Formats"), compiled, and what reads lines by them. A format
// has patterns of whole lines, or names the programs whose syslog messages it knows; either may have patterns of messages, which are asked
// in their order, the first that fits. What is found becomes fields of the event, and beside them:
//
//   log_format     the name of the format, of a line that one of its own patterns took
//   message_name   the name of the message's pattern
//   parameters     where no pattern of a message fits: what in it can vary (message_parameters.h)
//
// TextFormats is immutable and shared; a FormatReader belongs to one thread. Reading cannot fail and, warm, allocates nothing: a line is copied
// to the arena, and what a mapping adds stands behind it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event/event.h"
#include "normalize/line_pattern.h"
#include "normalize/vpc_flow.h"
#include "normalize/text_arena.h"

namespace tocsin {

/// Some sixty formats with some five hundred patterns are shipped; each is asked of lines that begin as it does.
inline constexpr std::size_t kTextFormatsMax = 1'024, kFormatPatternsMax = 16'384;
/// What patterns and `add` can name; each is a path of every worker.
inline constexpr std::size_t kFormatFieldsMax = 8'192;
/// Of key=value pairs in one line; a firewall writes some eighty.
inline constexpr std::size_t kFormatPairsMax = 256;

using FormatFieldId = std::uint16_t;

/// A field with a text of the mapping, for events that have no such field.
struct FormatConstant {
  FormatFieldId field = 0;
  std::string text;
};

struct FormatPattern {
  LinePattern pattern;
  std::vector<FormatFieldId> fields;     // by the pattern's name
  std::string name;                      // of a message
  std::vector<std::string> components;   // of a message: one of these wrote it; none: any
  std::vector<FormatConstant> add;
};

/// A field that is looked at once more, by a pattern of its own; it stays as it is beside that.
struct FormatPart {
  FormatFieldId field = 0;
  FormatPattern pattern;
};

struct TextFormat {
  std::string name, file;
  std::vector<FormatPattern> lines, messages;
  std::vector<FormatPart> parts;
  std::vector<std::string> programs;  // 'postfix/*' is all that begin so
  std::vector<FormatConstant> add;
  bool parameters = true;
  std::array<std::vector<std::uint16_t>, 256> messages_by_first;  // in order, by the message's first byte
};

/// Which patterns a line may be of, told by its first bytes and those behind its first run of blanks, for all patterns at once: for each place and byte
/// a set of patterns, as bits, that allow it there; what is left of their intersection is asked, in order.
class LineFilter {
 public:
  void add(const LinePattern& pattern);

  /// Visits the places of patterns, ascending, until `visit` returns true. False: it never did.
  template <class Visit>
  bool any(std::string_view line, Visit&& visit) const {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      for (std::uint64_t left = groups_[i].candidates(line); left != 0; left &= left - 1) {
        if (visit(64 * i + static_cast<std::size_t>(std::countr_zero(left)))) return true;
      }
    }
    return false;
  }

 private:
  struct Heads {
    std::array<std::array<std::uint64_t, 256>, kPatternHeadBytes> allow{};  // by place and byte
    std::array<std::uint64_t, kPatternHeadBytes> reach{};                   // whose head has this place
    std::uint64_t narrow(std::string_view text, std::uint64_t left) const {
      for (std::size_t i = 0; i < kPatternHeadBytes && (left & reach[i]) != 0; ++i) {
        if (i == text.size()) return left & ~reach[i];
        left &= allow[i][static_cast<unsigned char>(text[i])];
      }
      return left;
    }
    void add(const PatternHead& head, std::uint64_t bit);
  };
  struct Group {
    std::uint64_t all = 0, digits_first = 0;
    Heads first, second;
    std::uint64_t candidates(std::string_view line) const {
      std::uint64_t left = first.narrow(line, all);
      if ((left & (second.reach[0] | digits_first)) == 0) return left;
      std::size_t at = 0;
      while (at < line.size() && line[at] >= '0' && line[at] <= '9') ++at;
      if (at < line.size() && line[at] != ' ' && line[at] != '\t') left &= ~digits_first;
      if ((left & second.reach[0]) == 0) return left;
      while (at < line.size() && line[at] != ' ' && line[at] != '\t') ++at;
      while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
      return second.narrow(line.substr(at), left);
    }
  };
  std::vector<Group> groups_;  // of 64 patterns
  std::size_t size_ = 0;
};

struct TextFormats {
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::vector<TextFormat> formats;
  std::vector<std::string> fields;  // names of paths
  LineFilter filter;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> lines;  // format and line, as the filter has them
  std::unordered_map<std::string, std::vector<std::uint16_t>, TextHash, std::equal_to<>> by_program;
  std::vector<std::pair<std::string, std::uint16_t>> by_program_start;
  std::size_t added_bytes_max = 0;  // of what one line can get

  /// Once, when all are there.
  void index();
  const TextFormat* find(std::string_view name) const;
};

class FormatReader {
 public:
  FormatReader(const TextFormats& formats, PathTable& paths);

  /// A line, if some format's pattern takes it; else false, and the caller clears the event.
  bool parse(std::string_view line, TimeUs reference, TextArena& arena, Event& event);
  /// The same by one format alone.
  bool parse_as(const TextFormat& format, std::string_view line, TimeUs reference, TextArena& arena, Event& event);
  /// Of the last line that was taken.
  std::string_view format() const { return format_; }

  /// The format whose columns a head names (vpc_flow.h): a line that is one, which holds from then on; and a line below one.
  bool read_head(std::string_view line) { return vpc_flow_.read_head(line); }
  bool parse_by_head(std::string_view line, TextArena& arena, Event& event);
  void forget_head() { vpc_flow_.forget_columns(); }
  /// Columns that hold from the next begin_file() on where no head says otherwise; "" for none. False: these are no names of columns.
  bool say_columns(std::string_view names);
  void begin_file();

  /// Room in the arena behind the line, for what follows here.
  std::size_t room() const { return formats_.added_bytes_max; }
  /// The message of a syslog line, which lies in the arena. False: no format knows it.
  bool add_message(std::string_view program, std::string_view message, TextArena& arena, Event& event);
  void add_parameters(std::string_view message, Event& event);

 private:
  bool parse_by(const TextFormat& format, const FormatPattern& pattern, std::string_view line, TimeUs reference, TextArena& arena, Event& event);
  bool add_message_of(const TextFormat& format, std::string_view component, std::string_view message, TextArena& arena, Event& event);
  void add_match(const TextFormat& format, const FormatPattern& pattern, Event& event);
  void add_fields(const FormatPattern& pattern, const LineMatch& match, Event& event);
  void add_pairs(std::string_view text, PathId parent, Event& event);
  void add_constants(const std::vector<FormatConstant>& constants, TextArena& arena, Event& event);

  const TextFormats& formats_;
  PathTable& paths_;
  std::vector<PathId> fields_;  // by FormatFieldId
  PathId log_format_, message_name_, parameters_, message_, component_, program_;
  LineMatch match_, part_match_;
  VpcFlowParser vpc_flow_;
  std::string said_columns_;
  std::string_view format_, found_message_, found_component_, found_program_;
};

}  // namespace tocsin
