// MessagePack (the public specification) as bytes come in: where a value ends, and its parts one by one. Nothing is built in memory and nothing recurses: a value
// is a view into the bytes. What is no MessagePack (a byte 0xC1, an end in the middle), nests deeper than kMsgpackDepthMax, or has an array or a map for a key, is an error that says where. One
// thread at a time.
//
//   MsgpackEnd end;
//   const std::size_t size = TRY(end.find(bytes));   // 0: more is needed
//   MsgpackReader reader(bytes.substr(0, size));
//   MsgpackValue value;
//   while (reader.next(value)) …                     // the parts of an array or a map follow it
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tocsin {

/// Arrays and maps within each other. Real events nest less than 20 deep; what is made of them as JSON is read to 128.
inline constexpr std::size_t kMsgpackDepthMax = 64;

struct MsgpackValue {
  enum class Kind : std::uint8_t { kNil, kBool, kNegative, kNumber, kFloat, kDouble, kText, kBinary, kArray, kMap, kExtension };
  Kind kind = Kind::kNil;
  std::uint64_t number = 0;  // kBool, kNumber; of kNegative the two's complement
  double real = 0;           // kFloat, kDouble
  std::string_view bytes;    // kText, kBinary, kExtension
  std::uint32_t count = 0;   // of an array's elements, a map's pairs
  std::int8_t type = 0;      // of an extension

  bool is_text() const { return kind == Kind::kText || kind == Kind::kBinary; }
};

/// Where the value that begins at the front ends, of bytes that come in pieces: each is looked at once.
class MsgpackEnd {
 public:
  /// `bytes` are all that came, from the value's beginning. The value's size, or 0 if it is not whole. One that must have more than `most` bytes is an
  /// error (kLimit) as soon as a part of it says so, however the bytes came.
  Result<std::size_t> find(std::string_view bytes, std::size_t most = std::string_view::npos);
  /// After a 0: so many bytes the value has at least.
  std::size_t needed() const { return needed_; }
  /// Whether needed() is where something long ends, and not a guess.
  bool is_within_bytes() const { return within_; }
  /// For the next value.
  void begin() { *this = MsgpackEnd(); }

 private:
  std::size_t at_ = 0, needed_ = 1;
  bool within_ = false;
  bool ended_ = false;  // the last head was looked at
  std::size_t depth_ = 0;
  std::uint64_t owed_ = 0;                              // values to come
  std::array<std::uint64_t, kMsgpackDepthMax> left_{};  // the same, by depth
  std::uint64_t maps_ = 0;                              // which of them are maps, a bit each
};

class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) : bytes_(bytes) {}
  /// The next value, or the next part of an array or a map; false at the end, and where none is whole.
  bool next(MsgpackValue& value);
  /// Passes over the next value and all that is in it; false where none is whole.
  bool skip();
  bool at_end() const { return at_ == bytes_.size(); }
  std::size_t at() const { return at_; }
  std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

void append_msgpack_array(std::string& out, std::uint8_t elements);  // 15 at most
void append_msgpack_map(std::string& out, std::uint8_t pairs);       // 15 at most
void append_msgpack_bool(std::string& out, bool value);
void append_msgpack_text(std::string& out, std::string_view text);      // 65,535 bytes at most
void append_msgpack_binary(std::string& out, std::string_view bytes);   // 65,535 bytes at most

}  // namespace tocsin
