// 64 bytes at a time, with the instructions of AVX-512 VBMI, which look up a byte of ASCII in a table of 128. What is not ASCII is told by its sign. Loads are masked: no byte beyond the text is touched.
#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>

#include "protect/byte_class_tables.h"

namespace tocsin::protect {
namespace {

struct alignas(64) AsciiTable {
  std::array<std::uint8_t, 128> bytes = {};
};

/// Bits `first` to `first + 7` of the classes.
constexpr AsciiTable classes_from(std::size_t first) {
  AsciiTable table;
  for (std::size_t c = 0; c < 128; ++c) table.bytes[c] = static_cast<std::uint8_t>(kClassesOfBytes[c] >> first);
  return table;
}
constexpr AsciiTable table_of(const Halves& halves) {
  AsciiTable table;
  for (std::size_t c = 0; c < 128; ++c) table.bytes[c] = halves.of(static_cast<unsigned char>(c));
  return table;
}
/// Lines of kHints that have some byte at `place` that is not ASCII.
constexpr std::uint8_t lines_beyond_ascii(std::size_t place) {
  std::uint8_t lines = 0;
  for (std::size_t line = 0; line < kTriples; ++line) {
    for (const char c : kHints[line][place]) lines = static_cast<std::uint8_t>(lines | (static_cast<unsigned char>(c) >= 0x80 ? 1u << line : 0u));
  }
  return lines;
}
static_assert(lines_beyond_ascii(0) == 0);

constexpr AsciiTable kFirst = classes_from(0), kSecond = classes_from(8);
constexpr AsciiTable kPersonTables[2] = {table_of(kPersonHalves[0]), table_of(kPersonHalves[1])};
constexpr AsciiTable kHintTables[3] = {table_of(kHintHalves[0]), table_of(kHintHalves[1]), table_of(kHintHalves[2])};
static_assert(ClassBits::kQuote < 16);

inline __m512i look_up(const AsciiTable& table, __m512i c, __mmask64 ascii) {
  return _mm512_maskz_permutex2var_epi8(ascii, _mm512_load_si512(table.bytes.data()), c, _mm512_load_si512(table.bytes.data() + 64));
}
inline std::uint64_t has(__m512i classes, unsigned bit) { return _mm512_test_epi8_mask(classes, _mm512_set1_epi8(static_cast<char>(1u << bit))); }

/// `at` and the `count` bytes from there; `before`: how many bytes of the text stand before them, 2 for more.
template <bool kAll>
inline void read_64(const char* at, std::size_t count, std::size_t before, std::size_t word, ClassBits& bits) {
  const __mmask64 there = ~std::uint64_t{0} >> (64 - count);
  const __m512i c = _mm512_maskz_loadu_epi8(there, at);
  const __mmask64 high = _mm512_movepi8_mask(c), ascii = there & ~high;
  const __m512i first = look_up(kFirst, c, ascii), second = look_up(kSecond, c, ascii);
  bits.set_two(ClassBits::kDigit, word, has(first, ClassBits::kDigit));
  bits.set_two(ClassBits::kHex, word, has(first, ClassBits::kHex));
  bits.set_two(ClassBits::kLetter, word, has(first, ClassBits::kLetter));
  bits.set_two(ClassBits::kUpper, word, has(first, ClassBits::kUpper));
  bits.set_two(ClassBits::kWord, word, has(first, ClassBits::kWord) | high);
  bits.set_two(ClassBits::kSpace, word, has(first, ClassBits::kSpace));
  bits.set_two(ClassBits::kDash, word, has(first, ClassBits::kDash));
  bits.set_two(ClassBits::kDot, word, has(first, ClassBits::kDot));
  bits.set_two(ClassBits::kColon, word, has(second, ClassBits::kColon - 8));
  bits.set_two(ClassBits::kJoint, word, has(second, ClassBits::kJoint - 8) | high);
  bits.set_two(ClassBits::kBase64, word, has(second, ClassBits::kBase64 - 8));
  std::uint64_t rare = has(second, ClassBits::kRare - 8);
  if (high != 0) {
    for (const char beyond : {'\xC2', '\xE2', '\xEF'}) rare |= _mm512_cmpeq_epi8_mask(c, _mm512_set1_epi8(beyond));
  }
  bits.set_two(ClassBits::kRare, word, rare);
  if (!kAll) return;
  bits.set_two(ClassBits::kAssign, word, has(second, ClassBits::kAssign - 8));
  bits.set_two(ClassBits::kQuote, word, has(second, ClassBits::kQuote - 8));
  const __m512i last_one = _mm512_maskz_loadu_epi8(before > 0 ? there : there & ~std::uint64_t{1}, at - 1), last_two = _mm512_maskz_loadu_epi8(before > 1 ? there : there & ~std::uint64_t{3}, at - 2);
  const __mmask64 high_one = _mm512_movepi8_mask(last_one), ascii_one = there & ~high_one, ascii_two = there & ~_mm512_movepi8_mask(last_two);
  bits.set_two(ClassBits::kPerson, word, _mm512_test_epi8_mask(look_up(kPersonTables[0], last_one, ascii_one), look_up(kPersonTables[1], c, ascii)));
  const __m512i middle = _mm512_mask_mov_epi8(look_up(kHintTables[1], last_one, ascii_one), high_one, _mm512_set1_epi8(static_cast<char>(lines_beyond_ascii(1))));
  const __m512i end = _mm512_mask_mov_epi8(look_up(kHintTables[2], c, ascii), high, _mm512_set1_epi8(static_cast<char>(lines_beyond_ascii(2))));
  const __m512i hints = _mm512_and_si512(_mm512_and_si512(look_up(kHintTables[0], last_two, ascii_two), middle), end);
  bits.set_two(ClassBits::kBirth, word, _mm512_test_epi8_mask(hints, _mm512_set1_epi8(static_cast<char>(kBirthBits))));
  bits.set_two(ClassBits::kPlace, word, _mm512_test_epi8_mask(hints, _mm512_set1_epi8(static_cast<char>(~kBirthBits))));
}

template <bool kAll>
inline void read_all(std::string_view text, std::size_t from, std::size_t blocks, ClassBits& bits) {
  if (from == 0) bits.clear_before();
  else read_64<kAll>(text.data() + from - kBlockBytes, kBlockBytes, 2, 0, bits);
  std::size_t at = from;
  for (std::size_t word = 1; word <= blocks + 1; word += 2, at += 64) {
    if (at >= text.size()) {
      bits.clear(word);
    } else {
      read_64<kAll>(text.data() + at, std::min<std::size_t>(text.size() - at, 64), std::min<std::size_t>(at, 2), word, bits);
    }
  }
}

}  // namespace

void ClassBits::read_avx512(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits) {
  if (all) {
    read_all<true>(text, from, blocks, bits);
  } else {
    read_all<false>(text, from, blocks, bits);
  }
}

}  // namespace tocsin::protect
#endif
