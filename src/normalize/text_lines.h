// The lines of a block of text, and which of them are one event: records of the Linux audit log that share a stamp (auditd.h), everything else
// a line each. What parses text and what cuts it into records go by the same lines. One thread; warm, it allocates nothing; cannot fail.
//
//   TextLines lines;
//   lines.read(block);
//   for (const TextLines::Line& line : lines) if (!line.continues) …
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "normalize/auditd.h"

namespace tocsin {

/// No log line comes near; a megabyte without a line end is no log.
inline constexpr std::size_t kTextLineBytesMax = 1u << 20;
/// Records of one audit event are at most this many lines apart; the mixing of events that real machines show spans a
/// few events of five records each.
inline constexpr std::size_t kAuditApartLinesMax = 64;
/// A program started with thousands of arguments takes some hundred records; past this a new event begins.
inline constexpr std::size_t kAuditRecordsMax = 4'096;

bool is_blank_line(std::string_view line);
bool is_audit_line(std::string_view line, AuditHeader& header);
/// Whether one can be in it.
bool may_have_audit_lines(std::string_view block);

class TextLines {
 public:
  struct Line {
    std::string_view text;   // at most kTextLineBytesMax of it
    std::uint32_t next = 0;  // the line that continues this audit event; 0: none
    bool audit = false;
    bool continues = false;  // an audit event that began above
  };

  /// The lines of `block` that are not blank. `joined`: audit lines are looked for.
  void read(std::string_view block, bool joined = true);

  std::size_t size() const { return lines_.size(); }
  const Line& operator[](std::size_t i) const { return lines_[i]; }
  std::vector<Line>::const_iterator begin() const { return lines_.begin(); }
  std::vector<Line>::const_iterator end() const { return lines_.end(); }
  /// Of the block, lines longer than kTextLineBytesMax.
  std::uint64_t cut() const { return cut_; }

 private:
  struct AuditLine {
    AuditHeader header;
    std::uint32_t line = 0;
    std::uint32_t records = 1;  // of its event so far
  };
  void join();
  void join(AuditLine& audit_line);

  std::vector<Line> lines_;
  std::vector<AuditLine> audit_lines_;
  std::uint64_t cut_ = 0;
};

}  // namespace tocsin
