#include "pipeline/canary_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "collect/net_stream.h"

namespace tocsin {

namespace {

struct Place {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Place place_of(const std::string& host, std::uint16_t port) {
  Place place;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    place.size = sizeof v4;
    std::memcpy(&place.storage, &v4, sizeof v4);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    place.size = sizeof v6;
    std::memcpy(&place.storage, &v6, sizeof v6);
  }
  return place;
}

Error failed(const char* what, int error) { return {Code::kIo, fmt::format("{}: {}", what, std::strerror(error))}; }

}  // namespace

Result<CanaryPort> CanaryPort::open(const std::string& address) {
  std::string host;
  std::uint16_t port = 0;
  if (!parse_net_address(address, host, port)) return Error{Code::kInvalid, "'" + address + "' is no address"};
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  const Place place = place_of(host, port);
  if (place.size == 0) return Error{Code::kInvalid, "'" + address + "' is no address"};
  Descriptor socket(::socket(place.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return failed("no socket for canaries", errno);
  // Whoever takes the process over has a socket that reaches this machine alone. Kernels before 5.7 let only root do it; then that is not so.
  constexpr std::string_view kLoopback = "lo";
  if (host.starts_with("127.") || host == "::1") (void)::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, kLoopback.data(), kLoopback.size());
  return CanaryPort(std::move(socket), net_address_text(host, port));
}

Status CanaryPort::connect() {
  // The socket is used again: what it was connected to before is given up (connect(2): AF_UNSPEC dissolves the association).
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  (void)::connect(socket_.get(), &nowhere, sizeof nowhere);
  std::string host;
  std::uint16_t port = 0;
  (void)parse_net_address(address_, host, port);
  const Place place = place_of(host, port);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&place.storage), place.size) == 0) return {};
  if (errno != EINPROGRESS) return failed("cannot be connected to", errno);
  pollfd watched{socket_.get(), POLLOUT, 0};
  if (::poll(&watched, 1, kCanaryConnectMs) <= 0) return Error{Code::kIo, "does not take connections"};
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return failed("cannot be connected to", error != 0 ? error : errno);
  return {};
}

Status CanaryPort::send(std::string_view line) {
  TRY(connect());
  const std::string message = std::string(line) + '\n';
  // A new connection's buffer has room for it.
  const ssize_t size = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL);
  if (size != static_cast<ssize_t>(message.size())) return failed("cannot be sent to", size < 0 ? errno : ENOBUFS);
  ::shutdown(socket_.get(), SHUT_WR);
  return {};
}

}  // namespace tocsin
