#include "pipeline/api_process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "pipeline/control_request.h"
#include "pipeline/line_socket.h"

namespace tocsin {

namespace {

using std::chrono::milliseconds;

/// For the process to take what is said to it.
constexpr int kSendMs = 10'000;

Result<std::pair<Descriptor, Descriptor>> make_sockets(int type) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, std::string("no socket pair: ") + std::strerror(errno)};
  const timeval patience{kSendMs / 1'000, 0};
  ::setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

std::string text_in(const boost::json::value& object, std::string_view name) {
  const boost::json::value* const value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

ApiProcess::ApiProcess(const Place& place, const DataFolder& data, const std::string& key_file, Options options)
    : place_(place), options_(std::move(options)), maker_(place.starter, data, key_file, options_.mappings), port_(PortSocket::adopt(-1, "")) {}

Result<std::unique_ptr<ApiProcess>> ApiProcess::open(const Place& place, const DataFolder& data, const std::string& key_file, Options options) {
  std::unique_ptr<ApiProcess> process(new ApiProcess(place, data, key_file, std::move(options)));
  process->port_ = TRY(bind_again([&] { return PortSocket::listen_tcp(process->options_.address); }));
  process->address_ = process->port_.address();
  return process;
}

ApiProcess::~ApiProcess() { stop(); }

Status ApiProcess::run() {
  supervisor_ = std::thread([this] { supervise(); });
  std::string trouble;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !now_.sandbox.empty() || !now_.trouble.empty(); });
    trouble = now_.trouble;
  }
  if (trouble.empty()) return {};
  stop();
  return Error{Code::kIo, trouble};
}

void ApiProcess::supervise() {
  while (true) {
    const std::int64_t started_ns = place_.env.monotonic_ns();
    const Status ended = run_one();
    std::unique_lock<std::mutex> lock(mutex_);
    const bool was_up = !now_.sandbox.empty();
    now_ = {.pid = 0, .starts = now_.starts, .sandbox = {}, .missing = {}, .trouble = ended ? std::string() : ended.error().message};
    if (!stopping_ && (was_up || now_.starts > 1)) fmt::print(stderr, "tocsin: {}; another one is started\n", now_.trouble);
    changed_.notify_all();
    const std::int64_t left_ms = kApiRestartMs - (place_.env.monotonic_ns() - started_ns) / 1'000'000;
    changed_.wait_for(lock, milliseconds(left_ms), [this] { return stopping_; });
    if (stopping_) return;
  }
}

/// From its start to its end, and why it ended.
Status ApiProcess::run_one() {
  Descriptor searches;
  Result<StartedProgram> process = start_one(searches);
  if (!process) return Error{Code::kIo, "no process for the API: " + process.error().message};
  return end_one(std::move(*process), talk(searches));
}

Result<StartedProgram> ApiProcess::start_one(Descriptor& searches) {
  auto [own_stream, other_stream] = TRY(make_sockets(SOCK_STREAM));
  auto [own_searches, other_searches] = TRY(make_sockets(SOCK_SEQPACKET));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_) return Error{Code::kDenied, "the service stops"};
  std::vector<std::string> words = {"tocsin", std::string(kApiVerb)};
  words.insert(words.end(), options_.words.begin(), options_.words.end());
  StartedProgram process = TRY(place_.starter.start(
      {.words = std::move(words), .descriptors = {other_stream.get(), other_searches.get(), port_.number()}, .environment = true}));
  now_.pid = process.pid();
  ++now_.starts;
  const ControlRequest start = {std::string(kApiStart),
                                {{"address", address_},
                                 {"certificates", options_.tls.certificates},
                                 {"key", options_.tls.key},
                                 {"second_factors", key_text(options_.second_factors)},
                                 {"attachments", key_text(options_.attachments)},
                                 {"first", now_.starts == 1 ? "yes" : "no"}}};
  TRY(send_line(own_stream.get(), write_control_request(start)));
  stream_ = std::move(own_stream);
  searches = std::move(own_searches);
  return process;
}

/// Until it is gone, or does what it should not.
Status ApiProcess::talk(const Descriptor& searches) {
  const std::int64_t until_ns = place_.env.monotonic_ns() + std::int64_t{kApiStartMs} * 1'000'000;
  std::string line;
  bool answered = false;
  while (true) {
    const auto left_ms = static_cast<int>(std::max<std::int64_t>(0, (until_ns - place_.env.monotonic_ns()) / 1'000'000));
    pollfd watched[2] = {{stream_.get(), POLLIN, 0}, {searches.get(), POLLIN, 0}};
    const int ready = ::poll(watched, 2, answered ? -1 : left_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Error{Code::kIo, "does not begin"};
    if (watched[0].revents == 0) {
      if (!TRY(make_searches(searches))) return {};
      continue;
    }
    char bytes[4096];
    const ssize_t got = ::recv(stream_.get(), bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    line.append(bytes, static_cast<std::size_t>(got));
    if (answered || line.size() > kApiAnswerBytesMax) return Error{Code::kInvalid, "says what it was not asked"};
    if (!line.ends_with('\n')) continue;
    TRY(take_answer(line));
    answered = true;
  }
}

Status ApiProcess::take_answer(std::string_view line) {
  const std::string result = TRY(parse_control_answer(line));
  const boost::json::value answer = boost::json::parse(result);
  const std::lock_guard<std::mutex> lock(mutex_);
  now_.sandbox = text_in(answer, "sandbox");
  now_.missing = text_in(answer, "missing");
  if (now_.starts == 1) admin_link_ = text_in(answer, "admin_link");
  if (now_.sandbox.empty()) return Error{Code::kInvalid, "does not say how it is confined"};
  now_.trouble.clear();
  changed_.notify_all();
  return {};
}

/// False if there is nobody who wishes any more. What the process cannot be given it does without, and says so to who wants to search.
Result<bool> ApiProcess::make_searches(const Descriptor& socket) {
  char wish = 0;
  const ssize_t got = ::recv(socket.get(), &wish, 1, 0);
  if (got < 0 && errno == EINTR) return true;
  if (got != 1) return false;
  const Result<Descriptor> made = maker_.start();
  const int number = made ? made->get() : -1;
  if (!send_with_descriptors(socket.get(), {&wish, 1}, {&number, made ? 1U : 0U})) return Error{Code::kIo, "does not read its answers"};
  return true;
}

/// `ended`: why it has to end; or else it closed its stream, so it is about to end, or ought to, for a reason of which the system has the word.
Status ApiProcess::end_one(StartedProgram process, const Status& ended) {
  process.kill();
  const std::optional<int> status = process.wait();
  const std::lock_guard<std::mutex> lock(mutex_);
  now_.pid = 0;
  stream_.close();
  changed_.notify_all();
  if (stopping_) return {};
  if (!ended && ended.error().code == Code::kDenied) return ended.error();  // its own words
  if (!ended) return Error{Code::kIo, "the process of the API " + ended.error().message};
  return Error{Code::kIo, "the process of the API " + (status ? end_text(*status) : "is gone")};
}

std::string ApiProcess::admin_link() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return admin_link_;
}

void ApiProcess::stop() {
  if (!supervisor_.joinable()) return;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    port_.close();  // who comes now is refused
    if (stream_.is_open()) ::shutdown(stream_.get(), SHUT_WR);
    const bool ended = changed_.wait_for(lock, milliseconds(kApiStopMs), [this] { return now_.pid == 0; });
    if (!ended && stream_.is_open()) ::shutdown(stream_.get(), SHUT_RDWR);
  }
  supervisor_.join();
}

ApiProcess::Snapshot ApiProcess::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return now_;
}

}  // namespace tocsin
