// scan_pieces_avx2 for 64 places at once. Loads are masked, so that a short text and the end of a long one are like all else.
#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>

#include "protect/secret_scan.h"

namespace tocsin::protect {

void scan_pieces_avx512(const PieceTables& narrow, std::string_view text, std::size_t from, void* context, PieceVisit visit) {
  if (text.size() < from + kPieceSize) return;
  __m512i low[kPieceSets][kPieceSize], high[kPieceSets][kPieceSize];
  for (std::size_t set = 0; set < kPieceSets; ++set) {
    for (std::size_t k = 0; k < kPieceSize; ++k) {
      low[set][k] = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(narrow.low[set][k])));
      high[set][k] = _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(narrow.high[set][k])));
    }
  }
  const __m512i half = _mm512_set1_epi8(15);
  const std::size_t places = text.size() - (kPieceSize - 1);
  for (std::size_t at = from; at < places; at += 64) {
    const __mmask64 there = ~std::uint64_t{0} >> (64 - std::min<std::size_t>(places - at, 64));
    __m512i fits[kPieceSets] = {_mm512_set1_epi8(-1), _mm512_set1_epi8(-1)};
    for (std::size_t k = 0; k < kPieceSize; ++k) {
      const __m512i c = _mm512_maskz_loadu_epi8(there, text.data() + at + k);
      const __m512i low_half = _mm512_and_si512(c, half), high_half = _mm512_and_si512(_mm512_srli_epi16(c, 4), half);
      for (std::size_t set = 0; set < kPieceSets; ++set) {
        fits[set] = _mm512_and_si512(fits[set], _mm512_and_si512(_mm512_shuffle_epi8(low[set][k], low_half), _mm512_shuffle_epi8(high[set][k], high_half)));
      }
    }
    const __m512i both = _mm512_or_si512(fits[0], fits[1]);
    for (std::uint64_t hits = _mm512_mask_test_epi8_mask(there, both, both); hits != 0; hits &= hits - 1) visit(context, at + static_cast<std::size_t>(__builtin_ctzll(hits)));
  }
}

}  // namespace tocsin::protect
#endif
