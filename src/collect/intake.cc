#include "collect/intake.h"

#include "base/bytes.h"

namespace tocsin {

namespace {

/// The kinds of details in docs/formats/journal.md.
enum : std::uint8_t { kHost = 1, kSourceType, kIndex, kSenderId, kSenderTime, kPeer, kOrigin, kFields };
constexpr std::size_t kDetailsBytesMax = 0xFFFF;

void add_detail(std::string& bytes, std::size_t from, std::uint8_t kind, std::string_view value) {
  if (value.empty() || bytes.size() - from + 3 + value.size() > kDetailsBytesMax) return;
  append_number(bytes, kind);
  append_number(bytes, static_cast<std::uint16_t>(value.size()));
  bytes.append(value);
}

}  // namespace

bool IntakeBatch::add(const Received& received, TimeUs when, std::string_view peer) {
  if (bytes_.size() + received.raw.size() + kDetailsBytesMax > kBytesMax) return false;
  Entry entry;
  entry.received = when;
  entry.from = static_cast<std::uint32_t>(bytes_.size());
  entry.raw_size = static_cast<std::uint32_t>(received.raw.size());
  bytes_.append(received.raw);
  const std::size_t details = bytes_.size();
  add_detail(bytes_, details, kHost, received.host);
  add_detail(bytes_, details, kSourceType, received.sourcetype);
  add_detail(bytes_, details, kIndex, received.index);
  add_detail(bytes_, details, kSenderId, received.id);
  add_detail(bytes_, details, kSenderTime, received.time);
  add_detail(bytes_, details, kPeer, peer);
  add_detail(bytes_, details, kOrigin, received.source);
  add_detail(bytes_, details, kFields, received.fields);
  entry.details_size = static_cast<std::uint32_t>(bytes_.size() - details);
  entries_.push_back(entry);
  return true;
}

}  // namespace tocsin
