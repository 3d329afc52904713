#include "report/document.h"

#include <fmt/format.h>

#include "base/text.h"

namespace tocsin {

Document& Document::table(std::vector<DocumentColumn> columns, std::vector<std::vector<std::string>> rows) {
  DocumentBlock block{.kind = DocumentBlock::Kind::kTable, .columns = std::move(columns), .rows = std::move(rows)};
  if (block.rows.size() > kReportRowsMax) {
    block.rows_left_out = block.rows.size() - kReportRowsMax;
    block.rows.resize(kReportRowsMax);
  }
  return add(std::move(block));
}

void Document::change_texts(const std::function<std::string(const std::string&)>& change) {
  const auto one = [&](std::string& text) { text = change(text); };
  one(title_);
  one(subtitle_);
  for (DocumentBlock& block : blocks_) {
    one(block.text);
    for (std::string& item : block.items) one(item);
    for (auto& [name, value] : block.facts) one(value);
    for (std::vector<std::string>& row : block.rows) {
      for (std::string& cell : row) one(cell);
    }
    for (DocumentBar& bar : block.bars) one(bar.label);
  }
}

std::string report_text(std::string_view text) {
  std::size_t end = std::min(text.size(), kReportTextBytesMax);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  const std::string_view shown = text.substr(0, end);
  std::string out;
  for (std::size_t from = 0; from <= shown.size();) {
    const std::size_t line_end = std::min(shown.find('\n', from), shown.size());
    if (from > 0) out += '\n';
    out += terminal_safe(shown.substr(from, line_end - from));
    from = line_end + 1;
  }
  if (end < text.size()) out += fmt::format(" … and {} bytes more", text.size() - end);
  return out;
}

}  // namespace tocsin
