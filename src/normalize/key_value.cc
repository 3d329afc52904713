#include "normalize/key_value.h"

#include "normalize/text_scan.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

bool is_key_char(char c) { return is_name_char(c) || c == '.' || c == '/' || c == '@'; }

/// "key=" at the scan; no move if there is none.
bool read_key(TextScan& scan, std::string_view& key) {
  if (!is_letter(scan.peek()) && scan.peek() != '_' && scan.peek() != '@') return false;
  const std::string_view rest = scan.rest();
  std::size_t size = 1;
  while (size < rest.size() && size <= kKeyBytesMax && is_key_char(rest[size])) ++size;
  if (size > kKeyBytesMax || size == rest.size() || rest[size] != '=') return false;
  key = rest.substr(0, size);
  scan.skip(size + 1);
  return true;
}

std::string_view read_word(TextScan& scan) {
  std::string_view word = scan.rest();
  word = word.substr(0, word.find_first_of(" \t"));
  scan.skip(word.size());
  if (word.ends_with(',') || word.ends_with(';')) word.remove_suffix(1);
  return word;
}

TimeUs joined_time(std::string_view date, std::string_view time, std::string_view zone) {
  char text[64];
  if (date.empty() || time.empty() || date.size() + time.size() + zone.size() + 1 > sizeof text) return kNoTime;
  std::memcpy(text, date.data(), date.size());
  text[date.size()] = ' ';
  std::memcpy(text + date.size() + 1, time.data(), time.size());
  const std::size_t size = date.size() + 1 + time.size();
  if (!zone.empty()) std::memcpy(text + size, zone.data(), zone.size());
  return read_iso_time({text, size + zone.size()}).time;
}

}  // namespace

KeyValueParser::KeyValueParser(PathTable& paths)
    : paths_(paths),
      date_(paths.child(PathTable::kRoot, "date")),
      time_(paths.child(PathTable::kRoot, "time")),
      zone_(paths.child(PathTable::kRoot, "tz")),
      event_time_(paths.child(PathTable::kRoot, "eventtime")) {}

bool KeyValueParser::add_fields(std::string_view text, Event& event) {
  TextScan scan(text);
  std::string_view key, date, time, zone;
  std::size_t pairs = 0, words = 0;
  bool has_event_time = false;
  const std::size_t before = event.values.size();
  PathId path = PathTable::kRoot;
  for (; !scan.at_end(); scan.skip_spaces()) {
    if (!read_key(scan, key)) {
      if (pairs == 0) return false;
      read_word(scan);
      ++words;
      continue;
    }
    std::string_view value;
    TextScan ahead = scan;
    const bool quoted = ahead.eat('"') && ahead.take_until_plain('"', value);
    if (quoted) {
      scan = ahead;
      if (scan.peek() == ',' || scan.peek() == ';') scan.skip(1);
    } else {
      value = read_word(scan);
    }
    if (++pairs > kKeyValuePairsMax) break;
    path = paths_.child_after(path, PathTable::kRoot, key);
    add_value(event, path, value, value.empty() && !quoted ? ValueKind::kNull : ValueKind::kText);
    if (path == date_) date = value;
    if (path == time_) time = value;
    if (path == zone_) zone = value;
    has_event_time = has_event_time || path == event_time_;
  }
  if (pairs < kKeyValuePairsLeast || pairs > kKeyValuePairsMax || words >= pairs) {
    event.values.resize(before);
    return false;
  }
  const bool better_follows = event.time == kNoTime && has_event_time;
  const TimeUs joined = better_follows ? kNoTime : joined_time(date, time, zone);
  if (joined != kNoTime) event.time = joined;
  return true;
}

bool KeyValueParser::parse(std::string_view line, TextArena&, Event& event) {
  // A record of the audit log with a damaged head: its fields would not be what they are called.
  if (line.starts_with("type=") && line.find("msg=audit(") != std::string_view::npos) return false;
  add_value(event, PathTable::kRoot, line);
  event.text = line;
  return add_fields(line, event);
}

}  // namespace tocsin
