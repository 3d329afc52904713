#if defined(__x86_64__)
#include <emmintrin.h>

#include "normalize/json_scan_kernel.h"

namespace tocsin {

namespace {

inline std::uint64_t bits(__m128i mask) { return static_cast<std::uint16_t>(_mm_movemask_epi8(mask)); }

inline BlockMasks quarter(const char* at) {
  const __m128i c = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto is = [c](char wanted) { return _mm_cmpeq_epi8(c, _mm_set1_epi8(wanted)); };
  const __m128i lower = _mm_or_si128(c, _mm_set1_epi8(0x20));  // [ ] become { }
  const __m128i brackets =
      _mm_or_si128(_mm_cmpeq_epi8(lower, _mm_set1_epi8('{')), _mm_cmpeq_epi8(lower, _mm_set1_epi8('}')));
  const __m128i op = _mm_or_si128(brackets, _mm_or_si128(is(','), is(':')));
  const __m128i space = _mm_or_si128(_mm_or_si128(is(' '), is('\t')), _mm_or_si128(is('\n'), is('\r')));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(c, _mm_set1_epi8(0x1f)), c);
  const __m128i blanks = _mm_or_si128(is('n'), _mm_or_si128(is('r'), is('t')));
  const __m128i escapable = _mm_or_si128(blanks, _mm_or_si128(is('/'), _mm_or_si128(is('b'), is('f'))));
  return {bits(is('\\')), bits(is('"')), bits(op), bits(space), bits(control), bits(c), bits(escapable), bits(is('u'))};
}

inline BlockMasks masks(const char* at) {
  BlockMasks all{};
  for (int i = 0; i < 4; ++i) {
    const BlockMasks part = quarter(at + 16 * i);
    all.backslash |= part.backslash << (16 * i);
    all.quote |= part.quote << (16 * i);
    all.op |= part.op << (16 * i);
    all.space |= part.space << (16 * i);
    all.control |= part.control << (16 * i);
    all.high |= part.high << (16 * i);
    all.escapable |= part.escapable << (16 * i);
    all.u |= part.u << (16 * i);
  }
  return all;
}

}  // namespace

JsonScan json_scan_sse2(const char* text, std::size_t size, std::uint32_t* index) {
  return scan_blocks<masks, write_positions>(text, size, index);
}

}  // namespace tocsin
#endif
