// The fields of one protobuf message, in the order in which they stand: numbers and bytes, without a schema. Messages inside are bytes, for another reader. Pure
// views over the text given, no memory, no recursion. What is malformed (an end in the middle of a field, a varint of more than ten bytes, field 0,
// groups, which proto3 has not) ends the fields, and failed() says so.
//
//   ProtobufReader message(bytes);
//   while (message.next()) {
//     if (message.is(1, ProtobufReader::Wire::kBytes)) use(message.bytes());
//   }
//   if (message.failed()) …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

class ProtobufReader {
 public:
  enum class Wire : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  explicit ProtobufReader(std::string_view bytes) : rest_(bytes) {}

  /// False at the end, and where there is no field.
  bool next();
  bool failed() const { return failed_; }

  bool is(std::uint32_t field, Wire wire) const { return field_ == field && wire_ == wire; }
  std::uint32_t field() const { return field_; }
  Wire wire() const { return wire_; }
  /// Of all but kBytes.
  std::uint64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }

 private:
  bool fail();
  bool varint(std::uint64_t& value);
  bool fixed(std::size_t size);

  std::string_view rest_, bytes_;
  std::uint64_t number_ = 0;
  std::uint32_t field_ = 0;
  Wire wire_ = Wire::kVarint;
  bool failed_ = false;
};

/// For answers: a field of either kind behind `out`.
void append_protobuf_number(std::string& out, std::uint32_t field, std::uint64_t value);
void append_protobuf_bytes(std::string& out, std::uint32_t field, std::string_view bytes);

}  // namespace tocsin
