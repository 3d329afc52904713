// The lines of a mail, each with the bytes that end it, so that what is put together again is what was there. A longer line than kMailLineBytesMax comes in pieces; where they
// are cut does not depend on how the bytes were cut into reads. One object belongs to one input and one thread; it holds one piece at most.
//
//   MailLines lines;
//   while (read(bytes)) lines.read(bytes, [&](const MailLine& line) { … });
//   lines.finish(…);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

/// RFC 5322 allows 998 characters; base64 in one line, as some programs write it, has no bound.
inline constexpr std::size_t kMailLineBytesMax = 16 << 10;

struct MailLine {
  std::string_view text;
  std::string_view end;  // "\n", "\r\n", or "" where the line goes on or the input ends
  bool begins = true;    // this is the beginning of the line
};

class MailLines {
 public:
  template <class Take>
  void read(std::string_view bytes, Take&& take) {
    while (!bytes.empty()) {
      const std::size_t room = kMailLineBytesMax - rest_.size();
      const std::size_t end = bytes.substr(0, room).find('\n');
      if (end == std::string_view::npos && bytes.size() < room) {
        rest_.append(bytes);
        return;
      }
      const std::size_t size = end == std::string_view::npos ? room : end + 1;
      give(bytes.substr(0, size), take);
      bytes.remove_prefix(size);
    }
  }

  /// The input has ended: what was read of its last line is one too.
  template <class Take>
  void finish(Take&& take) {
    if (!rest_.empty()) give({}, take);
    begins_ = true;
  }

 private:
  template <class Take>
  void give(std::string_view bytes, Take&& take) {
    std::string_view text = bytes;
    if (!rest_.empty()) text = rest_.append(bytes);
    const std::size_t whole = text.size();
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.size() < whole && text.ends_with('\r')) text.remove_suffix(1);
    take(MailLine{text, std::string_view(text.data() + text.size(), whole - text.size()), begins_});
    begins_ = text.size() < whole;
    rest_.clear();
  }

  std::string rest_;
  bool begins_ = true;
};

}  // namespace tocsin
