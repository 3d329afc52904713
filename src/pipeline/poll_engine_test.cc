#include "pipeline/poll_engine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "collect/net_fakes.h"
#include "event/details.h"
#include "pipeline/ingest_messages.h"
#include "pipeline/ingest_session.h"

namespace tocsin {
namespace {

constexpr std::uint32_t kSource = 3;
constexpr const char* kSettings = "name=p,kind=github,org=acme,secret=/s,interval=1s";

struct Pair {
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0); }
  int ends[2] = {-1, -1};
};

class NobodySends : public SenderSource {
 public:
  Result<std::vector<SenderEntry>> senders() override { return std::vector<SenderEntry>(); }
  std::optional<Sender> without_token(std::string_view) override { return std::nullopt; }
};

PollMark first_mark() {
  PollMark mark;
  mark.name = "p";
  mark.cursor = cursor_at(Env::system().now_us() - 60'000'000);
  return mark;
}

std::string event(int number) { return fmt::format(R"({{"@timestamp":{},"_document_id":"{}"}})", Env::system().now_us() / 1'000, number); }

/// What becomes of a message of the process that parses, or of another one.
Status after(const std::string& message, bool polls, std::uint32_t source = kSource, FakeIntake* taken = nullptr) {
  FakeIntake own;
  FakeIntake& intake = taken == nullptr ? own : *taken;
  NobodySends nobody;
  Pair pair;
  const auto session = std::make_shared<IngestSession>(Env::system(), intake, nobody, pair.ends[0]);
  if (polls) session->start_polls({{kSettings, source, packed(first_mark()), {}}}, [](const PollNews&) {});
  EXPECT_EQ(::send(pair.ends[1], message.data(), message.size(), MSG_NOSIGNAL), static_cast<ssize_t>(message.size()));
  ::shutdown(pair.ends[1], SHUT_WR);
  const Status ended = session->run([] {});
  while (!session->is_settled()) std::this_thread::yield();
  ::close(pair.ends[1]);
  return ended;
}

std::string batch_message(IngestKind kind, std::uint32_t source, bool with_mark) {
  IntakeBatch batch(source);
  Received received;
  const std::string mark = packed(first_mark());
  received.raw = "{}";
  if (with_mark) received.poll_mark = mark;
  EXPECT_TRUE(batch.add(received, Env::system().now_us(), ""));
  return batch_message_head(1, batch, kind) + std::string(batch.all());
}

TEST(PollSession, MarksComeFromWhoParsesForPollersAlone) {
  FakeIntake intake;
  EXPECT_TRUE(after(batch_message(IngestKind::kPolled, kSource, true), true, kSource, &intake));
  EXPECT_EQ(intake.records(), (std::vector<std::string>{"{}"}));
  EXPECT_FALSE(after(batch_message(IngestKind::kPolled, kSource + 1, true), true)) << "of another source";
  EXPECT_FALSE(after(batch_message(IngestKind::kBatch, kSource, false), true));
  EXPECT_FALSE(after(batch_message(IngestKind::kPolled, kSource, true), false)) << "from the network's process";
  EXPECT_FALSE(after(batch_message(IngestKind::kBatch, kSource, true), false));
  EXPECT_FALSE(after(poll_news_message({}), false));
}

TEST(PollMessages, AStartIsWhatWasWritten) {
  const std::string message = polls_message({{kSettings, 7, "mark", {{poll_id("a"), 5}}}, {"x", 8, "", {}}});
  const auto read = read_polls(std::string_view(message).substr(kIngestHeadBytes));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at(0).settings, kSettings);
  EXPECT_EQ(read->at(0).ids, (std::vector<std::pair<PollId, TimeUs>>{{poll_id("a"), 5}}));
  EXPECT_EQ(read->at(1).source, 8u);
  for (std::size_t size = kIngestHeadBytes; size < message.size(); ++size) EXPECT_FALSE(read_polls(std::string_view(message).substr(kIngestHeadBytes, size - kIngestHeadBytes)));
}

TEST(PollEngine, TakesAnswersToTheJournalWithTheirMark) {
  FakeIntake intake;
  Pair core, executor;
  MessageQueue queue(core.ends[0]);
  queue.start();
  std::vector<PollEngine::One> pollers;
  pollers.push_back({std::make_unique<Poller>(*read_poller(kSettings), first_mark(), std::vector<std::pair<PollId, TimeUs>>()), kSource});
  PollEngine engine({Env::system(), intake, queue, executor.ends[0]}, std::move(pollers));
  std::thread runs([&] { engine.run(); });
  std::vector<std::string> sent;
  for (int page = 0; page < 3; ++page) {  // the third one comes a second later
    const Result<PollAsk> ask = receive_ask(executor.ends[1]);
    ASSERT_TRUE(ask);
    PollAnswer answer;
    answer.status = page == 0 ? 500 : 200;
    for (int i = 0; i < page; ++i) sent.push_back(event(10 * page + i));
    answer.body = page == 1 ? "[" + sent[0] + "]" : page == 2 ? "[" + sent[0] + "," + sent[1] + "," + sent[2] + "]" : "";
    engine.answered({ask->poller, answer});
    ASSERT_TRUE(page == 0 || intake.wait_for_submits(static_cast<std::size_t>(page)));
  }
  engine.stop();
  runs.join();
  queue.finish();
  EXPECT_EQ(intake.records(), sent);
  const std::vector<std::string> details = intake.details();
  EXPECT_EQ(detail(details.at(1), Detail::kPollMark), "") << "beside the last of a batch alone";
  const std::optional<PollMark> mark = unpacked_poll_mark(detail(details.at(2), Detail::kPollMark));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->ids.size(), 2u);
  for (const int end : {core.ends[0], core.ends[1], executor.ends[0], executor.ends[1]}) ::close(end);
}

}  // namespace
}  // namespace tocsin
