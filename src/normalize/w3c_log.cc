#include "normalize/w3c_log.h"

#include "normalize/text_scan.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

constexpr std::string_view kFields = "#Fields:";

/// A value up to the separator; in quotes, if a quote ends it right before a separator or the end.
std::string_view read_column(TextScan& scan, char separator) {
  if (scan.peek() == '"') {
    const std::string_view rest = scan.rest();
    const std::size_t close = rest.find('"', 1);
    if (close != std::string_view::npos && (close + 1 == rest.size() || rest[close + 1] == separator)) {
      scan.skip(close + 1);
      return rest.substr(1, close - 1);
    }
  }
  return scan.until(separator);
}

}  // namespace

W3cLogParser::W3cLogParser(PathTable& paths)
    : paths_(paths),
      date_(paths.child(PathTable::kRoot, "date")),
      time_(paths.child(PathTable::kRoot, "time")),
      cs_uri_(paths.child(PathTable::kRoot, "cs-uri")),
      stem_(paths.child(PathTable::kRoot, "cs-uri-stem")),
      query_(paths.child(PathTable::kRoot, "cs-uri-query")),
      user_agent_(paths.child(PathTable::kRoot, "cs-user-agent")) {}

void W3cLogParser::read_comment(std::string_view line) {
  if (!line.starts_with(kFields)) return;
  columns_.clear();
  TextScan scan(line);
  scan.skip(kFields.size());
  for (scan.skip_spaces(); !scan.at_end(); scan.skip_spaces()) {
    std::string_view name = scan.rest().substr(0, scan.rest().find_first_of(" \t"));
    scan.skip(name.size());
    if (columns_.size() == kW3cColumnsMax) return columns_.clear();
    const std::size_t open = name.find('(');
    if (open != std::string_view::npos && open > 0 && name.back() == ')') {  // cs(User-Agent)
      lowered_.assign(name.substr(0, open)).push_back('-');
      for (const char c : name.substr(open + 1, name.size() - open - 2))
        lowered_.push_back(is_upper(c) ? static_cast<char>(c | 0x20) : c);
      name = lowered_;
    }
    columns_.push_back(paths_.child(PathTable::kRoot, name));
  }
}

void W3cLogParser::add_derived(TextArena& arena, Event& event) {
  std::string_view date, time, stem, query, user_agent;
  bool has_uri = false;
  for (const Value& value : event.values) {
    if (value.kind == ValueKind::kNull) continue;
    if (value.path == date_) date = value.raw();
    if (value.path == time_) time = value.raw();
    if (value.path == stem_) stem = value.raw();
    if (value.path == query_) query = value.raw();
    if (value.path == user_agent_) user_agent = value.raw();
    if (value.path == cs_uri_) has_uri = true;
  }
  if (!stem.empty() && !has_uri && query.empty()) add_value(event, cs_uri_, stem);
  const char* const uri = arena.end();
  if (!stem.empty() && !has_uri && !query.empty()) {
    arena.put(stem);
    arena.put('?');
    arena.put(query);
    add_value(event, cs_uri_, {uri, stem.size() + 1 + query.size()});
  }
  if (user_agent.find('+') != std::string_view::npos && user_agent.find(' ') == std::string_view::npos) {
    char* const to = arena.more(user_agent.size());
    for (std::size_t i = 0; i < user_agent.size(); ++i) to[i] = user_agent[i] == '+' ? ' ' : user_agent[i];
    add_value(event, user_agent_, {to, user_agent.size()});
  }
  char both[32];
  if (date.empty() || date.size() + time.size() + 1 > sizeof both) return;
  std::memcpy(both, date.data(), date.size());
  both[date.size()] = ' ';
  if (!time.empty()) std::memcpy(both + date.size() + 1, time.data(), time.size());
  event.time = read_iso_time({both, date.size() + 1 + time.size()}).time;
}

bool W3cLogParser::parse(std::string_view line, TextArena& arena, Event& event) {
  constexpr std::size_t kSeparatorBytes = 1;
  arena.prepare(3 * line.size() + kSeparatorBytes);
  line = arena.put(line);
  add_value(event, PathTable::kRoot, line);
  const char separator = line.find('\t') != std::string_view::npos ? '\t' : ' ';
  TextScan scan(line);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0 && !scan.eat(separator)) return false;
    add_or_null(event, columns_[i], read_column(scan, separator));
  }
  if (separator == ' ') scan.skip_spaces();
  if (!scan.at_end()) return false;
  add_derived(arena, event);
  event.text = arena.text();
  return true;
}

}  // namespace tocsin
