#include "pipeline/ingest_process.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/descriptor.h"
#include "pipeline/ingest_child.h"

namespace tocsin {

namespace {

using std::chrono::milliseconds;

/// Of the stream, as far as the kernel gives it: a batch that fits is written in one go.
constexpr int kStreamBufferBytes = 4 << 20;

void enlarge(int stream) {
  for (const int option : {SO_SNDBUF, SO_RCVBUF}) ::setsockopt(stream, SOL_SOCKET, option, &kStreamBufferBytes, sizeof kStreamBufferBytes);
  // Beyond what users may have, where we may.
  for (const int option : {SO_SNDBUFFORCE, SO_RCVBUFFORCE}) ::setsockopt(stream, SOL_SOCKET, option, &kStreamBufferBytes, sizeof kStreamBufferBytes);
}

}  // namespace

Result<std::unique_ptr<IngestProcess>> IngestProcess::open(const Place& place, const ListenOptions& options) {
  std::unique_ptr<IngestProcess> process(new IngestProcess(place, options));
  process->ports_ = TRY(bind_again([&] { return bind_ports(options); }));
  process->lost_.resize(process->ports_.size());
  for (const BoundPort& port : process->ports_) process->addresses_.push_back({std::string(name_of(port.use)), port.socket.address(), port.tls});
  return process;
}

IngestProcess::~IngestProcess() { stop(); }

Status IngestProcess::run() {
  supervisor_ = std::thread([this] { supervise(); });
  std::shared_ptr<IngestSession> session;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return session_ != nullptr || !trouble_.empty(); });
    session = session_;
  }
  if (session != nullptr && session->wait_until_ready(milliseconds(kIngestStartMs))) return {};
  stop();
  const std::lock_guard<std::mutex> lock(mutex_);
  return Error{Code::kIo, trouble_.empty() ? "the ingest process does not begin" : trouble_};
}

void IngestProcess::supervise() {
  while (true) {
    const std::int64_t started_ns = place_.env.monotonic_ns();
    std::string trouble = run_one();
    count_lost();
    std::unique_lock<std::mutex> lock(mutex_);
    if (!stopping_) fmt::print(stderr, "tocsin: {}; another one is started\n", trouble);
    trouble_ = std::move(trouble);
    changed_.notify_all();
    const std::int64_t left_ms = kIngestRestartMs - (place_.env.monotonic_ns() - started_ns) / 1'000'000;
    changed_.wait_for(lock, milliseconds(left_ms), [this] { return stopping_; });
    if (stopping_) return;
  }
}

/// From its start to its end; why it ended, "" if it was asked to.
std::string IngestProcess::run_one() {
  const Result<std::shared_ptr<IngestSession>> session = start_one();
  changed_.notify_all();
  if (!session) return "no ingest process: " + session.error().message;
  const Status ended = (*session)->run([this] { count_lost(); });
  return end_one(**session, ended);
}

Result<std::shared_ptr<IngestSession>> IngestProcess::start_one() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, fmt::format("no socket pair: {}", std::strerror(errno))};
  const Descriptor other(ends[1]);
  enlarge(ends[0]);
  enlarge(ends[1]);
  auto session = std::make_shared<IngestSession>(place_.env, place_.intake, place_.senders, ends[0]);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) return Error{Code::kDenied, "the service stops"};
  std::vector<int> descriptors = {other.get()};
  IngestStart start{{}, tls_};
  for (const BoundPort& port : ports_) {
    descriptors.push_back(port.socket.number());
    start.ports.push_back({port.use, port.socket.address(), port.tls, port.certificate_required});
  }
  process_ = TRY(place_.starter.start({{"tocsin", std::string(kIngestVerb)}, std::move(descriptors)}));
  pid_ = process_.pid();
  ++starts_;
  session->start(start);
  if (session_ != nullptr) turned_away_ += session_->turned_away();
  session_ = session;
  return session;
}

std::string IngestProcess::end_one(const IngestSession& session, const Status& ended) {
  const std::lock_guard<std::mutex> lock(mutex_);
  process_.kill();  // it closed its stream, so it is about to end, or ought to
  const std::optional<int> status = process_.wait();
  pid_ = 0;
  changed_.notify_all();
  if (session.has_stopped()) return "";
  return ended ? "the ingest process " + (status ? end_text(*status) : "is gone") : ended.error().message;
}

/// What the kernel threw away at ports without a sender to tell.
void IngestProcess::count_lost() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const std::string_view input = datagram_input(ports_[i].use);
    if (input.empty()) continue;
    const std::uint32_t lost = datagrams_lost(ports_[i].socket.number());
    if (lost == lost_[i]) continue;
    const std::optional<Sender> sender = place_.senders.without_token(input);
    if (!sender) continue;
    place_.intake.drop(sender->source, static_cast<std::uint32_t>(lost - lost_[i]));
    lost_[i] = lost;
  }
}

void IngestProcess::stop() {
  if (!supervisor_.joinable()) return;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    // Who comes now is refused; datagrams that are there are read, and counted afterwards.
    for (BoundPort& port : ports_) {
      if (datagram_input(port.use).empty()) port.socket.close();
    }
    if (session_ != nullptr) session_->stop();
    const bool ended = changed_.wait_for(lock, milliseconds(kIngestStopMs), [this] { return pid_ == 0; });
    if (!ended) process_.kill();
  }
  supervisor_.join();
}

IngestProcess::Snapshot IngestProcess::snapshot() const {
  std::shared_ptr<IngestSession> session;
  Snapshot snapshot;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    snapshot.pid = pid_;
    snapshot.starts = starts_;
    snapshot.trouble = trouble_;
    session = session_;
    snapshot.turned_away = turned_away_ + (session == nullptr ? 0 : session->turned_away());
  }
  const std::optional<Sandbox> sandbox = session == nullptr ? std::nullopt : session->wait_until_ready(milliseconds(0));
  if (!sandbox) return snapshot;
  snapshot.sandbox = sandbox->text();
  snapshot.missing = sandbox->missing;
  snapshot.trouble.clear();
  return snapshot;
}

}  // namespace tocsin
