#include "collect/net_ports.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "collect/net_stream.h"

namespace tocsin {

namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> read_address(const std::string& text, std::string& host) {
  std::uint16_t port = 0;
  if (!parse_net_address(text, host, port)) {
    return Error{Code::kInvalid, "'" + text + "' is no address to listen on; write 127.0.0.1:9200 or [::1]:9200"};
  }
  Address address;
  if (host.find(':') == std::string::npos) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &v4.sin_addr);
    address.size = sizeof v4;
    std::memcpy(&address.storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr);
    address.size = sizeof v6;
    std::memcpy(&address.storage, &v6, sizeof v6);
  }
  return address;
}

std::uint16_t port_in_use(int socket) {
  Address address;
  address.size = sizeof address.storage;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) return 0;
  sockaddr_in v4{};
  std::memcpy(&v4, &address.storage, sizeof v4);  // the port is at the same place in both families
  return ntohs(v4.sin_port);
}

}  // namespace

void PortSocket::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

Result<PortSocket> PortSocket::open(const std::string& address, int type) {
  std::string host;
  const Address parsed = TRY(read_address(address, host));
  PortSocket port(::socket(parsed.storage.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "");
  const int on = 1;
  const bool good = port.socket_ >= 0 && (type != SOCK_STREAM || ::setsockopt(port.socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0) &&
                    ::bind(port.socket_, reinterpret_cast<const sockaddr*>(&parsed.storage), parsed.size) == 0 &&
                    (type != SOCK_STREAM || ::listen(port.socket_, kListenBacklogMax) == 0);
  if (!good) return Error{Code::kIo, "cannot listen on " + address + ": " + std::strerror(errno)};
  port.address_ = net_address_text(host, port_in_use(port.socket_));
  return port;
}

Result<PortSocket> PortSocket::listen_tcp(const std::string& address) { return open(address, SOCK_STREAM); }

Result<PortSocket> PortSocket::bind_udp(const std::string& address, int buffer_bytes) {
  PortSocket port = TRY(open(address, SOCK_DGRAM));
  ::setsockopt(port.socket_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);  // it gives what it may
  return port;
}

std::uint32_t datagrams_lost(int socket) {
  std::uint32_t counts[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof counts;
  if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, counts, &size) != 0) return 0;
  return counts[SK_MEMINFO_DROPS];
}

}  // namespace tocsin
