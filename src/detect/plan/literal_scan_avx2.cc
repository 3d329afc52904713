#if defined(__x86_64__)
#include <immintrin.h>

#include "detect/plan/literal_scan.h"

namespace tocsin::plan {

// Nothing of the standard library may be instantiated here: see normalize/json_scan_kernel.h.

namespace {

inline __m256i fit(const std::uint8_t* low, const std::uint8_t* high, const char* at) {
  const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i half = _mm256_set1_epi8(15);
  const __m256i low_table = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(low)));
  const __m256i high_table = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(high)));
  return _mm256_and_si256(_mm256_shuffle_epi8(low_table, _mm256_and_si256(c, half)),
                          _mm256_shuffle_epi8(high_table, _mm256_and_si256(_mm256_srli_epi16(c, 4), half)));
}

}  // namespace

bool scan_avx2(const ScanTables& tables, const char* text, std::size_t size, const void* context, ScanVerify verify,
                 bool& non_ascii) {
  if (size < 34) return scan_portable(tables, text, size, context, verify, non_ascii);
  __m256i seen = _mm256_setzero_si256();
  for (std::size_t next = 0; next + 2 < size; next += 32) {
    const std::size_t at = next + 34 <= size ? next : size - 34;  // the last block overlaps the one before
    const __m256i fits = _mm256_and_si256(
        fit(tables.low[0], tables.high[0], text + at),
        _mm256_and_si256(fit(tables.low[1], tables.high[1], text + at + 1), fit(tables.low[2], tables.high[2], text + at + 2)));
    seen = _mm256_or_si256(seen, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + at)));
    std::uint32_t hits = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(fits, _mm256_setzero_si256())));
    if (hits == 0) [[likely]] continue;
    alignas(32) std::uint8_t buckets[32];
    _mm256_store_si256(reinterpret_cast<__m256i*>(buckets), fits);
    for (; hits != 0; hits &= hits - 1) {
      const int place = __builtin_ctz(hits);
      if (verify(context, text + at + place, buckets[place])) return true;
    }
  }
  if (_mm256_movemask_epi8(seen) != 0) non_ascii = true;
  return scan_portable(tables, text + size - 2, 2, context, verify, non_ascii);
}

}  // namespace tocsin::plan
#endif
