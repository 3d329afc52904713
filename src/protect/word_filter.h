// Is some word of a few hundred anywhere in 64 bytes? By the first four letters of each word in them, without regard to case: of most texts it says no, in the time that some thirty instructions take and as many for each
// word. Yes may be wrong, as a longer word may begin so; no is not. Built once; any thread may ask.
//
//   WordFilter filter;
//   filter.add("card");
//   filter.may_have(filter.key_at(bits, starts, text, at))
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "protect/letter_bits.h"
#include "protect/words.h"

namespace tocsin::protect {

class WordFilter {
 public:
  /// Of letters and digits alone, in lower case.
  constexpr void add(std::string_view word) {
    const std::uint32_t key = key_of(word);
    std::uint32_t at = place(key);
    while (keys_[at] != 0 && keys_[at] != key) at = (at + 1) % kKeys;
    keys_[at] = key;
  }
  bool may_have(std::uint32_t key) const {
    std::uint32_t at = place(key);
    while (keys_[at] != 0 && keys_[at] != key) at = (at + 1) % kKeys;
    return keys_[at] != 0;
  }

  /// The first four letters, or as many as there are.
  static constexpr std::uint32_t key_of(std::string_view word) {
    std::uint32_t key = 0;
    for (std::size_t i = 0; i < 4 && i < word.size(); ++i) key |= (static_cast<unsigned char>(word[i]) | 0x20u) << 8 * i;
    return key;
  }
  /// The same of the word that begins at `at`; `ends`: where no word goes on, as bits of places in `text`.
  static std::uint32_t key_at(std::string_view text, std::size_t at, std::uint64_t ends) {
    const auto size = static_cast<std::size_t>(std::countr_zero(ends >> at >> 1 | 8u)) + 1;  // no more than four
    if (std::endian::native != std::endian::little || at + 4 > text.size()) return key_of(text.substr(at, size));
    std::uint32_t four;
    std::memcpy(&four, text.data() + at, sizeof four);
    return (four | 0x20202020u) & 0xffffffffu >> (32 - 8 * size);
  }

 private:
  static constexpr std::uint32_t kKeys = 4096;  // four times as many as there are
  static constexpr std::uint32_t place(std::uint32_t key) { return key * 2654435761u >> 20; }

  std::array<std::uint32_t, kKeys> keys_ = {};  // each at its place or the next free one; 0: none
};

}  // namespace tocsin::protect
