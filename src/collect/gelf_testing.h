// For tests: GELF as senders make it: chunks of a message, and how a message is packed (packed_testing.h). Pure.
//
//   for (const std::string& chunk : gelf_chunks("id", packed(text, kGzipBits), 1'388)) client.send(chunk);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collect/packed_testing.h"

namespace tocsin {

/// Window bits, for packed().
inline constexpr int kZlibBits = 15, kGzipBits = 31;

/// One chunk; the id is filled up to its eight bytes.
inline std::string gelf_chunk(std::string id, int number, int count, std::string_view part) {
  id.resize(8, '.');
  return "\x1e\x0f" + id + static_cast<char>(number) + static_cast<char>(count) + std::string(part);
}

/// A message in chunks of so many bytes.
inline std::vector<std::string> gelf_chunks(const std::string& id, std::string_view message, std::size_t size) {
  const auto count = static_cast<int>((message.size() + size - 1) / size);
  std::vector<std::string> chunks;
  for (int i = 0; i < count; ++i) chunks.push_back(gelf_chunk(id, i, count, message.substr(static_cast<std::size_t>(i) * size, size)));
  return chunks;
}

}  // namespace tocsin
