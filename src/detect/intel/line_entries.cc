// Tables in CSV and plain lists: lines, rows, cells.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/csv_rows.h"
#include "base/text.h"
#include "base/time.h"
#include "detect/intel/entry_lines.h"
#include "detect/intel/indicator_file.h"

namespace tocsin::intel {

namespace {

enum Column : std::uint8_t { kType, kValue, kSource, kConfidence, kFrom, kUntil, kReference, kTags, kColumns };

struct ColumnName {
  std::string_view name;
  Column column;
};
constexpr ColumnName kNames[] = {
    {"type", kType},           {"indicator_type", kType}, {"ioc_type", kType},    {"value", kValue},          {"indicator", kValue}, {"ioc", kValue},
    {"ioc_value", kValue},     {"source", kSource},       {"confidence", kConfidence}, {"confidence_level", kConfidence}, {"score", kConfidence}, {"valid_from", kFrom},
    {"valid_until", kUntil},   {"expires", kUntil},       {"expiration", kUntil}, {"id", kReference},         {"reference", kReference}, {"tags", kTags},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint8_t> read_confidence(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > 100) return std::nullopt;
  return static_cast<std::uint8_t>(number);
}

/// 2026-11-24T09:00:00Z, 2026-11-24 (its beginning).
std::optional<TimeUs> read_time_or_day(std::string_view text) {
  if (std::optional<TimeUs> time = parse_time(text)) return time;
  return text.size() == 10 ? parse_time(std::string(text) + "T00:00:00Z") : std::nullopt;
}

}  // namespace

struct LineEntries::Columns {
  std::array<int, kColumns> at = {-1, -1, -1, -1, -1, -1, -1, -1};
  std::string_view of(const std::vector<CsvCell>& cells, Column column) const {
    const int cell = at[column];
    return cell < 0 || static_cast<std::size_t>(cell) >= cells.size() ? std::string_view() : trimmed(cells[static_cast<std::size_t>(cell)].text);
  }
};

LineEntries::LineEntries(const EntrySink& sink) : sink_(sink) {}
LineEntries::~LineEntries() = default;

/// Whether the first line names columns, of which one is the value.
bool LineEntries::read_head(std::string_view line) {
  CsvRows rows(line);
  if (!rows.next()) return false;
  auto columns = std::make_unique<Columns>();
  for (std::size_t i = 0; i < rows.cells().size(); ++i) {
    const std::string name = folded(trimmed(rows.cells()[i].text));
    for (const ColumnName& known : kNames) {
      if (known.name == name && columns->at[known.column] < 0) columns->at[known.column] = static_cast<int>(i);
    }
  }
  if (columns->at[kValue] < 0) return false;
  columns_ = std::move(columns);
  return true;
}

Status LineEntries::feed(std::string_view bytes) {
  const bool at_end = bytes.empty();
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    // A line that is too long for anything is cut; its entry is refused for its length.
    if (rest_.size() < kCsvRowBytesMax) rest_.append(bytes.substr(0, std::min(end, kCsvRowBytesMax)));
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    TRY(line(rest_));
    rest_.clear();
  }
  if (!at_end) return {};
  if (!rest_.empty()) TRY(line(rest_));
  rest_.clear();
  return end_rows(true);
}

Status LineEntries::line(std::string_view text) {
  ++number_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (!begun_) {
    if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (entry_of_line(text).empty()) return {};
    begun_ = true;
    if (read_head(text)) return {};
  }
  if (columns_ == nullptr) return entry(text, number_);
  if (open_.empty() && (trimmed(text).empty() || text.starts_with('#'))) return {};
  open_.emplace_back(text);
  open_bytes_ += text.size() + 1;
  return end_rows(false);
}

/// Rows that are whole, of the lines that are there. A quote that no line closes spoils the line that it is in and no other.
Status LineEntries::end_rows(bool at_end) {
  while (!open_.empty()) {
    std::size_t quotes = 0, lines = 0;
    std::string text;
    do {
      quotes += static_cast<std::size_t>(std::ranges::count(open_[lines], '"'));
      if (lines > 0) text += '\n';
      text += open_[lines++];
    } while (quotes % 2 != 0 && lines < open_.size());
    const bool whole = quotes % 2 == 0;
    if (!whole && !at_end && open_bytes_ <= kCsvRowBytesMax && open_.size() < kCsvRowLinesMax) return {};
    if (!whole) lines = 1, text = open_.front();
    const auto first = static_cast<std::uint32_t>(number_ - open_.size() + 1);
    for (std::size_t i = 0; i < lines; ++i) open_bytes_ -= open_[i].size() + 1;
    open_.erase(open_.begin(), open_.begin() + static_cast<std::ptrdiff_t>(lines));
    TRY(row(text, first));
  }
  return {};
}

Status LineEntries::row(std::string_view text, std::uint32_t number) {
  const std::string where = fmt::format("{}:{}", sink_.path, number);
  CsvRows rows(text);
  if (!rows.next()) {
    sink_.refuse(where, text, "is no row: " + rows.trouble());
    return {};
  }
  const std::vector<CsvCell>& cells = rows.cells();
  const std::string_view given = columns_->of(cells, kValue), type = columns_->of(cells, kType);
  const std::string value = refanged(given);
  const std::optional<IndicatorKind> kind = kind_named(type);
  std::optional<TypedKey> key;
  if (kind) {
    if (std::optional<std::string> of_kind = key_of(*kind, value)) key = TypedKey{*kind, std::move(*of_kind)};
  } else {
    key = guess_key(value);
  }
  if (!key) {
    sink_.refuse(where, given, kind ? fmt::format("is no {}", type) : type.empty() ? "is no address, network, domain, URL, hash or mailbox" : fmt::format("is of type '{}', which is not matched", type.substr(0, kRefusedBytesMax)));
    return {};
  }
  Indicator indicator{key->kind, std::move(key->key), std::string(columns_->of(cells, kSource)), std::string(columns_->of(cells, kReference)), std::string(columns_->of(cells, kTags)), kNoConfidence, kNoTime, kNoTime, number};
  if (const std::string_view confidence = columns_->of(cells, kConfidence); !confidence.empty()) {
    const std::optional<std::uint8_t> number_of = read_confidence(confidence);
    if (!number_of) return sink_.refuse(where, given, fmt::format("has the confidence '{}', which is no number from 0 to 100,", confidence.substr(0, kRefusedBytesMax))), Status();
    indicator.confidence = *number_of;
  }
  for (const auto& [column, time] : {std::pair(kFrom, &indicator.from), std::pair(kUntil, &indicator.until)}) {
    const std::string_view written = columns_->of(cells, column);
    if (written.empty()) continue;
    const std::optional<TimeUs> read = read_time_or_day(written);
    if (!read) return sink_.refuse(where, given, fmt::format("has the time '{}', which is none (2026-11-24T09:00:00Z, 2026-11-24),", written.substr(0, kRefusedBytesMax))), Status();
    *time = *read;
  }
  return sink_.keep(indicator);
}

Status LineEntries::entry(std::string_view line, std::uint32_t number) {
  const std::string_view entry = entry_of_line(line);
  if (entry.empty()) return {};
  std::optional<TypedKey> key = guess_key(refanged(entry));
  if (!key) {
    sink_.refuse(fmt::format("{}:{}", sink_.path, number), entry, "is no address, network, domain, URL, hash or mailbox");
    return {};
  }
  Indicator indicator;
  indicator.kind = key->kind;
  indicator.key = std::move(key->key);
  indicator.place = number;
  return sink_.keep(indicator);
}

}  // namespace tocsin::intel
