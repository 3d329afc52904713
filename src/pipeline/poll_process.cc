#include "pipeline/poll_process.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "base/descriptor.h"
#include "collect/poll_api.h"
#include "collect/poll_mark.h"
#include "pipeline/poll_child.h"

namespace tocsin {

namespace {

using std::chrono::milliseconds;

/// Until the stream has come as far.
constexpr milliseconds kSettlePause{50};
/// For the executor to begin; the machine may be busy.
constexpr int kStartS = 60;
/// After a start that failed: what is in its way is for a person to remove.
constexpr milliseconds kRetry{10'000};

struct Ends {
  Descriptor own, other;
};

Result<Ends> socket_pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, std::string("no socket pair: ") + std::strerror(errno)};
  return Ends{Descriptor(ends[0]), Descriptor(ends[1])};
}

/// Nobody sends to pollers.
class NoSenders : public SenderSource {
 public:
  Result<std::vector<SenderEntry>> senders() override { return std::vector<SenderEntry>(); }
  std::optional<Sender> without_token(std::string_view) override { return std::nullopt; }
};

NoSenders& no_senders() {
  static NoSenders none;
  return none;
}

}  // namespace

PollProcess::PollProcess(const Place& place, Options options) : place_(place), options_(std::move(options)) {
  for (const std::string& text : options_.pollers) {
    Result<PollerSettings> settings = read_poller(text);
    if (!settings) continue;  // the settings were checked
    now_.pollers.push_back({settings->name, std::string(settings->facts->name), settings->source(), {}});
    if (settings->is_feed()) feed_places_.push_back(settings_.size());
    settings_.push_back(std::move(*settings));
  }
  std::vector<std::string> feeds;
  for (const std::size_t at : feed_places_) feeds.push_back(settings_[at].name);
  feeds_ = std::make_unique<FeedIntake>(FeedIntake::Place{place_.env, place_.intake, options_.data, options_.feed_changed, options_.say}, feeds);
}

PollProcess::~PollProcess() { stop(); }

void PollProcess::start() {
  feeds_->start();
  if (!settings_.empty()) thread_ = std::thread([this] { run(); });
}

void PollProcess::stop() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (session_ != nullptr) session_->stop();
    // The thread kills what does not end by itself.
    const bool ended = changed_.wait_for(lock, milliseconds(kPollStopMs), [this] { return now_.parser == 0; });
    if (!ended) parser_.kill();
  }
  thread_.join();
  feeds_->stop();  // when nobody waits for an answer any more
}

PollProcess::Snapshot PollProcess::snapshot() const {
  Snapshot now;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    now = now_;
  }
  for (std::size_t i = 0; i < feed_places_.size(); ++i) {
    PollNews& news = now.pollers[feed_places_[i]].news;
    if (news.trouble.empty()) news.trouble = feeds_->trouble(i);
  }
  return now;
}

/// False once it is time to stop.
bool PollProcess::rest(milliseconds time) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void PollProcess::run() {
  std::shared_ptr<IngestSession> session;
  while (wait_until_settled(session)) {
    std::string trouble = run_once(session);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return;
      if (trouble != now_.trouble) options_.say(trouble);
      now_.trouble = std::move(trouble);
    }
    if (!rest(session == nullptr ? kRetry : milliseconds(kPollRestartMs))) return;
  }
}

/// Everything that was handed over is safe or is not, and the state knows of all that is.
bool PollProcess::wait_until_settled(const std::shared_ptr<IngestSession>& before) {
  while (before != nullptr && !before->is_settled()) {
    if (!rest(kSettlePause)) return false;
  }
  const journal::Sequence safe = place_.intake.committed();
  while (true) {
    const Result<std::uint64_t> looked_at = place_.state.position();
    if (looked_at && *looked_at >= safe) return true;
    if (!rest(kSettlePause)) return false;
  }
}

/// Its mark is beside what it got, not in the journal.
Result<PollStart> PollProcess::feed_start(std::size_t feed, TimeUs now) {
  const std::size_t place = feed_places_[feed];
  std::string mark = TRY(feeds_->mark(feed));
  if (mark.empty()) {
    PollMark first;
    first.name = settings_[place].name;
    first.cursor = cursor_at(now - settings_[place].start_us);
    mark = packed(first);
  }
  return PollStart{options_.pollers[place], FeedIntake::source(feed), std::move(mark), {}};
}

