// OTLP in protobuf. Each message is walked once for what its records share and once for them, since fields come in any order; of a field that comes
// twice the last counts.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <iterator>

#include "base/text.h"
#include "collect/base64.h"
#include "collect/otlp_read.h"
#include "collect/protobuf.h"

namespace tocsin {

namespace {

using Wire = ProtobufReader::Wire;

bool append_any(std::string_view bytes, std::size_t depth, std::string& out, bool& good);

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

/// `visit` gets each field; false where the message is malformed, and where it says so.
template <class Visit>
bool each_field(std::string_view bytes, Visit&& visit) {
  ProtobufReader message(bytes);
  while (message.next()) {
    if (!visit(message)) return false;
  }
  return !message.failed();
}

/// A message in a field of another; "" if it is not there.
std::string_view inner(std::string_view bytes, std::uint32_t field) {
  std::string_view found;
  ProtobufReader message(bytes);
  while (message.next()) {
    if (message.is(field, Wire::kBytes)) found = message.bytes();
  }
  return found;
}

void append_double(std::string& out, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  }
}

/// An ArrayValue, or a KeyValueList.
bool append_values(std::string_view bytes, bool named, std::size_t depth, std::string& out, bool& good) {
  out += named ? '{' : '[';
  bool first = true;
  const bool read = each_field(bytes, [&](const ProtobufReader& list) {
    if (!list.is(1, Wire::kBytes)) return true;
    if (!first) out += ',';
    first = false;
    if (!named) return append_any(list.bytes(), depth + 1, out, good);
    append_quoted(out, inner(list.bytes(), 1));
    out += ':';
    return append_any(inner(list.bytes(), 2), depth + 1, out, good);
  });
  out += named ? '}' : ']';
  return read;
}

/// An AnyValue as the JSON that it means.
bool append_any(std::string_view bytes, std::size_t depth, std::string& out, bool& good) {
  const std::size_t before = out.size();
  if (depth > kOtlpDepthMax) good = false;
  if (!good) return out += "null", true;
  const bool read = each_field(bytes, [&](const ProtobufReader& any) {
    if (any.field() < 1 || any.field() > 7) return true;
    if (any.is(1, Wire::kBytes)) out.resize(before), append_quoted(out, any.bytes());
    if (any.is(2, Wire::kVarint)) out.resize(before), out += any.number() != 0 ? "true" : "false";
    if (any.is(3, Wire::kVarint)) out.resize(before), out += std::to_string(static_cast<std::int64_t>(any.number()));
    if (any.is(4, Wire::kFixed64)) out.resize(before), append_double(out, std::bit_cast<double>(any.number()));
    if (any.is(5, Wire::kBytes) || any.is(6, Wire::kBytes)) {
      out.resize(before);
      return append_values(any.bytes(), any.field() == 6, depth, out, good);
    }
    if (any.is(7, Wire::kBytes)) {
      out.resize(before);
      out += '"';
      append_base64(out, any.bytes());
      out += '"';
    }
    return true;
  });
  if (out.size() == before) out += "null";
  return read;
}

/// The text that an AnyValue is, where it is one.
bool read_text(std::string_view bytes, std::string_view& text) {
  bool is_text = false;
  text = {};
  ProtobufReader any(bytes);
  while (any.next()) {
    if (any.field() >= 1 && any.field() <= 7) is_text = any.is(1, Wire::kBytes);
    if (is_text && any.field() == 1) text = any.bytes();
  }
  return is_text;
}

void append_id(std::string& out, std::string_view bytes) {
  for (const char c : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

bool OtlpReader::proto_attribute(std::string_view bytes, std::string_view prefix, std::string& members, bool& good, void (OtlpReader::*seen)(std::string_view, std::string_view)) {
  const std::string_view key = inner(bytes, 1), value = inner(bytes, 2);
  key_.clear();
  append_json_escaped(key_, key);
  append_otlp_name(members, prefix, key_);
  if (!append_any(value, 1, members, good)) return false;
  members += ',';
  std::string_view text;
  read_text(value, text);
  (this->*seen)(key, text);
  return each_field(bytes, [](const ProtobufReader&) { return true; });
}

bool OtlpReader::proto_resource(std::string_view bytes) {
  resource_.clear();
  return each_field(bytes, [this](const ProtobufReader& resource) {
    return !resource.is(1, Wire::kBytes) ||
           proto_attribute(resource.bytes(), "resource.attributes.", resource_.members, resource_.good, &OtlpReader::seen_of_resource);
  });
}

bool OtlpReader::proto_scope(std::string_view bytes) {
  scope_.clear();
  for (const auto& [field, name] : {std::pair(1U, "name"), std::pair(2U, "version")}) {
    const std::string_view value = inner(bytes, field);
    if (value.empty()) continue;
    append_otlp_name(scope_.members, "scope.", name);
    append_quoted(scope_.members, value);
    scope_.members += ',';
  }
  return each_field(bytes, [this](const ProtobufReader& scope) {
    return !scope.is(3, Wire::kBytes) || proto_attribute(scope.bytes(), "scope.attributes.", scope_.members, scope_.good, &OtlpReader::seen_of_scope);
  });
}

bool OtlpReader::proto_record(std::string_view bytes) {
  record_.clear();
  const auto text = [](std::string& into, std::string_view from) {
    into.clear();
    append_json_escaped(into, from);
  };
  const bool read = each_field(bytes, [&](const ProtobufReader& field) {
    if (field.is(1, Wire::kFixed64)) record_.time = field.number();
    if (field.is(11, Wire::kFixed64)) record_.observed = field.number();
    if (field.is(2, Wire::kVarint)) record_.severity = static_cast<std::int32_t>(field.number());
    if (field.is(8, Wire::kFixed32)) record_.flags = field.number();
    if (field.is(3, Wire::kBytes)) text(record_.severity_text, field.bytes());
    if (field.is(12, Wire::kBytes)) text(record_.event, field.bytes());
    if (field.is(9, Wire::kBytes)) record_.trace.clear(), append_id(record_.trace, field.bytes());
    if (field.is(10, Wire::kBytes)) record_.span.clear(), append_id(record_.span, field.bytes());
    if (field.is(6, Wire::kBytes)) return proto_attribute(field.bytes(), "attributes.", record_.attributes, record_.good, &OtlpReader::seen_of_record);
    if (!field.is(5, Wire::kBytes)) return true;
    record_.body.clear();
    std::string_view line;
    record_.is_text = read_text(field.bytes(), line);
    record_.line.assign(line);
    return append_any(field.bytes(), 1, record_.body, record_.good);
  });
  return read && hand_on();
}

bool OtlpReader::proto_scope_logs(std::string_view bytes) {
  if (!proto_scope(inner(bytes, 1))) return false;
  return each_field(bytes, [this](const ProtobufReader& logs) { return !logs.is(2, Wire::kBytes) || proto_record(logs.bytes()); });
}

bool OtlpReader::proto_resource_logs(std::string_view bytes) {
  if (!proto_resource(inner(bytes, 1))) return false;
  return each_field(bytes, [this](const ProtobufReader& logs) { return !logs.is(2, Wire::kBytes) || proto_scope_logs(logs.bytes()); });
}

OtlpRead OtlpReader::proto(std::string_view body, ReceivedVisitor& visitor) {
  read_ = {};
  visitor_ = &visitor;
  const bool read = each_field(body, [this](const ProtobufReader& request) { return !request.is(1, Wire::kBytes) || proto_resource_logs(request.bytes()); });
  if (!read) {
    read_.malformed = true;
    read_.why = read_.records + read_.rejected >= kOtlpRecordsMax ? "too many log records in one request" : "the body is no request for logs as OTLP has it";
  }
  return read_;
}

}  // namespace tocsin
