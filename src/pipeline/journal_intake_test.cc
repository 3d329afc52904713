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

  void open(std::size_t queue_bytes_max, std::uint64_t backlog_bytes_max, std::uint64_t unseen_bytes_max = UINT64_MAX) {
    intake_ = std::make_unique<JournalIntake>(*journal::Writer::open(env_, "journal", master_, {}), queue_bytes_max, backlog_bytes_max, unseen_bytes_max);
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
    if (!intake_->submit(std::move(batch), [&](const IntakeResult& result) { safe.set_value(result.safe); })) return false;
    EXPECT_TRUE(safe.get_future().get());
    return true;
  }

  MemoryEnv env_;
  const SealKey key_;
  Seal master_;
  std::unique_ptr<JournalIntake> intake_;
  std::uint32_t source_ = 0;
};

TEST_F(Intakes, ABatchThatIsLargerThanTheQueueHasItAlone) {
  open(2'000, UINT64_MAX);
  EXPECT_TRUE(put(1'000));
  EXPECT_TRUE(put(3'000));
}

/// Says how many of its records had room, without waiting for them.
std::size_t flood(JournalIntake& intake, std::uint32_t source) {
  std::size_t taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    auto batch = std::make_unique<IntakeBatch>(source);
    Received received;
    received.raw = "0123456789";
    EXPECT_TRUE(batch->add(received, 1, ""));
    if (!intake.submit(std::move(batch), [](IntakeResult) {})) break;
    ++taken;
  }
  return taken;
}

TEST_F(Intakes, WhoFloodsLeavesRoomForTheOthers) {
  open(10'000, UINT64_MAX);
  const std::uint32_t other = *intake_->source("bulk/b");
  // As long as an answer is under way the journal's thread writes nothing else.
  std::promise<void> go_on;
  std::promise<void> began;
  auto batch = std::make_unique<IntakeBatch>(source_);
  Received received;
  received.raw = "first";
  EXPECT_TRUE(batch->add(received, 1, ""));
  ASSERT_TRUE(intake_->submit(std::move(batch), [&](IntakeResult) {
    began.set_value();
    go_on.get_future().wait();
  }));
  began.get_future().wait();
  const std::size_t flooded = flood(*intake_, source_), others = flood(*intake_, other);
  EXPECT_LT(flooded, 1'000u);
  EXPECT_GT(others, flooded / 3);
  EXPECT_LT(others, flooded);
  go_on.set_value();
  intake_->stop();
  EXPECT_EQ(intake_->snapshot().ledger.at(source_).counts.stored, flooded + 1);
  EXPECT_EQ(intake_->snapshot().ledger.at(other).counts.stored, others);
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
  intake_->stored(intake_->committed());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(put(1'000)) << "up to its share";
  EXPECT_FALSE(put(1'000));
  EXPECT_NE(intake_->snapshot().trouble.find("who send most"), std::string::npos);
  source_ = *intake_->source("bulk/b");
  EXPECT_TRUE(put(1'000)) << "another still has room";
  EXPECT_TRUE(put(1'000));
  source_ = *intake_->source("bulk/a");
  EXPECT_FALSE(put(1'000));
  intake_->stored(intake_->committed());
  EXPECT_TRUE(put(1'000));
  EXPECT_EQ(intake_->snapshot().trouble, "");
}

TEST_F(Intakes, WhereTheRulesAreBehindThoseWaitWhoSentMuch) {
  open(1 << 20, UINT64_MAX, 10'000);
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(put(1'000)) << "nobody asks rules, so nothing is behind";
  intake_->seen(intake_->committed());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(put(1'000)) << "up to its share";
  EXPECT_FALSE(put(1'000));
  EXPECT_NE(intake_->snapshot().trouble.find("detection is behind"), std::string::npos);
  source_ = *intake_->source("bulk/b");
  EXPECT_TRUE(put(1'000)) << "another still has room";
  source_ = *intake_->source("bulk/a");
  intake_->seen(intake_->committed());
  EXPECT_TRUE(put(1'000));
  EXPECT_EQ(intake_->snapshot().trouble, "");
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

TEST_F(Intakes, WhatTheDiskDoesNotTakeComesBackAndCanBeSubmittedAgain) {
  open(1 << 20, UINT64_MAX);
  auto batch = std::make_unique<IntakeBatch>(source_);
  Received received;
  received.raw = "record";
  EXPECT_TRUE(batch->add(received, 1, ""));
  const auto submit = [&] {
    std::promise<IntakeResult> answer;
    EXPECT_TRUE(intake_->submit(std::move(batch), [&](IntakeResult result) { answer.set_value(std::move(result)); }));
    return answer.get_future().get();
  };
  env_.set_space(10);
  IntakeResult result = submit();
  EXPECT_FALSE(result.safe);
  ASSERT_NE(result.batch, nullptr);
  EXPECT_EQ(result.batch->entries().size(), 1u);
  intake_->refuse(source_, 2);
  batch = std::move(result.batch);
  env_.set_space(1 << 20);
  result = submit();
  EXPECT_TRUE(result.safe);
  EXPECT_EQ(result.batch, nullptr);
  intake_->stop();
  EXPECT_EQ(intake_->snapshot().ledger.at(source_).counts, (journal::Counts{1, 2, 0}));
}

}  // namespace
}  // namespace tocsin
