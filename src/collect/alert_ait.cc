// Alerts as the AIT Alert Data Set has them: comma-separated values (RFC 4180, but a record is one line), whose first line names the columns. Read are time, host and short, the rule; and
// time_label where verdicts are asked for. The order of the columns and others between them do not matter.
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/text.h"
#include "collect/alert_parser.h"

namespace tocsin {

namespace {

struct Column {
  std::string_view name;
  std::size_t at = SIZE_MAX;
};

/// Bytes that are no UTF-8 become U+FFFD, as they would in what is written: a name is the same before and behind.
std::string_view as_utf8(std::string_view text, std::string& into) {
  if (is_valid_utf8(text)) return text;
  into.clear();
  for (std::size_t at = 0; at < text.size();) {
    const Char c = char_at(text, at);
    append_utf8(into, c.code > 0x10FFFF ? 0xFFFD : c.code);
    at += c.size;
  }
  return into;
}

class AitParser : public AlertParser {
 public:
  explicit AitParser(bool with_verdicts) : with_verdicts_(with_verdicts) {}

  bool has_head() const override { return true; }

  Status take_head(std::string_view line) override {
    TRY(split(line));
    columns_ = cells_;
    for (Column* const column : {&time_, &host_, &rule_, &label_}) {
      column->at = SIZE_MAX;
      for (std::size_t i = 0; i < cells_; ++i) {
        if (cell_[i] == column->name) column->at = i;
      }
      const bool wanted = column != &label_ || with_verdicts_;
      if (column->at == SIZE_MAX && wanted) return Error{Code::kInvalid, fmt::format("there is no column '{}' in its first line", column->name)};
    }
    return {};
  }

  Status parse(std::string_view line, AlertBrief& alert) override {
    TRY(split(line));
    if (cells_ != columns_) return Error{Code::kInvalid, fmt::format("{} columns, where the first line of the file has {}", cells_, columns_)};
    const std::string_view time = cell_[time_.at];
    const std::optional<std::int64_t> seconds = alert_time(time);
    if (!seconds) return Error{Code::kInvalid, fmt::format("'{}' is no time: Unix seconds, or as 2026-07-17T14:18:34Z", time.substr(0, 40))};
    alert.time_s = *seconds;
    alert.host = as_utf8(cell_[host_.at], host_text_);
    alert.rule = as_utf8(cell_[rule_.at], rule_text_);
    if (with_verdicts_) take_verdict(cell_[label_.at], alert);
    return check_alert_names(alert);
  }

 private:
  static void take_verdict(std::string_view word, AlertBrief& alert) {
    alert.verdict_word = word;
    alert.verdict = word.empty() ? Verdict::kNone : word == "false_positive" ? Verdict::kFalsePositive : Verdict::kTruePositive;
  }

  Status split(std::string_view line) {
    cells_ = 0;
    for (std::size_t at = 0;; ++at) {
      if (cells_ == kAlertColumnsMax) return Error{Code::kLimit, fmt::format("there are more than {} columns", kAlertColumnsMax)};
      if (at < line.size() && line[at] == '"') {
        TRY(take_quoted(line, at));
      } else {
        const void* const comma = at < line.size() ? std::memchr(line.data() + at, ',', line.size() - at) : nullptr;
        const std::size_t end = comma == nullptr ? line.size() : static_cast<std::size_t>(static_cast<const char*>(comma) - line.data());
        cell_[cells_++] = line.substr(at, end - at);
        at = end;
      }
      if (at >= line.size()) return {};
    }
  }

  /// `at` is at the quote that opens the cell, and then behind the one that closes it.
  Status take_quoted(std::string_view line, std::size_t& at) {
    std::string& text = unquoted_[cells_];
    text.clear();
    for (++at;; ++at) {
      const std::size_t quote = line.find('"', at);
      if (quote == std::string_view::npos) return Error{Code::kInvalid, "a quote is not closed within its line"};
      text.append(line, at, quote - at);
      at = quote + 1;
      if (at >= line.size() || line[at] == ',') break;
      if (line[at] != '"') return Error{Code::kInvalid, "there is something behind the quote that closes a cell"};
      text += '"';
    }
    cell_[cells_++] = text;
    return {};
  }

  const bool with_verdicts_;
  Column time_{"time"}, host_{"host"}, rule_{"short"}, label_{"time_label"};
  std::size_t columns_ = 0, cells_ = 0;
  std::array<std::string_view, kAlertColumnsMax> cell_;
  std::array<std::string, kAlertColumnsMax> unquoted_;
  std::string host_text_, rule_text_;
};

}  // namespace

std::unique_ptr<AlertParser> make_ait_parser(bool with_verdicts) { return std::make_unique<AitParser>(with_verdicts); }

}  // namespace tocsin
