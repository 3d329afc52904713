#include "pipeline/feed_intake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/memory_env.h"
#include "collect/net_fakes.h"
#include "collect/poll_api.h"
#include "collect/poll_mark.h"
#include "pipeline/poll_engine.h"

namespace tocsin {
namespace {

constexpr const char* kFile = "data/intel/feed.json";

std::string object(int id) { return fmt::format(R"({{"type":"indicator","id":"indicator--{}","modified":"2026-05-01T00:00:00Z","pattern":"[ipv4-addr:value = '198.51.100.{}']"}})", id, id); }

/// As the engine of pollers makes it.
std::unique_ptr<IntakeBatch> batch(const std::string& name, const std::string& body, const std::string& cursor, std::uint32_t source) {
  PollBatch made;
  made.body = body;
  made.records.push_back({.at = 0, .size = body.size()});
  made.mark.name = name;
  made.mark.cursor = cursor;
  return intake_batch(made, source, 1);
}

class FeedIntakeTest : public testing::Test {
 protected:
  FeedIntakeTest() { env_.add_folder("data"); }
  void start() {
    feeds_ = std::make_unique<FeedIntake>(FeedIntake::Place{env_, events_, "data", [this] { ++changed_; }, [](const std::string&) {}}, std::vector<std::string>{"other", "feed"});
    feeds_->start();
  }
  bool submitted(std::unique_ptr<IntakeBatch> one) {
    std::promise<bool> safe;
    if (!feeds_->submit(std::move(one), [&safe](const IntakeResult& result) { safe.set_value(result.safe); })) return false;
    return safe.get_future().get();
  }
  void wait_for_changes(int count) {
    while (changed_ < count) std::this_thread::yield();
  }
  MemoryEnv env_;
  FakeIntake events_;
  std::atomic<int> changed_{0};
  std::unique_ptr<FeedIntake> feeds_;
};

TEST_F(FeedIntakeTest, WhatIsSafeIsInTheFileOnceNothingMoreComes) {
  start();
  EXPECT_EQ(*feeds_->mark(1), "");
  EXPECT_TRUE(submitted(batch("feed", object(1), cursor_at(7), FeedIntake::source(1))));
  EXPECT_TRUE(submitted(batch("feed", object(2), cursor_at(8), FeedIntake::source(1))));
  EXPECT_FALSE(env_.exists(kFile)) << "more may come";
  env_.advance_us(2 * kFeedQuietMs * std::int64_t{1'000});
  wait_for_changes(1);
  EXPECT_NE(env_.text_of(kFile)->find("indicator--2"), std::string::npos);
  feeds_->stop();
  start();
  const std::optional<PollMark> mark = unpacked_poll_mark(*feeds_->mark(1));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->cursor, cursor_at(8));
  EXPECT_EQ(*feeds_->mark(0), "") << "each has its own";
  EXPECT_TRUE(submitted(batch("feed", object(2), cursor_at(9), FeedIntake::source(1))));
  env_.advance_us(2 * kFeedQuietMs * std::int64_t{1'000});
  EXPECT_TRUE(submitted(batch("feed", object(3), cursor_at(9), FeedIntake::source(1))));
  env_.advance_us(2 * kFeedQuietMs * std::int64_t{1'000});
  wait_for_changes(2);
}

TEST_F(FeedIntakeTest, EventsPassAndNobodyElsesMarkIsTaken) {
  start();
  std::promise<void> done;
  auto event = std::make_unique<IntakeBatch>(3);
  Received received;
  received.raw = "{}";
  ASSERT_TRUE(event->add(received, 1, ""));
  ASSERT_TRUE(feeds_->submit(std::move(event), [&done](const IntakeResult&) { done.set_value(); }));
  done.get_future().get();
  EXPECT_EQ(events_.records(), std::vector<std::string>{"{}"});
  EXPECT_FALSE(submitted(batch("other", object(1), cursor_at(7), FeedIntake::source(1))));
  EXPECT_FALSE(submitted(batch("feed", object(1), "nowhere", FeedIntake::source(1))));
  EXPECT_FALSE(submitted(batch("feed", object(1), cursor_at(7), FeedIntake::source(2)))) << "there is none";
  EXPECT_NE(feeds_->trouble(1), "");
}

TEST_F(FeedIntakeTest, ADiskThatIsFullIsToldAndPasses) {
  start();
  env_.set_space(10);
  EXPECT_FALSE(submitted(batch("feed", object(1), cursor_at(7), FeedIntake::source(1))));
  EXPECT_NE(feeds_->trouble(1), "");
  env_.set_space(1'000'000);
  EXPECT_TRUE(submitted(batch("feed", object(1), cursor_at(7), FeedIntake::source(1))));
  env_.advance_us(2 * kFeedQuietMs * std::int64_t{1'000});
  wait_for_changes(1);
  EXPECT_EQ(feeds_->trouble(1), "");
}

}  // namespace
}  // namespace tocsin
