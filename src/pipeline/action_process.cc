#include "pipeline/action_process.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/bytes.h"

namespace tocsin {

using respond::ActionMessage;

ActionProcess::ActionProcess(const Place& place, respond::ActionsBegin begin, std::function<void(const std::string&)> say) : place_(place), begin_(std::move(begin)), say_(std::move(say)) {}

ActionProcess::~ActionProcess() { stop(); }

void ActionProcess::connect(std::function<void(respond::ActionAnswer)> answered, std::function<void()> lost) {
  answered_ = std::move(answered);
  lost_ = std::move(lost);
}

Status ActionProcess::start() {
  TRY(start_once());
  thread_ = std::thread([this] { run(); });
  return {};
}

void ActionProcess::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    if (stream_ != nullptr) ::shutdown(stream_->get(), SHUT_RDWR);
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

ActionProcess::Snapshot ActionProcess::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return now_;
}

Status ActionProcess::start_once() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, "no sockets are left"};
  auto own = std::make_shared<Descriptor>(ends[0]);
  const Descriptor other(ends[1]);
  program_ = TRY(place_.starter.start({.words = {"tocsin", std::string(respond::kActionsVerb)}, .descriptors = {other.get()}, .environment = true}));
  const timeval patience{kActionsStartS, 0}, forever{0, 0};
  ::setsockopt(own->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string message;
  respond::append_message(message, ActionMessage::kBegin, respond::begin_payload(begin_));
  if (!send_all(own->get(), message)) return Error{Code::kIo, "the process that does actions ended at once"};
  std::array<char, respond::kActionHeadBytes> head;
  if (!receive_all(own->get(), head)) return Error{Code::kIo, "the process that does actions did not begin"};
  const auto size = number_at<std::uint32_t>({head.data(), head.size()}, 0);
  if (static_cast<ActionMessage>(head[4]) != ActionMessage::kReady || size > respond::kActionMessageBytesMax) return Error{Code::kInvalid, "the process that does actions says something else than that it is ready"};
  std::string payload(size, '\0');
  if (!receive_all(own->get(), payload)) return Error{Code::kIo, "the process that does actions did not begin"};
  const respond::ActionsReady ready = TRY(respond::read_ready(payload));
  if (!ready.trouble.empty()) return Error{Code::kInvalid, ready.trouble};
  ::setsockopt(own->get(), SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
  const std::lock_guard<std::mutex> lock(mutex_);
  stream_ = std::move(own);
  now_ = {.pid = program_.pid(), .starts = now_.starts + 1, .sandbox = ready.sandbox, .missing = ready.missing, .trouble = {}};
  bytes_.clear();
  if (stopped_) respond::append_message(bytes_, ActionMessage::kStop, "");
  return {};
}

void ActionProcess::run() {
  while (true) {
    read_answers();
    program_.kill();
    if (program_.is_open()) (void)program_.wait();
    {
      std::unique_lock<std::mutex> lock(mutex_);
      stream_ = nullptr;
      now_.pid = 0;
      if (stopping_) return;
    }
    say_("the process that does actions ended, and is started again");
    while (true) {
      const Status started = start_once();
      std::unique_lock<std::mutex> lock(mutex_);
      if (started || stopping_) break;
      now_.trouble = started.error().message;
      changed_.wait_for(lock, std::chrono::milliseconds(kActionsRestartMs), [this] { return stopping_; });
    }
    lost_();
  }
}

void ActionProcess::read_answers() {
  std::shared_ptr<Descriptor> stream;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stream = stream_;
  }
  if (stream == nullptr) return;
  respond::MessageCutter cutter;
  std::vector<char> buffer(256u << 10);
  while (true) {
    const ssize_t got = ::read(stream->get(), buffer.data(), buffer.size());
    if (got <= 0) return;
    cutter.add({buffer.data(), static_cast<std::size_t>(got)});
    ActionMessage kind{};
    std::string_view payload;
    while (true) {
      const Result<bool> next = cutter.next(kind, payload);
      if (!next) return;
      if (!*next) break;
      Result<respond::ActionAnswer> answer = kind == ActionMessage::kAnswer ? respond::read_answer(payload) : Result<respond::ActionAnswer>(Error{});
      if (!answer) return;
      answered_(std::move(*answer));
    }
  }
}

void ActionProcess::send(respond::ActionOrder order) {
  std::string payload;
  respond::append_order(payload, order);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stream_ != nullptr) respond::append_message(bytes_, ActionMessage::kOrder, payload);  // otherwise it is lost with what the process had
}

void ActionProcess::flush() {
  const std::lock_guard<std::mutex> writing(writing_);
  std::shared_ptr<Descriptor> stream;
  std::string bytes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stream = stream_;
    bytes.swap(bytes_);
  }
  if (stream != nullptr && !bytes.empty()) (void)send_all(stream->get(), bytes);
}

void ActionProcess::stop_all(bool stopped) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = stopped;
    std::string message;
    respond::append_message(message, stopped ? ActionMessage::kStop : ActionMessage::kLift, "");
    bytes_.insert(0, message);  // before what was not flushed
  }
  flush();
}

}  // namespace tocsin
