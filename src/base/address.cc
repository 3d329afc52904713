#include "base/address.h"

#include <algorithm>
#include <cstring>

namespace tocsin {
namespace {

bool parse_v4(std::string_view text, std::uint8_t* address) {
  for (int i = 0; i < 4; ++i) {
    std::size_t size = 0;
    unsigned value = 0;
    while (size < text.size() && size < 4 && text[size] >= '0' && text[size] <= '9') {
      value = value * 10 + static_cast<unsigned>(text[size++] - '0');
    }
    if (size == 0 || value > 255 || (size > 1 && text[0] == '0')) return false;
    address[i] = static_cast<std::uint8_t>(value);
    text.remove_prefix(size);
    if (i == 3) return text.empty();
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
  }
  return false;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Groups up to the end or to "::"; the count of bytes written, or -1.
int parse_groups(std::string_view& text, std::uint8_t* out, int bytes_max) {
  int written = 0;
  while (!text.empty()) {
    const std::string_view group = text.substr(0, text.find(':'));
    if (group.find('.') != std::string_view::npos) {
      if (group.size() != text.size() || written + 4 > bytes_max || !parse_v4(group, out + written)) return -1;
      text = {};
      return written + 4;
    }
    if (group.empty() || group.size() > 4 || written + 2 > bytes_max) return -1;
    unsigned value = 0;
    for (const char c : group) {
      if (hex_value(c) < 0) return -1;
      value = value << 4 | static_cast<unsigned>(hex_value(c));
    }
    out[written++] = static_cast<std::uint8_t>(value >> 8);
    out[written++] = static_cast<std::uint8_t>(value & 0xFF);
    text.remove_prefix(group.size());
    if (text.empty() || text.starts_with("::")) return written;
    text.remove_prefix(1);
    if (text.empty()) return -1;
  }
  return written;
}

bool parse_v6(std::string_view text, std::uint8_t* address) {
  std::uint8_t head[16] = {}, tail[16] = {};
  const int head_size = text.starts_with("::") ? 0 : parse_groups(text, head, 16);
  if (head_size < 0) return false;
  std::memset(address, 0, 16);
  std::copy(head, head + head_size, address);
  if (text.empty()) return head_size == 16;
  text.remove_prefix(2);
  const int tail_size = parse_groups(text, tail, 14 - head_size);
  if (tail_size < 0 || !text.empty()) return false;
  std::copy(tail, tail + tail_size, address + 16 - tail_size);
  return true;
}

}  // namespace

bool parse_address(std::string_view text, std::uint8_t (&address)[16], bool& v6) {
  v6 = text.find(':') != std::string_view::npos;
  if (v6) return parse_v6(text, address);
  std::memset(address, 0, sizeof address);
  return parse_v4(text, address);
}

}  // namespace tocsin
