// Lines of text to Events: what is recognised, line by line and from its content alone, becomes fields; everything else is
// an event with one value, the line. Nothing is lost and nothing is an error: every non-blank line is an event or part
// of one. Formats: syslog and Cisco (syslog.h), the Linux audit log, whose records are joined (auditd.h), the W3C
// extended form of IIS (w3c_log.h), the logs of Zeek (zeek_log.h), those of the table in line_formats.cc, such as access logs of web servers, and
// those that mappings describe (text_formats.h), which are asked first: who describes a format means it.
//
// Every event has the whole line as a value under PathTable::kRoot (several for a joined audit event), and its time if
// the line says it. Lines end with LF or CR LF; bytes may be anything. A line longer than kTextLineBytesMax is cut there,
// and counted.
//
// One parser per thread; warm, it allocates nothing. It keeps what a file says at its head, so call begin_file() before
// each block that does not follow the one before it.
//
//   TextParser parser(paths);
//   parser.begin_file(modified);
//   lines += parser.parse(block, [&](Event& event, std::size_t index) { … });
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/auditd.h"
#include "normalize/line_format.h"
#include "normalize/syslog.h"
#include "normalize/text_arena.h"
#include "normalize/text_lines.h"
#include "normalize/w3c_log.h"
#include "normalize/zeek_log.h"

namespace tocsin {

struct TextFormat;
struct TextFormats;
class FormatReader;

class TextParser {
 public:
  /// `formats` of the mappings must outlive it; without any, the coded ones are all there are.
  explicit TextParser(PathTable& paths, const TextFormats* formats = nullptr);
  ~TextParser();
  TextParser(TextParser&&) noexcept;

  /// Another file, or another part of one. `reference`: when the file was last written, which gives timestamps without a
  /// year theirs (text_time.h); without it such events have no time. `head`: the lines that name the columns where the
  /// part begins (text_fields_line), "" at the start of a file.
  void begin_file(TimeUs reference = kNoTime, std::string_view head = {});

  /// From now on every line is of this format, or of none, whatever it looks like; "" lets lines tell again. False, and nothing changes: no
  /// format has this name. Those that have a head (w3c, zeek, vpc flow) and records of auditd are found in any case. "vpc flow: COLUMNS" says the columns where no head does.
  bool force(std::string_view format);
  /// Every name that force() takes, those of mappings behind the coded ones.
  std::vector<std::string> format_names() const;
  /// Of the event being visited: what recognised it, "" if nothing did.
  std::string_view format() const { return format_; }

  /// Parses whole lines. Calls visit(event, line_index) for every event, ascending; line_index counts the non-blank lines
  /// of `block` from 0, an audit event joined from several lines has its first line's. Returns the number of non-blank
  /// lines. Event and bytes are valid during the visit only.
  template <class Visit>
  std::size_t parse(std::string_view block, Visit&& visit) {
    lines_.read(block);
    lines_cut_ += lines_.cut();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (lines_[i].continues) continue;
      build(i);
      visit(event_, i);
    }
    return lines_.size();
  }

  /// Lines longer than kTextLineBytesMax so far.
  std::uint64_t lines_cut() const { return lines_cut_; }

 private:
  void build(std::size_t line);
  void read_comment(std::string_view line, bool first);
  bool recognise(std::string_view line);
  bool recognise_forced(std::string_view line);
  bool by_syslog(std::string_view line);
  bool by_mapping(std::string_view line);

  std::unique_ptr<FormatReader> mapped_;
  const TextFormats* formats_;
  SyslogParser syslog_;
  AuditEvent audit_;
  W3cLogParser w3c_log_;
  ZeekLogParser zeek_log_;
  std::vector<std::unique_ptr<LineFormat>> line_formats_;
  TextArena arena_;
  Event event_;
  TextLines lines_;
  std::vector<std::string_view> records_;
  TimeUs reference_ = kNoTime;
  std::string_view format_;
  /// What force() chose.
  enum class Force : std::uint8_t { kNone, kSyslog, kCoded, kMapped };
  Force force_ = Force::kNone;
  std::size_t forced_coded_ = 0;
  const TextFormat* forced_format_ = nullptr;
  std::uint64_t lines_cut_ = 0;
};

/// A long prefix of `block` that ends with a line and tears neither an audit event nor a run of "#" lines apart, which may be
/// the head of what follows; 0 if there is none.
/// `at_end`: nothing follows, so everything.
std::size_t text_cut(std::string_view block, bool at_end);

/// The last run of "#" lines in the block of which one begins with "#Fields:" (W3C) or "#fields" (Zeek), or the last head of VPC flow logs (vpc_flow.h) behind it; "" if there is none.
/// What follows the block goes by it.
std::string_view text_fields_line(std::string_view block);

}  // namespace tocsin
