#include "api/search_starter.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

namespace tocsin::api {

namespace {

Error failed(int error) { return {Code::kIo, fmt::format("a search could not be started: {}", std::strerror(error))}; }

/// Both ends; the second one is for the other process.
Status make_sockets(Descriptor& own, Descriptor& other) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return failed(errno);
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

}  // namespace

Status SearchStarter::start_process() {
  Result<Descriptor> made = make_();
  if (!made) return Error{Code::kIo, "a search could not be started: " + made.error().message};
  socket_ = std::move(*made);
  const timeval patience{kSearchStartSeconds, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return {};
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
  TRY(make_sockets(child.request, request));
  const std::lock_guard<std::mutex> lock(mutex_);
  Status made = Error{Code::kIo, ""};
  for (int tries = 0; tries < 2 && !made && made.error().code == Code::kIo; ++tries) {
    if (!socket_.is_open()) TRY(start_process());
    made = make_child(seconds, child, {output.get(), complaints.get(), request.get()});
    if (!made && made.error().code == Code::kIo) socket_.close();
  }
  if (!made) return made.error();
  return child;
}

}  // namespace tocsin::api
