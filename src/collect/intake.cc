#include "collect/intake.h"

#include <utility>

#include "event/details.h"

namespace tocsin {

bool IntakeBatch::add(const Received& received, TimeUs when, std::string_view peer) {
  if (bytes_.size() + received.raw.size() + kDetailsBytesMax > kBytesMax) return false;
  Entry entry;
  entry.received = when;
  entry.from = static_cast<std::uint32_t>(bytes_.size());
  entry.raw_size = static_cast<std::uint32_t>(received.raw.size());
  bytes_.append(received.raw);
  const std::size_t details = bytes_.size();
  const std::pair<Detail, std::string_view> said[] = {
      {Detail::kHost, received.host},     {Detail::kSourceType, received.sourcetype}, {Detail::kIndex, received.index},
      {Detail::kSenderId, received.id},   {Detail::kSenderTime, received.time},       {Detail::kPeer, peer},
      {Detail::kOrigin, received.source}, {Detail::kFields, received.fields}, {Detail::kFileMark, received.file_mark},
      {Detail::kPollMark, received.poll_mark},
      {Detail::kTruncated, received.truncated ? "1" : ""}};
  for (const auto& [kind, value] : said) {
    if (!value.empty()) append_detail(bytes_, kind, value, details);
  }
  entry.details_size = static_cast<std::uint32_t>(bytes_.size() - details);
  entries_.push_back(entry);
  return true;
}

}  // namespace tocsin
