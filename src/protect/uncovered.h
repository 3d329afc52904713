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
  /// False if there is nothing to uncover.
  bool of_text(std::string_view text);
  const std::string& text() const { return text_; }
  /// Where in the other text the byte at `at` begins, and where the byte before `at` ends.
  std::size_t from(std::size_t at) const;
  std::size_t to(std::size_t at) const { return at == 0 ? from(0) : end_of(at - 1); }

 private:
  /// Where one cover was: what it stands for is text_[at, next), the cover is [from, to) of the other text. All between two of them was copied.
  struct Cover {
    std::size_t at = 0, next = 0, from = 0, to = 0;
  };
  std::size_t end_of(std::size_t at) const;
  const Cover* before(std::size_t at) const;

  std::string text_;
  std::vector<Cover> covers_;  // in their order
  std::size_t size_ = 0;       // of the other text
};

/// Whether anything at `at` is to be uncovered: percent and two digits, a character of full width or of none.
bool is_cover(std::string_view text, std::size_t at);

/// Whether the first bytes of a run of base64 are of a text; of most words, digests and paths they are not.
bool begins_as_text(std::string_view run);
/// What a run of base64 says (RFC 4648, either alphabet), if that is text; UTF-16 becomes its ASCII. False if it is none, and `out` is rubbish.
bool base64_text(std::string_view run, std::string& out);

}  // namespace tocsin::protect
