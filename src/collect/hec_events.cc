#include "collect/hec_events.h"

#include <algorithm>

#include "collect/json_walk.h"

namespace tocsin {

namespace {

bool is_blank(std::string_view text) { return json_blanks(text, 0) == text.size(); }

}  // namespace

/// Metadata: a string, or a number or truth value as some clients write them; null says nothing.
bool HecEventReader::read_text(std::string_view value, Text which, std::string_view& text) {
  if (value[0] == '{' || value[0] == '[') return false;
  if (value == "null") return true;
  if (!json_string(value, rooms_[which], text)) text = value;
  return text.size() <= kHecMetaBytesMax;
}

HecCode HecEventReader::read_raw(std::string_view value, Received& received) {
  if (value == "null") return HecCode::kEventBlank;
  const bool is_text = json_string(value, rooms_[kRaw], received.raw);
  if (!is_text) received.raw = value;
  if (is_text && is_blank(received.raw)) return HecCode::kEventBlank;
  return received.raw.size() <= kReceivedBytesMax ? HecCode::kSuccess : HecCode::kInvalidDataFormat;
}

HecCode HecEventReader::read_member(std::string_view key, std::string_view value, Received& received) {
  if (key == "event") return read_raw(value, received);
  if (key == "fields") {
    if (value[0] != '{' && value != "null") return HecCode::kInvalidFields;
    received.fields = value[0] == '{' ? value : std::string_view();
    return received.fields.size() <= kHecFieldsBytesMax ? HecCode::kSuccess : HecCode::kInvalidFields;
  }
  bool good = true;
  if (key == "host") good = read_text(value, kHost, received.host);
  if (key == "source") good = read_text(value, kSource, received.source);
  if (key == "sourcetype") good = read_text(value, kSourcetype, received.sourcetype);
  if (key == "index") good = read_text(value, kIndex, received.index);
  if (key == "time") good = read_text(value, kTime, received.time);
  return good ? HecCode::kSuccess : HecCode::kInvalidDataFormat;
}

/// One event at `at`, which is then behind it. What is no JSON is told before what is wrong in it.
HecCode HecEventReader::read_event(std::string_view body, std::size_t& at, Received& received) {
  HecCode code = HecCode::kSuccess;
  bool has_event = false;
  JsonMembers members(body, at);
  while (members.next()) {
    has_event |= members.key() == "event";
    const HecCode found = read_member(members.key(), members.value(), received);
    if (code == HecCode::kSuccess) code = found;
  }
  if (members.failed()) return HecCode::kInvalidDataFormat;
  at = members.end();
  return code == HecCode::kSuccess && !has_event ? HecCode::kEventRequired : code;
}

HecReply HecEventReader::read(std::string_view body, const Received& metadata, ReceivedVisitor& visitor) {
  std::size_t at = json_blanks(body, 0);
  if (at == body.size()) return {.code = HecCode::kNoData};
  for (std::uint64_t number = 0; at < body.size(); ++number, at = json_blanks(body, at)) {
    Received received = metadata;
    const HecCode code = read_event(body, at, received);
    if (code != HecCode::kSuccess) return {.code = code, .event_number = number};
    visitor.record(received);
  }
  return {};
}

HecReply read_hec_lines(std::string_view body, const Received& metadata, ReceivedVisitor& visitor) {
  bool any = false;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (is_blank(line)) continue;
    Received received = metadata;
    received.raw = line.substr(0, kReceivedBytesMax);
    received.truncated = line.size() > kReceivedBytesMax;
    visitor.record(received);
    any = true;
  }
  return {.code = any ? HecCode::kSuccess : HecCode::kNoData};
}

}  // namespace tocsin
