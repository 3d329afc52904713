// Text of a mail in any character set as UTF-8, by ICU, and what the words of a header mean: encoded words (RFC 2047) and extended parameters (RFC 2231). A Charsets
// remembers the converter of the last set; it belongs to one thread. Nothing fails: bytes that are not of the set that is named become U+FFFD, and of a set that nobody knows
// the bytes stay as they are, which is right for ASCII and UTF-8.
//
//   Charsets charsets;
//   charsets.append("Caf\xe9", "iso-8859-1", text);       // Café
//   charsets.words("=?utf-8?q?Caf=C3=A9?=")
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tocsin {

/// The longest name of a character set that is registered has 45.
inline constexpr std::size_t kCharsetNameBytesMax = 64;

class Charsets {
 public:
  Charsets();
  ~Charsets();
  Charsets(const Charsets&) = delete;
  Charsets& operator=(const Charsets&) = delete;

  /// False if the set is not known; "" is not, either.
  bool append(std::string_view bytes, std::string_view charset, std::string& text);
  /// The value of a field with what its encoded words mean; blanks between two of them go. What is no encoded word stays.
  std::string words(std::string_view value);

 private:
  struct Converter;
  bool word(std::string_view& rest, std::string& text);
  std::unique_ptr<Converter> converter_;
};

}  // namespace tocsin
