#include "collect/hec.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "collect/http_auth.h"
#include "collect/json_walk.h"
#include "collect/percent.h"

namespace tocsin {

namespace {

struct CodeText {
  int http_status;
  std::string_view text;
};

/// In the order of the codes.
constexpr std::array<CodeText, kHecCodes> kCodeTexts = {{
    {200, "Success"},
    {403, "Token disabled"},
    {401, "Token is required"},
    {401, "Invalid authorization"},
    {403, "Invalid token"},
    {400, "No data"},
    {400, "Invalid data format"},
    {400, "Incorrect index"},
    {500, "Internal server error"},
    {503, "Server is busy"},
    {400, "Data channel is missing"},
    {400, "Invalid data channel"},
    {400, "Event field is required"},
    {400, "Event field cannot be blank"},
    {400, "ACK is disabled"},
    {400, "Error in handling indexed fields"},
    {400, "Query string authorization is not enabled"},
    {200, "HEC is healthy"},
    {503, "HEC is unhealthy, queues are full"},
}};

struct RouteRow {
  std::string_view method, path;
  HecRoute route;
};

constexpr RouteRow kRoutes[] = {
    {"POST", "/services/collector", HecRoute::kEvent},
    {"POST", "/services/collector/1.0", HecRoute::kEvent},
    {"POST", "/services/collector/event", HecRoute::kEvent},
    {"POST", "/services/collector/event/1.0", HecRoute::kEvent},
    {"POST", "/services/collector/raw", HecRoute::kRaw},
    {"POST", "/services/collector/raw/1.0", HecRoute::kRaw},
    {"POST", "/services/collector/ack", HecRoute::kAck},
    {"POST", "/services/collector/ack/1.0", HecRoute::kAck},
    {"GET", "/services/collector/health", HecRoute::kHealth},
    {"GET", "/services/collector/health/1.0", HecRoute::kHealth},
};

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string* member_of(HecQuery& query, std::string_view name) {
  if (name == "host") return &query.host;
  if (name == "source") return &query.source;
  if (name == "sourcetype") return &query.sourcetype;
  if (name == "index") return &query.index;
  if (name == "time") return &query.time;
  if (name == "channel") return &query.channel;
  return name == "token" ? &query.token : nullptr;
}

}  // namespace

int append_hec_reply(std::string& out, const HecReply& reply) {
  const CodeText& code = kCodeTexts[static_cast<std::size_t>(reply.code)];
  out += "{\"text\":\"";
  out += code.text;
  out += "\",\"code\":";
  append_number(out, static_cast<std::uint64_t>(reply.code));
  if (reply.event_number) {
    out += ",\"invalid-event-number\":";
    append_number(out, *reply.event_number);
  }
  if (reply.ack_id) {
    out += ",\"ackId\":";
    append_number(out, *reply.ack_id);
  }
  out += '}';
  return code.http_status;
}

HecRoute hec_route(std::string_view method, std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  for (const RouteRow& row : kRoutes) {
    if (row.path == path) return row.method == method ? row.route : HecRoute::kWrongMethod;
  }
  return HecRoute::kUnknown;
}

int append_hec_no_route(std::string& out, HecRoute route) {
  const bool wrong_method = route == HecRoute::kWrongMethod;
  out += wrong_method ? R"({"text":"Method Not Allowed","code":405})"
                      : R"({"text":"The requested URL was not found on this server.","code":404})";
  return wrong_method ? 405 : 404;
}

HecCode read_hec_token(std::string_view header, std::string& token) {
  token.clear();
  if (header.find_first_not_of(" \t") == std::string_view::npos) return HecCode::kTokenRequired;
  if (read_auth_word(header, "splunk", token) || read_auth_password(header, "basic", token)) return HecCode::kSuccess;
  return HecCode::kInvalidAuthorization;
}

bool is_hec_channel(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? text[at] != '-' : !is_hex(text[at])) return false;
  }
  return true;
}

Received HecQuery::metadata() const {
  Received received;
  received.host = host;
  received.source = source;
  received.sourcetype = sourcetype;
  received.index = index;
  received.time = time;
  return received;
}

bool read_hec_query(std::string_view text, HecQuery& query) {
  for (const std::string_view name : {"host", "source", "sourcetype", "index", "time", "channel", "token"}) {
    member_of(query, name)->clear();
  }
  if (text.size() > kHecQueryBytesMax) return false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = part.find('=');
    std::string* member = member_of(query, part.substr(0, equals));
    if (member == nullptr) continue;
    if (equals == std::string_view::npos || !percent_decode(part.substr(equals + 1), true, *member)) return false;
    if (member->size() > kHecMetaBytesMax) return false;
  }
  return true;
}

HecCode read_hec_acks(std::string_view body, std::vector<std::uint64_t>& ids) {
  ids.clear();
  const std::size_t at = json_blanks(body, 0);
  if (at == body.size()) return HecCode::kNoData;
  if (!is_json_object(body)) return HecCode::kInvalidDataFormat;
  std::string_view acks;
  JsonMembers members(body, at);
  while (members.next()) {
    if (members.key() == "acks") acks = members.value();
  }
  JsonElements elements(acks, 0);
  std::size_t count = 0;
  while (elements.next()) {
    const std::string_view value = elements.value();
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), id);
    if (error != std::errc() || end != value.data() + value.size()) return HecCode::kInvalidDataFormat;
    if (++count > kHecAcksMax) return HecCode::kInvalidDataFormat;
    ids.push_back(id);
  }
  return elements.failed() ? HecCode::kInvalidDataFormat : HecCode::kSuccess;
}

void append_hec_acks(std::string& out, std::span<const HecAck> acks) {
  out += "{\"acks\":{";
  for (std::size_t i = 0; i < acks.size(); ++i) {
    out += i == 0 ? "\"" : ",\"";
    append_number(out, acks[i].id);
    out += acks[i].done ? "\":true" : "\":false";
  }
  out += "}}";
}

}  // namespace tocsin
