// OTLP's JSON: lowerCamelCase names, of which proto3 also takes the ones with underscores; 64-bit numbers as texts or numbers; ids in hexadecimal. Each object is
// walked once for what its records share and once for them, since members come in any order.
#include <charconv>

#include "collect/json_walk.h"
#include "collect/otlp_read.h"

namespace tocsin {

namespace {

/// Of a string value; "" of another.
std::string_view inside(std::string_view value) { return value.size() >= 2 && value[0] == '"' ? value.substr(1, value.size() - 2) : std::string_view(); }

template <class Number>
bool read_number(std::string_view value, Number& number) {
  if (value.starts_with('"')) value = inside(value);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc() && end == value.data() + value.size();
}

bool append_any(std::string_view value, std::size_t depth, std::string& out, bool& good);

/// `visit` gets each element of an array that is an object; false where one is none, and where it says so.
template <class Visit>
bool each_object(std::string_view array, Visit&& visit) {
  if (array == "null") return true;
  JsonElements elements(array, 0);
  while (elements.next()) {
    if (!elements.value().starts_with('{') || !visit(elements.value())) return false;
  }
  return !elements.failed();
}

/// The value of the member that has one of these names, the last counting; "" if there is none.
std::string_view member(std::string_view object, std::string_view name, std::string_view other) {
  std::string_view found;
  JsonMembers members(object, 0);
  while (members.next()) {
    if ((members.key() == name || members.key() == other) && members.value() != "null") found = members.value();
  }
  return found;
}

bool append_values(std::string_view list, bool named, std::size_t depth, std::string& out, bool& good) {
  if (!list.starts_with('{')) return false;
  const std::string_view values = member(list, "values", "values");
  out += named ? '{' : '[';
  bool first = true;
  const bool read = values.empty() || each_object(values, [&](std::string_view one) {
    if (!first) out += ',';
    first = false;
    if (!named) return append_any(one, depth + 1, out, good);
    append_otlp_name(out, "", inside(member(one, "key", "key")));
    const std::string_view value = member(one, "value", "value");
    return append_any(value.empty() ? "null" : value, depth + 1, out, good);
  });
  out += named ? '}' : ']';
  return read;
}

bool append_int(std::string_view value, std::string& out) {
  std::int64_t number = 0;
  if (!read_number(value, number)) return false;
  out += std::to_string(number);
  return true;
}

/// An AnyValue as the JSON that it means.
bool append_any(std::string_view value, std::size_t depth, std::string& out, bool& good) {
  const std::size_t before = out.size();
  if (depth > kOtlpDepthMax) good = false;
  if (!good || value == "null") return out += "null", true;
  if (!value.starts_with('{')) return false;
  JsonMembers members(value, 0);
  while (members.next()) {
    const std::string_view key = members.key(), one = members.value();
    if (one == "null") continue;
    const auto is = [&](std::string_view name, std::string_view other) {
      if (key != name && key != other) return false;
      out.resize(before);
      return true;
    };
    if (is("stringValue", "string_value") || is("bytesValue", "bytes_value")) {
      if (!one.starts_with('"')) return false;
      out.append(one);
    } else if (is("boolValue", "bool_value")) {
      if (one != "true" && one != "false") return false;
      out.append(one);
    } else if (is("doubleValue", "double_value")) {
      if (one[0] == '{' || one[0] == '[') return false;
      out.append(one);
    } else if (is("intValue", "int_value")) {
      if (!append_int(one, out)) return false;
    } else if (is("arrayValue", "array_value")) {
      if (!append_values(one, false, depth, out, good)) return false;
    } else if (is("kvlistValue", "kvlist_value")) {
      if (!append_values(one, true, depth, out, good)) return false;
    }
  }
  if (out.size() == before) out += "null";
  return !members.failed();
}

}  // namespace

bool OtlpReader::json_attributes(std::string_view array, std::string_view prefix, std::string& members, bool& good, void (OtlpReader::*seen)(std::string_view, std::string_view)) {
  return array.empty() || each_object(array, [&](std::string_view one) {
    const std::string_view key = inside(member(one, "key", "key")), value = member(one, "value", "value");
    append_otlp_name(members, prefix, key);
    if (!append_any(value.empty() ? "null" : value, 1, members, good)) return false;
    members += ',';
    std::string_view text;
    if (value.starts_with('{')) json_string(member(value, "stringValue", "string_value"), text_, text);
    (this->*seen)(key, text);
    return true;
  });
}

bool OtlpReader::json_resource(std::string_view object) {
  resource_.clear();
  if (object.empty()) return true;
  return object.starts_with('{') &&
         json_attributes(member(object, "attributes", "attributes"), "resource.attributes.", resource_.members, resource_.good, &OtlpReader::seen_of_resource);
}

bool OtlpReader::json_scope(std::string_view object) {
  scope_.clear();
  if (object.empty()) return true;
  if (!object.starts_with('{')) return false;
  for (const std::string_view name : {"name", "version"}) {
    const std::string_view value = inside(member(object, name, name));
    if (value.empty()) continue;
    append_otlp_name(scope_.members, "scope.", name);
    scope_.members.append(1, '"').append(value).append("\",");
  }
  return json_attributes(member(object, "attributes", "attributes"), "scope.attributes.", scope_.members, scope_.good, &OtlpReader::seen_of_scope);
}

bool OtlpReader::json_record(std::string_view object) {
  record_.clear();
  JsonMembers members(object, 0);
  bool read = true;
  while (read && members.next()) {
    const std::string_view key = members.key(), value = members.value();
    const auto is = [key](std::string_view name, std::string_view other) { return key == name || key == other; };
    if (value == "null") continue;
    if (is("timeUnixNano", "time_unix_nano")) (void)read_number(value, record_.time);
    if (is("observedTimeUnixNano", "observed_time_unix_nano")) (void)read_number(value, record_.observed);
    if (is("severityNumber", "severity_number")) (void)read_number(value, record_.severity);
    if (key == "flags") (void)read_number(value, record_.flags);
    if (is("severityText", "severity_text")) record_.severity_text.assign(inside(value));
    if (is("traceId", "trace_id")) record_.trace.assign(inside(value));
    if (is("spanId", "span_id")) record_.span.assign(inside(value));
    if (is("eventName", "event_name")) record_.event.assign(inside(value));
    if (key == "attributes") read = json_attributes(value, "attributes.", record_.attributes, record_.good, &OtlpReader::seen_of_record);
    if (key != "body") continue;
    record_.body.clear();
    read = append_any(value, 1, record_.body, record_.good);
    std::string_view text;
    record_.is_text = read && json_string(member(value, "stringValue", "string_value"), text_, text);
    record_.line.assign(text);
  }
  return read && !members.failed() && hand_on();
}

bool OtlpReader::json_scope_logs(std::string_view object) {
  if (!json_scope(member(object, "scope", "scope"))) return false;
  const std::string_view records = member(object, "logRecords", "log_records");
  return records.empty() || each_object(records, [this](std::string_view one) { return json_record(one); });
}

bool OtlpReader::json_resource_logs(std::string_view object) {
  if (!json_resource(member(object, "resource", "resource"))) return false;
  const std::string_view scopes = member(object, "scopeLogs", "scope_logs");
  return scopes.empty() || each_object(scopes, [this](std::string_view one) { return json_scope_logs(one); });
}

OtlpRead OtlpReader::json(std::string_view body, ReceivedVisitor& visitor) {
  read_ = {};
  visitor_ = &visitor;
  const std::size_t at = json_blanks(body, 0);
  if (!is_json_object(body)) return {.malformed = true, .why = "the body is no JSON object"};
  const std::string_view all = member(body.substr(at), "resourceLogs", "resource_logs");
  if (!all.empty() && !each_object(all, [this](std::string_view one) { return json_resource_logs(one); })) {
    read_.malformed = true;
    read_.why = read_.records + read_.rejected >= kOtlpRecordsMax ? "too many log records in one request" : "the body is no request for logs as OTLP has it";
  }
  return read_;
}

void OtlpReader::seen_of_resource(std::string_view key, std::string_view text) {
  if (key == "host.name") resource_.host.assign(text);
}

void OtlpReader::seen_of_record(std::string_view key, std::string_view text) {
  const bool about_log = key.starts_with("log.") || key == "logtag";
  (about_log ? record_.about_log : record_.only_about_log) = about_log;
  if (key == "log.file.path" || (key == "log.file.name" && record_.file.empty())) record_.file.assign(text);
}

}  // namespace tocsin
