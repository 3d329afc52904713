// What a protocol said about a record beside its bytes, packed into one string that goes with it through the journal
// (docs/formats/journal.md): kind, size, value, one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tocsin {

/// Of one record.
inline constexpr std::size_t kDetailsBytesMax = 0xFFFF;

enum class Detail : std::uint8_t { kHost = 1, kSourceType, kIndex, kSenderId, kSenderTime, kPeer, kOrigin, kFields, kFileMark, kTruncated, kPollMark };

/// `details` begins at `from` in the string, which may hold others before. False, with nothing appended, if there is no room for it.
inline bool append_detail(std::string& bytes, Detail kind, std::string_view value, std::size_t from = 0) {
  if (value.size() > kDetailsBytesMax || bytes.size() - from + 3 + value.size() > kDetailsBytesMax) return false;
  append_number(bytes, static_cast<std::uint8_t>(kind));
  append_number(bytes, static_cast<std::uint16_t>(value.size()));
  bytes.append(value);
  return true;
}

/// "" if it is not there.
inline std::string_view detail(std::string_view details, Detail kind) {
  ByteReader reader(details);
  while (!reader.at_end()) {
    const auto found = reader.number<std::uint8_t>();
    const std::string_view value = reader.take(reader.number<std::uint16_t>());
    if (found == static_cast<std::uint8_t>(kind)) return value;
  }
  return {};
}

}  // namespace tocsin
