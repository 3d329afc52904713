#include "pipeline/journal_intake.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "base/memory_env.h"

namespace tocsin {
namespace {

class Intakes : public testing::Test {
 protected:
  Intakes() : key_(std::move(*SealKey::from(std::string(32, 'k')))), master_(key_) {}

  void open(std::size_t queue_bytes_max, std::uint64_t backlog_bytes_max) {
    intake_ = std::make_unique<JournalIntake>(*journal::Writer::open(env_, "journal", master_, {}), queue_bytes_max, backlog_bytes_max);
    source_ = *intake_->source("bulk/a");
  }

  /// One record of so many bytes: whether there was room; then it is safe.
  bool put(std::size_t bytes) {
    auto batch = std::make_unique<IntakeBatch>(source_);
    const std::string raw(bytes, 'x');
    Received received;
    received.raw = raw;
    EXPECT_TRUE(batch->add(received, 1, ""));
    std::promise<bool> safe;
    if (!intake_->submit(std::move(batch), [&](IntakeResult result) { safe.set_value(result.safe); })) return false;
    EXPECT_TRUE(safe.get_future().get());
    // The batch's bytes are given back after the answer.
    while (intake_->snapshot().queued_bytes > 0) std::this_thread::yield();
    return true;
  }

  MemoryEnv env_;
  const SealKey key_;
  Seal master_;
  std::unique_ptr<JournalIntake> intake_;
  std::uint32_t source_ = 0;
};

TEST_F(Intakes, ABatchThatIsLargerThanTheQueueHasNoRoom) {
  open(2'000, UINT64_MAX);
  EXPECT_TRUE(put(1'000));
  EXPECT_FALSE(put(3'000));
  EXPECT_TRUE(put(1'000));
}

TEST_F(Intakes, WhereTheStoreIsBehindThereIsNoRoomUntilItHasCaughtUp) {
  open(1 << 20, 10'000);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(put(1'000)) << "nobody stores, so nothing is behind";
  intake_->stored(0);
  EXPECT_FALSE(put(1'000));
  EXPECT_NE(intake_->snapshot().trouble, "");
  intake_->stored(29);
  EXPECT_TRUE(put(1'000));
  EXPECT_EQ(intake_->snapshot().trouble, "");
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(put(1'000));
  EXPECT_TRUE(put(1'000)) << "up to the limit";
  EXPECT_FALSE(put(1'000));
  intake_->stored(intake_->committed());
  EXPECT_TRUE(put(1'000));
}

TEST_F(Intakes, WhereTheDiskIsNearlyFullNothingIsTakenUntilThereIsRoom) {
  open(1 << 20, UINT64_MAX);
  const auto free = std::make_shared<std::atomic<std::uint64_t>>(99);
  intake_->keep_free({[free] { return free->load(); }, 100});
  EXPECT_FALSE(put(10));
  EXPECT_NE(intake_->snapshot().trouble.find("the disk is full"), std::string::npos);
  *free = 100;
  // Nobody sends meanwhile: it looks by itself.
  while (intake_->snapshot().trouble != "") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(put(10));
  *free = 0;
  EXPECT_TRUE(put(10)) << "it is seen after a commit";
  while (intake_->snapshot().trouble == "") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(put(10));
}

TEST_F(Intakes, TroubleIsSaidUntilSomethingIsWrittenAgain) {
  open(1 << 20, UINT64_MAX);
  EXPECT_TRUE(put(10));
  env_.set_space(0);
  auto batch = std::make_unique<IntakeBatch>(source_);
  Received received;
  received.raw = "x";
  EXPECT_TRUE(batch->add(received, 1, ""));
  std::promise<bool> safe;
  ASSERT_TRUE(intake_->submit(std::move(batch), [&](const IntakeResult& result) { safe.set_value(result.safe); }));
  EXPECT_FALSE(safe.get_future().get());
  EXPECT_NE(intake_->snapshot().trouble.find("no space left"), std::string::npos);
  env_.set_space(1 << 20);
  EXPECT_TRUE(put(10));
  EXPECT_EQ(intake_->snapshot().trouble, "");
}

}  // namespace
}  // namespace tocsin
