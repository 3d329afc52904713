// What stands around a place in a text where an identifier may begin: whether a word begins and ends there, and which words stand before it. Looks at 64 bytes
// before the place and 64 behind it, however long the text is. Used by identifier_at and the finders it asks. One object per place and thread; nothing
// allocates, nothing fails. The text must outlive it.
//
//   Surroundings around("user_ssn=078051120", 9);
//   around.is_start() && around.is_end(9);      // true: a whole word
//   around.has_word("ssn|social security");     // true: it stands in the key
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tocsin::protect {

class Surroundings {
 public:
  static constexpr std::size_t kBytes = 64;

  Surroundings(std::string_view text, std::size_t at) : text_(text), at_(at), ahead_(text.substr(at, kBytes)) {}

  /// From the place on, cut at kBytes.
  std::string_view ahead() const { return ahead_; }
  /// Whether an identifier can begin here: not inside of a word, a fraction, a time, a date, a UUID, a telephone number or a negative number.
  bool is_start() const;
  /// Whether it can be over after `length` bytes.
  bool is_end(std::size_t length) const;
  /// Whether one of `words` (lower case, divided by '|') stands before the place, as a word or as part of a key: "ssn" in user_ssn, "SSNs:" and userSsn. A space
  /// in a word stands for anything between two words, or nothing. Accents do not count, nor does case.
  bool has_word(std::string_view words);
  /// Whether this is a stretch of a table or dump: two more groups of four hexadecimal digits beside it, with `separator` between them.
  bool is_in_dump(std::size_t length, char separator) const;

 private:
  void fold();
  std::string_view folded() const { return {folded_.data(), folded_size_}; }

  std::string_view text_;
  std::size_t at_;
  std::string_view ahead_;
  bool is_folded_ = false;
  std::array<char, 2 * kBytes> folded_;  // written when a word is first asked for
  std::size_t folded_size_ = 0;
};

}  // namespace tocsin::protect
