#include "collect/mail_coding.h"

#include <array>

namespace tocsin {

namespace {

constexpr std::int8_t kNoDigit = -1;

constexpr std::array<std::int8_t, 256> base64_digits() {
  std::array<std::int8_t, 256> digits{};
  for (auto& digit : digits) digit = kNoDigit;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return digits;
}

constexpr std::array<std::int8_t, 256> kDigits = base64_digits();

}  // namespace

void Base64Bytes::append(std::string_view text, std::string& bytes) {
  if (ended_) return;
  for (const char c : text) {
    const std::int8_t digit = kDigits[static_cast<unsigned char>(c)];
    if (digit == kNoDigit) {
      if (c == '=' && digits_ >= 2 && digits_ + ++padding_ >= 4) {
        ended_ = true;
        return;
      }
      continue;
    }
    padding_ = 0;
    digits_ = (digits_ + 1) % 4;
    bits_ = bits_ << 6 | static_cast<std::uint32_t>(digit);
    have_ += 6;
    if (have_ < 8) continue;
    have_ -= 8;
    bytes += static_cast<char>(bits_ >> have_ & 0xff);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool append_quoted_printable(std::string_view line, std::string& bytes) {
  const std::size_t last = line.find_last_not_of(" \t");
  line = last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
  bool ends = true;
  if (line.ends_with('=')) {
    line.remove_suffix(1);
    ends = false;
  }
  while (!line.empty()) {
    const std::size_t plain = std::min(line.find('='), line.size());
    bytes.append(line.substr(0, plain));
    line.remove_prefix(plain);
    if (line.empty()) break;
    const int high = line.size() > 2 ? hex_digit(line[1]) : -1, low = line.size() > 2 ? hex_digit(line[2]) : -1;
    const bool is_byte = high >= 0 && low >= 0;
    bytes += is_byte ? static_cast<char>(high << 4 | low) : '=';
    line.remove_prefix(is_byte ? 3 : 1);
  }
  return ends;
}

}  // namespace tocsin
