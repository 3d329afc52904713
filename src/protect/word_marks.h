// Does a word that could name a number stand near before it? Of most numbers in logs none does, and then only what is written as nothing else is can be an identifier or a phone number: identifiers.h and phone.h are asked
// that alone. Each byte of a text is looked at once, however many numbers stand behind it, and none but those before numbers.
//
// Yes may be wrong, no is not: no word in the 64 bytes before the place passes the filter with which surroundings.h or phone_words.h look there. One object for a text and a thread, asked for places in their order; a place
// that lies a few bytes before the last one may be answered yes too often. Allocates nothing, cannot fail. The text must outlive it.
//
//   WordMarks marks("sent 4096 bytes, ssn 078051120");
//   marks.before(5)       // 0
//   marks.before(21)      // kNamesIdentifier
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::protect {

/// What a word may be, as bits.
enum WordMark : std::uint8_t { kNamesIdentifier = 1, kNamesPhone = 2 };

class WordMarks {
 public:
  explicit WordMarks(std::string_view text) : text_(text) {}
  std::uint8_t before(std::size_t at);

 private:
  void read(std::size_t from, std::size_t to);

  std::string_view text_;
  std::size_t read_to_ = 0;
  std::size_t behind_identifier_ = 0, behind_phone_ = 0;  // behind the place at which the last such word begins; 0: there is none
};

}  // namespace tocsin::protect
