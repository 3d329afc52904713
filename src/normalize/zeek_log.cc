#include "normalize/zeek_log.h"

#include <optional>

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

constexpr std::string_view kEscape = "\\x";
constexpr std::size_t kEscapeBytes = 4;  // \x09
constexpr std::string_view kTrue = "true", kFalse = "false";

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that "\x09" at the start of `text` stands for.
std::optional<char> escaped_byte(std::string_view text) {
  if (text.size() < kEscapeBytes || !text.starts_with(kEscape)) return std::nullopt;
  const int high = hex_digit(text[2]), low = hex_digit(text[3]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

}  // namespace

ZeekLogParser::ZeekLogParser(PathTable& paths) : paths_(paths), path_(paths.child(PathTable::kRoot, "_path")) {}

void ZeekLogParser::read_comment(std::string_view line, bool first) {
  if (first) {
    reading_ = {};
    types_follow_ = false;  // they name the types of another head's columns
  }
  TextScan scan(line);
  if (scan.eat("#separator ")) {
    const std::string_view text = scan.rest();
    const std::optional<char> byte = escaped_byte(text);
    if (byte) reading_.separator = *byte;
    if (!byte && text.size() == 1) reading_.separator = text.front();
    return;
  }
  if (line.starts_with("#fields")) forget_columns();  // also if what follows cannot be read
  const std::string_view name = scan.until(reading_.separator);
  if (!scan.eat(reading_.separator)) return;
  const std::string_view value = scan.rest();
  if (name == "#set_separator" && value.size() == 1) reading_.set_separator = value.front();
  if (name == "#empty_field") reading_.empty_field = value;
  if (name == "#unset_field") reading_.unset_field = value;
  if (name == "#path") reading_.path = value;
  if (name == "#fields") read_columns(value);
  if (name == "#types" && types_follow_) read_types(value);
}

void ZeekLogParser::read_columns(std::string_view names) {
  head_ = reading_;
  types_follow_ = true;
  columns_.clear();
  TextScan scan(names);
  for (;;) {
    const std::string_view name = scan.until(head_.separator);
    if (name.empty() || columns_.size() == kZeekColumnsMax) return columns_.clear();
    columns_.push_back({paths_.child(PathTable::kRoot, name)});
    if (!scan.eat(head_.separator)) return;
  }
}

void ZeekLogParser::read_types(std::string_view types) {
  TextScan scan(types);
  for (Column& column : columns_) {
    const std::string_view type = scan.until(head_.separator);
    column.is_truth = type == "bool";
    column.is_several = type.starts_with("set[") || type.starts_with("vector[");
    scan.eat(head_.separator);
  }
}

void ZeekLogParser::add_one(PathId path, std::string_view text, TextArena& arena, Event& event) {
  if (text.find(kEscape) != std::string_view::npos) {
    const char* const from = arena.end();
    while (!text.empty()) {
      const std::optional<char> byte = escaped_byte(text);
      arena.put(byte.value_or(text.front()));
      text.remove_prefix(byte ? kEscapeBytes : 1);
    }
    text = {from, static_cast<std::size_t>(arena.end() - from)};
  }
  add_value(event, path, text);
}

void ZeekLogParser::add_several(const Column& column, std::string_view text, TextArena& arena, Event& event) {
  if (text == head_.empty_field) return add_value(event, column.path, text.substr(0, 0), ValueKind::kNull);
  TextScan scan(text);
  for (;; scan.skip(1)) {
    add_one(column.path, scan.until(head_.set_separator), arena, event);
    if (scan.at_end()) return;
  }
}

bool ZeekLogParser::parse(std::string_view line, TextArena& arena, Event& event) {
  arena.prepare(2 * line.size() + head_.path.size() + kFalse.size() * columns_.size());
  line = arena.put(line);
  add_value(event, PathTable::kRoot, line);
  if (!head_.path.empty()) add_value(event, path_, arena.put(head_.path));
  TextScan scan(line);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0 && !scan.eat(head_.separator)) return false;
    const std::string_view text = scan.until(head_.separator);
    if (text == head_.unset_field) {
      add_value(event, columns_[i].path, text, ValueKind::kNull);
    } else if (columns_[i].is_truth && (text == "T" || text == "F")) {
      add_value(event, columns_[i].path, arena.put(text == "T" ? kTrue : kFalse), ValueKind::kBool);
    } else if (columns_[i].is_several) {
      add_several(columns_[i], text, arena, event);
    } else {
      add_one(columns_[i].path, text == head_.empty_field ? text.substr(0, 0) : text, arena, event);
    }
  }
  if (!scan.at_end()) return false;
  event.text = arena.text();
  return true;
}

}  // namespace tocsin
