#include "base/huge_array.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace tocsin {
namespace {

TEST(HugeArray, BeginsAsZerosAndHoldsWhatIsWritten) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{8'192}, std::size_t{300'000}}) {
    HugeArray<std::uint64_t> words(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(words.begin()) % (2u << 20), 0u) << "huge pages begin where they can";
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) {
      EXPECT_EQ(words[at], 0u);
      words[at] = at + 1;
      EXPECT_EQ(words[at], at + 1);
      words[at] = 0;
    }
    EXPECT_EQ(words.bytes(), size * 8);
  }
}

TEST(HugeArray, MovesWithoutACopy) {
  HugeArray<std::uint64_t> none, words(10);
  words[3] = 7;
  none = std::move(words);
  const HugeArray<std::uint64_t> moved(std::move(none));
  EXPECT_EQ(moved[3], 7u);
  EXPECT_EQ(moved.size(), 10u);
}

}  // namespace
}  // namespace tocsin
