#if defined(__x86_64__)
#include <immintrin.h>

#include "protect/candidates_kernel.h"

namespace tocsin::protect {
namespace {

using FourWords = std::uint64_t __attribute__((vector_size(32)));

/// From `lane` on.
struct FourBlocks {
  const ClassBits& bits;
  const std::size_t block, lane;

  /// Windows begin four bytes from each other: two in each half of the vector.
  TOCSIN_INLINE FourWords window(ClassBits::Class one) const {
    const char* const from = bits.window_bytes(one, block + lane);
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)), high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 8));
    const __m256i twice = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11));
    return reinterpret_cast<FourWords>(_mm256_shuffle_epi8(_mm256_set_m128i(high, low), twice));
  }
  TOCSIN_INLINE static bool any(FourWords some) { return _mm256_testz_si256(reinterpret_cast<__m256i>(some), reinterpret_cast<__m256i>(some)) == 0; }
  TOCSIN_INLINE void put(FourWords some, Lanes& to) const { _mm256_store_si256(reinterpret_cast<__m256i*>(to.bits.data() + lane), reinterpret_cast<__m256i>(some)); }
  TOCSIN_INLINE FourWords get(const Lanes& from) const { return reinterpret_cast<FourWords>(_mm256_load_si256(reinterpret_cast<const __m256i*>(from.bits.data() + lane))); }
};

}  // namespace

void find_few_avx2(const ClassBits& bits, std::size_t block, std::size_t lanes, FewCandidates& found) {
  for (std::size_t lane = 0; lane < lanes; lane += 4) {
    const FourBlocks source{bits, block, lane};
    fill_few<FourWords>(Few<FourWords>(source), source, found);
  }
}

void find_all_avx2(const ClassBits& bits, std::size_t block, std::size_t lanes, Candidates& found) {
  for (std::size_t lane = 0; lane < lanes; lane += 4) fill_all<FourWords>(FourBlocks{bits, block, lane}, found);
}

}  // namespace tocsin::protect
#endif
