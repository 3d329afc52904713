#include "collect/acked_listener.h"

#include <gtest/gtest.h>

#include "collect/net_fakes.h"
#include "collect/relp_frames.h"
#include "collect/tls_fakes.h"
#include "collect/tls_stream.h"

namespace tocsin {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view kOpen = "1 open 30 relp_version=0\ncommands=syslog\n";
constexpr std::string_view kOpened = "1 rsp 58 200 OK\nrelp_version=0\nrelp_software=tocsin\ncommands=syslog\n";
constexpr std::string_view kFarewell = "0 serverclose 0\n";

std::string message(int number, const std::string& text) { return std::to_string(number) + " syslog " + std::to_string(text.size()) + " " + text + "\n"; }
std::string taken(int number) { return std::to_string(number) + " rsp 6 200 OK\n"; }

/// RELP that says a word while a batch is not safe.
class Wordy : public RelpFrames {
 public:
  void keep_alive(std::string& out) override { out += "alive\n"; }
};

class Acked : public ::testing::Test {
 protected:
  void open(AckedSettings settings = {}) {
    settings.input = "relp";
    if (!settings.make_protocol) settings.make_protocol = [] { return std::make_unique<RelpFrames>(); };
    settings.on_refused = [this](const std::string&, const std::string& why) {
      const std::lock_guard<std::mutex> lock(mutex_);
      refusals_.push_back(why);
    };
    auto listener = AckedListener::open(io_, {intake_, senders_, Env::system(), enrols_ ? &senders_ : nullptr}, settings);
    ASSERT_TRUE(listener);
    listener_ = std::move(*listener);
    threads_.emplace(io_);
  }
  void stop() {
    if (listener_ != nullptr) listener_->stop();
    threads_.reset();
  }
  void TearDown() override {
    intake_.set(FakeIntake::Mode::kAnswer);
    intake_.release();
    stop();
  }
  Texts refusals() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return refusals_;
  }
  void expect(FakeClient& client, const std::string& what) { EXPECT_EQ(client.receive(what.size()), what); }

  bool enrols_ = false;
  FakeIntake intake_;
  FakeSenders senders_;
  boost::asio::io_context io_;
  std::mutex mutex_;
  Texts refusals_;  // guarded by mutex_
  std::unique_ptr<AckedListener> listener_;
  std::optional<FakeThreads> threads_;
};

TEST_F(Acked, AnswersWhenTheBatchIsSafeAndNotBefore) {
  open();
  FakeClient client(listener_->address());
  client.send(kOpen);
  expect(client, std::string(kOpened));
  intake_.set(FakeIntake::Mode::kHold);
  client.send(message(2, "<1>one") + message(3, "<1>two"));
  ASSERT_TRUE(intake_.wait_for_held(1));
  client.send(message(4, "<1>three"));
  EXPECT_FALSE(client.has_more(50));
  EXPECT_TRUE(intake_.records().empty());
  intake_.set(FakeIntake::Mode::kAnswer);
  intake_.release();
  expect(client, taken(2) + taken(3) + taken(4));
  EXPECT_EQ(intake_.records(), (Texts{"<1>one", "<1>two", "<1>three"}));
  EXPECT_NE(intake_.details()[0].find("127.0.0.1"), std::string::npos);
}

TEST_F(Acked, ABatchThatDoesNotFitIsOfferedAgain) {
  open();
  intake_.set(FakeIntake::Mode::kFull);
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a"));
  ASSERT_TRUE(intake_.wait_for_submits(3));
  intake_.set(FakeIntake::Mode::kAnswer);
  expect(client, std::string(kOpened) + taken(2));
  EXPECT_EQ(intake_.refused() + intake_.dropped(), 0u);
}

TEST_F(Acked, WhatIsNotSafeIsNotAnswered) {
  open();
  intake_.set(FakeIntake::Mode::kFail);
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a") + message(3, "b"));
  EXPECT_EQ(client.rest(), "") << "it sends them again";
  EXPECT_EQ(intake_.refused(), 2u);
  EXPECT_EQ(intake_.dropped(), 0u);
}

TEST_F(Acked, WhatStandsBeforeAMistakeIsTakenAndTheMistakeTold) {
  open();
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a") + "x");
  EXPECT_EQ(client.rest(), std::string(kOpened) + taken(2) + std::string(kFarewell));
  EXPECT_EQ(intake_.records(), Texts{"a"});
  EXPECT_EQ(intake_.refused(), 1u);
  EXPECT_EQ(refusals(), Texts{"RELP, frame 3: it does not begin with a number"});
}

