#if defined(__x86_64__)
#include <immintrin.h>

#include "normalize/json_scan_kernel.h"

namespace tocsin {

namespace {

/// What a byte can be, a bit each.
enum : unsigned char { kBackslash = 1, kQuote = 2, kOp = 4, kSpace = 8, kControl = 16, kEscapable = 32, kU = 64 };

/// The kinds of the 128 ASCII bytes, which one instruction (VBMI's permutation of two registers) looks up for 64 bytes at once.
struct Kinds {
  alignas(64) unsigned char of[128] = {};
  constexpr Kinds() {
    for (int c = 0; c < 0x20; ++c) of[c] |= kControl;
    mark(" \t\n\r", kSpace);
    mark("{}[],:", kOp);
    mark("nrt/bf", kEscapable);
    mark("\\", kBackslash);
    mark("\"", kQuote);
    mark("u", kU);
  }
  constexpr void mark(const char* bytes, unsigned char kind) {
    for (; *bytes != 0; ++bytes) of[static_cast<unsigned char>(*bytes)] |= kind;
  }
};
constexpr Kinds kKinds;

inline BlockMasks masks(const char* at) {
  const __m512i c = _mm512_loadu_si512(at);
  const __mmask64 high = _mm512_movepi8_mask(c);
  const __m512i kinds = _mm512_maskz_permutex2var_epi8(~high, _mm512_load_si512(kKinds.of), c, _mm512_load_si512(kKinds.of + 64));
  const auto is = [&](char kind) { return _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kind)); };
  return {is(kBackslash), is(kQuote), is(kOp), is(kSpace), is(kControl), high, is(kEscapable), is(kU)};
}

/// As write_positions: the numbers of the set bits, packed together by VBMI2, sixteen widened at a time.
inline std::uint32_t* write_compressed(std::uint32_t* out, std::uint32_t base, std::uint64_t bits) {
  const int found = __builtin_popcountll(bits);
  const __m512i numbers = _mm512_set_epi64(0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928, 0x2726252423222120,
                                           0x1f1e1d1c1b1a1918, 0x1716151413121110, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
  __m512i packed = _mm512_maskz_compress_epi8(bits, numbers);
  const __m512i offset = _mm512_set1_epi32(static_cast<int>(base));
  for (int done = 0;;) {
    const __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
    _mm512_storeu_si512(out + done, _mm512_add_epi32(wide, offset));
    done += 16;
    if (done >= found) [[likely]] break;
    packed = _mm512_alignr_epi64(_mm512_setzero_si512(), packed, 2);
  }
  return out + found;
}

}  // namespace

JsonScan json_scan_avx512(const char* text, std::size_t size, std::uint32_t* index) {
  return scan_blocks<masks, write_compressed>(text, size, index);
}

}  // namespace tocsin
#endif
