#include "pipeline/ingest_session.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "base/bytes.h"

namespace tocsin {

namespace {

constexpr int kTickMs = 1'000;
/// How often a batch is offered again for which there was no room.
constexpr int kOfferMs = 20;
constexpr std::int64_t kTableNs = 500'000'000;

Error wrong(const char* what) { return {Code::kInvalid, std::string("the ingest process sent ") + what}; }

}  // namespace

IngestSession::IngestSession(Env& env, Intake& intake, SenderSource& senders, int stream)
    : env_(env), intake_(intake), senders_(senders), stream_(stream), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

IngestSession::~IngestSession() {
  ::close(stream_);
  ::close(wake_);
}

void IngestSession::start(const IngestStart& start) { send(start_message(start)); }

void IngestSession::start_polls(const std::vector<PollStart>& polls, std::function<void(const PollNews&)> news) {
  for (const PollStart& poll : polls) sources_.insert(poll.source);
  news_ = std::move(news);
  const std::string message = polls_message(polls);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    out_bytes_max_ += message.size();  // it is sent at once, however long it is
  }
  send(message);
}

bool IngestSession::is_settled() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return batches_on_their_way_ == 0;
}

Status IngestSession::run(const std::function<void()>& tick) {
  Status ended;
  std::int64_t ticked_ns = env_.monotonic_ns();
  while (true) {
    pollfd watched[2] = {{stream_, POLLIN, 0}, {wake_, POLLIN, 0}};
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!out_.empty()) watched[0].events |= POLLOUT;
      if (out_.size() > out_bytes_max_) ended = Error{Code::kLimit, "the ingest process does not read its answers"};
    }
    if (!ended) break;
    ::poll(watched, 2, waiting_.empty() ? kTickMs : kOfferMs);
    std::uint64_t woken = 0;
    if (watched[1].revents != 0) (void)!::read(wake_, &woken, sizeof woken);
    if ((watched[0].revents & POLLOUT) != 0) {
      const std::lock_guard<std::mutex> lock(mutex_);
      write_some();
    }
    const Result<bool> more = (watched[0].revents & ~POLLOUT) != 0 ? read() : Result<bool>(true);
    if (!more) ended = more.error();
    if (!more || !*more) break;
    take_back();
    offer_waiting();
    if (env_.monotonic_ns() - ticked_ns < kTickMs * std::int64_t{1'000'000}) continue;
    ticked_ns = env_.monotonic_ns();
    tick();
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    over_ = true;
    ::shutdown(stream_, SHUT_RDWR);
  }
  ready_changed_.notify_all();
  take_back();
  // Nobody was told that these are safe, and nobody will send them again.
  for (const Batch& batch : waiting_) intake_.drop(batch.batch->source(), batch.batch->entries().size());
  return ended;
}

/// What is there, up to the end of a message. False: the stream is at its end.
Result<bool> IngestSession::read() {
  char head[kIngestHeadBytes];
  if (head_.size() < kIngestHeadBytes) {
    const ssize_t got = ::recv(stream_, head, kIngestHeadBytes - head_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got <= 0) return false;
    head_.append(head, static_cast<std::size_t>(got));
    if (head_.size() < kIngestHeadBytes) return true;
    const auto size = number_at<std::uint32_t>(head_, 0);
    if (!is_ingest_size(static_cast<IngestKind>(head_[4]), size)) return wrong("more than a message can have");
    payload_.resize(size);
    filled_ = 0;
  }
  if (filled_ < payload_.size()) {
    const ssize_t got = ::recv(stream_, payload_.data() + filled_, payload_.size() - filled_, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got <= 0) return false;
    filled_ += static_cast<std::size_t>(got);
    if (filled_ < payload_.size()) return true;
  }
  const auto kind = static_cast<IngestKind>(head_[4]);
  head_.clear();
  TRY(take(kind, std::exchange(payload_, {})));
  return true;
}

Status IngestSession::take(IngestKind kind, std::string payload) {
  ToCore message = TRY(read_to_core(kind, std::move(payload)));
  if (message.kind == IngestKind::kReady) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (ready_) return wrong("a second start");
      ready_ = message.sandbox;
    }
    ready_changed_.notify_all();
    return {};
  }
  if (message.kind == IngestKind::kStopped) return stopped_ = true, Status();
  if (message.kind == IngestKind::kWho) return send_senders(message.input), Status();
  if (message.kind == IngestKind::kEnrol && !news_) return enrol(message), Status();
  if (message.kind == IngestKind::kEnrol) return wrong("what is not its to say");
  if (message.kind == IngestKind::kPollNews && news_) return news_(message.news), Status();
  if (message.kind == IngestKind::kPollNews || (message.kind == IngestKind::kPolled) != (news_ != nullptr && message.batch != nullptr)) return wrong("what is not its to say");
  if (message.kind == IngestKind::kTurnedAway) return turn_away(message.records);
  if (!sources_.contains(message.source)) return wrong("something of a source that it does not know");
  if (message.batch != nullptr) return take_batch(std::move(message));
  if (message.records > kIngestCountMax) return wrong("a count that cannot be");
  if (message.kind == IngestKind::kRefused) {
    intake_.refuse(message.source, message.records);
  } else {
    intake_.drop(message.source, message.records);
  }
  return {};
}

Status IngestSession::turn_away(std::uint64_t connections) {
  if (connections > kIngestCountMax) return wrong("a count that cannot be");
  turned_away_ += connections;
  return {};
}

