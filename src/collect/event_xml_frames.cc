#include "collect/event_xml_frames.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/record_stream.h"

namespace tocsin {

namespace {

constexpr std::string_view kBegin = "<Event", kEnd = "</Event>", kByteOrderMark = "\xEF\xBB\xBF";

bool ends_name(char c) { return c == '>' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool begins_with_element(std::string_view text, std::string_view element) {
  return text.starts_with(element) && text.size() > element.size() && ends_name(text[element.size()]);
}

std::string_view without_leading_blanks(std::string_view text) { return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())); }

}  // namespace

bool is_event_document(std::string_view head) {
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  head = without_leading_blanks(head);
  bool declared = false;
  if (head.starts_with("<?xml")) {
    const std::size_t end = head.find("?>");
    if (end == std::string_view::npos) return false;
    head = without_leading_blanks(head.substr(end + 2));
    declared = true;
  }
  if (begins_with_element(head, "<Events")) return true;
  if (!begins_with_element(head, kBegin)) return false;
  const std::size_t line = head.find('\n');
  return declared || (line != std::string_view::npos && head.find(kEnd) > line);
}

/// The next place where an event begins becomes the buffer's start; what stands before it goes.
bool EventXmlFrames::find_event() {
  for (std::size_t at = buffer_.find(kBegin, searched_); at != std::string::npos; at = buffer_.find(kBegin, at + 1)) {
    if (at + kBegin.size() == buffer_.size()) break;  // its name may go on
    if (!ends_name(buffer_[at + kBegin.size()])) continue;
    buffer_.erase(0, at);
    searched_ = kBegin.size();
    inside_ = true;
    return true;
  }
  if (buffer_.size() > kBegin.size()) buffer_.erase(0, buffer_.size() - kBegin.size());
  searched_ = 0;
  return false;
}

bool EventXmlFrames::end_event(ReceivedVisitor& visitor) {
  const std::size_t at = buffer_.find(kEnd, searched_);
  const std::size_t size = at == std::string::npos ? buffer_.size() : at + kEnd.size();
  if (size > kReceivedBytesMax) {  // a beginning without an end, most likely: the next one is looked for behind it
    ++counts_.damaged;
    inside_ = false;
    searched_ = kBegin.size();
    return true;
  }
  if (at == std::string::npos) {
    searched_ = std::max(searched_, buffer_.size() - std::min(buffer_.size(), kEnd.size()));
    return false;
  }
  std::ranges::replace_if(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(size), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  ++counts_.events;
  Received received;
  received.raw = std::string_view(buffer_).substr(0, size);
  visitor.record(received);
  buffer_.erase(0, size);
  searched_ = 0;
  inside_ = false;
  return true;
}

void EventXmlFrames::read(std::string_view bytes, ReceivedVisitor& visitor) {
  buffer_.append(bytes);
  while (inside_ ? end_event(visitor) : find_event()) {
  }
}

void EventXmlFrames::finish(ReceivedVisitor&) {
  if (inside_) ++counts_.damaged;
  inside_ = false;
  buffer_.clear();
  searched_ = 0;
}

std::unique_ptr<ByteStream> make_event_xml_stream(std::unique_ptr<ByteStream> source) {
  return std::make_unique<RecordStream<EventXmlFrames>>(std::move(source), std::make_unique<EventXmlFrames>(), [](const EventXmlFrames& frames) -> std::optional<Error> {
    if (frames.counts().damaged == 0) return std::nullopt;
    return Error{Code::kInvalid, fmt::format("export of events: {} are damaged (cut off, or longer than {} bytes)", frames.counts().damaged, kReceivedBytesMax)};
  });
}

}  // namespace tocsin
