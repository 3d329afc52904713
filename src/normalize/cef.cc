#include "normalize/cef.h"

#include <algorithm>

#include "normalize/text_scan.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

bool is_key_char(char c) { return is_name_char(c) || c == '.' || c == '[' || c == ']'; }

bool is_key(std::string_view word) {
  if (word.size() > kCefKeyBytesMax) return false;  // before it is looked at: a line may be all equals signs
  for (const char c : word) {
    if (!is_key_char(c)) return false;
  }
  return !word.empty();
}

/// The equals sign after `from` that ends a key, and where the key begins; npos: there is none.
struct KeyPlace {
  std::size_t from = std::string_view::npos, equals = std::string_view::npos;
};
KeyPlace find_key(std::string_view text, std::size_t from) {
  std::size_t word = from;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == ' ') {
      word = at + 1;
    } else if (text[at] == '=' && is_key(text.substr(word, at - word)) && (word == 0 || text[word - 1] == ' ')) {
      return {word, at};
    }
  }
  return {};
}

std::string_view without_trailing_spaces(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// "Mar 02 2026 08:15:30.120", or milliseconds since 1970 in 13 digits.
TimeUs read_receipt_time(std::string_view text) {
  constexpr std::size_t kDigits = 13;
  TimeUs milliseconds = 0;
  for (const char c : text.substr(0, kDigits)) {
    if (!is_digit(c)) return read_bsd_time(text, kNoTime).time;
    milliseconds = milliseconds * 10 + (c - '0');
  }
  return text.size() == kDigits ? milliseconds * 1'000 : kNoTime;
}

/// "^", "x5E", "0x5e"; nothing: a tab.
char leef_delimiter(std::string_view field) {
  if (field.size() == 1) return field[0];
  field = field.substr(std::min(field.size(), field.find_first_of("xX") + 1));
  int code = 0;
  for (const char c : field.substr(0, 2)) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 0;
    code = code * 16 + digit;
  }
  return code > 0 && code < 0x80 ? static_cast<char>(code) : '\t';
}

}  // namespace

CefParser::CefParser(PathTable& paths)
    : paths_(paths),
      vendor_(paths.child(PathTable::kRoot, "DeviceVendor")),
      product_(paths.child(PathTable::kRoot, "DeviceProduct")),
      version_(paths.child(PathTable::kRoot, "DeviceVersion")),
      event_class_(paths.child(PathTable::kRoot, "DeviceEventClassID")),
      name_(paths.child(PathTable::kRoot, "Name")),
      severity_(paths.child(PathTable::kRoot, "Severity")),
      receipt_time_(paths.child(PathTable::kRoot, "rt")),
      device_time_(paths.child(PathTable::kRoot, "devTime")) {}

/// One value, its escapes undone in the arena if it has any.
void CefParser::add_pair(std::string_view key, std::string_view value, TextArena& arena, Event& event) {
  const PathId path = paths_.child(PathTable::kRoot, key);
  if (value.find('\\') != std::string_view::npos) {
    const char* const from = arena.end();
    for (std::size_t at = 0; at < value.size(); ++at) {
      const char next = at + 1 < value.size() ? value[at + 1] : '\0';
      if (value[at] == '\\' && (next == '\\' || next == '=' || next == '|')) ++at;
      arena.put(value[at]);
    }
    value = {from, static_cast<std::size_t>(arena.end() - from)};
  }
  add_value(event, path, value);
  if (path != receipt_time_ && path != device_time_) return;
  const TimeUs time = read_receipt_time(value);
  if (time != kNoTime) event.time = time;
}

void CefParser::add_cef_extension(std::string_view text, TextArena& arena, Event& event) {
  KeyPlace key = find_key(text, 0);
  for (std::size_t pairs = 0; key.equals != std::string_view::npos && pairs < kCefPairsMax; ++pairs) {
    const std::size_t from = key.equals + 1;
    const KeyPlace next = find_key(text, from);
    const std::size_t to = next.from == std::string_view::npos ? text.size() : next.from;
    add_pair(text.substr(key.from, key.equals - key.from), without_trailing_spaces(text.substr(from, to - from)), arena, event);
    key = next;
  }
}

void CefParser::add_leef_extension(std::string_view text, char delimiter, TextArena& arena, Event& event) {
  TextScan scan(text);
  for (std::size_t pairs = 0; !scan.at_end() && pairs < kCefPairsMax; ++pairs, scan.skip(1)) {
    const std::string_view pair = scan.until(delimiter);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !is_key(pair.substr(0, equals))) continue;
    add_pair(pair.substr(0, equals), pair.substr(equals + 1), arena, event);
  }
}

bool CefParser::add_fields(std::string_view text, TextArena& arena, Event& event) {
  TextScan scan(text);
  const bool is_leef = scan.eat("LEEF:");
  if (!is_leef && !scan.eat("CEF:")) return false;
  std::string_view format;
  if (!scan.take_until_plain('|', format) || format.empty() || !is_digit(format[0])) return false;
  const std::size_t before = event.values.size();
  std::string_view field;
  for (const PathId path : {vendor_, product_, version_, event_class_, name_, severity_}) {
    if (is_leef && path == name_) break;
    if (!scan.take_until_plain('|', field)) {
      event.values.resize(before);
      return false;
    }
    add_pair(paths_.name(path), field, arena, event);
  }
  if (!is_leef) {
    add_cef_extension(scan.rest(), arena, event);
  } else {
    const bool names_delimiter = format.starts_with('2') && scan.take_until_plain('|', field);
    add_leef_extension(scan.rest(), names_delimiter ? leef_delimiter(field) : '\t', arena, event);
  }
  return true;
}

bool CefParser::parse(std::string_view line, TextArena& arena, Event& event) {
  if (!begins(line)) return false;
  arena.prepare(2 * line.size());
  line = arena.put(line);
  add_value(event, PathTable::kRoot, line);
  if (!add_fields(line, arena, event)) return false;
  event.text = arena.text();
  return true;
}

}  // namespace tocsin
