// What stands around a place in a text where an identifier may begin: whether a word begins and ends there, and which words stand before it. Looks at 64 bytes
// before the place and 64 behind it, however long the text is. Used by identifier_at and the finders it asks. One object per place and thread; nothing
// allocates, nothing fails. The text must outlive it.
//
//   Surroundings around("user_ssn=078051120", 9);
//   around.is_start() && around.is_end(9);      // true: a whole word
//   around.has_word("ssn|social security");     // true: it stands in the key
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "protect/word_filter.h"
#include "protect/words.h"

namespace tocsin::protect {

/// How a word begins: a hash of four characters, folded. Words end, and are divided, by a space. Nothing is told apart behind a byte that is not ASCII.
inline constexpr std::size_t kBeginnings = 4096;
struct FourCharacters {
  std::array<char, 4> characters = {' ', ' ', ' ', ' '};
  std::size_t size = 0;

  constexpr void add(char c) {
    if (size == 4 || (size > 1 && characters[size - 1] == '\x7f')) return;
    if (size > 0 && is_digit(c)) c = '0';
    if (size > 0 && static_cast<unsigned char>(c) >= 0x80) c = '\x7f';
    characters[size++] = c;
  }
  constexpr std::uint16_t beginning() const {
    std::uint32_t hash = 0;
    for (const char c : characters) hash = hash * 37u + static_cast<unsigned char>(c);
    return static_cast<std::uint16_t>((hash ^ hash >> 12) % kBeginnings);
  }
};

/// Calls visit(beginning) for each way in which a word of a list may begin in a text: its spaces may be missing, and behind its end an s, a digit or both may stand.
template <class Visit>
constexpr void for_each_beginning(std::string_view word, Visit visit, FourCharacters so_far = {}) {
  for (; !word.empty() && so_far.size < 4; word.remove_prefix(1)) {
    if (word[0] == ' ') for_each_beginning(word.substr(1), visit, so_far);
    so_far.add(word[0]);
  }
  visit(so_far.beginning());
  if (!word.empty() || so_far.size == 4) return;
  for (const std::string_view more : {"s", "0", "\x80", "0\x80", "s0", "s\x80"}) {
    FourCharacters longer = so_far;
    for (const char c : more) longer.add(c);
    visit(longer.beginning());
  }
}

/// Calls visit(beginning) for all of them, divided by '|'.
template <class Visit>
constexpr void for_each_beginning_of(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    for_each_beginning(words.substr(0, bar), visit);
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
}

/// Words of at least two bytes, in lower case, divided by '|'.
struct WordList {
  constexpr WordList(std::string_view all) : words(all) {
    for_each_beginning_of(all, [this](std::uint16_t beginning) { begins[beginning / 64u] |= std::uint64_t{1} << beginning % 64u; });
  }
  constexpr WordList(const char* all) : WordList(std::string_view(all)) {}
  constexpr bool has(std::uint16_t beginning) const { return (begins[beginning / 64u] >> beginning % 64u & 1) != 0; }

  std::string_view words;
  std::array<std::uint64_t, kBeginnings / 64> begins = {};
};

/// Adds the first word of each of a list, as a text may have it: with the next one joined to it, or an s or a digit.
void add_words(const WordList& list, WordFilter& filter);

class Surroundings {
 public:
  static constexpr std::size_t kBytes = 64;

  /// `filter`, if there is one, has all words that will be asked for (add_words); without `has_words` none of them is there.
  Surroundings(std::string_view text, std::size_t at, const WordFilter* filter = nullptr, bool has_words = true)
      : text_(text), at_(at), ahead_(text.substr(at, kBytes)), filter_(filter), is_begun_(!has_words) {}

  /// From the place on, cut at kBytes.
  std::string_view ahead() const { return ahead_; }
  /// Whether an identifier can begin here: not inside of a word, a fraction, a time, a date, a UUID, a telephone number or a negative number.
  bool is_start() const;
  /// Whether it can be over after `length` bytes.
  bool is_end(std::size_t length) const;
  /// Whether one of `list` stands before the place, as a word or as part of a key: "ssn" in user_ssn, "SSNs:" and userSsn. A space
  /// in a word stands for anything between two words, or nothing. Accents do not count, nor does case.
  bool has_word(const WordList& list);
  /// False if it is known that no word is there.
  bool has_words() const { return !is_begun_ || begins_size_ != 0; }
  /// How all words before the place begin: of most lists there is none.
  std::span<const std::uint16_t> beginnings();
  /// Whether this is a stretch of a table or dump: two more groups of four hexadecimal digits beside it, with `separator` between them.
  bool is_in_dump(std::size_t length, char separator) const;

 private:
  std::string_view before() const;
  void fold();
  void begin();
  void begin_folded();
  std::string_view folded() const { return {folded_.data(), folded_size_}; }

  std::string_view text_;
  std::size_t at_;
  std::string_view ahead_;
  const WordFilter* filter_;
  bool is_folded_ = false, is_begun_;
  std::array<char, 2 * kBytes> folded_;  // written when a word is first asked for
  std::size_t folded_size_ = 0;
  std::array<std::uint16_t, 2 * kBytes> begins_;  // of each word two, where it is shorter than four characters
  std::size_t begins_size_ = 0;
};

}  // namespace tocsin::protect
