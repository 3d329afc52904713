// Text as records that stand alone, whatever stood around them: each holds what its event needs, so that one read back from the journal or a
// segment parses as it would within its file. Most are a line. The records of one audit event are one record, with line feeds between
// them; a line whose columns a head names (W3C, Zeek, VPC flow logs) is behind that head, with line feeds too. One thread; cannot fail.
//
//   TextRecords records;
//   records.split(block, columns, [&](std::string_view raw) { … });   // each once, in the order of their first lines
//   const TextRecordParts parts = text_record_parts(raw);               // and back
#pragma once

#include <string>
#include <string_view>

#include "normalize/text_lines.h"

namespace tocsin {

/// The lines that name columns. Those of Zeek have 2 KiB; longer ones are not put before every line.
inline constexpr std::size_t kColumnsBytesMax = 16u << 10;

class TextRecords {
 public:
  /// `block` is whole lines and, but for its end, tears no event apart (text_cut). `columns` is the head in force, "" at the start of a file; it
  /// is what is in force behind the block afterwards.
  template <class Visit>
  void split(std::string_view block, std::string& columns, Visit&& visit) {
    lines_.read(block);
    head_.clear();
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const TextLines::Line& line = lines_[i];
      if (line.continues) continue;
      follow_head(line.text, columns);
      visit(whole(i, columns));
    }
    end_head(columns);
  }

 private:
  void follow_head(std::string_view line, std::string& columns);
  void end_head(std::string& columns);
  std::string_view whole(std::size_t line, const std::string& columns);

  TextLines lines_;
  std::string head_;  // the run of '#' lines that goes on
  std::string record_;
};

struct TextRecordParts {
  std::string_view columns;  // the head, if there is one
  std::string_view text;
  bool lines = false;        // of one audit event: its line feeds are ends of lines. Otherwise they are part of the one line
};
TextRecordParts text_record_parts(std::string_view raw);

}  // namespace tocsin
