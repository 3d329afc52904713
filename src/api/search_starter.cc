#include "api/search_starter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

extern char** environ;

namespace tocsin::api {

namespace {

Error failed(int error) { return {Code::kIo, fmt::format("a search could not be started: {}", std::strerror(error))}; }

/// Both ends; the second one is for the other process.
Status make_sockets(int type, Descriptor& own, Descriptor& other) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return failed(errno);
  own = Descriptor(ends[0]);
  other = Descriptor(ends[1]);
  return {};
}

Status make_pipe(Descriptor& own, Descriptor& other) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(errno);
  own = Descriptor(ends[0]);
  other = Descriptor(ends[1]);
  return {};
}

/// Signals as a program expects them, whatever the service has blocked, and no descriptor of the service but this one. An error's number, or 0.
int spawn(const std::string& program, const std::vector<std::string>& words, int socket, pid_t& pid) {
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
  ::posix_spawn_file_actions_adddup2(&actions, socket, kSearchSocket);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, kSearchSocket + 1);
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  std::vector<char*> environment;
  for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
  std::string at_once = "LD_BIND_NOW=1";  // what is looked up in the libraries: once, and not in each child
  environment.insert(environment.end(), {at_once.data(), nullptr});
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, pointers.data(), environment.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

SearchStarter::~SearchStarter() { end_process(); }

Status SearchStarter::start_process() {
  Descriptor other;
  TRY(make_sockets(SOCK_SEQPACKET, socket_, other));
  const timeval patience{kSearchStartSeconds, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<std::string> words = {"tocsin", std::string(kSearchesVerb)};
  words.insert(words.end(), words_.begin(), words_.end());
  // A number that closefrom spares has to be copied: dup2 of a descriptor to itself would leave it to be closed with the program's start.
  const Descriptor high(::fcntl(other.get(), F_DUPFD_CLOEXEC, kSearchSocket + 1));
  const int error = high.is_open() ? spawn(program_, words, high.get(), pid_) : errno;
  if (error == 0) return {};
  pid_ = 0;
  socket_.close();
  return failed(error);
}

void SearchStarter::end_process() {
  socket_.close();
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

Status SearchStarter::warm_up() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (socket_.is_open()) return {};
  return start_process();
}

/// Nothing (kIo) where there is no process that answers.
Status SearchStarter::make_child(std::uint64_t seconds, SearchChild& child, const std::array<int, kSearchDescriptors>& given) {
  const std::span<const char> order(reinterpret_cast<const char*>(&seconds), sizeof seconds);
  if (!send_with_descriptors(socket_.get(), order, given)) return failed(errno);
  char answer = 0;
  int handle = -1;  // a pidfd, if there is a child
  if (!receive_with_descriptors(socket_.get(), {&answer, 1}, {&handle, 1})) return Error{Code::kIo, "a search could not be started: what makes its process is gone"};
  if (handle < 0) return Error{Code::kLimit, "a search could not be started: there is no room for another process"};
  child.process = Descriptor(handle);
  return {};
}

/// Once more with another process: the one that was there may have come to its end without anybody asking.
Result<SearchChild> SearchStarter::start(std::uint64_t seconds) {
  SearchChild child;
  Descriptor output, complaints, request;
  TRY(make_pipe(child.output, output));
  TRY(make_pipe(child.complaints, complaints));
  TRY(make_sockets(SOCK_STREAM, child.request, request));
  const std::lock_guard<std::mutex> lock(mutex_);
  Status made = Error{Code::kIo, ""};
  for (int tries = 0; tries < 2 && !made && made.error().code == Code::kIo; ++tries) {
    if (!socket_.is_open()) TRY(start_process());
    made = make_child(seconds, child, {output.get(), complaints.get(), request.get()});
    if (!made && made.error().code == Code::kIo) end_process();
  }
  if (!made) return made.error();
  return child;
}

}  // namespace tocsin::api
