// A port that is bound: the socket of a listener, made by whoever may, used by whoever reads from it, which may be another process. The
// port keeps what was sent to it while nobody reads. Fails with the address that cannot be had.
//
//   PortSocket port = TRY(PortSocket::listen_tcp("127.0.0.1:0"));
//   port.address();   // with the port in use
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"

namespace tocsin {

/// Connections waiting to be accepted, as the kernel is told; it takes 4,096 at most.
inline constexpr int kListenBacklogMax = 512;

/// One owner; closed when it goes.
class PortSocket {
 public:
  static Result<PortSocket> listen_tcp(const std::string& address);
  /// The kernel is asked to hold `buffer_bytes` against bursts.
  static Result<PortSocket> bind_udp(const std::string& address, int buffer_bytes);
  /// One that is bound, as it came from the process that bound it.
  static PortSocket adopt(int socket, std::string address) { return PortSocket(socket, std::move(address)); }
  PortSocket(PortSocket&& other) noexcept : socket_(std::exchange(other.socket_, -1)), address_(std::move(other.address_)) {}
  PortSocket& operator=(PortSocket&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(address_, other.address_);
    return *this;
  }
  ~PortSocket() { close(); }

  int number() const { return socket_; }
  const std::string& address() const { return address_; }
  void close();
  int release() { return std::exchange(socket_, -1); }

 private:
  PortSocket(int socket, std::string address) : socket_(socket), address_(std::move(address)) {}
  static Result<PortSocket> open(const std::string& address, int type);

  int socket_;
  std::string address_;
};

/// How many datagrams the kernel has thrown away at this socket since it was made, as nobody read them in time; it wraps around.
std::uint32_t datagrams_lost(int socket);

}  // namespace tocsin
