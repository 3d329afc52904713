// The frame of what the service and the processes that it starts say to each other: u32 size of the payload, u8 kind, payload (docs/formats/ingest.md). Pure.
//
//   return framed_message(IngestKind::kStop, [](std::string&) {});
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "pipeline/ingest_messages.h"

namespace tocsin {

/// The payload is put behind the head, which then gets its size.
template <class Kind, class Write>
std::string framed_message(Kind kind, Write write) {
  std::string bytes;
  append_number(bytes, std::uint32_t{0});
  append_number(bytes, static_cast<std::uint8_t>(kind));
  write(bytes);
  const auto size = static_cast<std::uint32_t>(bytes.size() - kIngestHeadBytes);
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes;
}

}  // namespace tocsin
