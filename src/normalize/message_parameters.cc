#include "normalize/message_parameters.h"

#include <algorithm>

namespace tocsin::parameters {

namespace {

constexpr std::array<std::uint8_t, 256> make_bytes() {
  std::array<std::uint8_t, 256> bytes{};
  for (const char c : {' ', '\t', ',', ';', '=', '(', ')', '[', ']', '{', '}', '<', '>', '|', '"'}) bytes[static_cast<unsigned char>(c)] = kCut;
  bytes[static_cast<unsigned char>('"')] = kCut | kQuote;
  bytes[static_cast<unsigned char>('\'')] = kQuote;
  for (char c = '0'; c <= '9'; ++c) bytes[static_cast<unsigned char>(c)] = kDigit;
  for (const char c : {'/', '\\', '@'}) bytes[static_cast<unsigned char>(c)] = kMark;
  return bytes;
}

}  // namespace

constexpr std::array<std::uint8_t, 256> kBytes = make_bytes();

std::size_t quoted_end(std::string_view text, std::size_t at) {
  const std::size_t end = text.substr(0, at + 1 + std::min(text.size() - at - 1, kQuotedParameterBytesMax)).find(text[at], at + 1);
  return end == std::string_view::npos ? 0 : end;
}

std::string_view trimmed(std::string_view word) {
  while (!word.empty() && (word.back() == '.' || word.back() == ':' || word.back() == '!' || word.back() == '?' || word.back() == '\'')) word.remove_suffix(1);
  while (!word.empty() && (word.front() == ':' || word.front() == '\'' || word.front() == '#')) word.remove_prefix(1);
  return word;
}

}  // namespace tocsin::parameters
