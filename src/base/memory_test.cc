#include "base/memory.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Memory, ABufferKeepsWhatUsualWorkNeeds) {
  std::string buffer(kKeptBufferBytesMax / 2, 'x');
  const std::size_t before = buffer.capacity();
  empty(buffer);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), before);
  buffer.assign(kKeptBufferBytesMax + 1, 'x');
  empty(buffer);
  EXPECT_TRUE(buffer.empty());
  EXPECT_LT(buffer.capacity(), 100u) << "a burst's is given back";
}

}  // namespace
}  // namespace tocsin
