#include <fmt/format.h>

#include "report/document.h"

namespace tocsin {

namespace {

/// A line of plain text where Markdown stands. What means something to CommonMark or to GitHub's extensions is escaped, and so is what begins a bare link.
std::string escaped_line(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      const bool begins_link = (c == ':' && line.substr(i).starts_with("://")) || (c == '.' && i >= 3 && (line[i - 1] | 0x20) == 'w' && (line[i - 2] | 0x20) == 'w' && (line[i - 3] | 0x20) == 'w');
      const bool begins_block = (i == 0 && std::string_view("-+=").find(c) != std::string_view::npos) || ((c == '.' || c == ')') && i > 0 && (i + 1 == line.size() || line[i + 1] == ' ') && line.substr(0, i).find_first_not_of("0123456789") == std::string_view::npos);
      if (begins_link || begins_block || std::string_view("\\`*_[]|#~!$@").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

/// Lines apart: by `between`.
std::string escaped(std::string_view text, std::string_view between) {
  const std::string safe = report_text(text);
  std::string out;
  for (std::size_t from = 0; from <= safe.size();) {
    const std::size_t end = std::min(safe.find('\n', from), safe.size());
    std::string_view line = std::string_view(safe).substr(from, end - from);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));  // four spaces would be code
    if (from > 0) out += between;
    out += escaped_line(line);
    from = end + 1;
  }
  return out;
}

std::string cell(std::string_view text) { return escaped(text, "<br>"); }

void append_table(std::string& out, const DocumentBlock& block) {
  for (const DocumentColumn& column : block.columns) out += "| " + cell(column.title) + " ";
  out += "|\n";
  for (const DocumentColumn& column : block.columns) out += column.is_number ? "|--:" : "|---";
  out += "|\n";
  for (const std::vector<std::string>& row : block.rows) {
    for (const std::string& value : row) out += "| " + cell(value) + " ";
    out += "|\n";
  }
  if (block.rows_left_out > 0) out += fmt::format("\n{} more rows are not shown.\n", block.rows_left_out);
}

}  // namespace

std::string markdown_document(const Document& document) {
  std::string out = "# " + cell(document.title()) + "\n";
  if (!document.subtitle().empty()) out += "\n" + escaped(document.subtitle(), "  \n") + "\n";
  for (const DocumentBlock& block : document.blocks()) {
    using Kind = DocumentBlock::Kind;
    if (block.kind == Kind::kBars || block.kind == Kind::kNewPage) continue;
    out += "\n";
    switch (block.kind) {
      case Kind::kHeading: out += "## " + cell(block.text) + "\n"; break;
      case Kind::kText: out += escaped(block.text, "  \n") + "\n"; break;
      case Kind::kNote: out += "*" + cell(block.text) + "*\n"; break;
      case Kind::kQuestion: out += "> **To answer:** " + escaped(block.text, "  \n> ") + "\n"; break;
      case Kind::kList:
        for (const std::string& item : block.items) out += "- " + escaped(item, "  \n  ") + "\n";
        break;
      case Kind::kFacts:
        for (const auto& [name, value] : block.facts) out += "- **" + cell(name) + ":** " + escaped(value, "  \n  ") + "\n";
        break;
      default: append_table(out, block);
    }
  }
  return out;
}

}  // namespace tocsin
