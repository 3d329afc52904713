// The rows of comma-separated values (RFC 4180), cell by cell with their places: quotes around cells, quotes within them doubled, line ends within quotes. Text of the user's own; what is
// malformed ends it and says why. Pure.
//
//   CsvRows rows(text);
//   while (rows.next()) use(rows.cells());
//   if (!rows.trouble().empty()) …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

/// Of one row.
inline constexpr std::size_t kCsvCellsMax = 64;

struct CsvCell {
  std::string text;
  std::uint32_t line = 0, column = 0;  // from 1; the column in bytes
};

class CsvRows {
 public:
  explicit CsvRows(std::string_view text) : text_(text) {}

  bool next() {
    cells_.clear();
    if (at_ >= text_.size() || !trouble_.empty()) return false;
    while (true) {
      if (cells_.size() >= kCsvCellsMax) return fail("there are too many cells");
      if (!take_cell()) return false;
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      end_line();
      return true;
    }
  }
  const std::vector<CsvCell>& cells() const { return cells_; }
  const std::string& trouble() const { return trouble_; }
  std::uint32_t line() const { return line_; }

 private:
  bool fail(const char* why) {
    trouble_ = why;
    return false;
  }
  bool is_at_end_of_cell() const { return at_ >= text_.size() || text_[at_] == ',' || text_[at_] == '\n' || text_[at_] == '\r'; }
  void end_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') new_line();
  }
  void new_line() {
    ++at_;
    ++line_;
    begin_ = at_;
  }

  bool take_cell() {
    CsvCell& cell = cells_.emplace_back();
    cell.line = line_;
    cell.column = static_cast<std::uint32_t>(at_ - begin_ + 1);
    if (at_ < text_.size() && text_[at_] == '"') return take_quoted(cell);
    while (!is_at_end_of_cell()) cell.text += text_[at_++];
    return true;
  }

  bool take_quoted(CsvCell& cell) {
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') ++at_;
      else if (text_[at_] == '"') break;
      cell.text += text_[at_];
      if (text_[at_] == '\n') new_line();
      else ++at_;
    }
    if (at_ >= text_.size()) return fail("a quote is not closed");
    ++at_;
    return is_at_end_of_cell() || fail("there is something behind the quote that closes a cell");
  }

  const std::string_view text_;
  std::size_t at_ = 0, begin_ = 0;
  std::uint32_t line_ = 1;
  std::vector<CsvCell> cells_;
  std::string trouble_;
};

}  // namespace tocsin
