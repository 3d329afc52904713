// A page of text for people, built from front to back: headings, lines, tables whose columns are as wide as what is in them,
// bars. Every part knows colour and width; no line ends in blanks. Texts from logs go through cut(), which makes them safe for a
// terminal. One thread.
//
//   Page page({.colour = false, .width = 80, .unicode = true});
//   page.heading("Hosts");
//   page.table({{"", false}, {"alerts", true}}, {{{"ws-07"}, {"12"}}});
//   std::string text = page.take();
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "report/summary_text.h"

namespace tocsin {

/// 100000 is "100,000".
std::string grouped(std::uint64_t number);

class Page {
 public:
  /// Narrower than this nothing can be laid out.
  static constexpr std::size_t kWidthLeast = 60;
  static constexpr std::size_t kIndent = 2;

  explicit Page(const SummaryStyle& style);

  void add_line(std::string text);
  template <class... Args>
  void line(fmt::format_string<Args...> text, Args&&... args) {
    add_line(fmt::format(text, std::forward<Args>(args)...));
  }
  /// After an empty line.
  void heading(std::string_view text);

  struct Column {
    std::string head;
    bool right = false;  // numbers
  };
  struct Cell {
    std::string text;
    int level = -1;    // coloured as alerts of this level; -1: plain
    bool bar = false;  // a bar, which has to stand out from its background
  };
  /// Rows of equally many cells. Column 0 to n-1; `flexible` is the one that is cut if a row is too wide. Heads that are all
  /// empty make no line. `indent` blanks stand before each row.
  void table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows, std::size_t flexible,
             std::size_t indent = kIndent);

  /// Safe for a terminal and at most so many columns wide; cut, it ends in an ellipsis.
  std::string cut(std::string_view text, std::size_t width) const;
  /// A part of `width` columns, in eighths of one; what is more than nothing can be seen.
  std::string bar(double share, std::size_t width) const;
  /// Stands for none in a column of numbers, where a zero would be in the way.
  const char* none() const { return style_.unicode ? "·" : "."; }
  const char* ellipsis() const { return style_.unicode ? "…" : "~"; }
  std::size_t width() const { return style_.width; }
  std::string take() { return std::move(out_); }

 private:
  std::string coloured(const Cell& cell, std::string text) const;

  SummaryStyle style_;
  std::string out_;
};

}  // namespace tocsin
