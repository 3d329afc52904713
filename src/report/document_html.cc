#include <fmt/format.h>

#include <algorithm>

#include "report/document.h"

namespace tocsin {

namespace {

/// Characters of a word that fits into a column of a phone.
constexpr std::size_t kLongWord = 26;

/// Colours hold a contrast of 4.5 to 1 with what they stand on, in both schemes; on paper always the light one.
constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d1d9e0;--back:#fff;--pale:#f6f8fa;--ask:#7a4b00;--askback:#fff8e5;--l0:#6e7781;--l1:#2f6f9f;--l2:#9a6700;--l3:#bc4c00;--l4:#a40e26}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--line:#3d444d;--back:#0f1419;--pale:#171d24;--ask:#f2cc60;--askback:#2b2308;--l0:#8b949e;--l1:#6cb2e8;--l2:#d9a520;--l3:#f0883e;--l4:#ff7b84}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1.5rem 1rem 4rem;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-top:.7rem;border-top:1px solid var(--line)}
p{margin:.5rem 0}
.under,.note{color:var(--soft)}
.note{font-size:.875rem}
.ask{margin:.6rem 0;padding:.5rem .8rem;border-left:4px solid var(--ask);background:var(--askback)}
.ask b{color:var(--ask)}
ul{margin:.5rem 0;padding-left:1.3rem}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.15rem 1rem;margin:.6rem 0}
dt{color:var(--soft)}dd{margin:0}
.wide{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600;white-space:nowrap}
td{min-width:4.5rem;overflow-wrap:break-word}
td.w{min-width:12rem;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
td.n{min-width:0}
svg{display:block;width:100%;max-width:44rem;height:auto;margin:.6rem 0;font:12px system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
svg text{fill:var(--ink)}
.l0{fill:var(--l0)}.l1{fill:var(--l1)}.l2{fill:var(--l2)}.l3{fill:var(--l3)}.l4{fill:var(--l4)}
@media (max-width:32rem){body{padding:1rem .75rem 3rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.45rem}table{font-size:.85rem}}
@page{size:A4;margin:16mm 14mm}
@media print{p:has(+.wide){break-after:avoid}:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--back:#fff;--pale:#fff;--ask:#7a4b00;--askback:#fff;--l0:#6e7781;--l1:#2f6f9f;--l2:#9a6700;--l3:#bc4c00;--l4:#a40e26}
body{max-width:none;padding:0;font-size:10pt}h2{break-after:avoid}tr,.ask,svg,dd{break-inside:avoid}thead{display:table-header-group}.wide{overflow:visible}.page{break-before:page}td,td.w{min-width:0}td.w{overflow-wrap:anywhere}}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : report_text(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\n': out += "<br>"; break;
      default: out += c;
    }
  }
  return out;
}

/// A path, a hash: it may break anywhere, so that it leaves the other columns their room; a shorter one never does.
bool has_long_word(std::string_view text) {
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
    if (end - from > kLongWord) return true;
    from = end + 1;
  }
  return false;
}

std::string_view cell_tag(const DocumentBlock& block, std::size_t column, std::string_view text) {
  if (column < block.columns.size() && block.columns[column].is_number) return "<td class=\"n\">";
  return has_long_word(text) ? "<td class=\"w\">" : "<td>";
}

void append_table(std::string& out, const DocumentBlock& block) {
  out += "<div class=\"wide\"><table><thead><tr>";
  for (const DocumentColumn& column : block.columns) out += (column.is_number ? "<th class=\"n\">" : "<th>") + escaped(column.title) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const std::vector<std::string>& row : block.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) out += std::string(cell_tag(block, i, row[i])) + escaped(row[i]) + "</td>";
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (block.rows_left_out > 0) out += fmt::format("<p class=\"note\">{} more rows are not shown.</p>\n", block.rows_left_out);
}

/// A row for each, of 22 units; labels on the left, the longest bar leaves room for its text.
void append_bars(std::string& out, const std::vector<DocumentBar>& bars) {
  constexpr double kRow = 22, kLabel = 150, kWidth = 560, kLongest = 300;
  double most = 0;
  for (const DocumentBar& bar : bars) most = std::max(most, bar.value);
  if (most <= 0) return;
  out += fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"bars; the table says the same\">\n", kWidth, kRow * static_cast<double>(bars.size()));
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double y = kRow * static_cast<double>(i), length = bars[i].value / most * kLongest;
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"l{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"14\" rx=\"2\"/><text x=\"{:.1f}\" y=\"{}\">{}</text>\n", kLabel - 8, y + 15, escaped(bars[i].label),
                       std::min<int>(bars[i].level, 4), kLabel, y + 4, length, kLabel + length + 6, y + 15, escaped(bars[i].text));
  }
  out += "</svg>\n";
}

void append_block(std::string& out, const DocumentBlock& block, bool begins_page) {
  using Kind = DocumentBlock::Kind;
  switch (block.kind) {
    case Kind::kHeading: out += (begins_page ? "<h2 class=\"page\">" : "<h2>") + escaped(block.text) + "</h2>\n"; return;
    case Kind::kText: out += "<p>" + escaped(block.text) + "</p>\n"; return;
    case Kind::kNote: out += "<p class=\"note\">" + escaped(block.text) + "</p>\n"; return;
    case Kind::kQuestion: out += "<p class=\"ask\"><b>To answer:</b> " + escaped(block.text) + "</p>\n"; return;
    case Kind::kList:
      out += "<ul>\n";
      for (const std::string& item : block.items) out += "<li>" + escaped(item) + "</li>\n";
      out += "</ul>\n";
      return;
    case Kind::kFacts:
      out += "<dl>\n";
      for (const auto& [name, value] : block.facts) out += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
      out += "</dl>\n";
      return;
    case Kind::kTable: return append_table(out, block);
    case Kind::kBars: return append_bars(out, block.bars);
    case Kind::kNewPage: return;
  }
}

}  // namespace

std::string html_document(const Document& document) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\"><meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
                    escaped(document.title()) + "</title>\n<style>" + std::string(kStyle) + "</style></head>\n<body><main>\n<h1>" + escaped(document.title()) + "</h1>\n";
  if (!document.subtitle().empty()) out += "<p class=\"under\">" + escaped(document.subtitle()) + "</p>\n";
  bool begins_page = false;
  for (const DocumentBlock& block : document.blocks()) {
    append_block(out, block, begins_page);
    begins_page = block.kind == DocumentBlock::Kind::kNewPage;
  }
  return out + "</main></body></html>\n";
}

}  // namespace tocsin
