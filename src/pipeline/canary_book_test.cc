// Canaries by made-up clocks and stages: what is late, which stage is named, and when an alarm ends.
#include "pipeline/canary_book.h"

#include <gtest/gtest.h>

#include "base/memory_env.h"
#include "pipeline/canary_intake.h"

namespace tocsin {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr CanaryBook::Bounds kBounds{std::chrono::seconds(60), std::chrono::seconds(700)};

class Book : public testing::Test {
 protected:
  /// One whose record is the next of the journal, gone as far as `last`.
  void send(std::optional<CanaryStage> last) {
    const std::uint64_t number = book_.begin("canary " + std::to_string(++sent_), env_.now_us(), "127.0.0.1:5514");
    if (last >= CanaryStage::kSent) book_.passed(number, CanaryStage::kSent);
    if (last >= CanaryStage::kAccepted) book_.passed(number, CanaryStage::kAccepted);
    if (last >= CanaryStage::kJournaled) book_.journaled(number, sequence_++);
    if (last >= CanaryStage::kFound) book_.found(sequence_ - 1);
    if (last >= CanaryStage::kWritten) progress_.written = sequence_;
    if (last >= CanaryStage::kStored) progress_.stored = sequence_;
  }
  void pass_seconds(std::int64_t seconds) { env_.advance_us(seconds * kSecondUs); }
  std::string stage() {
    book_.look(kBounds, progress_);
    const auto alarm = book_.snapshot().alarm;
    return alarm ? std::string(name_of(alarm->stage)) : "";
  }

