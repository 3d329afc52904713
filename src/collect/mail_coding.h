// The encodings of a part's body (RFC 2045, 6), undone while it comes. One object belongs to one part and one thread. Nothing fails: what is odd is passed over, as
// mail programs do, since what they show is what counts.
//
//   Base64Bytes base64;
//   base64.append(line, bytes);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

/// base64: what is outside of its alphabet is passed over, and padding is its end (6.8).
class Base64Bytes {
 public:
  void append(std::string_view text, std::string& bytes);

 private:
  std::uint32_t bits_ = 0;
  int have_ = 0;      // bits of bits_ that stand for no byte yet
  int digits_ = 0;    // of the group of four
  int padding_ = 0;
  bool ended_ = false;
};

/// One line of quoted-printable (6.7), without its end; blanks before the end are no part of it. False: it ends in a soft line break, so its end does not count.
bool append_quoted_printable(std::string_view line, std::string& bytes);

/// The value of a hexadecimal digit in either case; -1: none.
int hex_digit(char c);

}  // namespace tocsin
