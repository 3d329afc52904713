#include "protect/byte_classes.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "protect/byte_class_tables.h"

namespace tocsin::protect {
namespace {

/// The block at `from`, and the two bytes before it; zeros where the text has none.
constexpr std::size_t kBytesBefore = 2;
void copy_edge(std::string_view text, std::ptrdiff_t from, char (&room)[kBytesBefore + kBlockBytes]) {
  std::fill(std::begin(room), std::end(room), '\0');
  if (from == 0 && text.size() >= kBlockBytes) {
    std::memcpy(room + kBytesBefore, text.data(), kBlockBytes);  // of most texts
    return;
  }
  const std::ptrdiff_t first = std::max<std::ptrdiff_t>(from - static_cast<std::ptrdiff_t>(kBytesBefore), 0);
  const std::ptrdiff_t last = std::min<std::ptrdiff_t>(from + static_cast<std::ptrdiff_t>(kBlockBytes), static_cast<std::ptrdiff_t>(text.size()));
  if (first < last) std::memcpy(room + (first - (from - static_cast<std::ptrdiff_t>(kBytesBefore))), text.data() + first, static_cast<std::size_t>(last - first));
}

using Block = void (*)(const char* at, std::size_t word, ClassBits& bits, unsigned behind);

/// Those within the text where they are; the last one by the 32 bytes with which the text ends, moved by what was `behind` already; what is short, from a copy.
template <Block kBlock>
[[gnu::always_inline]] inline void each_block(std::string_view text, std::size_t from, std::size_t blocks, ClassBits& bits) {
  const auto size = static_cast<std::ptrdiff_t>(text.size()), width = static_cast<std::ptrdiff_t>(kBlockBytes), before = static_cast<std::ptrdiff_t>(kBytesBefore);
  for (std::size_t word = 0; word < blocks + 2; ++word) {
    const auto at = static_cast<std::ptrdiff_t>(from + word * kBlockBytes) - width;
    if (at >= before && at + width <= size) {
      kBlock(text.data() + at, word, bits, 0);
    } else if (at < 0) {
      bits.clear_before();
    } else if (at >= size) {
      bits.clear(word);
    } else if (at > 0 && size >= width + before) {
      kBlock(text.data() + size - width, word, bits, static_cast<unsigned>(at + width - size));
    } else {
      char room[kBytesBefore + kBlockBytes];
      copy_edge(text, at, room);
      kBlock(room + kBytesBefore, word, bits, 0);
    }
  }
}

template <bool kAll>
void block_portable(const char* at, std::size_t word, ClassBits& bits, unsigned behind) {
  constexpr std::size_t kCount = kAll ? ClassBits::kClasses : ClassBits::kFew;
  std::array<std::uint32_t, ClassBits::kClasses> words{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const auto c = static_cast<unsigned char>(at[i]), before = static_cast<unsigned char>(at[static_cast<std::ptrdiff_t>(i) - 1]), first = static_cast<unsigned char>(at[static_cast<std::ptrdiff_t>(i) - 2]);
    for (std::size_t one = 0; one < ClassBits::kPerson && one < kCount; ++one) words[one] |= (kClassesOfBytes[c] >> one & 1) << i;
    if (!kAll) continue;
    const std::uint8_t pair = kPersonHalves[0].of(before) & kPersonHalves[1].of(c), triple = kHintHalves[0].of(first) & kHintHalves[1].of(before) & kHintHalves[2].of(c);
    words[ClassBits::kPerson] |= (pair != 0 ? 1u : 0u) << i;
    words[ClassBits::kBirth] |= ((triple & kBirthBits) != 0 ? 1u : 0u) << i;
    words[ClassBits::kPlace] |= ((triple & ~kBirthBits) != 0 ? 1u : 0u) << i;
  }
  for (std::size_t one = 0; one < kCount; ++one) bits.set(static_cast<ClassBits::Class>(one), word, words[one] >> behind);
}

#if defined(__x86_64__)
#define TOCSIN_AVX2 __attribute__((target("avx2")))

TOCSIN_AVX2 inline std::uint32_t mask(__m256i v) { return static_cast<std::uint32_t>(_mm256_movemask_epi8(v)); }
TOCSIN_AVX2 inline __m256i is(__m256i c, char wanted) { return _mm256_cmpeq_epi8(c, _mm256_set1_epi8(wanted)); }
/// Of what is so far above `first`, or less.
TOCSIN_AVX2 inline __m256i is_from(__m256i c, char first, char span) {
  const __m256i above = _mm256_sub_epi8(c, _mm256_set1_epi8(first));
  return _mm256_cmpeq_epi8(_mm256_min_epu8(above, _mm256_set1_epi8(span)), above);
}
TOCSIN_AVX2 inline std::uint32_t has_bits(__m256i v, std::uint8_t bits) {
  return ~mask(_mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8(static_cast<char>(bits))), _mm256_setzero_si256()));
}
TOCSIN_AVX2 inline __m256i table(const std::uint8_t (&half)[16]) { return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(half))); }
TOCSIN_AVX2 inline __m256i fit(__m256i c, const Halves& halves) {
  const __m256i half = _mm256_set1_epi8(15);
  return _mm256_and_si256(_mm256_shuffle_epi8(table(halves.low), _mm256_and_si256(c, half)), _mm256_shuffle_epi8(table(halves.high), _mm256_and_si256(_mm256_srli_epi16(c, 4), half)));
}
TOCSIN_AVX2 inline __m256i load(const char* at) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)); }

