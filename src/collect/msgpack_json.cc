#include "collect/msgpack_json.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/check.h"
#include "base/text.h"

namespace tocsin {

namespace {

using Kind = MsgpackValue::Kind;

/// The inside of a JSON string, its bytes kept.
void append_inside(std::string& out, std::string_view text) {
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(done, at - done);
    done = at + 1;
    constexpr std::string_view kNamed = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
    const std::size_t name = kNamed.find(c);
    if (name != std::string_view::npos) {
      out += '\\';
      out += kNames[name];
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out += text.substr(done);
}

void append_base64(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view part = bytes.substr(at, 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i) out += i <= part.size() ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
}

template <class Real>
void append_real(std::string& out, Real real) {
  if (std::isnan(real)) {
    out += "\"NaN\"";
  } else if (std::isinf(real)) {
    out += real > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    const std::size_t from = out.size();
    fmt::format_to(std::back_inserter(out), "{}", real);
    if (out.find_first_of(".e", from) == std::string::npos) out += ".0";
  }
}

void append_text(std::string& out, std::string_view prefix, std::string_view text) {
  out += '"';
  out += prefix;
  append_inside(out, text);
  out += '"';
}

void append_binary(std::string& out, std::string_view bytes) {
  if (is_valid_utf8(bytes)) return append_text(out, "", bytes);
  out += "\"base64:";
  append_base64(out, bytes);
  out += '"';
}

void append_scalar(std::string& out, const MsgpackValue& value) {
  switch (value.kind) {
    case Kind::kNil: out += "null"; break;
    case Kind::kBool: out += value.number != 0 ? "true" : "false"; break;
    case Kind::kNegative: fmt::format_to(std::back_inserter(out), "{}", static_cast<std::int64_t>(value.number)); break;
    case Kind::kNumber: fmt::format_to(std::back_inserter(out), "{}", value.number); break;
    case Kind::kFloat: append_real(out, static_cast<float>(value.real)); break;
    case Kind::kDouble: append_real(out, value.real); break;
    case Kind::kText: append_text(out, "", value.bytes); break;
    case Kind::kBinary: append_binary(out, value.bytes); break;
    default:  // an extension: arrays and maps are the caller's
      fmt::format_to(std::back_inserter(out), "{{\"type\":{},\"base64\":\"", static_cast<int>(value.type));
      append_base64(out, value.bytes);
      out += "\"}";
  }
}

/// No array and no map.
void append_key(std::string& out, MsgpackReader& reader) {
  MsgpackValue value;
  TOCSIN_CHECK(reader.next(value) && value.kind != Kind::kArray && value.kind != Kind::kMap);
  if (value.kind == Kind::kText) return append_text(out, "", value.bytes);
  std::string text;
  append_scalar(text, value);
  text.starts_with('"') ? void(out += text) : append_text(out, "", text);
}

}  // namespace

void append_msgpack_json(std::string& out, MsgpackReader& reader) {
  MsgpackValue value;
  TOCSIN_CHECK(reader.next(value));
  if (value.kind != Kind::kArray && value.kind != Kind::kMap) return append_scalar(out, value);
  const bool is_map = value.kind == Kind::kMap;
  out += is_map ? '{' : '[';
  for (std::uint32_t i = 0; i < value.count; ++i) {
    if (i > 0) out += ',';
    if (is_map) {
      append_key(out, reader);
      out += ':';
    }
    append_msgpack_json(out, reader);
  }
  out += is_map ? '}' : ']';
}

}  // namespace tocsin
