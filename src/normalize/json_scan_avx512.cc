#if defined(__x86_64__)
#include <immintrin.h>

#include "normalize/json_scan_kernel.h"

namespace tocsin {

namespace {

inline BlockMasks masks(const char* at) {
  const __m512i c = _mm512_loadu_si512(at);
  const auto is = [](__m512i bytes, char wanted) { return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(wanted)); };
  const __m512i lower = _mm512_or_si512(c, _mm512_set1_epi8(0x20));  // [ ] become { }
  return {is(c, '\\'),
          is(c, '"'),
          is(lower, '{') | is(lower, '}') | is(c, ',') | is(c, ':'),
          is(c, ' ') | is(c, '\t') | is(c, '\n') | is(c, '\r'),
          _mm512_cmple_epu8_mask(c, _mm512_set1_epi8(0x1f)),
          _mm512_movepi8_mask(c),
          is(c, 'n') | is(c, 'r') | is(c, 't') | is(c, '/') | is(c, 'b') | is(c, 'f'),
          is(c, 'u')};
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
