// Ways in which personal data hides in a text without being hidden: digits and letters of full width, characters of no width, percent-encoding, base64. Uncovered makes the text as it was meant, and
// knows for each of its bytes where it came from, so that what is found in it can be shown where it stands. It belongs to one thread and keeps its memory from one text to the next.
//
//   Uncovered plain;
//   if (plain.of_text(text)) … plain.text() … plain.from(at) …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::protect {

/// A run of base64 is decoded up to this size, and from this size on: what is shorter is a word.
inline constexpr std::size_t kBase64BytesMax = 64u << 10, kBase64BytesMin = 16;

class Uncovered {
 public:
  /// False if there is nothing to uncover, which is told quickly.
  bool of_text(std::string_view text);
  const std::string& text() const { return text_; }
  /// Where in the other text the byte at `at` begins, and where the byte before `at` ends.
  std::size_t from(std::size_t at) const { return from_[at]; }
  std::size_t to(std::size_t at) const { return at == 0 ? from_[0] : to_[at - 1]; }

 private:
  void put(char byte, std::size_t from, std::size_t to);

  std::string text_;
  std::vector<std::size_t> from_, to_;  // by byte of text_; from_ has one more
};

/// What a run of base64 says (RFC 4648, either alphabet), if that is text; UTF-16 becomes its ASCII. "" if it is none.
std::string base64_text(std::string_view run);

}  // namespace tocsin::protect
