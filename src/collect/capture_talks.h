// What is spoken over the flows of a capture, told by how it begins, not by its port: HTTP/1 and TLS over TCP; and DNS at its ports, over UDP and TCP. Each becomes lines of its own log. One
// object belongs to one thread and serves all flows; what is remembered of one is kept with it. Nothing fails; text of connections is kept within bounds, and what could not be read to
// its end is counted.
//
//   CaptureTalks talks(out);
//   talks.packet(flow, side, packet, time_ns);
//   talks.ended(flow);
#pragma once

#include <cstdint>
#include <string>

#include "collect/dns_log.h"
#include "collect/flow_table.h"
#include "collect/http_log.h"
#include "collect/tls_log.h"

namespace tocsin {

/// Text of one direction that waits to be whole: a message of DNS, with its size.
inline constexpr std::size_t kTalkBytesMax = (64 << 10) + 2;
/// Text of all flows.
inline constexpr std::size_t kTalksBytesMax = 32u << 20;

class CaptureTalks {
 public:
  explicit CaptureTalks(std::string& out) : dns_(out), http_(out), tls_(out) {}
  void packet(Flow& flow, int side, const Packet& packet, std::int64_t time_ns);
  void ended(Flow& flow);

  std::uint64_t damaged_dns() const { return dns_.damaged(); }
  /// Directions of connections of which a part is missing, so that the rest was not read.
  std::uint64_t broken() const { return broken_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Talk;
  void stream(Flow& flow, Talk& talk, int side, const Packet& packet, std::int64_t time_ns);
  static void recognise(Talk& talk);
  void read(Flow& flow, Talk& talk, int side, std::int64_t time_ns);
  void read_dns(Flow& flow, Talk& talk, int side, std::int64_t time_ns);

  DnsLog dns_;
  HttpLog http_;
  TlsLog tls_;
  std::size_t bytes_ = 0;
  std::uint64_t broken_ = 0;
};

}  // namespace tocsin