template <bool kAll>
TOCSIN_AVX2 inline void block_avx2(const char* at, std::size_t word, ClassBits& bits, unsigned behind) {
  const __m256i c = load(at), small = _mm256_or_si256(c, _mm256_set1_epi8(0x20));
  const __m256i digits = is_from(c, '0', 9), letters = is_from(small, 'a', 25), alnum = _mm256_or_si256(digits, letters), underscore = is(c, '_');
  const std::uint32_t letter = mask(letters), high = mask(c), dash = mask(is(c, '-'));
  const __m256i slash = is(c, '/'), parentheses = is(_mm256_and_si256(c, _mm256_set1_epi8('\xFE')), '(');
  bits.set(ClassBits::kDigit, word, mask(digits) >> behind);
  bits.set(ClassBits::kHex, word, mask(_mm256_or_si256(digits, is_from(small, 'a', 5))) >> behind);
  bits.set(ClassBits::kLetter, word, letter >> behind);
  bits.set(ClassBits::kUpper, word, (letter & ~mask(_mm256_slli_epi16(c, 2))) >> behind);
  const __m256i word_bytes = _mm256_or_si256(alnum, underscore);
  bits.set(ClassBits::kWord, word, (mask(word_bytes) | high) >> behind);
  bits.set(ClassBits::kSpace, word, mask(is(c, ' ')) >> behind);
  bits.set(ClassBits::kDash, word, dash >> behind);
  bits.set(ClassBits::kDot, word, mask(is(c, '.')) >> behind);
  bits.set(ClassBits::kColon, word, mask(is(c, ':')) >> behind);
  bits.set(ClassBits::kJoint, word, (mask(_mm256_or_si256(slash, parentheses)) | high) >> behind);
  bits.set(ClassBits::kBase64, word, (mask(_mm256_or_si256(_mm256_or_si256(word_bytes, slash), is(c, '+'))) | dash) >> behind);
  const __m256i single = fit(c, kSingles);
  bits.set(ClassBits::kRare, word, has_bits(single, kRareBits) >> behind);
  if (!kAll) return;
  bits.set(ClassBits::kAssign, word, has_bits(single, kAssignBit) >> behind);
  bits.set(ClassBits::kQuote, word, has_bits(single, kQuoteBits) >> behind);
  const __m256i before = load(at - 1), first = load(at - 2);
  bits.set(ClassBits::kPerson, word, has_bits(_mm256_and_si256(fit(before, kPersonHalves[0]), fit(c, kPersonHalves[1])), 0xff) >> behind);
  const __m256i hints = _mm256_and_si256(_mm256_and_si256(fit(first, kHintHalves[0]), fit(before, kHintHalves[1])), fit(c, kHintHalves[2]));
  bits.set(ClassBits::kBirth, word, has_bits(hints, kBirthBits) >> behind);
  bits.set(ClassBits::kPlace, word, has_bits(hints, static_cast<std::uint8_t>(~kBirthBits)) >> behind);
}
#endif

}  // namespace

std::size_t ClassBits::read(std::string_view text, std::size_t from, bool all) {
  if (from > 0) is_clear_before_ = false;
  const std::size_t blocks = (std::min(text.size() - from, kChunkBytes) + kBlockBytes - 1) / kBlockBytes;
  kernel_(text, from, blocks, all, *this);
  return blocks;
}

void ClassBits::read_portable(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits) {
  if (all) {
    each_block<block_portable<true>>(text, from, blocks, bits);
  } else {
    each_block<block_portable<false>>(text, from, blocks, bits);
  }
}

#if defined(__x86_64__)
TOCSIN_AVX2 void ClassBits::read_avx2(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits) {
  if (all) {
    each_block<block_avx2<true>>(text, from, blocks, bits);
  } else {
    each_block<block_avx2<false>>(text, from, blocks, bits);
  }
}
#endif

ClassBits::Kernel ClassBits::best_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi")) return read_avx512;
  if (__builtin_cpu_supports("avx2")) return read_avx2;
#endif
  return read_portable;
}

}  // namespace tocsin::protect
