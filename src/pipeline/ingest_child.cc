#include "pipeline/ingest_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/memory.h"
#include "pipeline/listeners.h"
#include "pipeline/message_queue.h"
#include "pipeline/remote_intake.h"

namespace tocsin {

namespace {

/// What the core says after the start, read by a thread of its own: it comes whatever the listeners are doing.
class FromCore {
 public:
  FromCore(RemoteIntake& intake, RemoteSenders& senders) : intake_(intake), senders_(senders) {}

  /// Ends the process with the stream.
  void run() {
    while (true) {
      std::uint8_t kind = 0;
      std::string payload;
      if (!read_message(kIngestStream, kIngestCoreBytesMax, kind, payload) || !take(static_cast<IngestKind>(kind), payload)) ::_exit(1);
    }
  }
  void wait_for_stop() {
    std::unique_lock<std::mutex> lock(mutex_);
    stopped_.wait(lock, [this] { return stop_; });
  }

 private:
  bool take(IngestKind kind, std::string_view payload) {
    if (kind == IngestKind::kAnswer) {
      const Result<IngestAnswer> answer = read_answer(payload);
      if (answer) intake_.answered(*answer);
      return answer.has_value();
    }
    if (kind == IngestKind::kSenders) {
      const Result<std::vector<SenderEntry>> senders = read_senders(payload);
      if (senders) senders_.set(*senders);
      return senders.has_value();
    }
    if (kind == IngestKind::kEnrolled) {
      const Result<IngestEnrolled> enrolled = read_enrolled(payload);
      if (enrolled) senders_.enrolled(*enrolled);
      return enrolled.has_value();
    }
    if (kind != IngestKind::kStop) return false;
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    stopped_.notify_all();
    return true;
  }

  RemoteIntake& intake_;
  RemoteSenders& senders_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;  // guarded by mutex_
};

Result<IngestStart> wait_for_start() {
  std::uint8_t kind = 0;
  std::string payload;
  TRY(read_message(kIngestStream, kIngestCoreBytesMax, kind, payload));
  if (static_cast<IngestKind>(kind) != IngestKind::kStart) return Error{Code::kInvalid, "the service does not begin with a start"};
  return read_start(payload);
}

/// Signals are the core's affair: one at the terminal, or from a service manager, reaches both.
void begin_process() {
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-ingest");
}

Status serve(Env& env) {
  const IngestStart start = TRY(wait_for_start());
  ::syscall(SYS_close_range, kIngestFirstPort + static_cast<int>(start.ports.size()), ~0U, 0);  // should something have been left open
  std::vector<BoundPort> ports;
  for (const IngestPort& port : start.ports) {
    const int socket = kIngestFirstPort + static_cast<int>(ports.size());
    ports.push_back({port.use, PortSocket::adopt(socket, port.address), port.tls, port.certificate_required});
  }
  // Threads begin behind the sandbox, so that it holds for all of them; what they need is made before.
  MessageQueue queue(kIngestStream);
  RemoteIntake intake(queue);
  RemoteSenders senders(env, queue);
  const std::unique_ptr<Listeners> listeners = TRY(Listeners::open({env, intake, senders, &senders, [&queue] { queue.push(turned_away_message(1)); }}, std::move(ports), start.tls));
  SandboxPlan plan;
  plan.calls = SandboxCalls::kSockets;
  plan.memory_bytes_max = kIngestMemoryBytesMax;
  const Sandbox sandbox = TRY(enter_sandbox(plan));
  queue.start();
  FromCore from_core(intake, senders);
  std::thread([&from_core] { from_core.run(); }).detach();  // ends with the process
  queue.push(ready_message(sandbox));
  listeners->run();
  from_core.wait_for_stop();
  listeners->stop();
  intake.wait_for_answers();
  queue.push(empty_message(IngestKind::kStopped));
  queue.finish();
  ::_exit(0);  // the thread that reads is still there
}

}  // namespace

Status run_ingest_child(Env& env) {
  begin_process();
  give_back_large_memory();
  return serve(env);
}

}  // namespace tocsin
