// Which of up to 64 bytes are digits and letters, as bits: for what looks at the surroundings of one place. Sixteen bytes at a time where SSE2 is (all of x86-64), else one. Pure.
//
//   LetterBits bits("ab1");
//   bits.digit          // 0b100
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "protect/words.h"

namespace tocsin::protect {

struct LetterBits {
  std::uint64_t digit = 0, upper = 0, lower = 0;
  std::uint64_t high = 0;  // not ASCII

  explicit LetterBits(std::string_view text) {
    text = text.substr(0, 64);
#if defined(__SSE2__)
    if (text.size() < 16) {
      alignas(16) char room[16] = {};
      std::memcpy(room, text.data(), text.size());
      take(room, 0);
      return;
    }
    for (std::size_t at = 0; at < text.size(); at += 16) take(text.data() + std::min(at, text.size() - 16), std::min(at, text.size() - 16));  // the last ones twice
#else
    for (std::size_t at = 0; at < text.size(); ++at) {
      const char c = text[at];
      digit |= std::uint64_t{is_digit(c)} << at;
      upper |= std::uint64_t{c >= 'A' && c <= 'Z'} << at;
      lower |= std::uint64_t{c >= 'a' && c <= 'z'} << at;
      high |= std::uint64_t{static_cast<unsigned char>(c) >= 0x80} << at;
    }
#endif
  }
  std::uint64_t alnum() const { return digit | upper | lower; }
  /// Where a new word begins inside of letters: userSsn, SSNValue. Not in "SSNs".
  std::uint64_t camel() const { return upper & (lower << 1 | (upper << 1 & lower >> 1 & lower >> 2)); }

 private:
#if defined(__SSE2__)
  static std::uint64_t between(__m128i c, char first, char last) {
    const __m128i above = _mm_sub_epi8(c, _mm_set1_epi8(first));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(last - first))), above)));
  }
  void take(const char* from, std::size_t at) {
    const __m128i c = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    digit |= between(c, '0', '9') << at;
    upper |= between(c, 'A', 'Z') << at;
    lower |= between(c, 'a', 'z') << at;
    high |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(c))) << at;
  }
#endif
};

}  // namespace tocsin::protect
