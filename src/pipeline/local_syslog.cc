#include "pipeline/local_syslog.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace tocsin {

namespace {

/// 10 (authpriv) times 8, and 5 (notice).
constexpr std::string_view kHead = "<85>tocsin: ";

}  // namespace

Status send_to_syslog(const std::string& socket, std::string_view line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) return Error{Code::kInvalid, socket + ": is too long for the name of a socket"};
  std::memcpy(address.sun_path, socket.data(), socket.size());
  const Descriptor descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const std::string message = std::string(kHead) + std::string(line);
  const ssize_t sent = descriptor.get() < 0 ? -1 : ::sendto(descriptor.get(), message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (sent == static_cast<ssize_t>(message.size())) return {};
  return Error{Code::kIo, socket + ": " + std::strerror(errno)};
}

}  // namespace tocsin
