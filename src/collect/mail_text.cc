#include "collect/mail_text.h"

#include <unicode/ucnv.h>

#include <algorithm>

#include "base/openssl.h"
#include "base/text.h"
#include "collect/mail_coding.h"

namespace tocsin {

namespace {

using OwnConverter = std::unique_ptr<UConverter, Freed<ucnv_close>>;

/// Of an encoded word. RFC 2047 allows 75; some programs put a whole subject into one. Beyond it the search for its end would cost the square of the field.
constexpr std::size_t kWordBytesMax = 4 << 10;
/// What is converted at a time.
constexpr std::size_t kUnits = 1'024;

bool is_name(std::string_view charset) {
  const auto fits = [](unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == ':' || c == '+'; };
  return !charset.empty() && charset.size() <= kCharsetNameBytesMax && std::ranges::all_of(charset, fits) && charset.front() != '.';
}

bool is_utf8_name(std::string_view name) { return folded(name) == "utf-8" || folded(name) == "utf8" || folded(name) == "us-ascii"; }

}  // namespace

struct Charsets::Converter {
  std::string name;
  OwnConverter icu;

  void append(std::string_view bytes, std::string& text) {
    const char* from = bytes.data();
    const char* const end = from + bytes.size();
    char16_t units[kUnits];
    char32_t high = 0;
    ucnv_reset(icu.get());
    while (true) {
      char16_t* to = units;
      UErrorCode status = U_ZERO_ERROR;
      ucnv_toUnicode(icu.get(), &to, units + kUnits, &from, end, nullptr, true, &status);
      for (const char16_t* unit = units; unit < to; ++unit) {
        if (*unit >= 0xdc00 && *unit < 0xe000 && high != 0) {
          append_utf8(text, 0x10000 + ((high - 0xd800) << 10) + (*unit - 0xdc00));
          high = 0;
          continue;
        }
        if (high != 0) append_utf8(text, 0xfffd);
        high = *unit >= 0xd800 && *unit < 0xdc00 ? *unit : 0;
        if (high == 0) append_utf8(text, *unit);
      }
      if (status != U_BUFFER_OVERFLOW_ERROR) break;
    }
    if (high != 0) append_utf8(text, 0xfffd);
  }
};

Charsets::Charsets() : converter_(std::make_unique<Converter>()) {}
Charsets::~Charsets() = default;

bool Charsets::append(std::string_view bytes, std::string_view charset, std::string& text) {
  // UTF-8 stays as it is: a character may be cut between two words, and what is none is shown as such by whoever writes it.
  if (is_utf8_name(charset)) {
    text.append(bytes);
    return true;
  }
  if (!is_name(charset)) {
    text.append(bytes);
    return false;
  }
  if (converter_->name != charset || converter_->icu == nullptr) {
    UErrorCode status = U_ZERO_ERROR;
    converter_->name = charset;
    converter_->icu.reset(ucnv_open(converter_->name.c_str(), &status));
    if (U_FAILURE(status)) converter_->icu.reset();
  }
  if (converter_->icu == nullptr) {
    text.append(bytes);
    return false;
  }
  converter_->append(bytes, text);
  return true;
}

/// Takes an encoded word from the beginning of `rest` (=?charset?B or Q?text?=); false if there is none.
bool Charsets::word(std::string_view& rest, std::string& text) {
  const std::string_view head = rest.substr(0, kWordBytesMax);
  const std::size_t charset_end = head.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 3 > head.size() || head[charset_end + 2] != '?') return false;
  const char coding = static_cast<char>(head[charset_end + 1] | 0x20);
  const std::size_t from = charset_end + 3, end = head.find("?=", from);
  if (end == std::string_view::npos || (coding != 'b' && coding != 'q')) return false;
  const std::string_view charset = rest.substr(2, charset_end - 2), coded = rest.substr(from, end - from);
  if (charset.find_first_of(" \t") != std::string_view::npos) return false;
  std::string bytes;
  if (coding == 'b') {
    Base64Bytes().append(coded, bytes);
  } else {
    std::string spaced(coded);
    std::ranges::replace(spaced, '_', ' ');
    append_quoted_printable(spaced + "x", bytes);  // blanks at the end are meant here
    bytes.pop_back();
  }
  append(bytes, charset.substr(0, charset.find('*')), text);  // RFC 2231, 5: a language may follow
  rest.remove_prefix(end + 2);
  return true;
}

std::string Charsets::words(std::string_view value) {
  std::string text;
  bool after_word = false;
  while (!value.empty()) {
    const std::size_t at = std::min(value.find("=?"), value.size());
    const std::string_view before = value.substr(0, at);
    const std::size_t kept = text.size();
    if (!(after_word && before.find_first_not_of(" \t\r\n") == std::string_view::npos)) {
      text.append(before);
      after_word = false;
    }
    value.remove_prefix(at);
    if (value.empty()) {
      if (text.size() == kept) text.append(before);
      break;
    }
    if (word(value, text)) {
      after_word = true;
      continue;
    }
    if (after_word) text.append(before);
    text.append(value.substr(0, 2));
    value.remove_prefix(2);
    after_word = false;
  }
  return text;
}

}  // namespace tocsin
