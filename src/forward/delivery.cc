#include "forward/delivery.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/memory.h"

namespace tocsin::forward {

namespace {

constexpr std::size_t kReadBytes = 16u << 10;
/// Small batches go together.
constexpr std::size_t kWriteBytes = 64u << 10;
constexpr int kWaitMs = 1'000;

std::int64_t ms(int number) { return std::int64_t{number} * 1'000'000; }

}  // namespace

/// One connection.
struct Delivery::Talk {
  RelpClient relp;
  std::string out, in;
  std::size_t written = 0;  // of out
  std::deque<Sent> in_flight;
  std::uint64_t in_flight_records = 0, in_flight_bytes = 0;
  std::uint64_t counted = 0;  // answers
  std::uint64_t refused = 0;
  std::int64_t heard_ns = 0;
  SpoolFrame frame;
};

Delivery::Delivery(Env& env, Spool& spool, Options options)
    : env_(env), spool_(spool), options_(std::move(options)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Delivery::start() {
  thread_ = std::thread([this] { run(); });
}

void Delivery::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Delivery::wake() {
  const std::uint64_t one = 1;
  (void)!::write(event_.get(), &one, sizeof one);
}

void Delivery::drain_event() {
  std::uint64_t woken = 0;
  (void)!::read(event_.get(), &woken, sizeof woken);
}

Delivery::Snapshot Delivery::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

/// Said once, until it is something else.
void Delivery::note(bool connected, const std::string& trouble) {
  bool is_new = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_new = snapshot_.trouble != trouble || snapshot_.connected != connected;
    snapshot_.connected = connected;
    snapshot_.trouble = trouble;
    if (connected) ++snapshot_.connections;
  }
  if (is_new && (connected || !trouble.empty())) options_.say(connected ? "connected to " + options_.link.server : trouble + "; records wait on the disk, and it is tried again");
}

void Delivery::rest(int most_ms) {
  const std::int64_t until = env_.monotonic_ns() + ms(most_ms);
  while (!stopping_) {
    const std::int64_t left = (until - env_.monotonic_ns()) / 1'000'000;
    if (left <= 0) return;
    pollfd watched{event_.get(), POLLIN, 0};
    (void)::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, kWaitMs)));
    if (!stopping_) drain_event();
  }
}

void Delivery::run() {
  int pause_ms = options_.reconnect_ms_min;
  while (!stopping_) {
    const Result<std::unique_ptr<TlsLink>> link = TlsLink::connect(options_.link);
    const std::uint64_t before = spool_.counts().acknowledged;
    Status ended = link ? deliver(**link) : Status(link.error());
    if (stopping_) break;
    if (link && spool_.counts().acknowledged > before) pause_ms = options_.reconnect_ms_min;
    note(false, ended ? options_.link.server + ": the service ended the connection" : link ? options_.link.server + ": " + ended.error().message : ended.error().message);
    rest(pause_ms);
    pause_ms = std::min(2 * pause_ms, kReconnectMsMax);
  }
  note(false, "");
}

/// Until the connection ends, which is well if the service says so.
Status Delivery::deliver(TlsLink& link) {
  Talk talk;
  talk.relp.open(talk.out);
  talk.heard_ns = env_.monotonic_ns();
  spool_.rewind();
  std::int64_t stop_ns = 0;
  while (true) {
    if (talk.relp.is_closing() && talk.in_flight.empty()) return {};
    if (stopping_) {
      if (stop_ns == 0) stop_ns = env_.monotonic_ns() + ms(kStopMs);
      if (talk.in_flight.empty() || env_.monotonic_ns() > stop_ns) return {};
    } else if (talk.relp.is_open() && !talk.relp.is_closing()) {
      TRY(fill(talk));
    }
    if (TRY(exchange(link, talk))) continue;
    const std::int64_t silent_ns = env_.monotonic_ns() - talk.heard_ns;
    if (talk.relp.in_flight() > 0 && silent_ns > ms(kAnswerMs)) return Error{Code::kIo, "does not answer any more"};
    link.wait(talk.written < talk.out.size(), stopping_ ? -1 : event_.get(), kWaitMs);
    if (!stopping_) drain_event();
  }
}

Status Delivery::fill(Talk& talk) {
  if (talk.written < talk.out.size()) return {};
  empty(talk.out);
  talk.written = 0;
  while (talk.out.size() < kWriteBytes && talk.in_flight_bytes < kInFlightBytesMax && talk.in_flight_records < kInFlightRecordsMax) {
    if (!TRY(spool_.next(talk.frame))) return {};
    Sent sent{talk.frame.first, talk.frame.size(), 0};
    const std::size_t before = talk.out.size();
    for (std::size_t i = 0; i < talk.frame.size(); ++i) talk.relp.message(talk.frame.record(i), talk.out);
    sent.bytes = talk.out.size() - before;
    talk.in_flight_bytes += sent.bytes;
    talk.in_flight_records += sent.records;
    talk.in_flight.push_back(sent);
    const std::lock_guard<std::mutex> lock(mutex_);
    snapshot_.sent += sent.records;
  }
  return {};
}

/// What can be written and read at once; false if that is nothing.
Result<bool> Delivery::exchange(TlsLink& link, Talk& talk) {
  bool moved = false;
  if (talk.written < talk.out.size()) {
    const std::size_t written = TRY(link.write(std::string_view(talk.out).substr(talk.written)));
    talk.written += written;
    moved = written > 0;
  }
  char bytes[kReadBytes];
  const Result<std::size_t> got = link.read(bytes, sizeof bytes);
  if (got && *got > 0) {
    moved = true;
    talk.in.append(bytes, *got);
    talk.in.erase(0, TRY(talk.relp.take(talk.in)));
    talk.heard_ns = env_.monotonic_ns();
    if (talk.relp.is_open() && !snapshot().connected) note(true, "");
    count_answers(talk);
  }
  if (!got) return got.error();
  return moved;
}

/// Answers come in the order of the records.
void Delivery::count_answers(Talk& talk) {
  std::uint64_t more = talk.relp.answered() - talk.counted;
  std::uint64_t safe = 0;
  talk.counted += more;
  while (more > 0 && !talk.in_flight.empty()) {
    Sent& sent = talk.in_flight.front();
    const std::uint64_t some = std::min(more, sent.records);
    more -= some;
    sent.first += some;
    sent.records -= some;
    talk.in_flight_records -= some;
    safe = sent.first;
    if (sent.records > 0) break;
    talk.in_flight_bytes -= sent.bytes;
    talk.in_flight.pop_front();
  }
  if (safe > 0) spool_.acknowledge(safe);
  const std::uint64_t refused = std::exchange(talk.refused, talk.relp.refused());
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_.refused += talk.relp.refused() - refused;
}

}  // namespace tocsin::forward
