// For tests: requests of OTLP in protobuf, made by hand. A request is a message of messages.
//
//   const std::string body = proto_field(1, proto_field(2, proto_field(2, proto_field(5, proto_text("hello")))));
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/protobuf.h"

namespace tocsin {

inline std::string proto_field(std::uint32_t field, std::string_view bytes) {
  std::string out;
  append_protobuf_bytes(out, field, bytes);
  return out;
}
inline std::string proto_number(std::uint32_t field, std::uint64_t value) {
  std::string out;
  append_protobuf_number(out, field, value);
  return out;
}
inline std::string proto_fixed64(std::uint32_t field, std::uint64_t value) {
  std::string out(1, static_cast<char>(field << 3 | 1));
  for (int i = 0; i < 8; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
  return out;
}
inline std::string proto_double(std::uint32_t field, double value) { return proto_fixed64(field, std::bit_cast<std::uint64_t>(value)); }
/// An AnyValue that is a text.
inline std::string proto_text(std::string_view text) { return proto_field(1, text); }
/// A KeyValue.
inline std::string proto_pair(std::string_view key, const std::string& value) { return proto_field(1, key) + proto_field(2, value); }

}  // namespace tocsin
