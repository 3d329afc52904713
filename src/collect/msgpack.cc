#include "collect/msgpack.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace tocsin {

namespace {

using Kind = MsgpackValue::Kind;

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

/// What a first byte says: how many bytes of number follow it, and what they are.
struct Form {
  Kind kind = Kind::kNil;
  std::uint8_t number_bytes = 0;  // a number, or a size
  bool sized = false;             // `number` bytes of payload follow
  std::uint64_t number = 0;       // where it is in the first byte
  bool good = true;
};

Form form_of_ints(unsigned byte) {
  if (byte == 0xCA) return {Kind::kFloat, 4};
  if (byte == 0xCB) return {Kind::kDouble, 8};
  const auto size = static_cast<std::uint8_t>(1u << (byte & 3));
  return byte < 0xD0 ? Form{Kind::kNumber, size} : Form{Kind::kNegative, size};  // 0xCC to 0xCF, 0xD0 to 0xD3
}

Form form_of(unsigned char byte) {
  if (byte < 0x80) return {Kind::kNumber, 0, false, byte};
  if (byte < 0x90) return {Kind::kMap, 0, false, byte & 0x0Fu};
  if (byte < 0xA0) return {Kind::kArray, 0, false, byte & 0x0Fu};
  if (byte < 0xC0) return {Kind::kText, 0, true, byte & 0x1Fu};
  if (byte >= 0xE0) return {Kind::kNegative, 0, false, ~std::uint64_t{0} << 8 | byte};
  if (byte == 0xC0) return {};
  if (byte == 0xC1) return {Kind::kNil, 0, false, 0, false};
  if (byte < 0xC4) return {Kind::kBool, 0, false, byte & 1u};
  if (byte < 0xC7) return {Kind::kBinary, static_cast<std::uint8_t>(1u << (byte - 0xC4)), true};
  if (byte < 0xCA) return {Kind::kExtension, static_cast<std::uint8_t>(1u << (byte - 0xC7)), true};
  if (byte < 0xD4) return form_of_ints(byte);
  if (byte < 0xD9) return {Kind::kExtension, 0, true, std::uint64_t{1} << (byte - 0xD4)};
  if (byte < 0xDC) return {Kind::kText, static_cast<std::uint8_t>(1u << (byte - 0xD9)), true};
  if (byte < 0xDE) return {Kind::kArray, static_cast<std::uint8_t>(2u << (byte - 0xDC))};
  return {Kind::kMap, static_cast<std::uint8_t>(2u << (byte - 0xDE))};
}

/// Widens a number of so many bytes with its sign.
std::uint64_t widened(std::uint64_t number, std::size_t bytes) {
  const auto shift = static_cast<int>(64 - 8 * bytes);
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(number << shift) >> shift);
}

/// How many bytes the value at the front has, without the parts of arrays and maps; `head` of them are its head, which is all that has to be
/// there. 0 if not even that is there.
struct Part {
  std::size_t size = 0, head = 0;
  bool good = true;
};

Part read_part(std::string_view bytes, MsgpackValue& value) {
  if (bytes.empty()) return {};
  const Form form = form_of(static_cast<unsigned char>(bytes[0]));
  if (!form.good) return {1, 1, false};
  const std::size_t type = form.kind == Kind::kExtension ? 1 : 0;
  const std::size_t head = 1 + form.number_bytes + type;
  if (bytes.size() < head) return {};
  const std::uint64_t number = form.number_bytes == 0 ? form.number : number_of(bytes.substr(1, form.number_bytes));
  value = {};
  value.kind = form.kind;
  if (type > 0) value.type = static_cast<std::int8_t>(bytes[head - 1]);
  if (form.kind == Kind::kArray || form.kind == Kind::kMap) {
    value.count = static_cast<std::uint32_t>(number);
  } else if (form.kind == Kind::kFloat) {
    value.real = std::bit_cast<float>(static_cast<std::uint32_t>(number));
  } else if (form.kind == Kind::kDouble) {
    value.real = std::bit_cast<double>(number);
  } else if (form.kind == Kind::kNegative && form.number_bytes > 0) {
    value.number = widened(number, form.number_bytes);
    if (static_cast<std::int64_t>(value.number) >= 0) value.kind = Kind::kNumber;
  } else if (!form.sized) {
    value.number = number;
  }
  const std::size_t size = head + (form.sized ? number : 0);
  if (form.sized && bytes.size() >= size) value.bytes = bytes.substr(head, number);
  return {size, head};
}

}  // namespace

