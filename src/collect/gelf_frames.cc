#include "collect/gelf_frames.h"

namespace tocsin {

void GelfFrames::keep(std::string_view bytes) {
  held_.append(bytes.substr(0, kGelfFrameBytesMax - held_.size()));
  size_ += bytes.size();
}

void GelfFrames::read(std::string_view bytes, ReceivedVisitor& visitor) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) return keep(bytes);
    const std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (size_ == 0) {
      hand_on(text, text.size(), true, visitor);
    } else {
      keep(text);
      hand_on(held_, size_, true, visitor);
    }
  }
}

void GelfFrames::finish(ReceivedVisitor& visitor) { hand_on(held_, size_, false, visitor); }

/// `text` is all of it or, if that is longer, at least its first kGelfFrameBytesMax bytes.
void GelfFrames::hand_on(std::string_view text, std::size_t size, bool whole, ReceivedVisitor& visitor) {
  if (size == 0) return;
  Received received;
  received.raw = text.substr(0, kGelfFrameBytesMax);
  received.truncated = size > kGelfFrameBytesMax || !whole;
  ++counts_.frames;
  if (!whole) ++counts_.cut_off;
  if (size > kGelfFrameBytesMax) {
    ++counts_.truncated;
    counts_.skipped_bytes += size - kGelfFrameBytesMax;
  }
  visitor.record(received);
  // A connection that once had a long one keeps no room for another.
  if (held_.capacity() > kGelfHeldBytesKept) held_ = std::string();
  held_.clear();
  size_ = 0;
}

}  // namespace tocsin
