// What the bytes of a text are, 32 at a time, as bits: digits, letters, dots, where one of a few short pieces ends, … For protect/candidates.h, which asks of many places at once where something can begin.
//
// The idea is simdjson's (Langdale, Lemire, 2019): a vector of bytes is compared once for each class, and each comparison is a word of 32 bits. Two of the classes are pieces of three letters, found as Teddy
// finds them (Hyperscan, Wang et al., NSDI 2019): tables by the halves of a byte say which pieces it fits. A chunk of text fits into the first cache with all of its classes (10 KB). Measured: 4 GB a second.
//
// Bits are of text; nothing outside of it is read. Pure; one ClassBits belongs to one thread.
//
//   ClassBits bits;
//   const std::size_t blocks = bits.read(text, 0);          // of the first kChunkBytes
//   bits.window(ClassBits::kDigit, 0)                       // bit 8 is text[0], bit 9 text[1], …
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin::protect {

inline constexpr std::size_t kBlockBytes = 32;

class ClassBits {
 public:
  enum Class : std::uint8_t {
    kDigit, kHex, kLetter, kUpper,
    kWord,    // letters, digits, '_' and what is not ASCII
    kSpace, kDash, kDot, kColon,
    kJoint,   // what stands between the groups of a number, but for the three above: '/', parentheses, what is not ASCII
    kBase64,  // of either alphabet
    kRare,    // '@', '+', '(', and what may cover something (uncovered.h)
    kFew,     // the classes before it are all that cards, accounts and national identifiers need
    kAssign = kFew,  // ':', '=', '>'
    kQuote,   // quotes, a backslash, a space: what may stand between a name and kAssign
    kPerson,  // the last of two letters with which the names of fields for people end
    kBirth, kPlace,  // the last of three with which a word for birth, or for places, begins
    kClasses
  };
  /// Read at a time.
  static constexpr std::size_t kChunkBlocks = 64, kChunkBytes = kChunkBlocks * kBlockBytes;
  /// Of a window: so many bits before the block, and behind it.
  static constexpr unsigned kBefore = 8, kBehind = 24;

  using Kernel = void (*)(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits);
  explicit ClassBits(Kernel kernel = best_kernel()) : kernel_(kernel) {}

  /// The classes of text[from, from + kChunkBytes), with a block on both sides; all, or the first kFew. `from` is a multiple of kBlockBytes. How many blocks there are.
  std::size_t read(std::string_view text, std::size_t from, bool all);
  /// The block of that number with its surroundings: bit kBefore is its first byte.
  std::uint64_t window(Class one, std::size_t block) const {
    const std::uint32_t* const words = words_[one].data() + block;
    if constexpr (std::endian::native != std::endian::little) return words[0] >> 24 | std::uint64_t{words[1]} << 8 | std::uint64_t{words[2]} << 40;
    std::uint64_t bits;
    std::memcpy(&bits, reinterpret_cast<const char*>(words) + 3, sizeof bits);
    return bits;
  }
  /// Where it is in memory, on a machine that has the low byte first; the next one is four bytes on.
  const char* window_bytes(Class one, std::size_t block) const { return reinterpret_cast<const char*>(words_[one].data() + block) + 3; }
  void set(Class one, std::size_t word, std::uint32_t bits) { words_[one][word] = bits; }
  /// Of two words at once: the low half is the first.
  void set_two(Class one, std::size_t word, std::uint64_t bits) { std::memcpy(&words_[one][word], &bits, sizeof bits); }
  void clear(std::size_t word) {
    for (auto& words : words_) words[word] = 0;
  }
  /// The word before the first chunk, which most of the time is clear.
  void clear_before() {
    if (!is_clear_before_) clear(0);
    is_clear_before_ = true;
  }

  static Kernel best_kernel();
  static void read_portable(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits);
#if defined(__x86_64__)
  /// Only where the machine has AVX2.
  static void read_avx2(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits);
  /// Only where it has AVX-512 BW and VBMI. 2.5 times as fast as AVX2.
  static void read_avx512(std::string_view text, std::size_t from, std::size_t blocks, bool all, ClassBits& bits);
#endif

 private:
  Kernel kernel_;
  bool is_clear_before_ = true;
  std::array<std::array<std::uint32_t, kChunkBlocks + 10>, kClasses> words_ = {};  // the block before the chunk comes first; the last words are only there to be read
};

}  // namespace tocsin::protect
