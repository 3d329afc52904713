#include "respond/executor/executor_child.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/sandbox.h"
#include "collect/poll_wire.h"
#include "respond/executor/poll_executor.h"

namespace tocsin::executor {

namespace {

/// What libraries read: programs, time zones, how to make threads, how names are looked up and who signs certificates.
const std::vector<std::string> kOfLibraries = {"/usr", "/lib", "/lib64", "/proc/self", "/sys/devices/system/cpu", "/etc", "/run/systemd/resolve", "/dev/urandom"};

/// Signals are the core's affair: one at the terminal, or from a service manager, reaches both.
void begin_process() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-executor");
  ::syscall(SYS_close_range, kExecutorAsks + 1, ~0U, 0);  // should something have been left open
}

/// A secret that is replaced is a new file in the same folder, so the folder is what may be read; but never one that holds everything.
std::vector<std::string> readable_for(const std::vector<PollerSettings>& pollers) {
  std::vector<std::string> readable = kOfLibraries;
  for (const PollerSettings& poller : pollers) {
    if (poller.value("secret").empty()) continue;  // an open server
    const Result<std::string> path = secret_path(poller);
    if (!path) continue;
    const std::string folder = std::filesystem::path(*path).parent_path();
    readable.push_back(folder.empty() || folder == "/" ? *path : folder);
  }
  return readable;
}

/// Requests of one poller, one after the other, in a thread of its own: one that waits for a slow API keeps no other one waiting.
class Lane {
 public:
  Lane(PollExecutor& executor, std::uint8_t poller, std::mutex& writing) : executor_(executor), poller_(poller), writing_(writing) {
    std::thread([this] { run(); }).detach();  // ends with the process
  }
  /// False if it has one that is not answered: then whoever asks does not keep to what was said.
  bool push(PollRequest request) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (busy_) return false;
    busy_ = true;
    request_ = std::move(request);
    work_.notify_one();
    return true;
  }

 private:
  void run() {
    while (true) {
      PollRequest request;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        work_.wait(lock, [this] { return request_.has_value(); });
        request = std::move(*request_);
        request_.reset();
      }
      PollAnswer answer = executor_.ask(poller_, request);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        busy_ = false;
      }
      const std::lock_guard<std::mutex> lock(writing_);
      if (!send_answered(kExecutorAsks, {poller_, std::move(answer)})) ::_exit(1);
    }
  }

  PollExecutor& executor_;
  const std::uint8_t poller_;
  std::mutex& writing_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::optional<PollRequest> request_;
  bool busy_ = false;
};

Result<std::unique_ptr<PollExecutor>> open_executor(Env& env, ServiceSandbox& sandbox) {
  const ExecutorStart start = TRY(receive_start(kExecutorCore));
  std::vector<PollerSettings> pollers;
  for (const std::string& text : start.pollers) pollers.push_back(TRY(read_poller(text)));
  const std::vector<std::string> readable = readable_for(pollers);
  std::unique_ptr<PollExecutor> executor = TRY(PollExecutor::open(env, std::move(pollers)));
  TRY(sandbox.confine_files({}, readable));
  TRY(sandbox.confine_calls(true));
  return executor;
}

/// The core says nothing more; the end of its stream is that of this process.
void end_with_core() {
  pollfd stream = {kExecutorCore, POLLIN, 0};
  while (::poll(&stream, 1, -1) < 0) {
  }
  ::_exit(0);
}

}  // namespace

Status run_executor_child(Env& env) {
  begin_process();
  forbid_dumps();
  ServiceSandbox sandbox;
  const Result<std::unique_ptr<PollExecutor>> executor = open_executor(env, sandbox);
  if (!executor) {
    (void)send_ready(kExecutorCore, {.trouble = executor.error().message});
    return executor.error();
  }
  std::mutex writing;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (std::size_t i = 0; i < (*executor)->pollers(); ++i) lanes.push_back(std::make_unique<Lane>(**executor, static_cast<std::uint8_t>(i), writing));
  std::thread(end_with_core).detach();
  TRY(send_ready(kExecutorCore, {.sandbox = sandbox.in_force().text(), .missing = sandbox.in_force().missing}));
  while (true) {
    Result<PollAsk> ask = receive_ask(kExecutorAsks);
    if (!ask || ask->poller >= lanes.size() || !lanes[ask->poller]->push(std::move(ask->request))) ::_exit(1);
  }
}

}  // namespace tocsin::executor
