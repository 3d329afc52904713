#include "normalize/syslog.h"

#include <array>

#include "normalize/text_formats.h"
#include "normalize/text_scan.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

/// RFC 3164 allows 32 characters, RFC 5424 48; paths of programs are longer.
constexpr std::size_t kTagBytes = 96;
constexpr std::size_t kPidBytes = 32;
constexpr int kPriorityLast = 191;  // facility 23, severity 7

constexpr std::array<std::string_view, 24> kFacilities = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                          "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                          "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                          "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};
constexpr std::size_t kPriorityNameBytes = 16;  // room for the longest of each

bool is_all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return !text.empty();
}

std::string_view without_leading_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

/// Where a host would stand in syslog, application logs have their level.
bool is_level(std::string_view word) {
  for (const std::string_view level :
       {"INFO", "WARN", "WARNING", "ERROR", "DEBUG", "TRACE", "FATAL", "NOTICE", "CRITICAL"}) {
    if (word == level) return true;
  }
  return false;
}

/// "CET", "UTC", "AEST".
bool is_zone_name(std::string_view text) {
  for (const char c : text) {
    if (!is_upper(c)) return false;
  }
  return text.size() >= 3 && text.size() <= 4;
}

bool begins_program(char c) {
  return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '.' || c == '%';
}

/// The rest after "program" and, if the tag has one, "[pid]"; a colon ends the tag, or a space after the pid.
bool read_tag_end(TextScan& scan, SyslogHeader& header) {
  if (scan.peek() == '(') {  // sshd(pam_unix)[12]: the part that spoke, not the program
    scan.until(')');
    if (!scan.eat(')')) return false;
  }
  bool has_pid = false;
  if (scan.eat('[')) {
    header.pid = scan.until(']');
    has_pid = scan.eat(']') && !header.pid.empty() && header.pid.size() <= kPidBytes &&
              header.pid.find(' ') == std::string_view::npos;
    if (!has_pid) return false;
  }
  if (scan.eat(':')) {
    // "12:30", "a::b" and "http://" are no tags.
    const char next = scan.peek();
    if (next == ':' || next == '/' || (is_digit(next) && !has_pid)) return false;
  } else if (!has_pid || (scan.peek() != ' ' && !scan.at_end())) {
    return false;
  }
  header.message = without_leading_spaces(scan.rest());
  return true;
}

/// "Google Chrome Helper[12]: " has spaces in its name, which only a pid makes recognisable.
std::size_t spaced_program_size(std::string_view text) {
  const std::string_view head = text.substr(0, kTagBytes);
  const std::size_t bracket = head.find_first_of("[:");
  if (bracket == std::string_view::npos || bracket == 0 || head[bracket] != '[') return 0;
  const std::size_t close = head.find("]:", bracket);
  if (close == std::string_view::npos || !is_all_digits(head.substr(bracket + 1, close - bracket - 1))) return 0;
  return bracket;
}

/// "program:", "program[pid]:" at the start of `text`. False leaves program and pid empty.
bool read_tag(std::string_view text, SyslogHeader& header) {
  if (text.empty() || !begins_program(text.front())) return false;
  std::size_t size = 0;
  while (size < text.size() && size < kTagBytes && text[size] != ' ' && text[size] != ':' && text[size] != '[' &&
         text[size] != '(')
    ++size;
  if (size < text.size() && text[size] == ' ') size = spaced_program_size(text);
  if (size == 0 || size >= text.size() || size >= kTagBytes) return false;
  TextScan scan(text);
  scan.skip(size);
  const std::string_view program = text.substr(0, size);
  // A number with a colon is a Cisco sequence number.
  if (is_all_digits(program) || !read_tag_end(scan, header)) {
    header.pid = {};
    return false;
  }
  header.program = program;
  return true;
}

/// "<34>"; no move if it is none.
void read_priority(TextScan& scan, SyslogHeader& header) {
  TextScan ahead = scan;
  int priority = 0;
  if (!ahead.eat('<') || !ahead.digits(1, 3, priority) || !ahead.eat('>') || priority > kPriorityLast) return;
  header.priority = priority;
  scan = ahead;
}

std::string_view nil_to_empty(std::string_view text) { return text == "-" ? std::string_view() : text; }

/// From '[' over all elements to the last ']'. Inside quotes a backslash protects what follows. npos: it does not end.
std::size_t structured_size(std::string_view text) {
  bool quoted = false, inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (!inside) {
      if (c != '[') return at;
      inside = true;
    } else if (c == ']') {
      inside = false;
    }
  }
  return quoted || inside ? std::string_view::npos : text.size();
}

