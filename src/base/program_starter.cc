#include "base/program_starter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "base/sandbox.h"

extern char** environ;

namespace tocsin {

namespace {

/// The first message of an order; the second has the words, each with a zero behind it, and the descriptors, of which the first is for reports.
struct OrderHead {
  std::uint32_t words_bytes = 0, descriptors = 0, environment = 0;
};
/// The first report. What follows is the status of the end, as an int.
struct Began {
  int error = 0;
  pid_t pid = 0;
};

template <class T>
std::span<char> bytes_of(T& value) {
  return {reinterpret_cast<char*>(&value), sizeof value};
}

Result<std::pair<Descriptor, Descriptor>> make_sockets(int type) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return Error{Code::kIo, fmt::format("no sockets can be made: {}", std::strerror(errno))};
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

/// All of it, or false at the end.
template <class T>
bool read_report(const Descriptor& report, T& value) {
  const std::span<char> bytes = bytes_of(value);
  ssize_t got = 0;
  do got = ::recv(report.get(), bytes.data(), bytes.size(), MSG_WAITALL);
  while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(bytes.size());
}

/// To somebody who may have gone; then nobody wants it.
template <class T>
void send_report(const Descriptor& report, T value) {
  const std::span<char> bytes = bytes_of(value);
  (void)::send(report.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

/// How the starter starts a program: no signal is blocked, and SIGINT, SIGTERM and SIGHUP stay ignored until the program says otherwise, since they are the
/// service's affair; no descriptor is open but those ordered.
class Spawn {
 public:
  Spawn() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    sigset_t none, ordinary;
    sigemptyset(&none);
    sigemptyset(&ordinary);
    sigaddset(&ordinary, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &ordinary);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  /// An error's number, or 0. The descriptors lie above all places that they get.
  int start(const std::string& program, std::string words, std::span<const int> descriptors, bool environment, pid_t& pid) {
    int place = kStartedDescriptor;
    for (const int descriptor : descriptors) ::posix_spawn_file_actions_adddup2(&actions_, descriptor, place++);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, place);
    std::vector<char*> arguments;
    for (std::size_t at = 0; at < words.size(); at = words.find('\0', at) + 1) arguments.push_back(words.data() + at);
    arguments.push_back(nullptr);
    std::string at_once = "LD_BIND_NOW=1";
    std::vector<char*> variables;
    for (char** each = environ; environment && *each != nullptr; ++each) variables.push_back(*each);
    if (environment) variables.push_back(at_once.data());
    variables.push_back(nullptr);
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, arguments.data(), variables.data());
  }

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

/// The starter's own process. Its only thread is the parent that what it starts ends with.
class StarterProcess {
 public:
  StarterProcess(std::string program, int orders) : program_(std::move(program)), orders_(orders) {}

  /// Until nobody can order any more; all children are killed then.
  [[noreturn]] void run() {
    while (true) {
      std::vector<pollfd> wait = {{orders_.get(), POLLIN, 0}};
      for (const Child& child : children_) wait.insert(wait.end(), {{child.handle.get(), POLLIN, 0}, {child.is_killed ? -1 : child.report.get(), POLLIN, 0}});
      if (::poll(wait.data(), wait.size(), -1) < 0) continue;
      for (std::size_t i = 0; i < children_.size(); ++i) {
        if (wait[2 * i + 2].revents != 0) kill(children_[i]);
        if (wait[2 * i + 1].revents != 0) end(children_[i]);
      }
      std::erase_if(children_, [](const Child& child) { return child.pid == 0; });
      if (wait[0].revents != 0) take_order();
    }
  }

 private:
  struct Child {
    pid_t pid = 0;
    Descriptor handle, report;
    bool is_killed = false;
  };

  static void kill(Child& child) {
    ::kill(child.pid, SIGKILL);
    child.is_killed = true;
  }
  static int reap(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }
  static void end(Child& child) {
    send_report(child.report, reap(child.pid));
    child.pid = 0;
  }

  void take_order() {
    OrderHead head;
    if (!receive_with_descriptors(orders_.get(), bytes_of(head), {})) end_all();
    if (head.words_bytes > kStartedWordsBytesMax || head.descriptors > kDescriptorsSentMax) end_all();
    std::string words(head.words_bytes, '\0');
    std::vector<int> given(head.descriptors, -1);
    if (!receive_with_descriptors(orders_.get(), words, given) || given.empty() || given[0] < 0) end_all();
    Child child;
    child.report = Descriptor(given[0]);
    std::vector<Descriptor> high;  // above all places, or one would be overwritten before it is put in its own
    std::vector<int> numbers;
    for (const int descriptor : std::span(given).subspan(1)) {
      high.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kStartedDescriptor + static_cast<int>(kDescriptorsSentMax)));
      numbers.push_back(high.back().get());
      ::close(descriptor);
    }
    int error = Spawn().start(program_, std::move(words), numbers, head.environment != 0, child.pid);
    if (error == 0) child.handle = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
    if (error == 0 && !child.handle.is_open()) {  // nobody would see it end
      error = errno;
      ::kill(child.pid, SIGKILL);
      reap(child.pid);
    }
    send_report(child.report, Began{error, child.pid});
    if (error == 0) children_.push_back(std::move(child));
  }

