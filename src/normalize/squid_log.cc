#include "normalize/squid_log.h"

#include <array>

#include "normalize/text_scan.h"

namespace tocsin {

namespace {

/// Seconds since 1970 in ten digits are the years 2001 to 2286.
constexpr int kSecondDigits = 10;
constexpr std::size_t kExtensionBytesMax = 16;

/// "1772439330.120" in microseconds; kNoTime if it is none.
TimeUs read_seconds(std::string_view text) {
  constexpr TimeUs kSecondUs = 1'000'000;
  if (text.size() < kSecondDigits + 2 || text[kSecondDigits] != '.') return kNoTime;
  TimeUs seconds = 0, fraction = 0, scale = kSecondUs;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at == kSecondDigits) continue;
    if (!is_digit(text[at])) return kNoTime;
    if (at < kSecondDigits) {
      seconds = seconds * 10 + (text[at] - '0');
    } else if (scale > 1) {
      scale /= 10;
      fraction += (text[at] - '0') * scale;
    }
  }
  return seconds * kSecondUs + fraction;
}

bool is_code(std::string_view action) {
  for (const char c : action) {
    if (!is_upper(c) && c != '_' && !is_digit(c)) return false;
  }
  return action.size() >= 3;
}

/// "a/b" divided at the last slash; without one, the second is empty.
std::array<std::string_view, 2> halves(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  if (slash == std::string_view::npos) return {word, word.substr(word.size())};
  return {word.substr(0, slash), word.substr(slash + 1)};
}

}  // namespace

SquidLogParser::SquidLogParser(PathTable& paths)
    : timestamp_(paths.child(PathTable::kRoot, "timestamp")),
      time_taken_(paths.child(PathTable::kRoot, "time-taken")),
      c_ip_(paths.child(PathTable::kRoot, "c-ip")),
      s_action_(paths.child(PathTable::kRoot, "s-action")),
      sc_status_(paths.child(PathTable::kRoot, "sc-status")),
      sc_bytes_(paths.child(PathTable::kRoot, "sc-bytes")),
      cs_method_(paths.child(PathTable::kRoot, "cs-method")),
      cs_uri_(paths.child(PathTable::kRoot, "cs-uri")),
      cs_uri_stem_(paths.child(PathTable::kRoot, "cs-uri-stem")),
      cs_uri_query_(paths.child(PathTable::kRoot, "cs-uri-query")),
      c_uri_extension_(paths.child(PathTable::kRoot, "c-uri-extension")),
      cs_host_(paths.child(PathTable::kRoot, "cs-host")),
      cs_username_(paths.child(PathTable::kRoot, "cs-username")),
      s_hierarchy_(paths.child(PathTable::kRoot, "s-hierarchy")),
      r_ip_(paths.child(PathTable::kRoot, "r-ip")),
      rs_content_type_(paths.child(PathTable::kRoot, "rs-content-type")) {}

/// "http://host:80/path?query", or "host:443" of a CONNECT.
void SquidLogParser::add_target(std::string_view target, Event& event) {
  add_or_null(event, cs_uri_, target);
  const std::size_t scheme = target.find("://");
  std::string_view host = target, path;
  if (scheme != std::string_view::npos) host.remove_prefix(scheme + 3);
  if (const std::size_t end = host.find_first_of("/?"); end != std::string_view::npos) {
    path = host.substr(end);
    host = host.substr(0, end);
  }
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) host = host.substr(0, colon);
  if (!host.empty() && host != "-") add_value(event, cs_host_, host);
  if (path.empty()) return;
  const std::size_t question = path.find('?');
  const std::string_view stem = path.substr(0, question);
  add_or_null(event, cs_uri_stem_, stem);
  if (question != std::string_view::npos) add_or_null(event, cs_uri_query_, path.substr(question + 1));
  const std::size_t dot = stem.rfind('.');
  if (dot == std::string_view::npos || stem.find('/', dot) != std::string_view::npos) return;
  const std::string_view extension = stem.substr(dot + 1);
  if (!extension.empty() && extension.size() <= kExtensionBytesMax) add_value(event, c_uri_extension_, extension);
}

bool SquidLogParser::parse(std::string_view line, TextArena&, Event& event) {
  if (!is_digit(line.front())) return false;
  TextScan scan(line);
  std::array<std::string_view, 10> words;
  for (std::string_view& word : words) {
    word = scan.until(' ');
    if (word.empty()) return false;
    scan.skip_spaces();
  }
  const auto& [stamp, taken, client, result, bytes, method, target, user, hierarchy, type] = words;
  event.time = read_seconds(stamp);
  const auto [action, status] = halves(result);
  if (event.time == kNoTime || !is_digit(taken.back()) || !is_code(action) || status.empty()) return false;
  const auto [how, peer] = halves(hierarchy);
  add_value(event, PathTable::kRoot, line);
  add_value(event, timestamp_, stamp);
  add_value(event, time_taken_, taken);
  add_or_null(event, c_ip_, client);
  add_value(event, s_action_, action);
  add_value(event, sc_status_, status);
  add_or_null(event, sc_bytes_, bytes);
  add_or_null(event, cs_method_, method);
  add_target(target, event);
  add_or_null(event, cs_username_, user);
  add_or_null(event, s_hierarchy_, how);
  add_or_null(event, r_ip_, peer);
  add_or_null(event, rs_content_type_, type);
  event.text = line;
  return true;
}

}  // namespace tocsin
