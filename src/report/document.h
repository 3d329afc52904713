// A report as a document: headings, text, tables, bars, and questions that a person must answer. Made once from facts, written as HTML or Markdown. Every text in it is taken for plain text that an attacker may have written:
// each writer escapes all of it, and shows control characters and turned writing as visible escapes. Pure; the same document gives the same bytes.
//
//   Document document("Incident 1b3fd8");
//   document.heading("What happened").text(incident_story(incident));
//   const std::string page = html_document(document);
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin {

/// Rows of one table, and of one report in all: what is printed on some 50 pages. What is left out is counted below the table.
inline constexpr std::size_t kReportRowsMax = 1'000;
/// Bytes of one text from a log: a command line may have 32 KB. What is left out is counted behind it.
inline constexpr std::size_t kReportTextBytesMax = 4'096;

struct DocumentColumn {
  std::string title;
  bool is_number = false;  // stands on the right
};

struct DocumentBar {
  std::string label;
  double value = 0;      // its length, not negative
  std::string text;      // what stands behind it
  std::uint8_t level = 1;  // of which it has the colour: 0 informational to 4 critical
};

struct DocumentBlock {
  enum class Kind : std::uint8_t { kHeading, kText, kNote, kQuestion, kList, kFacts, kTable, kBars, kNewPage };
  Kind kind = Kind::kText;
  std::string text = {};
  std::vector<std::string> items = {};                          // kList
  std::vector<std::pair<std::string, std::string>> facts = {};  // kFacts: name and value
  std::vector<DocumentColumn> columns = {};
  std::vector<std::vector<std::string>> rows = {};
  std::size_t rows_left_out = 0;
  std::vector<DocumentBar> bars = {};                           // in HTML alone: a table beside it says the same
};

class Document {
 public:
  explicit Document(std::string title, std::string subtitle = {}) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

  Document& heading(std::string text) { return add({.kind = DocumentBlock::Kind::kHeading, .text = std::move(text)}); }
  Document& text(std::string text) { return add({.kind = DocumentBlock::Kind::kText, .text = std::move(text)}); }
  /// How a figure came about, or what it leaves out.
  Document& note(std::string text) { return add({.kind = DocumentBlock::Kind::kNote, .text = std::move(text)}); }
  /// What the data does not say, for a person to answer.
  Document& question(std::string text) { return add({.kind = DocumentBlock::Kind::kQuestion, .text = std::move(text)}); }
  Document& list(std::vector<std::string> items) { return add({.kind = DocumentBlock::Kind::kList, .items = std::move(items)}); }
  Document& facts(std::vector<std::pair<std::string, std::string>> facts) { return add({.kind = DocumentBlock::Kind::kFacts, .facts = std::move(facts)}); }
  /// No more than kReportRowsMax of the rows.
  Document& table(std::vector<DocumentColumn> columns, std::vector<std::vector<std::string>> rows);
  Document& bars(std::vector<DocumentBar> bars) { return add({.kind = DocumentBlock::Kind::kBars, .bars = std::move(bars)}); }
  /// Printed, what follows begins a page.
  Document& new_page() { return add({.kind = DocumentBlock::Kind::kNewPage}); }

  /// Every text of it, titles too, as `change` gives it back.
  void change_texts(const std::function<std::string(const std::string&)>& change);

  const std::string& title() const { return title_; }
  const std::string& subtitle() const { return subtitle_; }
  const std::vector<DocumentBlock>& blocks() const { return blocks_; }

 private:
  Document& add(DocumentBlock block) {
    blocks_.push_back(std::move(block));
    return *this;
  }

  std::string title_, subtitle_;
  std::vector<DocumentBlock> blocks_;
};

/// One file that loads nothing and runs nothing: no script, no link, no picture from elsewhere. For screens from 400 pixels on, light and dark, and for paper.
std::string html_document(const Document& document);
/// CommonMark with the tables of GitHub's; no text makes a link, a picture or HTML.
std::string markdown_document(const Document& document);

/// Made safe to show (base/text.h), line ends kept, cut at kReportTextBytesMax.
std::string report_text(std::string_view text);

}  // namespace tocsin
