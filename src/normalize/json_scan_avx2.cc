#if defined(__x86_64__)
#include <immintrin.h>

#include "normalize/json_scan_kernel.h"

namespace tocsin {

namespace {

inline std::uint64_t bits(__m256i mask) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(mask)); }

/// For the low half of a byte, the one ASCII character with it that is of a kind (vpshufb looks up 32 at once); 0xFF, which equals none, where there is none.
inline __m256i kind(char c0, char c1, char c2, char c3, char c4, char c5, char c6, char c7, char c8, char c9, char ca, char cb, char cc, char cd, char ce, char cf) {
  const __m128i half = _mm_setr_epi8(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, ca, cb, cc, cd, ce, cf);
  return _mm256_broadcastsi128_si256(half);
}

inline BlockMasks half(const char* at) {
  constexpr char kNone = '\xFF';
  const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const auto is = [c](char wanted) { return _mm256_cmpeq_epi8(c, _mm256_set1_epi8(wanted)); };
  const __m256i spaces = kind(' ', kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, '\t', '\n', kNone, kNone, '\r', kNone, kNone);
  const __m256i ops = kind(kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone, ':', '{', ',', '}', kNone, kNone);
  const __m256i letters = kind(kNone, kNone, 'b', kNone, 't', kNone, 'f', kNone, kNone, kNone, kNone, kNone, kNone, kNone, 'n', '/');
  const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(c, _mm256_set1_epi8(0x1f)), c);
  // Of bytes beyond ASCII vpshufb makes 0. [ and ] become { and }, but two control characters become : and a comma.
  const __m256i lower = _mm256_or_si256(c, _mm256_set1_epi8(0x20));
  const __m256i op = _mm256_andnot_si256(control, _mm256_cmpeq_epi8(lower, _mm256_shuffle_epi8(ops, c)));
  const __m256i space = _mm256_cmpeq_epi8(c, _mm256_shuffle_epi8(spaces, c));
  const __m256i escapable = _mm256_or_si256(_mm256_cmpeq_epi8(c, _mm256_shuffle_epi8(letters, c)), is('r'));
  return {bits(is('\\')), bits(is('"')), bits(op), bits(space), bits(control), bits(c), bits(escapable), bits(is('u'))};
}

inline BlockMasks masks(const char* at) {
  const BlockMasks a = half(at), b = half(at + 32);
  return {a.backslash | b.backslash << 32, a.quote | b.quote << 32,     a.op | b.op << 32,
          a.space | b.space << 32,         a.control | b.control << 32, a.high | b.high << 32,
          a.escapable | b.escapable << 32, a.u | b.u << 32};
}

}  // namespace

JsonScan json_scan_avx2(const char* text, std::size_t size, std::uint32_t* index) {
  return scan_blocks<masks, write_positions>(text, size, index);
}

}  // namespace tocsin
#endif
