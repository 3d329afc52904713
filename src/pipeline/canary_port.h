// The socket from which the service sends its canaries to a TCP port of its own. It is made before the service is confined, which lets no other be made, and connected anew for each canary. One thread.
// open() fails with an address that is none; send() with why nothing could be sent.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace tocsin {

/// A connection to this machine is there at once, or its port's queue is full.
inline constexpr int kCanaryConnectMs = 1'000;

class CanaryPort {
 public:
  /// Where the port at `address` (numeric, with its port) can be reached from this machine.
  static Result<CanaryPort> open(const std::string& address);
  const std::string& address() const { return address_; }
  /// A connection, the line and a line feed, its end. What becomes of it nobody says.
  Status send(std::string_view line);

 private:
  CanaryPort(Descriptor socket, std::string address) : socket_(std::move(socket)), address_(std::move(address)) {}
  Status connect();
  Descriptor socket_;
  std::string address_;
};

}  // namespace tocsin
