// Eight blocks in one vector, where besides one instruction makes any function of three words.
#if defined(__x86_64__)
#include <immintrin.h>

#include "protect/candidates_kernel.h"

namespace tocsin::protect {
namespace {

using EightWords = std::uint64_t __attribute__((vector_size(64)));

struct EightBlocks {
  const ClassBits& bits;
  const std::size_t block;

  /// Windows begin four bytes from each other.
  TOCSIN_INLINE EightWords window(ClassBits::Class one) const {
    const __m512i twice = _mm512_setr_epi32(0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8);
    return reinterpret_cast<EightWords>(_mm512_maskz_permutexvar_epi32(0xffff, twice, _mm512_loadu_si512(bits.window_bytes(one, block))));
  }
  TOCSIN_INLINE static bool any(EightWords some) { return _mm512_test_epi64_mask(reinterpret_cast<__m512i>(some), reinterpret_cast<__m512i>(some)) != 0; }
  TOCSIN_INLINE static void put(EightWords some, Lanes& to) { _mm512_store_si512(to.bits.data(), reinterpret_cast<__m512i>(some)); }
  TOCSIN_INLINE static EightWords get(const Lanes& from) { return reinterpret_cast<EightWords>(_mm512_load_si512(from.bits.data())); }
};

}  // namespace

void find_few_avx512(const ClassBits& bits, std::size_t block, std::size_t, FewCandidates& found) {
  const EightBlocks source{bits, block};
  fill_few<EightWords>(Few<EightWords>(source), source, found);
}

void find_all_avx512(const ClassBits& bits, std::size_t block, std::size_t, Candidates& found) { fill_all<EightWords>(EightBlocks{bits, block}, found); }

}  // namespace tocsin::protect
#endif
