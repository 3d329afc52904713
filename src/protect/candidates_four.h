// Four blocks of candidates_kernel.h in one vector of 32 bytes. Only for candidates_avx2.cc and candidates_avx512.cc.
#pragma once

#include <immintrin.h>

#include "protect/candidates_kernel.h"

namespace tocsin::protect {
namespace {

using FourWords = std::uint64_t __attribute__((vector_size(32)));

struct FourBlocks {
  const ClassBits& bits;
  const std::size_t block;

  /// Windows begin four bytes from each other: two in each half of the vector.
  TOCSIN_INLINE FourWords window(ClassBits::Class one) const {
    const char* const from = bits.window_bytes(one, block);
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)), high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 8));
    const __m256i twice = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 8, 9, 10, 11));
    return reinterpret_cast<FourWords>(_mm256_shuffle_epi8(_mm256_set_m128i(high, low), twice));
  }
  TOCSIN_INLINE static bool any(FourWords some) { return _mm256_testz_si256(reinterpret_cast<__m256i>(some), reinterpret_cast<__m256i>(some)) == 0; }
  TOCSIN_INLINE static void put(FourWords some, Lanes& to) { _mm256_store_si256(reinterpret_cast<__m256i*>(to.bits.data()), reinterpret_cast<__m256i>(some)); }
  TOCSIN_INLINE static FourWords get(const Lanes& from) { return reinterpret_cast<FourWords>(_mm256_load_si256(reinterpret_cast<const __m256i*>(from.bits.data()))); }
};

}  // namespace
}  // namespace tocsin::protect
