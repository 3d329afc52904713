#include "collect/poll_mark.h"

#include <cstring>

#include "base/bytes.h"
#include "collect/poller_settings.h"

namespace tocsin {

namespace {

constexpr std::uint8_t kVersion = 1;

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, static_cast<std::uint16_t>(text.size()));
  bytes += text;
}

}  // namespace

std::string packed(const PollMark& mark) {
  std::string bytes;
  append_number(bytes, kVersion);
  append_text(bytes, mark.name);
  append_text(bytes, mark.cursor);
  append_number(bytes, mark.forget_before);
  append_number(bytes, static_cast<std::uint16_t>(mark.ids.size()));
  for (const auto& [id, time] : mark.ids) {
    bytes.append(id.data(), id.size());
    append_number(bytes, time);
  }
  return bytes;
}

std::optional<PollMark> unpacked_poll_mark(std::string_view bytes) {
  ByteReader reader(bytes);
  PollMark mark;
  if (reader.number<std::uint8_t>() != kVersion) return std::nullopt;
  mark.name = reader.take(reader.number<std::uint16_t>());
  mark.cursor = reader.take(reader.number<std::uint16_t>());
  mark.forget_before = reader.number<std::int64_t>();
  const auto ids = reader.number<std::uint16_t>();
  if (!reader.good() || ids > kPollMarkIdsMax || mark.name.empty() || mark.name.size() > kPollerNameBytesMax) return std::nullopt;
  if (mark.cursor.size() > kPollCursorBytesMax) return std::nullopt;
  for (std::uint16_t i = 0; i < ids; ++i) {
    PollId id{};
    const std::string_view taken = reader.take(id.size());
    const auto time = reader.number<std::int64_t>();
    if (!reader.good()) return std::nullopt;
    std::memcpy(id.data(), taken.data(), id.size());
    mark.ids.emplace_back(id, time);
  }
  if (!reader.good() || !reader.at_end()) return std::nullopt;
  return mark;
}

}  // namespace tocsin
