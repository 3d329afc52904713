// The core and an ingest process in one process, over a real socket pair: once with the other side as it is, once with one that sends what it likes.
#include "pipeline/ingest_session.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/bytes.h"
#include "base/memory_env.h"
#include "collect/net_fakes.h"
#include "pipeline/message_queue.h"
#include "pipeline/remote_intake.h"
#include "pipeline/state_senders.h"

namespace tocsin {
namespace {

constexpr std::uint32_t kSource = 3, kSyslog = 4;

class FakeSource : public SenderSource {
 public:
  Result<std::vector<SenderEntry>> senders() override {
    ++reads;
    return std::vector<SenderEntry>{{"bulk", "app", token_digest(token), kSource}};
  }
  std::optional<Sender> without_token(std::string_view input) override {
    if (input != "syslog") return std::nullopt;
    return Sender{"syslog", kSyslog};
  }
  Result<std::string> enrol(const EnrolmentRequest& request) override {
    if (request.key != std::string(kEnrolmentKeyBytes, 'k')) return Error{Code::kDenied, "no"};
    return "certificate for " + request.code;
  }
  std::string token = "secret";
  std::atomic<int> reads{0};
};

std::unique_ptr<IntakeBatch> batch_of(const std::vector<std::string>& texts, TimeUs when, IntakeBatch::IfFull if_full = IntakeBatch::IfFull::kSayNo) {
  auto batch = std::make_unique<IntakeBatch>(kSource, if_full);
  for (const std::string& text : texts) {
    Received received;
    received.raw = text;
    const std::string host = "h-" + text.substr(0, 8);
    received.host = host;
    EXPECT_TRUE(batch->add(received, when, "192.0.2.7"));
  }
  return batch;
}

/// Its answer, once that is there.
std::future<IntakeResult> submit(RemoteIntake& intake, std::unique_ptr<IntakeBatch> batch) {
  const auto answer = std::make_shared<std::promise<IntakeResult>>();
  EXPECT_TRUE(intake.submit(std::move(batch), [answer](IntakeResult result) { answer->set_value(std::move(result)); }));
  return answer->get_future();
}

class Ingest : public testing::Test {
 protected:
  Ingest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    session_ = std::make_shared<IngestSession>(Env::system(), intake_, source_, ends[0]);
    other_ = ends[1];
    runs_ = std::thread([this] { ended_ = session_->run([] {}); });
  }
  ~Ingest() override { (void)end(); }

  /// Reads for the other side, as the ingest process does.
  void read_answers(RemoteIntake& intake, RemoteSenders* senders = nullptr) {
    reader_ = std::thread([this, &intake, senders] {
      std::uint8_t kind = 0;
      std::string payload;
      while (read_message(other_, kIngestCoreBytesMax, kind, payload)) {
        if (static_cast<IngestKind>(kind) == IngestKind::kAnswer) intake.answered(*read_answer(payload));
        if (static_cast<IngestKind>(kind) == IngestKind::kEnrolled && senders != nullptr) senders->enrolled(*read_enrolled(payload));
        if (static_cast<IngestKind>(kind) == IngestKind::kSenders && senders != nullptr) senders->set(*read_senders(payload));
      }
    });
  }
  void say(std::string_view bytes) { EXPECT_EQ(::send(other_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size())); }
  /// The other side goes; how the session ended.
  Status end() {
    if (other_ >= 0) ::shutdown(other_, SHUT_RDWR);
    if (runs_.joinable()) runs_.join();
    if (reader_.joinable()) reader_.join();
    if (other_ >= 0) ::close(std::exchange(other_, -1));
    return ended_;
  }
  /// What comes of a message that is sent by one that knows its senders.
  Status after(const std::string& message) {
    say(who_message(""));
    say(message);
    runs_.join();  // the session ends by itself, though the other side is there
    return ended_;
  }