  [[noreturn]] void end_all() {
    for (const Child& child : children_) ::kill(child.pid, SIGKILL);
    ::_exit(0);
  }

  const std::string program_;
  const Descriptor orders_;
  std::vector<Child> children_;
};

/// Nothing of the parent's is kept but standard output and error, and the socket.
[[noreturn]] void become_starter(std::string program, int orders, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tocsin-starter");
  if (::getppid() != parent) ::_exit(0);
  ::setpgid(0, 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_IGN);
  forbid_dumps();
  const int socket = ::dup3(orders, kStartedDescriptor, O_CLOEXEC) < 0 ? orders : kStartedDescriptor;
  ::syscall(SYS_close_range, socket + 1, ~0U, 0);
  StarterProcess(std::move(program), socket).run();
}

}  // namespace

std::string end_text(int status) {
  if (WIFEXITED(status)) return fmt::format("ended by itself (exit {})", WEXITSTATUS(status));
  return WTERMSIG(status) == SIGSYS ? "made a system call that the sandbox forbids" : fmt::format("was ended by signal {}", WTERMSIG(status));
}

void StartedProgram::kill() {
  if (report_.is_open()) ::shutdown(report_.get(), SHUT_WR);
}

std::optional<int> StartedProgram::wait() {
  int status = 0;
  const bool told = read_report(report_, status);
  report_.close();
  return told ? std::optional(status) : std::nullopt;
}

Result<std::unique_ptr<ProgramStarter>> ProgramStarter::fork(std::string program) {
  auto [own, other] = TRY(make_sockets(SOCK_SEQPACKET));
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) become_starter(std::move(program), other.get(), parent);
  if (child < 0) return Error{Code::kIo, fmt::format("no process can be made: {}", std::strerror(errno))};
  return std::unique_ptr<ProgramStarter>(new ProgramStarter(std::move(own), child));
}

ProgramStarter::~ProgramStarter() {
  ::shutdown(orders_.get(), SHUT_RDWR);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<StartedProgram> ProgramStarter::start(const ProgramOrder& order) {
  std::string words;
  for (const std::string& word : order.words) words += word + '\0';
  if (words.empty() || words.size() > kStartedWordsBytesMax || order.descriptors.size() > kStartedDescriptorsMax) {
    return Error{Code::kLimit, "a program cannot be started with so many words or descriptors"};
  }
  auto [own, other] = TRY(make_sockets(SOCK_STREAM));
  std::vector<int> descriptors = {other.get()};
  descriptors.insert(descriptors.end(), order.descriptors.begin(), order.descriptors.end());
  OrderHead head{static_cast<std::uint32_t>(words.size()), static_cast<std::uint32_t>(descriptors.size()), order.environment ? 1U : 0U};
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!send_with_descriptors(orders_.get(), bytes_of(head), {}) || !send_with_descriptors(orders_.get(), words, descriptors)) {
      return Error{Code::kDenied, "what starts programs is gone"};
    }
  }
  other.close();
  StartedProgram started;
  started.report_ = std::move(own);
  Began began;
  if (!read_report(started.report_, began)) return Error{Code::kDenied, "what starts programs is gone"};
  if (began.error != 0) return Error{Code::kIo, fmt::format("{} cannot be started: {}", order.words.front(), std::strerror(began.error))};
  started.pid_ = began.pid;
  return started;
}

}  // namespace tocsin
