// The two loops that touch every byte, against their slow twins: the checksum and the text.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <iterator>
#include <random>
#include <string>

#include "collect/evtx_crc32.h"
#include "collect/evtx_utf16.h"

namespace tocsin {
namespace {

TEST(EvtxBytes, Crc32IsThatOfZlib) {
  std::mt19937 random(1);
  std::string bytes(3000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  for (std::uint32_t size = 0; size < 700; ++size) {
    const std::uint32_t at = size % 17, start = size % 3 == 0 ? 0 : static_cast<std::uint32_t>(random());
    EXPECT_EQ(evtx_crc32(start, {data + at, size}), ::crc32(start, data + at, size)) << size;
  }
}

// One character at a time, to UTF-8.
std::string slow_utf8(const std::string& utf16) {
  std::string out;
  for (std::size_t at = 0; at + 1 < utf16.size(); at += 2) {
    const auto unit = [&](std::size_t from) -> std::uint32_t {
      return from + 1 < utf16.size()
                 ? static_cast<std::uint8_t>(utf16[from]) | static_cast<std::uint8_t>(utf16[from + 1]) << 8
                 : 0;
    };
    std::uint32_t code = unit(at);
    if (code == 0) break;
    const bool pair = code >= 0xd800 && code < 0xdc00 && unit(at + 2) >= 0xdc00 && unit(at + 2) < 0xe000;
    if (pair) {
      code = 0x10000 + ((code - 0xd800) << 10) + (unit(at + 2) - 0xdc00);
      at += 2;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = 0xfffd;
    }
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else {
      const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      out += static_cast<char>((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | (code >> (6 * more)));
      for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
    }
  }
  return out;
}

TEST(EvtxBytes, Utf16IsDecodedAsOneByOne) {
  std::mt19937 random(2);
  static constexpr std::uint16_t kOdd[] = {0,      0x7f,   0x80,   0xff,   0x100,  0x7ff, 0x800,
                                           0xd800, 0xdbff, 0xdc00, 0xdfff, 0xffff, 0x8000};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    const std::size_t size = random() % 70;
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint16_t unit =
          random() % 24 == 0 ? kOdd[random() % std::size(kOdd)] : static_cast<std::uint16_t>(1 + random() % 0x7f);
      text += {static_cast<char>(unit), static_cast<char>(unit >> 8)};
    }
    if (random() % 8 == 0) text += 'x';
    std::string out(text.size() * 3 / 2 + 3, '!');
    char* end = evtx_utf8(
        out.data(), {reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::uint32_t>(text.size())});
    out.resize(static_cast<std::size_t>(end - out.data()));
    ASSERT_EQ(out, slow_utf8(text)) << round;
  }
}

TEST(EvtxBytes, WhiteSpaceAtTheEndGoes) {
  for (const std::string space : {" ", "\t", "\r\n", "\u0085", "\u00a0", "\u1680", "\u2000", "\u200a", "\u2028",
                                  "\u2029", "\u202f", "\u205f", "\u3000"}) {
    std::string text = "a b" + space + space;
    EXPECT_EQ(evtx_trim(text.data(), text.data() + text.size()) - text.data(), 3) << space;
  }
  for (std::string text : {"a\u200b", "a\u202e", "\u00e4", "a\x1f"}) {
    EXPECT_EQ(evtx_trim(text.data(), text.data() + text.size()), text.data() + text.size()) << text;
  }
}

}  // namespace
}  // namespace tocsin