Status IngestSession::take_batch(ToCore message) {
  Batch batch{message.batch_id, std::move(message.batch), 0};
  batch.bytes = batch.batch->bytes();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (batches_on_their_way_ > 0 && (bytes_on_their_way_ + batch.bytes > kIngestWindowBytes || batches_on_their_way_ >= kIngestBatchesMax)) {
      return wrong("more batches than it may");
    }
    ++batches_on_their_way_;
    bytes_on_their_way_ += batch.bytes;
  }
  const TimeUs now = env_.now_us();
  for (std::size_t i = 0; i < batch.batch->entries().size(); ++i) {
    const TimeUs received = batch.batch->entries()[i].received;
    if (received > now || received < now - kIngestOldestUs) batch.batch->set_received(i, now);
  }
  take_back();
  const bool may_wait = batch.batch->if_full() == IntakeBatch::IfFull::kWait;
  const auto is_of_source = [&](const Batch& other) { return other.batch->source() == batch.batch->source(); };
  const bool behind_others = may_wait && std::ranges::any_of(waiting_, is_of_source);  // as they came
  if (!behind_others && offer(batch)) return {};
  if (may_wait) {
    waiting_.push_back(std::move(batch));
  } else {
    answer(batch, {});
  }
  return {};
}

/// False, with the batch left as it is, if there is no room for it now.
bool IngestSession::offer(Batch& batch) {
  return intake_.submit(std::move(batch.batch), [self = shared_from_this(), id = batch.id, bytes = batch.bytes](IntakeResult result) {
    self->was_offered({id, nullptr, bytes}, std::move(result));
  });
}

/// From the journal's thread.
void IngestSession::was_offered(Batch batch, IntakeResult result) {
  batch.batch = std::move(result.batch);
  if (batch.batch == nullptr || batch.batch->if_full() == IntakeBatch::IfFull::kSayNo) return answer(batch, result);
  bool over = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    over = over_;
    if (!over) returned_.push_back(std::move(batch));
  }
  over ? intake_.drop(batch.batch->source(), batch.batch->entries().size()) : wake();
}

/// What came back goes before what came later.
void IngestSession::take_back() {
  std::vector<Batch> returned;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    returned.swap(returned_);
  }
  if (returned.empty()) return;
  pause_until_ns_ = env_.monotonic_ns() + kIngestDiskPauseNs;
  waiting_.insert(waiting_.begin(), std::move_iterator(returned.begin()), std::move_iterator(returned.end()));
}

/// Those of each source as they came; one that floods does not keep another waiting.
void IngestSession::offer_waiting() {
  if (waiting_.empty() || env_.monotonic_ns() < pause_until_ns_) return;
  std::set<std::uint32_t> without_room;
  std::deque<Batch> still;
  for (Batch& batch : waiting_) {
    const std::uint32_t source = batch.batch->source();
    if (!without_room.contains(source) && offer(batch)) continue;
    without_room.insert(source);
    still.push_back(std::move(batch));
  }
  waiting_.swap(still);
}

void IngestSession::send_senders(const std::string& input) {
  const std::int64_t now = env_.monotonic_ns();
  if (!has_table_ || now - table_ns_ >= kTableNs) {
    Result<std::vector<SenderEntry>> senders = senders_.senders();
    if (senders) table_ = std::move(*senders);  // else the old ones stand
    table_ns_ = now;
    has_table_ = true;
  }
  if (!input.empty() && !without_token_.contains(input)) {
    if (const std::optional<Sender> sender = senders_.without_token(input)) without_token_[input] = *sender;
  }
  std::vector<SenderEntry> all = table_;
  for (const auto& [name, sender] : without_token_) all.push_back({name, sender.name, "", sender.source});
  for (const SenderEntry& entry : all) sources_.insert(entry.source);
  send(senders_message(all));
}

void IngestSession::enrol(const ToCore& message) {
  const std::int64_t minute = env_.monotonic_ns() / 60'000'000'000;
  if (std::exchange(enrolling_minute_, minute) != minute) enrolments_ = 0;
  if (++enrolments_ > kEnrolmentsPerMinuteMax) return send(enrolled_message({message.enrolment_id, false, "too many hosts come at once; try again in a minute"}));
  const Result<std::string> certificate = senders_.enrol(message.enrolment);
  has_table_ = false;  // there is one sender more
  send(enrolled_message({message.enrolment_id, certificate.has_value(), certificate ? *certificate : certificate.error().message}));
}

void IngestSession::answer(const Batch& batch, const IntakeResult& result) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --batches_on_their_way_;
    bytes_on_their_way_ -= batch.bytes;
  }
  send(answer_message({batch.id, result.safe, result.first}));
}

/// Never waits: what the stream does not take at once is written by run().
void IngestSession::send(const std::string& message) {
  bool left = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return;
    out_ += message;
    write_some();
    left = !out_.empty();
  }
  if (left) wake();
}

/// Under the mutex.
void IngestSession::write_some() {
  std::size_t written = 0;
  while (written < out_.size()) {
    const ssize_t size = ::send(stream_, out_.data() + written, out_.size() - written, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    written += static_cast<std::size_t>(size);
  }
  out_.erase(0, written);
}

void IngestSession::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
}

std::optional<Sandbox> IngestSession::wait_until_ready(std::chrono::milliseconds most) {
  std::unique_lock<std::mutex> lock(mutex_);
  ready_changed_.wait_for(lock, most, [this] { return ready_ || over_; });
  return over_ ? std::nullopt : ready_;
}

}  // namespace tocsin
