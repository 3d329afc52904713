#include "pipeline/backlog.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

TEST(Backlog, WhoSendsMuchWaitsUntilItIsDone) {
  Backlog backlog(100 * kMiB);
  journal::Sequence end = 0;
  std::uint64_t taken = 0;
  while (backlog.has_room(1, kMiB)) {
    backlog.add(1, ++end, kMiB);
    ++taken;
  }
  EXPECT_EQ(taken, 50u);
  EXPECT_TRUE(backlog.is_full());
  EXPECT_TRUE(backlog.has_room(2, kMiB));
  backlog.add(2, ++end, kMiB);
  backlog.done(10);
  EXPECT_FALSE(backlog.is_full());
  EXPECT_TRUE(backlog.has_room(1, kMiB));
  EXPECT_TRUE(backlog.has_room(1, 9 * kMiB));
  EXPECT_FALSE(backlog.has_room(1, 10 * kMiB)) << "it would hold 50, and 49 would be free";
  backlog.done(end);
  EXPECT_TRUE(backlog.has_room(1, 50 * kMiB));
}

/// Where records are small, a list of them would be long.
TEST(Backlog, SmallPartsAreDoneTogether) {
  Backlog backlog(100 * kMiB);
  for (journal::Sequence end = 1; end <= 4'096; ++end) backlog.add(1, end, kMiB / 1'024);
  backlog.done(1'023);
  EXPECT_FALSE(backlog.has_room(1, 46 * kMiB + kMiB / 2)) << "the first part ends with the next record";
  backlog.done(1'024);
  EXPECT_TRUE(backlog.has_room(1, 47 * kMiB));
  EXPECT_FALSE(backlog.has_room(1, 48 * kMiB));
}

/// What is on its way while there is still room is taken, too.
TEST(Backlog, MoreThanThereIsRoomForIsHeldAsWell) {
  Backlog backlog(10);
  backlog.add(1, 5, 100);
  EXPECT_FALSE(backlog.has_room(2, 1));
  backlog.done(5);
  EXPECT_TRUE(backlog.has_room(2, 10));
}

}  // namespace
}  // namespace tocsin
