#if defined(__x86_64__)
#include <immintrin.h>

#include "detect/plan/literal_scan.h"

namespace tocsin::plan {

// Nothing of the standard library may be instantiated here: see normalize/json_scan_kernel.h.

namespace {

/// The buckets of each byte, all 128 entries of the table at once (VBMI). A byte above 127 counts as what is 128 below it: a needless
/// look, no more.
inline __m512i fit(const std::uint8_t* table, __m512i bytes) {
  return _mm512_permutex2var_epi8(_mm512_load_si512(table), bytes, _mm512_load_si512(table + 64));
}

/// The first `count` of 64, or all.
inline __mmask64 first(std::size_t count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

}  // namespace

bool scan_avx512(const ScanTables& tables, const char* text, std::size_t size, const void* context, ScanVerify verify,
                 bool& non_ascii) {
  __m512i seen = _mm512_setzero_si512();
  for (std::size_t at = 0; at < size; at += 64) {
    const std::size_t left = size - at;
    __m512i a, b, c;
    if (left >= 66) [[likely]] {
      a = _mm512_loadu_si512(text + at);
      b = _mm512_loadu_si512(text + at + 1);
      c = _mm512_loadu_si512(text + at + 2);
    } else {  // what is not there is not read, and counts as 0: a literal that would reach beyond the end fails the comparison
      a = _mm512_maskz_loadu_epi8(first(left), text + at);
      b = _mm512_maskz_loadu_epi8(first(left - 1), text + at + 1);
      c = _mm512_maskz_loadu_epi8(left < 2 ? 0 : first(left - 2), text + at + 2);
    }
    const __m512i fits = _mm512_and_si512(fit(tables.whole[0], a), _mm512_and_si512(fit(tables.whole[1], b), fit(tables.whole[2], c)));
    seen = _mm512_or_si512(seen, a);
    std::uint64_t hits = _mm512_test_epi8_mask(fits, fits) & first(left);
    if (hits == 0) [[likely]] continue;
    alignas(64) std::uint8_t buckets[64];
    _mm512_store_si512(buckets, fits);
    for (; hits != 0; hits &= hits - 1) {
      const int place = __builtin_ctzll(hits);
      if (verify(context, text + at + place, buckets[place])) return true;
    }
  }
  if (_mm512_movepi8_mask(seen) != 0) non_ascii = true;
  return false;
}

}  // namespace tocsin::plan
#endif
