// A value of the query language with its wildcards (docs/formats/query.md), asked of whole texts without regard to case: what text_matches() of
// the SQL is. Made once, then asked of millions of texts: it allocates nothing per text and copies a text only where it has to be folded. Immutable,
// safe from any thread.
//
//   const TextPattern pattern(read_wild("*\\cmd.exe"));
//   if (pattern.matches(text, scratch)) …
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"

namespace tocsin::store {

/// '*', '?', and a backslash before one of these or before a backslash; everything else is itself.
WildString read_wild(std::string_view written);
/// The other way round: read_wild() of it is `wild` again.
std::string write_wild(const WildString& wild);

/// A folded text, and how it is found in one that is not: bytes are compared after `cases` has been set in them, the bit by which ASCII
/// letters differ from their capitals.
class FoldedLiteral {
 public:
  explicit FoldedLiteral(std::string folded);

  std::size_t size() const { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }
  /// Not beyond the end of `text`.
  bool stands_at(const char* place) const;
  /// The first place from `from` on, at most the size of the text, or npos.
  std::size_t find(std::string_view text, std::size_t from) const;

 private:
  std::size_t find_one_by_one(std::string_view text, std::size_t from) const;
  std::size_t find_in_blocks(std::string_view text, std::size_t from) const;

  std::string bytes_, cases_;
  std::size_t rarest_ = 0, rare_ = 0;  // the two places of it that are seldom met
};

class TextPattern {
 public:
  explicit TextPattern(const WildString& wild);

  /// Of `text`, which is valid UTF-8; what of `scratch` is used is written before. Takes time in proportion to the text, times the length of a
  /// literal where the text is made for that.
  bool matches(std::string_view text, std::string& scratch) const;

 private:
  /// So many characters, whatever they are, and then the literal, which may be empty behind the last of them.
  struct Part {
    std::size_t ones = 0;
    FoldedLiteral literal;
  };
  using Piece = std::vector<Part>;  // what stands between two gaps

  static std::size_t end_of(const Piece& piece, std::size_t first, std::string_view text, std::size_t at);
  static std::size_t begin_of(const Piece& piece, std::string_view text);
  static std::size_t find(const Piece& piece, std::string_view text, std::size_t at);
  bool walk(std::string_view text) const;

  std::vector<Piece> pieces_;
  bool ascii_ = true;       // its literals
  bool has_k_or_s_ = false;  // which other characters than ASCII fold to
};

}  // namespace tocsin::store
