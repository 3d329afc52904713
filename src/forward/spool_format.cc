#include "forward/spool_format.h"

#include <zlib.h>

#include "base/bytes.h"

namespace tocsin::forward {

namespace {

enum Kind : std::uint8_t { kBatch = 1, kMarks };

void append_mark(std::string& out, std::string_view key, std::string_view mark) {
  append_number(out, static_cast<std::uint8_t>(key.size()));
  out += key;
  append_number(out, static_cast<std::uint32_t>(mark.size()));
  out += mark;
}

/// The head gets what is known once the payload is there.
void close_frame(std::string& out, std::size_t from) {
  const std::string_view payload = std::string_view(out).substr(from + kSpoolHeadBytes);
  const auto size = static_cast<std::uint32_t>(payload.size());
  const std::uint32_t check = spool_checksum(payload);
  std::memcpy(out.data() + from, &size, sizeof size);
  std::memcpy(out.data() + from + sizeof size, &check, sizeof check);
}

std::size_t open_frame(std::string& out, Kind kind, std::uint64_t number) {
  const std::size_t from = out.size();
  out.append(kSpoolHeadBytes, '\0');
  append_number(out, static_cast<std::uint8_t>(kind));
  append_number(out, number);
  return from;
}

bool read_mark(ByteReader& reader, SpoolPayload& payload) {
  const std::string_view key = reader.take(reader.number<std::uint8_t>());
  const std::string_view mark = reader.take(reader.number<std::uint32_t>());
  if (!reader.good() || key.size() > kSpoolKeyBytesMax || mark.size() > kSpoolMarkBytesMax) return false;
  if (!key.empty()) payload.marks[key] = mark;
  return true;
}

bool read_records(ByteReader& reader, std::size_t payload_bytes, SpoolPayload& payload) {
  const auto count = reader.number<std::uint32_t>();
  if (!reader.good() || count == 0 || count > reader.rest().size() / sizeof(std::uint32_t)) return false;
  std::uint64_t at = payload_bytes - reader.rest().size() + count * sizeof(std::uint32_t);
  payload.places.reserve(count + 1);
  payload.places.push_back(static_cast<std::uint32_t>(at));
  for (std::uint32_t i = 0; i < count; ++i) {
    at += reader.number<std::uint32_t>();
    if (at > payload_bytes) return false;
    payload.places.push_back(static_cast<std::uint32_t>(at));
  }
  return at == payload_bytes;
}

}  // namespace

std::uint32_t spool_checksum(std::string_view payload) {
  return static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(payload.data()), payload.size()));
}

bool append_batch_frame(std::string& out, std::uint64_t first, const SpoolBatch& batch) {
  std::size_t bytes = 64 + batch.key.size() + batch.mark.size() + batch.records.size() * sizeof(std::uint32_t);
  for (const std::string_view record : batch.records) bytes += record.size();
  if (bytes > kSpoolFrameBytesMax || batch.key.size() > kSpoolKeyBytesMax || batch.mark.size() > kSpoolMarkBytesMax) return false;
  out.reserve(out.size() + bytes);
  const std::size_t from = open_frame(out, kBatch, first);
  append_mark(out, batch.key, batch.mark);
  append_number(out, static_cast<std::uint32_t>(batch.records.size()));
  for (const std::string_view record : batch.records) append_number(out, static_cast<std::uint32_t>(record.size()));
  for (const std::string_view record : batch.records) out += record;
  close_frame(out, from);
  return true;
}

void append_marks_frame(std::string& out, std::uint64_t next, const std::map<std::string, std::string>& marks) {
  const std::size_t from = open_frame(out, kMarks, next);
  append_number(out, static_cast<std::uint32_t>(marks.size()));
  for (const auto& [key, mark] : marks) append_mark(out, key, mark);
  close_frame(out, from);
}

Result<SpoolPayload> read_spool_payload(std::string_view bytes) {
  const Error wrong{Code::kInvalid, "this is no frame of a spool"};
  ByteReader reader(bytes);
  SpoolPayload payload;
  const auto kind = reader.number<std::uint8_t>();
  payload.first = reader.number<std::uint64_t>();
  if (payload.first > kSpoolNumberMax) return wrong;
  payload.is_batch = kind == kBatch;
  if (payload.is_batch) {
    if (!read_mark(reader, payload) || !read_records(reader, bytes.size(), payload) || payload.first + payload.records() > kSpoolNumberMax) return wrong;
    return payload;
  }
  const auto count = reader.number<std::uint32_t>();
  if (kind != kMarks || !reader.good() || count > kSpoolMarksMax) return wrong;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read_mark(reader, payload)) return wrong;
  }
  if (!reader.good() || !reader.at_end()) return wrong;
  return payload;
}

}  // namespace tocsin::forward
