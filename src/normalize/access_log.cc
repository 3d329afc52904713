#include "normalize/access_log.h"

#include "normalize/text_scan.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

/// Before the date stand two host names and a user name.
constexpr std::size_t kHeadBytes = 1024;

struct DatePlace {
  std::size_t bracket = std::string_view::npos;  // of '['
  std::size_t size = 0;                          // of the date
  TimeUs time = kNoTime;
};

/// The first bracket with a date in it; a user name may hold brackets too.
DatePlace find_date(std::string_view line) {
  const std::string_view head = line.substr(0, kHeadBytes);
  for (std::size_t at = head.find('['); at != std::string_view::npos; at = head.find('[', at + 1)) {
    const TimeText date = read_clf_time(line.substr(at + 1));
    if (date.size > 0 && at + 1 + date.size < line.size() && line[at + 1 + date.size] == ']')
      return {at, date.size, date.time};
  }
  return {};
}

bool is_host_char(char c) { return is_name_char(c) || c == '.' || c == ':' || c == '%' || c == '[' || c == ']'; }

bool is_host(std::string_view word) {
  for (const char c : word) {
    if (!is_host_char(c)) return false;
  }
  return !word.empty();
}

bool is_ip(std::string_view word) {
  bool separated = false;
  for (const char c : word) {
    if (c == '.' || c == ':')
      separated = true;
    else if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f'))
      return false;
  }
  return separated;
}

/// "text" at the scan, quotes not included; a backslash protects what follows. Without a closing quote, all there is.
bool read_quoted(TextScan& scan, std::string_view& text) {
  if (!scan.eat('"')) return false;
  const std::string_view rest = scan.rest();
  std::size_t size = 0;
  for (; size < rest.size() && rest[size] != '"'; ++size) {
    if (rest[size] == '\\' && size + 1 < rest.size()) ++size;
  }
  text = rest.substr(0, size);
  scan.skip(size + 1);
  return true;
}

/// How much of a target is "scheme://host", 0 for the usual target that begins with its path.
std::size_t origin_size(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? target.size() : end;
  }
  return 0;
}

}  // namespace

AccessLogParser::AccessLogParser(PathTable& paths)
    : c_ip_(paths.child(PathTable::kRoot, "c-ip")),
      cs_username_(paths.child(PathTable::kRoot, "cs-username")),
      timestamp_(paths.child(PathTable::kRoot, "timestamp")),
      cs_method_(paths.child(PathTable::kRoot, "cs-method")),
      cs_uri_(paths.child(PathTable::kRoot, "cs-uri")),
      cs_uri_stem_(paths.child(PathTable::kRoot, "cs-uri-stem")),
      cs_uri_query_(paths.child(PathTable::kRoot, "cs-uri-query")),
      cs_version_(paths.child(PathTable::kRoot, "cs-version")),
      sc_status_(paths.child(PathTable::kRoot, "sc-status")),
      sc_bytes_(paths.child(PathTable::kRoot, "sc-bytes")),
      cs_referer_(paths.child(PathTable::kRoot, "cs-referer")),
      cs_user_agent_(paths.child(PathTable::kRoot, "cs-user-agent")),
      cs_host_(paths.child(PathTable::kRoot, "cs-host")),
      s_port_(paths.child(PathTable::kRoot, "s-port")) {}

/// "www.example:443", "[2001:db8::1]:443".
void AccessLogParser::add_host(std::string_view host, Event& event) {
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && colon + 1 < host.size() &&
                        host.find(']', colon) == std::string_view::npos &&
                        (host.find(':') == colon || host[colon - 1] == ']');
  add_value(event, cs_host_, has_port ? host.substr(0, colon) : host);
  if (has_port) add_value(event, s_port_, host.substr(colon + 1));
}

/// "[vhost ]client ident user"; the user's name may hold spaces.
bool AccessLogParser::add_client(std::string_view words, Event& event) {
  TextScan scan(words);
  std::string_view client = scan.until(' ');
  if (!is_host(client) || !scan.eat(' ')) return false;
  TextScan ahead = scan;
  const std::string_view second = ahead.until(' ');
  if (is_ip(second) && ahead.eat(' ') && ahead.rest().find(' ') != std::string_view::npos) {
    add_host(client, event);
    client = second;
    scan = ahead;
  }
  scan.until(' ');
  if (!scan.eat(' ') || scan.at_end()) return false;
  add_or_null(event, c_ip_, client);
  add_or_null(event, cs_username_, scan.rest());
  return true;
}

/// "GET /path?query HTTP/1.1". What is no request (TLS bytes, scans) has a target only.
void AccessLogParser::add_request(std::string_view request, Event& event) {
  const std::size_t space = request.find(' ');
  std::string_view target = request;
  if (space != std::string_view::npos) {
    add_value(event, cs_method_, request.substr(0, space));
    target.remove_prefix(space + 1);
    const std::size_t last = target.rfind(' ');
    if (last != std::string_view::npos && target.substr(last + 1).starts_with("HTTP/")) {
      add_value(event, cs_version_, target.substr(last + 1));
      target = target.substr(0, last);
    }
  } else {
    add_value(event, cs_method_, request.substr(0, 0), ValueKind::kNull);
  }
  add_or_null(event, cs_uri_, target);
  const std::size_t origin = origin_size(target);
  if (origin > 0) add_host(target.substr(target.find("//") + 2, origin - target.find("//") - 2), event);
  const std::string_view path = target.substr(origin);
  const std::size_t question = path.find('?');
  add_or_null(event, cs_uri_stem_, path.substr(0, question));
  const std::string_view query =
      question == std::string_view::npos ? path.substr(path.size()) : path.substr(question + 1);
  add_or_null(event, cs_uri_query_, query);
}

bool AccessLogParser::parse(std::string_view line, TextArena&, Event& event) {
  if (line.empty() || !(is_name_char(line[0]) || line[0] == ':' || line[0] == '[')) return false;
  const DatePlace date = find_date(line);
  if (date.bracket == std::string_view::npos || date.bracket < 2 || line[date.bracket - 1] != ' ') return false;
  add_value(event, PathTable::kRoot, line);
  if (!add_client(line.substr(0, date.bracket - 1), event)) return false;
  TextScan scan(line);
  scan.skip(date.bracket + 1 + date.size + 1);
  scan.skip_spaces();
  std::string_view quoted;
  if (!read_quoted(scan, quoted)) return false;
  add_value(event, timestamp_, line.substr(date.bracket + 1, date.size));
  add_request(quoted, event);
  scan.skip_spaces();
  const std::string_view status = scan.until(' ');
  add_or_null(event, sc_status_, status);
  scan.skip_spaces();
  const std::string_view bytes = scan.until(' ');
  add_or_null(event, sc_bytes_, bytes);
  for (const PathId path : {cs_referer_, cs_user_agent_}) {
    scan.skip_spaces();
    if (!read_quoted(scan, quoted)) break;
    add_or_null(event, path, quoted);
  }
  event.time = date.time;
  event.text = line;
  return true;
}

}  // namespace tocsin
