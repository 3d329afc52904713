#include "detect/intel/key_filter.h"

#include <algorithm>
#include <bit>

namespace tocsin::intel {

namespace {

constexpr std::size_t kKeysOfWord = 8;

}  // namespace

KeyFilter::KeyFilter(const std::array<std::size_t, kIndicatorKinds>& counts, bool v4) : v4_(v4) {
  std::size_t end = v4 ? kV4Blocks / 64 : 0;
  for (std::size_t kind = 0; kind < kIndicatorKinds; ++kind) {
    if (counts[kind] == 0) continue;
    parts_[kind] = {end, std::bit_ceil((counts[kind] + kKeysOfWord - 1) / kKeysOfWord)};
    end += parts_[kind].words;
  }
  words_ = HugeArray<std::uint64_t>(end);
}

void KeyFilter::add_v4(const IpNetwork& network) {
  constexpr unsigned kBlockBits = 120;  // of an IPv4 /24 within IPv6
  const std::uint32_t first = static_cast<std::uint32_t>(network.base.low) >> 8;
  const std::uint32_t count = network.bits >= kBlockBits ? 1 : 1u << (kBlockBits - network.bits);
  if (count >= 64) {
    std::fill_n(words_.begin() + first / 64, count / 64, ~std::uint64_t{0});
  } else {
    words_[first / 64] |= ((std::uint64_t{1} << count) - 1) << first % 64;
  }
}

}  // namespace tocsin::intel
