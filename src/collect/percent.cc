#include "collect/percent.h"

namespace tocsin {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_control(int byte) { return byte < 0x20 || byte == 0x7f; }

}  // namespace

bool percent_decode(std::string_view text, bool plus, std::string& out) {
  out.clear();
  for (std::size_t at = 0; at < text.size(); ++at) {
    int byte = static_cast<unsigned char>(text[at]);
    if (byte == '%') {
      if (at + 2 >= text.size()) return false;
      const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
      if (high < 0 || low < 0) return false;
      byte = high * 16 + low;
      at += 2;
    } else if (byte == '+' && plus) {
      byte = ' ';
    }
    if (is_control(byte)) return false;
    out += static_cast<char>(byte);
  }
  return true;
}

}  // namespace tocsin
