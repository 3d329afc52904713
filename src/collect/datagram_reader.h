// What makes records of the datagrams of a port, where a datagram is not simply a record: GELF, NetFlow. Used by the listener for UDP (syslog_udp.h), in one
// thread at a time. Nothing fails: what is lost is counted.
#pragma once

#include <cstdint>
#include <string_view>

#include "collect/received.h"

namespace tocsin {

struct DatagramSender {
  std::string_view key;      // tells senders apart, whatever is in it
  std::string_view address;  // as text, without the port
};

class DatagramReader {
 public:
  virtual ~DatagramReader() = default;
  /// `now_ns` never goes back.
  virtual void read(std::string_view datagram, const DatagramSender& sender, std::int64_t now_ns, ReceivedVisitor& visitor) = 0;
  /// Nothing more will come.
  virtual void finish() = 0;
  /// Records that were lost since it was asked last.
  virtual std::uint64_t take_lost() = 0;
};

}  // namespace tocsin
