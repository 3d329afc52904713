#include "report/page.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "event/summary.h"

namespace tocsin {

namespace {

constexpr std::array<const char*, kLevels> kColours = {"\x1b[2m", "\x1b[36m", "\x1b[33m", "\x1b[31m", "\x1b[1;97;41m"};
constexpr const char* kCriticalBar = "\x1b[1;91m";
constexpr std::size_t kBetweenColumns = 2;

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size(); at += char_at(text, at).size) ++columns;
  return columns;
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

Page::Page(const SummaryStyle& style) : style_(style) { style_.width = std::max(style_.width, kWidthLeast); }

void Page::add_line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  out_.append(text);
  out_.push_back('\n');
}

void Page::heading(std::string_view text) {
  add_line("");
  add_line(style_.colour ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text));
}

std::string Page::coloured(const Cell& cell, std::string text) const {
  if (!style_.colour || cell.level < 0 || text.empty()) return text;
  const auto level = static_cast<std::size_t>(cell.level);
  return fmt::format("{}{}\x1b[0m", cell.bar && level == kLevels - 1 ? kCriticalBar : kColours[level], text);
}

void Page::table(const std::vector<Column>& columns, const std::vector<std::vector<Cell>>& rows, std::size_t flexible,
                 std::size_t indent) {
  std::vector<std::size_t> widths;
  std::size_t others = indent;
  bool headed = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t width = columns_of(columns[i].head);
    headed |= width > 0;
    for (const std::vector<Cell>& row : rows) width = std::max(width, columns_of(row[i].text));
    widths.push_back(width);
    if (i > 0) others += kBetweenColumns;
    if (i != flexible) others += width;
  }
  widths[flexible] = std::min(widths[flexible], style_.width - std::min(style_.width - 1, others));
  const auto put = [&](const std::vector<Cell>& row) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) line.append(kBetweenColumns, ' ');
      // Blanks stay without colour, which may be one of the background, and at the end of a line are dropped.
      const std::string text = i == flexible ? cut(row[i].text, widths[i]) : row[i].text;
      const std::size_t blanks = widths[i] - std::min(widths[i], columns_of(text));
      if (columns[i].right) line.append(blanks, ' ');
      line += coloured(row[i], text);
      if (!columns[i].right) line.append(blanks, ' ');
    }
    add_line(std::move(line));
  };
  std::vector<Cell> heads;
  for (const Column& column : columns) heads.push_back({column.head});
  if (headed) put(heads);
  for (const std::vector<Cell>& row : rows) put(row);
}

std::string Page::cut(std::string_view text, std::size_t width) const {
  const std::string safe = terminal_safe(text);
  if (columns_of(safe) <= width) return safe;
  std::size_t at = 0;
  for (std::size_t columns = 0; columns + 1 < width; ++columns) at += char_at(safe, at).size;
  return safe.substr(0, at) + ellipsis();
}

std::string Page::bar(double share, std::size_t width) const {
  if (share <= 0) return {};
  std::string text;
  if (!style_.unicode) {
    text.append(std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(width) + 0.5)), '#');
    return text;
  }
  static constexpr std::array<const char*, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(width) * 8 + 0.5));
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text + kEighths[eighths % 8];
}

}  // namespace tocsin