/// RFC 5424 section 6, after "<PRI>1 ".
bool read_rfc5424(TextScan& scan, SyslogHeader& header) {
  std::array<std::string_view, 5> words;
  for (std::string_view& word : words) {
    word = scan.until(' ');
    if (word.empty() || !scan.eat(' ')) return false;
  }
  const std::optional<TimeUs> time = parse_time(words[0]);
  if (!time && words[0] != "-") return false;
  header.time = time.value_or(kNoTime);
  header.timestamp = nil_to_empty(words[0]);
  header.hostname = nil_to_empty(words[1]);
  header.program = nil_to_empty(words[2]);
  header.pid = nil_to_empty(words[3]);
  header.msgid = nil_to_empty(words[4]);
  if (scan.peek() == '[') {
    const std::size_t size = structured_size(scan.rest());
    if (size != std::string_view::npos) {
      header.structured = scan.rest().substr(0, size);
      scan.skip(size);
    }
  } else {
    scan.eat('-');
  }
  scan.eat(' ');
  scan.eat("\xEF\xBB\xBF");
  header.message = scan.rest();
  return true;
}

/// Devices put a counter before the time ("000123: "), '*' if the clock was never set, '.' if it lost its server.
void skip_cisco_marks(TextScan& scan) {
  TextScan ahead = scan;
  int sequence = 0;
  if (ahead.digits(1, 9, sequence) && ahead.eat(": ")) scan = ahead;
  if ((scan.peek() == '*' || scan.peek() == '.') && (is_letter(scan.peek(1)) || is_digit(scan.peek(1)))) scan.skip(1);
}

bool read_time(TextScan& scan, TimeUs reference, SyslogHeader& header, bool& is_iso) {
  const std::string_view rest = scan.rest();
  is_iso = scan.peek(4) == '-';
  const TimeText found = is_iso ? read_iso_time(rest) : read_bsd_time(rest, reference);
  if (found.size == 0) return false;
  header.timestamp = rest.substr(0, found.size);
  header.time = found.time;
  scan.skip(found.size);
  return true;
}

/// "router: *Jan  5 03:02:01.123: %…", "RP/0/RSP0/CPU0:Jan  5 03:02:01.123 : config[65]: %…" after the priority: what
/// looked like a program is the host, or a part of one.
void read_late_time(TimeUs reference, SyslogHeader& header) {
  TextScan scan(header.message);
  SyslogHeader late;
  bool is_iso = false;
  skip_cisco_marks(scan);
  if (!header.pid.empty() || !read_time(scan, reference, late, is_iso)) return;
  scan.skip_spaces();
  if (!scan.eat(':')) return;
  if (header.program.find('/') == std::string_view::npos) late.hostname = header.program;
  late.priority = header.priority;
  late.message = without_leading_spaces(scan.rest());
  if (!late.message.starts_with('%')) read_tag(late.message, late);
  header = late;
}

/// After the time: "host tag: message", "tag: message", or a Cisco message at once (": %…", " CET: %…").
bool read_host_and_tag(TextScan& scan, SyslogHeader& header, bool must_have_tag) {
  if (scan.eat(':')) {
    header.message = without_leading_spaces(scan.rest());
    return !must_have_tag || read_tag(header.message, header);
  }
  if (!scan.eat(' ')) return false;
  scan.skip_spaces();
  const std::string_view from_host = scan.rest();
  const std::string_view host = scan.until(' ');
  if (host.empty() || (must_have_tag && is_level(host))) return false;
  if (scan.rest().starts_with(" %") && host.back() == ':') {  // "router: %…", "CET: %…"
    const std::string_view name = host.substr(0, host.size() - 1);
    if (!is_zone_name(name) && !is_all_digits(name)) header.hostname = name;
    header.message = without_leading_spaces(scan.rest());
    return true;
  }
  if (host.back() == ':' && read_tag(from_host, header)) return true;
  scan.skip_spaces();
  if (scan.eat(": ")) scan.skip_spaces();  // "asa-1 : %ASA-…"
  if (read_tag(scan.rest(), header)) {
    header.hostname = host;
    return true;
  }
  if (must_have_tag) return false;
  header.hostname = host;
  header.message = scan.rest();
  return true;
}

}  // namespace

bool read_syslog_header(std::string_view line, TimeUs reference, SyslogHeader& header) {
  header = {};
  TextScan scan(line);
  read_priority(scan, header);
  const bool has_priority = header.priority >= 0;
  if (has_priority && scan.peek() == '1' && scan.peek(1) == ' ') {
    TextScan ahead = scan;
    ahead.skip(2);
    if (read_rfc5424(ahead, header)) return true;
  }
  skip_cisco_marks(scan);
  bool is_iso = false;
  if (read_time(scan, reference, header, is_iso)) return read_host_and_tag(scan, header, is_iso && !has_priority);
  if (!has_priority) return false;
  if (read_tag(scan.rest(), header)) {
    read_late_time(reference, header);
  } else {
    header.message = scan.rest();
  }
  return true;
}