TEST_F(Acked, AClientThatClosesIsClosed) {
  open();
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a") + "3 close 0\n");
  EXPECT_EQ(client.rest(), std::string(kOpened) + taken(2) + taken(3) + std::string(kFarewell));
  EXPECT_TRUE(refusals().empty());
}

TEST_F(Acked, LargeFramesAndMuchAtOnceAreTakenWhole) {
  open();
  FakeClient client(listener_->address());
  client.send(kOpen);
  expect(client, std::string(kOpened));
  Texts expected;
  std::string all, answers;
  for (int i = 2; i < 20'000; ++i) {
    expected.push_back("message " + std::to_string(i) + std::string(i % 5000 == 0 ? 900'000 : static_cast<std::size_t>(i % 90), 'x'));
    all += message(i, expected.back());
    answers += taken(i);
  }
  std::thread sends([&] { client.send(all); });
  expect(client, answers);
  sends.join();
  EXPECT_EQ(intake_.records(), expected);
}

TEST_F(Acked, TheLargestFrameFitsAndALargerOneDoesNot) {
  open();
  FakeClient client(listener_->address());
  client.send(kOpen);
  expect(client, std::string(kOpened));
  client.send(message(2, std::string(RelpFrames::kRelpDataBytesMax, 'x')) + message(3, "y"));
  expect(client, taken(2) + taken(3));
  ASSERT_EQ(intake_.records().size(), 2u);
  EXPECT_EQ(intake_.records()[0].size(), kReceivedBytesMax);
  client.send("4 syslog 16777217 ");
  EXPECT_EQ(client.rest(), kFarewell);
  EXPECT_EQ(refusals(), Texts{"RELP, frame 4: it has 16777217 bytes; 16777216 are the most"});
}

/// As a packed frame: so many records out of one number.
class Many : public RelpFrames {
 public:
  Result<std::size_t> take(std::string_view bytes, ReceivedVisitor& visitor) override {
    Received received;
    received.raw = "x";
    for (int i = std::atoi(std::string(bytes).c_str()); i > 0; --i) visitor.record(received);
    return bytes.size();
  }
  void answer(std::string& out) override { out += "done\n"; }
};

TEST_F(Acked, OneFrameMayFillSeveralBatchesButNotAnyNumber) {
  AckedSettings settings;
  settings.make_protocol = [] { return std::make_unique<Many>(); };
  open(settings);
  const std::size_t most = kAckedBatchRecordsMax * kAckedBatchesMax;
  FakeClient client(listener_->address());
  client.send(std::to_string(most));
  expect(client, "done\n");
  EXPECT_EQ(intake_.records().size(), most);
  EXPECT_EQ(intake_.submits(), kAckedBatchesMax);
  client.send(std::to_string(most + 1));
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(intake_.records().size(), most);
  EXPECT_EQ(intake_.refused(), most);
  EXPECT_EQ(refusals(), Texts{"there is no memory left for what it sends"});
}

TEST_F(Acked, WithoutMemoryALargeFrameWaitsAndIsGivenUpInTime) {
  AckedSettings settings;
  settings.held_bytes_max = 1 << 20;
  settings.frame_ms = 100;
  open(settings);
  FakeClient client(listener_->address());
  client.send(kOpen);
  expect(client, std::string(kOpened));
  std::thread sends([&] { client.send(message(2, std::string(2 << 20, 'x'))); });
  EXPECT_EQ(client.rest(), "");
  sends.join();
  EXPECT_EQ(refusals(), Texts{"it began a frame and did not end it in time"});
  EXPECT_TRUE(intake_.records().empty());
}

TEST_F(Acked, ASignOfLifeIsSaidWhileTheJournalIsSlow) {
  AckedSettings settings;
  settings.alive_ms = 1;
  settings.make_protocol = [] { return std::make_unique<Wordy>(); };
  open(settings);
  intake_.set(FakeIntake::Mode::kHold);
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a"));
  expect(client, "alive\nalive\n");
  intake_.set(FakeIntake::Mode::kAnswer);
  intake_.release();
  std::string line;
  while (!(line = client.receive(6)).empty() && line == "alive\n") {
  }
  EXPECT_EQ(line + client.receive(kOpened.size() + taken(2).size() - 6), std::string(kOpened) + taken(2));
}

TEST_F(Acked, StopAnswersWhatIsOnItsWay) {
  open();
  FakeClient client(listener_->address()), idle(listener_->address());
  client.send(kOpen);
  idle.send(kOpen);
  expect(client, std::string(kOpened));
  expect(idle, std::string(kOpened));
  intake_.set(FakeIntake::Mode::kHold);
  client.send(message(2, "a"));
  ASSERT_TRUE(intake_.wait_for_held(1));
  listener_->stop();
  EXPECT_EQ(idle.rest(), kFarewell);
  client.send(message(3, "b"));
  intake_.set(FakeIntake::Mode::kAnswer);
  intake_.release();
  EXPECT_EQ(client.rest(), taken(2) + std::string(kFarewell));
  threads_.reset();
  EXPECT_EQ(intake_.records(), Texts{"a"});
}

TEST_F(Acked, StopDoesNotWaitForever) {
  AckedSettings settings;
  settings.stop_ms = 50;
  open(settings);
  intake_.set(FakeIntake::Mode::kFull);
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a") + message(3, "b"));
  ASSERT_TRUE(intake_.wait_for_submits(2));
  stop();
  EXPECT_EQ(intake_.refused(), 2u);
  EXPECT_TRUE(intake_.records().empty());
}

TEST_F(Acked, OverTlsACertificateSaysWhoSends) {
  const FakeIdentities who;
  AckedSettings settings;
  settings.certificate_required = true;
  const auto streams = make_tls_streams({.certificates = who.server.certificate, .key = who.server.key, .client_authority = who.authority.certificate, .client_required = true, .http = false});
  ASSERT_TRUE(streams);
  settings.make_stream = *streams;
  open(settings);
  FakeTlsClient unknown(listener_->address(), {.authority = who.authority.certificate, .identity = who.client});
  ASSERT_TRUE(unknown.handshake());
  unknown.send(kOpen);
  EXPECT_EQ(unknown.receive(1), "");
  EXPECT_EQ(refusals(), Texts{"its certificate is not that of a sender"});

  senders_.know(read_certificate(who.client.certificate)->fingerprint);
  FakeTlsClient client(listener_->address(), {.authority = who.authority.certificate, .identity = who.client});
  ASSERT_TRUE(client.handshake());
  client.send(std::string(kOpen) + message(2, "a"));
  EXPECT_EQ(client.receive(kOpened.size() + taken(2).size()), std::string(kOpened) + taken(2));
  EXPECT_EQ(intake_.sources(), std::vector<std::uint32_t>{3});
  senders_.know("another");
  client.send(message(3, "b"));
  EXPECT_EQ(client.receive(1), "") << "removed meanwhile";
  EXPECT_EQ(intake_.records(), Texts{"a"});
}

TEST_F(Acked, WithoutACertificateNobodySendsWhereOneIsRequired) {
  AckedSettings settings;
  settings.certificate_required = true;
  open(settings);
  FakeClient client(listener_->address());
  client.send(std::string(kOpen) + message(2, "a"));
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(refusals(), Texts{"it shows no certificate"});
}

std::string enrol(const std::string& code) {
  const std::string data = enrolment_data({code, "\x04" + std::string(64, 'k')});
  return "2 enrol " + std::to_string(data.size()) + " " + data + "\n";
}

TEST_F(Acked, WhoShowsNoCertificateMayHandInACodeAndNothingElse) {
  const std::string code = enrolment_code(std::string(16, 's'), std::string(32, 'm')), other = enrolment_code(std::string(16, 't'), std::string(32, 'm'));
  senders_.await(code);
  AckedSettings settings;
  settings.certificate_required = true;
  settings.code_again_ms = 10;
  enrols_ = true;
  settings.make_protocol = [] { return std::make_unique<RelpFrames>(true); };
  open(settings);
  {
    FakeClient client(listener_->address());
    client.send(std::string(kOpen) + message(2, "a record"));
    EXPECT_EQ(client.rest(), "");
  }
  {
    FakeClient client(listener_->address());
    client.send(std::string(kOpen) + enrol(other));
    EXPECT_EQ(client.rest().find(std::string(kOpened) + "2 rsp 101 500 this code is not known"), 0u);
  }
  {
    FakeClient client(listener_->address());
    client.send(std::string(kOpen) + enrol(code) + message(3, "behind it"));
    EXPECT_EQ(client.rest(), std::string(kOpened) + "2 rsp 18 200 OK\ncertificate\n" + std::string(kFarewell));
  }
  {
    FakeClient client(listener_->address());
    client.send(kOpen);
    expect(client, std::string(kOpened));
    client.send(enrol(code));
    EXPECT_NE(client.rest().find("500 this code is not known"), std::string::npos) << "a second time";
  }
  EXPECT_TRUE(intake_.records().empty());
  EXPECT_EQ(refusals().front(), "it shows no certificate");
}

}  // namespace
}  // namespace tocsin