  MemoryEnv env_;
  CanaryBook book_{env_, 7};
  CanaryBook::Progress progress_;
  std::uint64_t sent_ = 0, sequence_ = 0;
};

TEST_F(Book, OneThatComesOutRaisesNothing) {
  send(CanaryStage::kStored);
  EXPECT_EQ(stage(), "");
  pass_seconds(10'000);
  EXPECT_EQ(stage(), "");
  const CanaryBook::Snapshot seen = book_.snapshot();
  EXPECT_EQ(seen.out, 1u);
  EXPECT_EQ(seen.late + seen.lost + seen.imitated, 0u);
  for (const auto& seconds : seen.seconds) EXPECT_TRUE(seconds.has_value());
}

TEST_F(Book, TheStageThatWasNotPassedIsNamed) {
  const std::optional<CanaryStage> none;
  for (const auto& [last, wanted] : {std::pair(none, "sent"), std::pair(std::optional(CanaryStage::kSent), "accepted"), std::pair(std::optional(CanaryStage::kAccepted), "journaled"),
                                     std::pair(std::optional(CanaryStage::kJournaled), "found"), std::pair(std::optional(CanaryStage::kFound), "written")}) {
    send(last);
    pass_seconds(60);
    EXPECT_EQ(stage(), "") << wanted;
    pass_seconds(1);
    EXPECT_EQ(stage(), wanted);
    send(CanaryStage::kWritten);
    EXPECT_EQ(stage(), "") << "the next that comes out ends it";
    progress_.stored = sequence_;
    book_.look(kBounds, progress_);
  }
}

TEST_F(Book, RulesThatWereAskedAndFoundNothingAreToldFromRulesThatAreBehind) {
  send(CanaryStage::kJournaled);
  pass_seconds(61);
  EXPECT_EQ(stage(), "found");
  EXPECT_NE(book_.snapshot().alarm->text.find("not asked"), std::string::npos);
  CanaryBook other(env_, 7);
  other.journaled(other.begin("x", env_.now_us(), "a"), 3);
  pass_seconds(61);
  other.look(kBounds, {4, 0});
  EXPECT_NE(other.snapshot().alarm->text.find("no rule found it"), std::string::npos);
}

TEST_F(Book, OneThatCameTooLateEndsNoAlarm) {
  send(CanaryStage::kJournaled);
  pass_seconds(61);
  EXPECT_EQ(stage(), "found");
  const std::string text = book_.snapshot().alarm->text;
  book_.found(0);
  progress_.written = 1;
  ASSERT_EQ(stage(), "found");
  EXPECT_EQ(book_.snapshot().late, 1u);
  EXPECT_EQ(book_.snapshot().alarm->text, text);
  send(CanaryStage::kWritten);
  EXPECT_EQ(stage(), "");
}

/// The journal's answer comes after its records can be read.
TEST_F(Book, RulesMayBeFasterThanTheJournalsAnswer) {
  const std::uint64_t number = book_.begin("canary", env_.now_us(), "127.0.0.1:5514");
  book_.passed(number, CanaryStage::kAccepted);
  ASSERT_EQ(book_.recognised("canary"), number);
  book_.journaled(number, 5);
  book_.found(5);
  book_.journaled(number, 5);
  progress_.written = 6;
  EXPECT_EQ(stage(), "");
  EXPECT_EQ(book_.snapshot().out, 1u);
}

TEST_F(Book, TheStoreHasABoundOfItsOwn) {
  send(CanaryStage::kWritten);
  pass_seconds(700);
  EXPECT_EQ(stage(), "");
  pass_seconds(1);
  EXPECT_EQ(stage(), "stored");
  send(CanaryStage::kWritten);
  EXPECT_EQ(stage(), "stored") << "that others come out says nothing of the store";
  progress_.stored = 1;
  EXPECT_EQ(stage(), "");
}

TEST_F(Book, WhatIsAwaitedIsBounded) {
  for (std::size_t i = 0; i < kCanariesAwaitedMax + 5; ++i) send(CanaryStage::kSent);
  EXPECT_EQ(book_.snapshot().lost, 5u);
  EXPECT_FALSE(book_.recognised("canary 5"));
  EXPECT_TRUE(book_.recognised("canary 6"));
}

/// Notes what it was given, and answers as told.
class NotedIntake : public Intake {
 public:
  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override {
    if (full) return false;
    sources.push_back(batch->source());
    done({safe, 41, safe ? nullptr : std::move(batch)});
    return true;
  }
  void refuse(std::uint32_t, std::uint64_t) override {}
  void drop(std::uint32_t, std::uint64_t) override {}
  bool full = false, safe = true;
  std::vector<std::uint32_t> sources;
};

class Intaken : public Book {
 protected:
  std::unique_ptr<IntakeBatch> batch(const std::vector<std::string>& records, std::uint32_t source = 2) {
    auto batch = std::make_unique<IntakeBatch>(source);
    for (const std::string& record : records) {
      Received received;
      received.raw = record;
      EXPECT_TRUE(batch->add(received, env_.now_us(), "127.0.0.1"));
    }
    return batch;
  }
  NotedIntake next_;
  CanaryIntake intake_{next_, book_};
};

TEST_F(Intaken, TheCanaryAloneGetsItsSource) {
  send(CanaryStage::kSent);
  EXPECT_TRUE(intake_.submit(batch({"canary 2"}), [](IntakeResult) {}));
  EXPECT_TRUE(intake_.submit(batch({"canary 1 "}), [](IntakeResult) {}));
  EXPECT_TRUE(intake_.submit(batch({"canary 1", "x"}), [](IntakeResult) {}));
  EXPECT_TRUE(intake_.submit(batch({""}), [](IntakeResult) {}));
  EXPECT_TRUE(intake_.submit(batch({"canary 1"}), [](IntakeResult) {}));
  EXPECT_EQ(next_.sources, (std::vector<std::uint32_t>{2, 2, 2, 2, 7}));
  book_.found(41);
  book_.look(kBounds, {42, 42});
  EXPECT_EQ(book_.snapshot().out, 1u);
  EXPECT_TRUE(intake_.submit(batch({"canary 1"}), [](IntakeResult) {}));
  EXPECT_EQ(next_.sources.back(), 2u) << "one that came out is sent again by somebody else";
}

TEST_F(Intaken, WhatTheJournalDidNotTakeComesAgain) {
  send(CanaryStage::kSent);
  next_.full = true;
  std::unique_ptr<IntakeBatch> first = batch({"canary 1"});
  EXPECT_FALSE(intake_.submit(std::move(first), [](IntakeResult) {}));
  ASSERT_NE(first, nullptr);
  next_.full = next_.safe = false;
  IntakeResult result;
  EXPECT_TRUE(intake_.submit(std::move(first), [&](IntakeResult answer) { result = std::move(answer); }));
  ASSERT_NE(result.batch, nullptr);
  pass_seconds(61);
  EXPECT_EQ(stage(), "journaled");
  next_.safe = true;
  EXPECT_TRUE(intake_.submit(std::move(result.batch), [](IntakeResult) {}));
  EXPECT_EQ(next_.sources, (std::vector<std::uint32_t>{7, 7}));
  EXPECT_TRUE(book_.snapshot().seconds[static_cast<std::size_t>(CanaryStage::kJournaled)].has_value());
}

}  // namespace
}  // namespace tocsin
