// The bytes of one direction of a TCP connection, in their order, as far as somebody wants them: the beginnings that say what is spoken. One object belongs to one thread.
// Segments that come again are left out. Behind a segment that is missing, was captured in part, or comes before its turn there is no more text: what is looked for here is at the beginning of things, and a capture that
// lost packets says so (broken).
//
//   TcpText text;
//   if (text.add(packet)) read(text.bytes());
//   text.use(n);
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/packet.h"

namespace tocsin {

class TcpText {
 public:
  /// False if there is nothing new.
  bool add(const Packet& packet) {
    if ((packet.flags & kTcpSyn) != 0) {
      next_ = packet.sequence + 1;
      begun_ = true;
      return false;
    }
    if (broken_ || packet.payload_bytes == 0) return false;
    if (!begun_) next_ = packet.sequence;
    begun_ = true;
    const std::uint32_t behind = next_ - packet.sequence;
    if (behind > INT32_MAX) return broken_ = true, false;
    if (behind >= packet.payload_bytes) return false;
    next_ = packet.sequence + packet.payload_bytes;
    std::string_view fresh = packet.payload.substr(std::min<std::size_t>(behind, packet.payload.size()));
    broken_ = packet.payload.size() < packet.payload_bytes;
    const std::size_t skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, fresh.size()));
    fresh.remove_prefix(skipped);
    skip_ -= skipped;
    bytes_.append(fresh);
    return !fresh.empty();
  }
  std::string_view bytes() const { return bytes_; }
  /// The first of them are not wanted any more; they may be more than are there yet.
  void use(std::uint64_t bytes) {
    const std::size_t now = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, bytes_.size()));
    bytes_.erase(0, now);
    skip_ += bytes - now;
  }
  bool broken() const { return broken_; }
  /// Nothing more is wanted.
  void stop() {
    broken_ = true;
    bytes_ = std::string();
  }

 private:
  std::string bytes_;
  std::uint64_t skip_ = 0;
  std::uint32_t next_ = 0;
  bool begun_ = false, broken_ = false;
};

}  // namespace tocsin
