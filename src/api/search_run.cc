#include "api/search_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

extern char** environ;

namespace tocsin::api {

namespace {

/// How often somebody who waits looks whether the search was cancelled.
constexpr int kLookMs = 100;
/// After the end of the output a process has this long to end itself.
constexpr int kReapMs = 2'000;
/// Searches come after what the service does.
constexpr int kNice = 5;

std::vector<std::string> arguments_of(const SearchWanted& wanted, const DataFolder& data, const std::string& key_file) {
  std::vector<std::string> words = {"tocsin", "search", "--data", data.path, "--key-file", key_file, "--format", "ndjson"};
  words.insert(words.end(), {"--memory", std::to_string(kSearchMemoryMiB), "--timeout", std::to_string(wanted.seconds)});
  if (!wanted.since.empty()) words.push_back("--since=" + wanted.since);
  if (!wanted.until.empty()) words.push_back("--until=" + wanted.until);
  if (wanted.count) words.emplace_back("--count");
  if (!wanted.sql.empty()) {
    words.push_back("--sql=" + wanted.sql);
  } else {
    words.insert(words.end(), {"--", wanted.query});
  }
  return words;
}

/// Signals as a program expects them, whatever the service has blocked; no descriptor but the three.
pid_t spawn(const std::string& program, const std::vector<std::string>& arguments, int output, int complaints) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_init(&actions);
  sigset_t none, ordinary;
  sigemptyset(&none);
  sigemptyset(&ordinary);
  sigaddset(&ordinary, SIGPIPE);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &ordinary);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, 1);
  ::posix_spawn_file_actions_adddup2(&actions, complaints, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, words.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error == 0 ? pid : -1;
}

/// What the verb's own limits do not hold is held by the system.
void limit(pid_t pid, std::uint64_t seconds) {
  const auto set = [pid](__rlimit_resource what, std::uint64_t most) {
    const rlimit both{most, most};
    ::prlimit(pid, what, &both, nullptr);
  };
  set(RLIMIT_CPU, 2 * (seconds + kSearchGraceSeconds));
  set(RLIMIT_AS, kSearchAddressBytesMax);
  set(RLIMIT_CORE, 0);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), kNice);
}

}  // namespace

Result<std::unique_ptr<SearchRun>> SearchLane::start(const SearchWanted& wanted, Gone gone) {
  if (stopping_) return Error{Code::kLimit, "the service is stopping"};
  if (++running_ > kSearchesMax) {
    --running_;
    return Error{Code::kLimit, fmt::format("{} searches run already, which is the most; try again soon", kSearchesMax)};
  }
  int output[2] = {-1, -1}, complaints[2] = {-1, -1};
  const bool piped = ::pipe2(output, O_CLOEXEC) == 0 && ::pipe2(complaints, O_CLOEXEC) == 0;
  const pid_t pid = piped ? spawn(program_, arguments_of(wanted, data_, key_file_), output[1], complaints[1]) : -1;
  const int error = errno;
  for (const int fd : {output[1], complaints[1]}) {
    if (fd >= 0) ::close(fd);
  }
  if (pid < 0) {
    for (const int fd : {output[0], complaints[0]}) {
      if (fd >= 0) ::close(fd);
    }
    --running_;
    return Error{Code::kIo, fmt::format("a search could not be started: {}", std::strerror(error))};
  }
  limit(pid, wanted.seconds);
  const std::int64_t until_ns = env_.monotonic_ns() + static_cast<std::int64_t>(wanted.seconds + kSearchGraceSeconds) * 1'000'000'000;
  return std::unique_ptr<SearchRun>(new SearchRun(*this, pid, output[0], complaints[0], until_ns, std::move(gone)));
}

SearchRun::SearchRun(SearchLane& lane, pid_t pid, int output, int complaints, std::int64_t until_ns, Gone gone)
    : lane_(lane), pid_(pid), output_(output), complaints_fd_(complaints), until_ns_(until_ns), gone_(std::move(gone)) {
  ::fcntl(complaints_fd_, F_SETFL, O_NONBLOCK);
}

SearchRun::~SearchRun() {
  finish();
  --lane_.running_;
}

bool SearchRun::is_over() const { return cancelled_ || lane_.stopping_ || (gone_ != nullptr && *gone_) || lane_.env_.monotonic_ns() >= until_ns_; }

bool SearchRun::read(std::string& piece) {
  piece.clear();
  while (output_ >= 0 && !is_over()) {
    pollfd both[2] = {{output_, POLLIN, 0}, {complaints_fd_, POLLIN, 0}};
    if (::poll(both, 2, kLookMs) < 0 && errno != EINTR) return false;
    if ((both[1].revents & (POLLIN | POLLHUP)) != 0) read_complaints();
    if ((both[0].revents & (POLLIN | POLLHUP)) == 0) continue;
    piece.resize(kSearchReadBytes);
    const ssize_t got = ::read(output_, piece.data(), piece.size());
    piece.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return got > 0;
  }
  return false;
}

void SearchRun::read_complaints() {
  char bytes[4096];
  for (ssize_t got = 0; complaints_fd_ >= 0 && (got = ::read(complaints_fd_, bytes, sizeof bytes)) != -1;) {
    if (got == 0) {
      ::close(std::exchange(complaints_fd_, -1));  // poll() passes over a -1
      return;
    }
    complaints_.append(bytes, std::min(static_cast<std::size_t>(got), kSearchComplaintBytesMax - std::min(complaints_.size(), kSearchComplaintBytesMax)));
  }
}

SearchEnd SearchRun::finish() {
  if (output_ >= 0) ::close(std::exchange(output_, -1));
  for (int waited = 0; pid_ > 0; waited += 5) {
    int status = 0;
    if (is_over() || waited >= kReapMs) ::kill(pid_, SIGKILL);
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0) {
      ::poll(nullptr, 0, waited == 0 ? 1 : 5);
      continue;
    }
    pid_ = -1;
    exit_ = ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  read_complaints();
  if (complaints_fd_ >= 0) ::close(std::exchange(complaints_fd_, -1));
  return {exit_, complaints_};
}

}  // namespace tocsin::api