  FakeIntake intake_;
  FakeSource source_;
  std::shared_ptr<IngestSession> session_;
  int other_ = -1;
  Status ended_;
  std::thread runs_, reader_;
};

TEST_F(Ingest, BatchesArriveAsTheyAreAndAreAnswered) {
  MessageQueue queue(other_);
  queue.start();
  RemoteIntake remote(queue);
  RemoteSenders senders(Env::system(), queue);
  read_answers(remote, &senders);
  ASSERT_EQ(senders.by_token("bulk", "secret")->source, kSource);
  const std::vector<std::string> texts = {"one", "", std::string("\0\xff", 2), std::string(900'000, 'x')};
  auto batch = batch_of(texts, Env::system().now_us());
  std::vector<std::string> details;
  for (const IntakeBatch::Entry& entry : batch->entries()) details.emplace_back(batch->details(entry));
  EXPECT_TRUE(submit(remote, std::move(batch)).get().safe);
  EXPECT_EQ(intake_.records(), texts);
  EXPECT_EQ(intake_.details(), details);
  EXPECT_EQ(submit(remote, batch_of({"two"}, 0)).get().first, 4u);
  remote.refuse(kSource, 5);
  remote.drop(kSource, 7);
  remote.wait_for_answers();
  queue.finish();
  EXPECT_TRUE(end());
  EXPECT_EQ(intake_.refused(), 5u);
  EXPECT_EQ(intake_.dropped(), 7u);
}

TEST_F(Ingest, WhereThereIsNoRoomOneIsToldAndOneWaits) {
  MessageQueue queue(other_);
  queue.start();
  RemoteIntake remote(queue);
  RemoteSenders senders(Env::system(), queue);
  read_answers(remote, &senders);
  ASSERT_TRUE(senders.by_token("bulk", "secret"));
  intake_.set(FakeIntake::Mode::kFull);
  std::future<IntakeResult> patient = submit(remote, batch_of({"patient"}, 0, IntakeBatch::IfFull::kWait));
  std::future<IntakeResult> hasty = submit(remote, batch_of({"hasty"}, 0));
  EXPECT_FALSE(hasty.get().safe) << "told at once, though one waits before it";
  ASSERT_TRUE(intake_.wait_for_submits(5)) << "offered again";
  intake_.set(FakeIntake::Mode::kAnswer);
  EXPECT_TRUE(patient.get().safe);
  EXPECT_EQ(intake_.records(), (std::vector<std::string>{"patient"}));
  queue.finish();
  EXPECT_TRUE(end());
}

TEST_F(Ingest, WhatTheDiskDidNotTakeIsOfferedAgainForWhoWaits) {
  MessageQueue queue(other_);
  queue.start();
  RemoteIntake remote(queue);
  RemoteSenders senders(Env::system(), queue);
  read_answers(remote, &senders);
  ASSERT_TRUE(senders.by_token("bulk", "secret"));
  intake_.set(FakeIntake::Mode::kFail);
  std::future<IntakeResult> patient = submit(remote, batch_of({"patient"}, 0, IntakeBatch::IfFull::kWait));
  std::future<IntakeResult> hasty = submit(remote, batch_of({"hasty"}, 0));
  EXPECT_FALSE(hasty.get().safe);
  ASSERT_TRUE(intake_.wait_for_submits(3)) << "one is offered again";
  std::future<IntakeResult> later = submit(remote, batch_of({"later"}, 0, IntakeBatch::IfFull::kWait));
  intake_.set(FakeIntake::Mode::kAnswer);
  EXPECT_TRUE(patient.get().safe);
  EXPECT_TRUE(later.get().safe);
  EXPECT_EQ(intake_.records(), (std::vector<std::string>{"patient", "later"}));
  EXPECT_EQ(intake_.dropped(), 0u);
  queue.finish();
  EXPECT_TRUE(end());
}

TEST_F(Ingest, ConnectionsThatWereTurnedAwayAreCounted) {
  say(turned_away_message(2));
  say(turned_away_message(1));
  EXPECT_TRUE(end());
  EXPECT_EQ(session_->turned_away(), 3u);
}

TEST_F(Ingest, WhatTheDiskNeverTookIsCounted) {
  intake_.set(FakeIntake::Mode::kFail);
  const auto batch = batch_of({"a", "b", "c"}, 0, IntakeBatch::IfFull::kWait);
  say(who_message(""));
  say(batch_message_head(1, *batch) + std::string(batch->all()));
  ASSERT_TRUE(intake_.wait_for_submits(2));
  EXPECT_TRUE(end());
  EXPECT_EQ(intake_.dropped(), 3u);
}

TEST_F(Ingest, WhoWaitsInVainIsCounted) {
  intake_.set(FakeIntake::Mode::kFull);
  const auto batch = batch_of({"a", "b"}, 0, IntakeBatch::IfFull::kWait);
  say(who_message(""));
  say(batch_message_head(1, *batch) + std::string(batch->all()));
  ASSERT_TRUE(intake_.wait_for_submits(1));
  EXPECT_TRUE(end());
  EXPECT_EQ(intake_.dropped(), 2u);
}

TEST_F(Ingest, WhatIsOnItsWayIsBounded) {
  MessageQueue queue(other_);
  queue.start();
  RemoteIntake remote(queue, 300);
  RemoteSenders senders(Env::system(), queue);
  read_answers(remote, &senders);
  ASSERT_TRUE(senders.by_token("bulk", "secret"));
  intake_.set(FakeIntake::Mode::kHold);
  const auto ignore = [](IntakeResult) {};
  ASSERT_TRUE(remote.submit(batch_of({std::string(1'000, 'x')}, 0), ignore)) << "one alone is always taken";
  auto second = batch_of({"y"}, 0);
  EXPECT_FALSE(remote.submit(std::move(second), ignore));
  ASSERT_NE(second, nullptr) << "it is left as it is";
  ASSERT_TRUE(intake_.wait_for_held(1));
  intake_.release();
  remote.wait_for_answers();
  intake_.set(FakeIntake::Mode::kAnswer);
  EXPECT_TRUE(remote.submit(std::move(second), ignore));
  remote.wait_for_answers();
  queue.finish();
  EXPECT_TRUE(end());
}

TEST_F(Ingest, AProofIsLookedForAmongTheSendersOfTheInput) {
  MessageQueue queue(other_);
  queue.start();
  RemoteIntake remote(queue);
  RemoteSenders senders(Env::system(), queue);
  read_answers(remote, &senders);
  const auto is_app = [](std::string_view name, std::string_view digest) { return name == "app" && digest == token_digest("secret"); };
  EXPECT_EQ(senders.by_proof("bulk", is_app)->source, kSource);
  EXPECT_FALSE(senders.by_proof("forward", is_app)) << "it is for another input";
  EXPECT_FALSE(senders.by_proof("bulk", [](std::string_view, std::string_view) { return false; }));
  queue.finish();
  EXPECT_TRUE(end());
}

TEST_F(Ingest, ANewTokenIsAskedForAndAStrangerDoesNotKeepTheStateBusy) {
  MemoryEnv env;
  MessageQueue queue(other_);
  queue.start();
  RemoteIntake remote(queue);
  RemoteSenders senders(env, queue);
  read_answers(remote, &senders);
  EXPECT_EQ(senders.without_token("syslog")->source, kSyslog);
  EXPECT_FALSE(senders.without_token("bulk"));
  EXPECT_TRUE(senders.by_token("bulk", "secret"));
  EXPECT_FALSE(senders.by_token("hec", "secret")) << "it is for another input";
  const int reads = source_.reads;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(senders.by_token("bulk", "wrong-" + std::to_string(i)));
  EXPECT_EQ(source_.reads, reads) << "within a second";
  source_.token = "new";
  env.advance_us(6'000'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));  // the core reads at most twice a second
  EXPECT_TRUE(senders.by_token("bulk", "new"));
  EXPECT_FALSE(senders.by_token("bulk", "secret")) << "it was removed";
  queue.finish();
  EXPECT_TRUE(end());
}

TEST_F(Ingest, AHostIsEnrolledAndHowOftenIsBounded) {
  MessageQueue queue(other_);
  RemoteIntake intake(queue);
  RemoteSenders senders(Env::system(), queue);
  queue.start();
  read_answers(intake, &senders);
  const std::string code = enrolment_code(std::string(16, 's'), std::string(32, 'm'));
  const auto enrol = [&](char key) {
    const auto answer = std::make_shared<std::promise<Result<std::string>>>();
    senders.enrol({code, std::string(kEnrolmentKeyBytes, key)}, [answer](Result<std::string> certificate) { answer->set_value(std::move(certificate)); });
    return answer->get_future().get();
  };
  EXPECT_EQ(enrol('k').value(), "certificate for " + code);
  EXPECT_EQ(enrol('x').error().message, "no");
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < 2 * kEnrolmentsPerMinuteMax + 2; ++i) refused += enrol('k') ? 0 : 1;
  EXPECT_GE(refused, 1u) << "a minute may have ended meanwhile";
  queue.finish();
}

TEST_F(Ingest, ATimeThatCannotBeIsReplaced) {
  const TimeUs now = Env::system().now_us();
  struct Times : Intake {
    bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override {
      for (const IntakeBatch::Entry& entry : batch->entries()) seen.push_back(entry.received);
      done({true, 0});
      return true;
    }
    void refuse(std::uint32_t, std::uint64_t) override {}
    void drop(std::uint32_t, std::uint64_t) override {}
    std::vector<TimeUs> seen;
  } times;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const auto session = std::make_shared<IngestSession>(Env::system(), times, source_, ends[0]);
  std::string bytes = who_message("");
  for (const TimeUs time : {now - 1'000'000, now + 600'000'000'000, now - 2 * kIngestOldestUs, TimeUs{INT64_MIN}}) {
    const auto batch = batch_of({"x"}, time);
    bytes += batch_message_head(0, *batch) + std::string(batch->all());
  }
  ASSERT_EQ(::send(ends[1], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  ::shutdown(ends[1], SHUT_WR);
  ASSERT_TRUE(session->run([] {}));
  ::close(ends[1]);
  ASSERT_EQ(times.seen.size(), 4u);
  EXPECT_EQ(times.seen[0], now - 1'000'000);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(times.seen[i] >= now && times.seen[i] <= Env::system().now_us()) << i;
}

/// A batch as bytes, with the number at `at` of its payload replaced.
template <class T>
std::string bent_batch(std::size_t at, T number) {
  const auto batch = batch_of({"text"}, 0);
  std::string bytes = batch_message_head(1, *batch) + std::string(batch->all());
  std::memcpy(bytes.data() + kIngestHeadBytes + at, &number, sizeof number);
  return bytes;
}

TEST_F(Ingest, AGoodBatchIsNotTheReason) {
  say(who_message(""));
  say(bent_batch<std::uint32_t>(8, kSource));
  ASSERT_TRUE(intake_.wait_for_records(1));
  EXPECT_TRUE(end());
}
TEST_F(Ingest, ASourceOfSomebodyElseEndsIt) { EXPECT_FALSE(after(bent_batch<std::uint32_t>(8, 99))); }
TEST_F(Ingest, AFlagThatIsNoneEndsIt) { EXPECT_FALSE(after(bent_batch<std::uint8_t>(12, 2))); }
TEST_F(Ingest, MoreRecordsThanThereAreEndIt) { EXPECT_FALSE(after(bent_batch<std::uint32_t>(13, 0xFFFFFFFF))); }
TEST_F(Ingest, NoRecordsEndIt) { EXPECT_FALSE(after(bent_batch<std::uint32_t>(13, 0))); }
TEST_F(Ingest, ARecordBeyondTheBatchEndsIt) { EXPECT_FALSE(after(bent_batch<std::uint32_t>(25, 1'000))); }
TEST_F(Ingest, ASizeThatWrapsAroundEndsIt) { EXPECT_FALSE(after(bent_batch<std::uint32_t>(25, 0xFFFFFFFF))); }
TEST_F(Ingest, DetailsThatDoNotAddUpEndIt) { EXPECT_FALSE(after(bent_batch<std::uint8_t>(31 + 4 + 1, 77))); }
TEST_F(Ingest, AKindThatIsNoneEndsIt) { EXPECT_FALSE(after(empty_message(static_cast<IngestKind>(7)))); }
TEST_F(Ingest, ASecondStartEndsIt) { EXPECT_FALSE(after(ready_message({7, true, ""}) + ready_message({7, true, ""}))); }
TEST_F(Ingest, ACountOfSomebodyElseEndsIt) { EXPECT_FALSE(after(count_message(IngestKind::kDropped, 99, 1))); }
TEST_F(Ingest, ACountThatCannotBeEndsIt) { EXPECT_FALSE(after(count_message(IngestKind::kRefused, kSource, UINT64_MAX))); }
TEST_F(Ingest, ConnectionsThatCannotBeSoManyEndIt) { EXPECT_FALSE(after(turned_away_message(UINT64_MAX))); }
TEST_F(Ingest, AnEnrolmentWithoutACodeEndsIt) { EXPECT_FALSE(after(enrol_message(1, {"tcs_1", std::string(kEnrolmentKeyBytes, 'k')}))); }
TEST_F(Ingest, AnEnrolmentWithoutAKeyEndsIt) { EXPECT_FALSE(after(enrol_message(1, {enrolment_code(std::string(16, 's'), std::string(32, 'm')), "k"}))); }
TEST_F(Ingest, SomethingBehindAMessageEndsIt) {
  std::string message = count_message(IngestKind::kRefused, kSource, 1) + "x";
  message[0] = 13;
  EXPECT_FALSE(after(message));
}
TEST_F(Ingest, AMessageThatIsTooLargeEndsItBeforeItComes) {
  std::string head;
  append_number(head, static_cast<std::uint32_t>(kIngestBatchBytesMax + 1));
  append_number(head, static_cast<std::uint8_t>(IngestKind::kBatch));
  EXPECT_FALSE(after(head));
}
TEST_F(Ingest, MoreBatchesThanItMayEndIt) {
  intake_.set(FakeIntake::Mode::kHold);
  std::string bytes;
  const auto batch = batch_of({"x"}, 0);
  say(who_message(""));
  for (std::size_t i = 0; i <= kIngestBatchesMax; ++i) {
    const std::string one = batch_message_head(i, *batch) + std::string(batch->all());
    if (::send(other_, one.data(), one.size(), MSG_NOSIGNAL) < 0) break;  // it may be over already
  }
  runs_.join();
  EXPECT_FALSE(ended_);
  intake_.release();  // answers to a session that is over are nothing to anybody
}
TEST_F(Ingest, WhoDoesNotReadIsGivenUp) {
  source_.token = "secret";
  bool open = true;
  const std::string who = who_message("");
  // Each question has an answer of some 60 bytes, which nobody takes.
  for (std::size_t i = 0; open && i < kIngestUnreadBytesMax; ++i) open = ::send(other_, who.data(), who.size(), MSG_NOSIGNAL) > 0;
  EXPECT_FALSE(open);
  runs_.join();
  EXPECT_FALSE(ended_);
}

}  // namespace
}  // namespace tocsin
