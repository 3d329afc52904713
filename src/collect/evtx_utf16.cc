#include "collect/evtx_utf16.h"

#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tocsin {
namespace {

char* put(char* out, std::uint32_t code) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
    return out;
  }
  if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | (code >> 6));
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
    return out;
  }
  if (code < 0x10000) {
    *out++ = static_cast<char>(0xe0 | (code >> 12));
  } else {
    *out++ = static_cast<char>(0xf0 | (code >> 18));
    *out++ = static_cast<char>(0x80 | ((code >> 12) & 0x3f));
  }
  *out++ = static_cast<char>(0x80 | ((code >> 6) & 0x3f));
  *out++ = static_cast<char>(0x80 | (code & 0x3f));
  return out;
}

// ASCII from `at` on, in steps; stops before a step with anything else, or with a 0.
#if defined(__SSE2__)
std::uint32_t ascii(char*& out, EvtxBytes in, std::uint32_t at) {
  const auto load = [&](std::uint32_t from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in.data + from));
  };
  // Packing turns units of 80 to ff into themselves, larger ones into ff or (from 8000) into 0: all seen by
  // one test.
  const auto clean = [](__m128i packed) {
    const __m128i zero = _mm_cmpeq_epi8(packed, _mm_setzero_si128());
    return _mm_movemask_epi8(_mm_or_si128(packed, zero));
  };
  while (in.size - at >= 32) {
    const __m128i packed = _mm_packus_epi16(load(at), load(at + 16));
    if (clean(packed) != 0) return at;
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), packed);
    out += 16;
    at += 32;
  }
  if (in.size - at < 16) return at;
  const __m128i packed = _mm_packus_epi16(load(at), _mm_set1_epi16(1));
  if (clean(packed) != 0) return at;
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), packed);
  out += 8;
  return at + 16;
}
#else
std::uint32_t ascii(char*& out, EvtxBytes in, std::uint32_t at) {
  constexpr std::uint64_t ones = 0x0001000100010001;
  for (; in.size - at >= 8; at += 8) {
    const std::uint64_t four = in.u64(at);
    // Above 7f, or 0 (in which case subtracting one borrows into the high bits).
    if (((four | (four - ones)) & 0xff80 * ones) != 0) return at;
    for (int i = 0; i < 4; ++i) *out++ = static_cast<char>(four >> (16 * i));
  }
  return at;
}
#endif

bool is_high(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

// The code point at `at`, which moves behind it.
std::uint32_t next_code(EvtxBytes in, std::uint32_t& at) {
  const std::uint32_t unit = in.u16(at);
  at += 2;
  if (!is_high(unit) && !is_low(unit)) return unit;
  if (is_low(unit) || in.size - at < 2 || !is_low(in.u16(at))) return 0xfffd;
  const std::uint32_t low = in.u16(at);
  at += 2;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

// The White_Space character that ends at `end`, as its length in UTF-8; 0 if there is none.
std::uint32_t space_before(const char* begin, const char* end) {
  const auto size = end - begin;
  const auto byte = [&](int back) { return static_cast<std::uint8_t>(end[-back]); };
  if (size < 1) return 0;
  if (byte(1) == ' ' || (byte(1) >= 0x09 && byte(1) <= 0x0d)) return 1;
  if (size < 2) return 0;
  if (byte(2) == 0xc2 && (byte(1) == 0x85 || byte(1) == 0xa0)) return 2;
  if (size < 3) return 0;
  const std::string_view three(end - 3, 3);
  if (three == "\u1680" || three == "\u2028" || three == "\u2029" || three == "\u202f" || three == "\u205f" ||
      three == "\u3000") {
    return 3;
  }
  return three.substr(0, 2) == "\xe2\x80" && byte(1) >= 0x80 && byte(1) <= 0x8a ? 3 : 0;  // U+2000 to U+200A
}

constexpr std::uint16_t kWindows1252[32] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                            0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,   0x017d, 0x8f,
                                            0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                            0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

}  // namespace

char* evtx_utf8(char* out, EvtxBytes utf16) {
  utf16.size &= ~1u;
  while (utf16.size >= 2 && utf16.u16(utf16.size - 2) == 0) utf16.size -= 2;
  std::uint32_t at = 0;
  while (at < utf16.size) {
    at = ascii(out, utf16, at);
    // What stopped the fast steps, or the tail: up to 8 units, then try again.
    for (std::uint32_t unit = 0; unit < 8 && at < utf16.size; ++unit) {
      const std::uint32_t code = next_code(utf16, at);
      if (code == 0) return out;
      out = put(out, code);
    }
  }
  return out;
}

char* evtx_trim(char* begin, char* end) {
  while (const std::uint32_t size = space_before(begin, end)) end -= size;
  return end;
}

char* evtx_utf8_from_ansi(char* out, EvtxBytes ansi) {
  for (std::uint32_t at = 0; at < ansi.size; ++at) {
    const std::uint8_t byte = ansi.u8(at);
    if (byte != 0) out = put(out, byte >= 0x80 && byte < 0xa0 ? kWindows1252[byte - 0x80] : byte);
  }
  return out;
}

}  // namespace tocsin
