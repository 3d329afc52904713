#if defined(__x86_64__)
#include <immintrin.h>

#include "detect/plan/literal_scan.h"

namespace tocsin::plan {

// Nothing of the standard library may be instantiated here: see normalize/json_scan_kernel.h.

namespace {

/// The buckets of each byte of `c`, all 128 entries of the table at once (VBMI). A byte above 127 counts as what is 128 below it: a
/// needless look, no more.
inline __m512i fit(const std::uint8_t* table, const char* at) {
  return _mm512_permutex2var_epi8(_mm512_load_si512(table), _mm512_loadu_si512(at), _mm512_load_si512(table + 64));
}

}  // namespace

bool scan_avx512(const ScanTables& tables, const char* text, std::size_t size, const void* context, ScanVerify verify,
                 bool& non_ascii) {
  if (size < 66) return scan_portable(tables, text, size, context, verify, non_ascii);
  __m512i seen = _mm512_setzero_si512();
  for (std::size_t next = 0; next + 2 < size; next += 64) {
    const std::size_t at = next + 66 <= size ? next : size - 66;  // the last block overlaps the one before
    const __m512i fits = _mm512_and_si512(
        fit(tables.whole[0], text + at),
        _mm512_and_si512(fit(tables.whole[1], text + at + 1), fit(tables.whole[2], text + at + 2)));
    seen = _mm512_or_si512(seen, _mm512_loadu_si512(text + at));
    std::uint64_t hits = _mm512_test_epi8_mask(fits, fits);
    if (hits == 0) [[likely]] continue;
    alignas(64) std::uint8_t buckets[64];
    _mm512_store_si512(buckets, fits);
    for (; hits != 0; hits &= hits - 1) {
      const int place = __builtin_ctzll(hits);
      if (verify(context, text + at + place, buckets[place])) return true;
    }
  }
  if (_mm512_movepi8_mask(seen) != 0) non_ascii = true;
  return scan_portable(tables, text + size - 2, 2, context, verify, non_ascii);
}

}  // namespace tocsin::plan
#endif