/// One that has never run begins so far back as its settings say; from then on its mark counts.
Result<std::vector<PollStart>> PollProcess::starts() {
  const TimeUs now = place_.env.now_us();
  for (const PollerSettings& settings : settings_) {
    if (settings.is_feed()) continue;
    PollMark mark;
    mark.name = settings.name;
    mark.cursor = cursor_at(now - settings.start_us);
    TRY(place_.state.begin_poller(settings.name, packed(mark), now));
  }
  const std::vector<StoredPollMark> marks = TRY(place_.state.poll_marks());
  std::vector<PollStart> starts;
  std::size_t feeds = 0;
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    if (settings_[i].is_feed()) {
      starts.push_back(TRY(feed_start(feeds++, now)));
      continue;
    }
    const auto mark = std::ranges::find(marks, settings_[i].name, &StoredPollMark::name);
    if (mark == marks.end()) return Error{Code::kInvalid, "the state does not keep pollers"};
    std::vector<std::pair<PollId, TimeUs>> ids = mark->ids;
    if (ids.size() > kPollIdsMax) ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(kPollIdsMax));
    starts.push_back({options_.pollers[i], TRY(place_.intake.source(settings_[i].source())), mark->mark, std::move(ids)});
  }
  return starts;
}

/// From their start to their end; why they ended, "" if they were asked to.
std::string PollProcess::run_once(std::shared_ptr<IngestSession>& session) {
  Result<std::shared_ptr<IngestSession>> started = start_both();
  session = started ? *started : nullptr;
  std::string trouble;
  if (!started) {
    trouble = "the pollers do not run: " + started.error().message;
  } else {
    const Status ended = session->run([] {});
    if (!ended) trouble = "the pollers are started again: " + ended.error().message;
    else if (!session->has_stopped()) trouble = "the pollers are started again: one of their processes ended";
  }
  parser_.kill();
  executor_.kill();
  for (StartedProgram* const program : {&parser_, &executor_}) {
    if (program->is_open()) (void)program->wait();
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  now_.parser = now_.executor = 0;
  session_ = nullptr;
  changed_.notify_all();
  return trouble;
}

Status PollProcess::start_executor(int core, int asks, int own) {
  executor_ = TRY(place_.starter.start({.words = {"tocsin", std::string(kExecutorVerb)}, .descriptors = {core, asks}, .environment = true}));
  const timeval patience{kStartS, 0};
  ::setsockopt(own, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(own, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  TRY(send_start(own, {options_.pollers}));
  const ExecutorReady ready = TRY(receive_ready(own));
  if (!ready.trouble.empty()) return Error{Code::kInvalid, ready.trouble};
  const std::lock_guard<std::mutex> lock(mutex_);
  now_.executor = executor_.pid();
  now_.sandbox = ready.sandbox;
  now_.missing = ready.missing;
  return {};
}

Result<std::shared_ptr<IngestSession>> PollProcess::start_both() {
  const std::vector<PollStart> starts = TRY(this->starts());
  Ends core = TRY(socket_pair()), asks = TRY(socket_pair()), ingest = TRY(socket_pair());
  TRY(start_executor(core.other.get(), asks.other.get(), core.own.get()));
  auto session = std::make_shared<IngestSession>(place_.env, *feeds_, no_senders(), ingest.own.release());
  executor_core_ = std::move(core.own);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) return Error{Code::kDenied, "the service stops"};
  parser_ = TRY(place_.starter.start({.words = {"tocsin", std::string(kPollsVerb)}, .descriptors = {ingest.other.get(), asks.own.get()}}));
  now_.parser = parser_.pid();
  ++now_.starts;
  now_.trouble.clear();
  session->start_polls(starts, [this](const PollNews& news) { hear(news); });
  session_ = session;
  return session;
}

/// A trouble is said when it comes and when it is over, not each time.
void PollProcess::hear(const PollNews& news) {
  std::string said;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (news.poller >= now_.pollers.size()) return;
    One& one = now_.pollers[news.poller];
    if (news.trouble != one.news.trouble) said = fmt::format("poller {}: {}", one.name, news.trouble.empty() ? "it is well again" : news.trouble);
    one.news = news;
  }
  if (!said.empty()) options_.say(said);
}

}  // namespace tocsin
