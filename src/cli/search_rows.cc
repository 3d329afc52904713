#include "cli/search_rows.h"

#include <algorithm>

#include "base/text.h"
#include "report/csv.h"
#include "report/page.h"

namespace tocsin::cli {

namespace {

using store::SearchValue;

/// Lines are written in pieces of so many bytes.
constexpr std::size_t kPieceBytes = 64u << 10;

class Lines : public SearchRows {
 public:
  explicit Lines(ByteSink& sink) : sink_(sink) {}

  Status finish() override {
    if (written_) written_ = sink_.write(out_);
    out_.clear();
    return written_;
  }

 protected:
  bool end_line() {
    out_ += '\n';
    return out_.size() < kPieceBytes || finish().has_value();
  }
  std::string out_;

 private:
  ByteSink& sink_;
  Status written_;
};

class NdjsonRows : public Lines {
 public:
  NdjsonRows(ByteSink& sink, bool with_nulls) : Lines(sink), with_nulls_(with_nulls) {}

  void columns(const std::vector<std::string>& names) override {
    for (const std::string& name : names) {
      std::string& key = keys_.emplace_back("\"");
      append_json_escaped(key, name);
      key += "\":";
    }
  }

  bool row(const std::vector<SearchValue>& values) override {
    out_ += '{';
    bool first = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!with_nulls_ && values[i].json == "null") continue;
      if (!std::exchange(first, false)) out_ += ',';
      out_.append(keys_[i]).append(values[i].json);
    }
    out_ += '}';
    return end_line();
  }

 private:
  const bool with_nulls_;
  std::vector<std::string> keys_;
};

class CsvRows : public Lines {
 public:
  using Lines::Lines;

  void columns(const std::vector<std::string>& names) override {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (i > 0) out_ += ',';
      append_csv_cell(out_, names[i]);
    }
    end_line();
  }

  bool row(const std::vector<SearchValue>& values) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_ += ',';
      append_csv_cell(out_, values[i].text);
    }
    return end_line();
  }
};

class NumberRows : public Lines {
 public:
  using Lines::Lines;
  void columns(const std::vector<std::string>&) override {}
  bool row(const std::vector<SearchValue>& values) override {
    out_ += values.front().text;
    return end_line();
  }
};

class TableRows : public SearchRows {
 public:
  TableRows(ByteSink& sink, std::size_t width) : sink_(sink), width_(std::max(width, Page::kWidthLeast)) {}

  void columns(const std::vector<std::string>& names) override {
    for (const std::string& name : names) columns_.push_back({name, true});
  }

  bool row(const std::vector<SearchValue>& values) override {
    cut_ = rows_.size() == kTableRowsMax;
    if (cut_) return false;
    std::vector<Page::Cell>& row = rows_.emplace_back();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool is_text = values[i].json.starts_with('"') || values[i].json.starts_with('[');
      if (is_text) columns_[i].right = false;
      row.push_back({shown(values[i].text), -1, false});
    }
    return true;
  }

  bool is_cut() const override { return cut_; }

  Status finish() override {
    if (columns_.empty() || rows_.empty()) return {};
    Page page({.colour = false, .width = width_, .unicode = true});
    page.table(columns_, rows_, columns_.size() - 1, 0);
    return sink_.write(page.take());
  }

 private:
  /// Long enough for any terminal.
  std::string shown(std::string_view text) const { return terminal_safe(text.substr(0, width_)); }

  ByteSink& sink_;
  const std::size_t width_;
  std::vector<Page::Column> columns_;
  std::vector<std::vector<Page::Cell>> rows_;
  bool cut_ = false;
};

}  // namespace

std::unique_ptr<SearchRows> make_search_rows(SearchFormat format, ByteSink& sink, std::size_t width) {
  switch (format) {
    case SearchFormat::kTable: return std::make_unique<TableRows>(sink, width);
    case SearchFormat::kNdjson: return std::make_unique<NdjsonRows>(sink, true);
    case SearchFormat::kNdjsonSome: return std::make_unique<NdjsonRows>(sink, false);
    case SearchFormat::kCsv: return std::make_unique<CsvRows>(sink);
    case SearchFormat::kNumber: break;
  }
  return std::make_unique<NumberRows>(sink);
}

}  // namespace tocsin::cli
