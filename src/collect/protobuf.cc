#include "collect/protobuf.h"

namespace tocsin {

namespace {

constexpr std::uint64_t kFieldMax = (1u << 29) - 1;
constexpr std::size_t kVarintBytes = 10;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

}  // namespace

bool ProtobufReader::fail() {
  failed_ = true;
  rest_ = {};
  return false;
}

bool ProtobufReader::varint(std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < kVarintBytes && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    if (i == kVarintBytes - 1 && byte > 1) return fail();
    value |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte >= 0x80) continue;
    rest_.remove_prefix(i + 1);
    return true;
  }
  return fail();
}

/// Little-endian.
bool ProtobufReader::fixed(std::size_t size) {
  if (rest_.size() < size) return fail();
  number_ = 0;
  for (std::size_t i = size; i > 0; --i) number_ = number_ << 8 | static_cast<unsigned char>(rest_[i - 1]);
  rest_.remove_prefix(size);
  return true;
}

bool ProtobufReader::next() {
  if (rest_.empty()) return false;
  std::uint64_t tag = 0;
  if (!varint(tag)) return false;
  if (tag >> 3 == 0 || tag >> 3 > kFieldMax) return fail();
  field_ = static_cast<std::uint32_t>(tag >> 3);
  wire_ = static_cast<Wire>(tag & 7);
  bytes_ = {};
  switch (wire_) {
    case Wire::kVarint: return varint(number_);
    case Wire::kFixed64: return fixed(8);
    case Wire::kFixed32: return fixed(4);
    case Wire::kBytes: break;
    default: return fail();
  }
  std::uint64_t size = 0;
  if (!varint(size)) return false;
  if (size > rest_.size()) return fail();
  bytes_ = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

void append_protobuf_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  append_varint(out, std::uint64_t{field} << 3);
  append_varint(out, value);
}

void append_protobuf_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  append_varint(out, std::uint64_t{field} << 3 | 2);
  append_varint(out, bytes.size());
  out.append(bytes);
}

}  // namespace tocsin
