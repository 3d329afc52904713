#if defined(__x86_64__)
#include <immintrin.h>

#include "normalize/json_scan_kernel.h"

namespace tocsin {

namespace {

inline std::uint64_t bits(__m256i mask) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(mask)); }

inline BlockMasks half(const char* at) {
  const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const auto is = [c](char wanted) { return _mm256_cmpeq_epi8(c, _mm256_set1_epi8(wanted)); };
  const __m256i lower = _mm256_or_si256(c, _mm256_set1_epi8(0x20));  // [ ] become { }
  const __m256i brackets = _mm256_or_si256(_mm256_cmpeq_epi8(lower, _mm256_set1_epi8('{')),
                                           _mm256_cmpeq_epi8(lower, _mm256_set1_epi8('}')));
  const __m256i op = _mm256_or_si256(brackets, _mm256_or_si256(is(','), is(':')));
  const __m256i space = _mm256_or_si256(_mm256_or_si256(is(' '), is('\t')), _mm256_or_si256(is('\n'), is('\r')));
  const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(c, _mm256_set1_epi8(0x1f)), c);
  const __m256i blanks = _mm256_or_si256(is('n'), _mm256_or_si256(is('r'), is('t')));
  const __m256i escapable = _mm256_or_si256(blanks, _mm256_or_si256(is('/'), _mm256_or_si256(is('b'), is('f'))));
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