Result<std::size_t> MsgpackEnd::find(std::string_view bytes, std::size_t most) {
  const auto larger = [most] { return Error{Code::kLimit, fmt::format("a value has more than {} bytes", most)}; };
  while (at_ < bytes.size() && !ended_) {
    MsgpackValue value;
    const Part part = read_part(bytes.substr(at_), value);
    if (!part.good) return Error{Code::kInvalid, fmt::format("byte {} begins no value of MessagePack", at_)};
    if (part.size == 0) break;
    at_ += part.size;
    const bool is_map = value.kind == Kind::kMap;
    const bool is_key = depth_ > 0 && (maps_ >> (depth_ - 1) & 1) != 0 && left_[depth_ - 1] % 2 == 0;
    if (depth_ > 0) --left_[depth_ - 1], --owed_;
    const std::uint64_t parts = (is_map ? 2 : 1) * std::uint64_t{value.count};
    owed_ += parts;
    if (at_ + owed_ > most) return larger();  // each has a byte at least
    if (is_key && (is_map || value.kind == Kind::kArray)) return Error{Code::kInvalid, fmt::format("at byte {} an array or a map is a key", at_ - part.size)};
    if (parts > 0) {
      if (depth_ == kMsgpackDepthMax) return Error{Code::kLimit, fmt::format("at byte {} it nests deeper than {}", at_, kMsgpackDepthMax)};
      maps_ = (maps_ & ~(std::uint64_t{1} << depth_)) | std::uint64_t{is_map} << depth_;
      left_[depth_++] = parts;
    }
    while (depth_ > 0 && left_[depth_ - 1] == 0) --depth_;
    ended_ = depth_ == 0;
  }
  if (ended_ && at_ <= bytes.size()) return at_;
  if (bytes.size() >= most) return larger();
  within_ = at_ > bytes.size();
  needed_ = std::max<std::size_t>(at_ + owed_, bytes.size() + 1);
  return std::size_t{0};
}

bool MsgpackReader::next(MsgpackValue& value) {
  const Part part = read_part(bytes_.substr(at_), value);
  if (part.size == 0 || !part.good || part.size > bytes_.size() - at_) return false;
  at_ += part.size;
  return true;
}

bool MsgpackReader::skip() {
  MsgpackEnd end;
  const Result<std::size_t> size = end.find(bytes_.substr(at_));
  if (!size || *size == 0) return false;
  at_ += *size;
  return true;
}

void append_msgpack_array(std::string& out, std::uint8_t elements) {
  TOCSIN_CHECK(elements < 16);
  out += static_cast<char>(0x90 | elements);
}

void append_msgpack_map(std::string& out, std::uint8_t pairs) {
  TOCSIN_CHECK(pairs < 16);
  out += static_cast<char>(0x80 | pairs);
}

void append_msgpack_bool(std::string& out, bool value) { out += static_cast<char>(value ? 0xC3 : 0xC2); }

void append_msgpack_text(std::string& out, std::string_view text) {
  TOCSIN_CHECK(text.size() <= std::numeric_limits<std::uint16_t>::max());
  if (text.size() < 32) {
    out += static_cast<char>(0xA0 | text.size());
  } else {
    out += static_cast<char>(0xDA);
    out += static_cast<char>(text.size() >> 8);
    out += static_cast<char>(text.size());
  }
  out += text;
}

void append_msgpack_binary(std::string& out, std::string_view bytes) {
  TOCSIN_CHECK(bytes.size() <= std::numeric_limits<std::uint16_t>::max());
  out += static_cast<char>(0xC5);
  out += static_cast<char>(bytes.size() >> 8);
  out += static_cast<char>(bytes.size());
  out += bytes;
}

}  // namespace tocsin
