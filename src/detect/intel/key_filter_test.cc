#include "detect/intel/key_filter.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/hash.h"

namespace tocsin::intel {
namespace {

IpAddress v4(std::uint32_t address) { return {0, std::uint64_t{0xFFFF} << 32 | address}; }

TEST(KeyFilter, LosesNoKeyAndLetsFewOthersPass) {
  std::mt19937_64 random(1);
  std::array<std::size_t, kIndicatorKinds> counts = {};
  const auto urls = static_cast<std::size_t>(IndicatorKind::kUrl), names = static_cast<std::size_t>(IndicatorKind::kName);
  counts[urls] = 1;
  counts[names] = 10'000;
  KeyFilter filter(counts, false);
  std::vector<std::uint64_t> hashes(counts[names]);
  for (std::uint64_t& hash : hashes) {
    hash = random();
    filter.add(IndicatorKind::kName, hash, hash);
  }
  for (const std::uint64_t hash : hashes) EXPECT_TRUE(filter.may_hold(IndicatorKind::kName, hash, hash));
  std::size_t passed = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t hash = random();
    passed += filter.may_hold(IndicatorKind::kName, hash, hash) ? 1 : 0;
    EXPECT_FALSE(filter.may_hold(IndicatorKind::kUrl, hash, hash)) << "nothing was added of that kind";
    EXPECT_FALSE(filter.may_hold(IndicatorKind::kHash, hash, hash)) << "there is none of that kind";
    EXPECT_FALSE(filter.may_hold_v4(v4(static_cast<std::uint32_t>(random()))));
  }
  EXPECT_LT(passed, 4'000u);
}

TEST(KeyFilter, BlocksOfANetworkAreThoseOfItsAddresses) {
  for (unsigned bits = 96; bits <= 128; ++bits) {
    KeyFilter filter({}, true);
    const IpNetwork network{first_bits(v4(0xC6336455), bits), bits};
    filter.add_v4(network);
    const std::uint64_t first = network.base.low & 0xFFFFFFFF, last = first + ((std::uint64_t{1} << (128 - bits)) - 1);
    for (const std::uint64_t inside : {first, (first + last) / 2, last}) EXPECT_TRUE(filter.may_hold_v4(v4(static_cast<std::uint32_t>(inside)))) << bits;
    if (bits == 96) continue;  // nothing is outside
    for (const std::uint64_t outside : {first - 256, last + 256}) EXPECT_FALSE(filter.may_hold_v4(v4(static_cast<std::uint32_t>(outside)))) << bits;
  }
}

}  // namespace
}  // namespace tocsin::intel