SyslogParser::SyslogParser(PathTable& paths, FormatReader* formats)
    : paths_(paths),
      formats_(formats),
      message_fields_(paths),
      timestamp_(paths.child(PathTable::kRoot, "timestamp")),
      hostname_(paths.child(PathTable::kRoot, "hostname")),
      program_(paths.child(PathTable::kRoot, "program")),
      pid_(paths.child(PathTable::kRoot, "pid")),
      facility_(paths.child(PathTable::kRoot, "facility")),
      severity_(paths.child(PathTable::kRoot, "severity")),
      msgid_(paths.child(PathTable::kRoot, "msgid")),
      message_(paths.child(PathTable::kRoot, "message")) {}

void SyslogParser::add_priority(int priority, TextArena& arena, Event& event) const {
  if (priority < 0) return;
  add_value(event, facility_, arena.put(kFacilities[static_cast<std::size_t>(priority) / 8]));
  add_value(event, severity_, arena.put(kSeverities[static_cast<std::size_t>(priority) % 8]));
}

/// [id name="value" …][id …]: each value under id.name, its escapes (\" \\ \]) undone in the arena.
void SyslogParser::add_structured(std::string_view text, TextArena& arena, Event& event) {
  TextScan scan(text);
  while (scan.eat('[')) {
    const std::string_view element = scan.rest();
    std::size_t id_size = 0;
    while (id_size < element.size() && element[id_size] != ' ' && element[id_size] != ']') ++id_size;
    const PathId id = paths_.child(PathTable::kRoot, element.substr(0, id_size));
    scan.skip(id_size);
    while (scan.eat(' ')) {
      const std::string_view name = scan.until('=');
      if (!scan.eat("=\"")) return;
      const char* const from = arena.end();
      for (; !scan.at_end() && scan.peek() != '"'; scan.skip(1)) {
        const char next = scan.peek(1);
        if (scan.peek() == '\\' && (next == '"' || next == '\\' || next == ']')) scan.skip(1);
        arena.put(scan.peek());
      }
      scan.eat('"');
      add_value(event, paths_.child(id, name), {from, static_cast<std::size_t>(arena.end() - from)});
    }
    if (!scan.eat(']')) return;
  }
}

/// What the message says: by the formats of mappings, else by what is code, else only what in it can vary.
void SyslogParser::add_message(const SyslogHeader& header, TextArena& arena, Event& event) {
  if (formats_ != nullptr && formats_->add_message(header.program, header.message, arena, event)) {
    if (header.program.starts_with('%')) message_fields_.add_fields(header.program, {}, arena, event);  // what the tag of a Cisco message says
    return;
  }
  const std::size_t before = event.values.size();
  message_fields_.add_fields(header.program, header.message, arena, event);
  if (formats_ != nullptr && event.values.size() == before) formats_->add_parameters(header.message, event);
}

bool SyslogParser::parse(std::string_view line, TimeUs reference, TextArena& arena, Event& event) {
  // The names of facility and severity, and what is unescaped, must lie where the line lies.
  bool in_arena = line.front() == '<';
  const auto copy = [&] {
    arena.prepare(3 * line.size() + kPriorityNameBytes + (formats_ == nullptr ? 0 : formats_->room()));
    line = arena.put(line);
  };
  if (in_arena) copy();
  SyslogHeader header;
  if (!read_syslog_header(line, reference, header)) return false;
  if (!in_arena && (formats_ != nullptr || CefParser::begins(header.message) || EventXmlParser::begins(header.message))) {
    const char* const from = line.data();
    in_arena = true;
    copy();
    header.move_by(line.data() - from);
  }
  add_value(event, PathTable::kRoot, line);
  const auto add = [&](PathId path, std::string_view text) {
    if (!text.empty()) add_value(event, path, text);
  };
  add(timestamp_, header.timestamp);
  add(hostname_, header.hostname);
  add(program_, header.program);
  add(pid_, header.pid);
  add(msgid_, header.msgid);
  add_priority(header.priority, arena, event);
  if (!header.structured.empty()) add_structured(header.structured, arena, event);
  add(message_, header.message);
  event.time = header.time;
  add_message(header, arena, event);
  event.text = in_arena ? arena.text() : line;
  return true;
}

}  // namespace tocsin
