#include "collect/alert_file.h"

#include <fmt/format.h>

#include <cstring>

#include "collect/block.h"

namespace tocsin {

namespace {

/// Whole lines; what they are is the parser's business.
std::size_t cut_lines(std::string_view text, bool at_end) {
  const std::size_t newline = text.rfind('\n');
  if (at_end) return text.size();
  return newline == std::string_view::npos ? 0 : newline + 1;
}
std::string_view no_fields(std::string_view) { return {}; }

class AlertFileReader {
 public:
  AlertFileReader(AlertFileRules rules, const std::function<Status(const AlertBrief&)>& take) : parser_(make_alert_parser(rules.form, rules.with_verdicts)), take_(take) {}

  Result<AlertFileCounts> read(BlockReader& reader) {
    Block block;
    while (true) {
      const Result<bool> more = reader.next(block);
      if (!more) counts_.broken = more.error().message;
      if (!more || !*more) break;
      const bool is_document = block.format == Format::kJsonDocument;
      if (block.format == Format::kEvtx || (is_document && parser_->has_head())) return Error{Code::kInvalid, "these are no lines of comma-separated values; is --format right?"};
      TRY(is_document ? take_pieces(block) : take_lines(block));
    }
    if (parser_->has_head() && !head_taken_ && !counts_.broken.empty()) return Error{Code::kIo, counts_.broken};
    if (parser_->has_head() && !head_taken_) return Error{Code::kInvalid, "it is empty: its first line should name the columns"};
    return std::move(counts_);
  }

 private:
  Status take_lines(const Block& block) {
    std::string_view rest = block.text();
    if (in_long_line_) {  // a line that was too long for a block goes on
      const std::size_t newline = rest.find('\n');
      if (newline == std::string_view::npos) return {};
      in_long_line_ = false;
      rest.remove_prefix(newline + 1);
    }
    while (!rest.empty()) {
      const void* const found = std::memchr(rest.data(), '\n', rest.size());
      const std::size_t size = found == nullptr ? rest.size() : static_cast<std::size_t>(static_cast<const char*>(found) - rest.data());
      ++line_;
      in_long_line_ = found == nullptr && size > kAlertBytesMax;
      TRY(take_line(rest.substr(0, size)));
      rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    return {};
  }

  Status take_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    if (line.empty()) return {};
    if (parser_->has_head() && !head_taken_) {
      head_taken_ = true;
      return line.size() > kAlertBytesMax ? too_long() : parser_->take_head(line);
    }
    return take_alert(line, "line", line_);
  }

  Status take_pieces(const Block& block) {
    for (const Piece& piece : block.pieces) {
      const std::uint64_t place = block.offset + piece.from;
      if (piece.damage != nullptr) {
        bad("byte", place, piece.damage);
      } else {
        TRY(take_alert(block.text().substr(piece.from, piece.size), "byte", place));
      }
    }
    return {};
  }

  static Error too_long() { return {Code::kLimit, fmt::format("it is longer than {} bytes", kAlertBytesMax)}; }

  Status take_alert(std::string_view text, const char* unit, std::uint64_t place) {
    AlertBrief alert;
    const Status parsed = text.size() > kAlertBytesMax ? Status(too_long()) : parser_->parse(text, alert);
    if (!parsed) {
      bad(unit, place, parsed.error().message);
      return {};
    }
    ++counts_.alerts;
    return take_(alert);
  }

  void bad(const char* unit, std::uint64_t place, std::string_view why) {
    if (++counts_.bad <= kBadAlertsNamedMax) counts_.named.push_back(fmt::format("{} {}: {}", unit, place, why));
  }

  const std::unique_ptr<AlertParser> parser_;
  const std::function<Status(const AlertBrief&)>& take_;
  AlertFileCounts counts_;
  std::uint64_t line_ = 0;
  bool head_taken_ = false, in_long_line_ = false;
};

}  // namespace

Result<AlertFileCounts> read_alerts(Env& env, const std::string& path, AlertFileRules rules, const std::function<Status(const AlertBrief&)>& take) {
  const std::unique_ptr<BlockReader> reader = TRY(BlockReader::open(env, path, {cut_lines, no_fields}));
  Result<AlertFileCounts> counts = AlertFileReader(rules, take).read(*reader);
  if (!counts) return Error{counts.error().code, fmt::format("{}: {}", path, counts.error().message)};
  return counts;
}

}  // namespace tocsin
