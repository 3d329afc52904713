// Syslog over UDP: one datagram is one record, as it came; where the settings have a reader for them (GELF, NetFlow), what that makes of them. Nobody can be told to wait, so what a broken journal did not take is counted as
// dropped. What the kernel threw away since nobody read it is counted by who owns the socket (datagrams_lost), which outlives the reader. It runs on the caller's io_context with one or more threads; all functions are safe from any. open() fails where the address cannot
// be bound; afterwards nothing fails.
//
//   auto udp = TRY(SyslogUdp::open(io, {intake, senders, env}, {.address = "127.0.0.1:5514"}));
//   udp->stop();   // takes what the kernel still holds, then closes
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "collect/datagram_reader.h"
#include "collect/net_ports.h"
#include "collect/syslog_listener.h"

namespace tocsin {

/// What the kernel is asked to hold for us, against bursts; it gives what net.core.rmem_max allows, 208 KB as Linux comes.
inline constexpr int kSyslogUdpBufferBytesMax = 8 << 20;
/// Records of one batch: what comes in the time of a commit at 100,000 a second.
inline constexpr std::size_t kSyslogUdpBatchMax = 1'024;
/// Bytes after which a batch takes no more: five times what the kernel holds as Linux comes.
inline constexpr std::size_t kSyslogUdpBatchBytesMax = 1u << 20;
/// Batches on their way to the journal; while there are so many, the kernel holds what comes.
inline constexpr std::size_t kSyslogUdpFlightMax = 4;

struct SyslogUdpSettings {
  std::string input = "syslog";                                       // whose senders may send
  std::function<std::unique_ptr<DatagramReader>()> make_reader = {};  // none: a datagram is a record
  std::string address = "127.0.0.1:0";
  int socket = -1;  // that is bound to `address` already (net_ports.h), and is taken over; -1: one is made
  int buffer_bytes = kSyslogUdpBufferBytesMax;
};

class SyslogUdp {
 public:
  static Result<std::unique_ptr<SyslogUdp>> open(boost::asio::io_context& io, const SyslogContext& context,
                                                 const SyslogUdpSettings& settings);
  ~SyslogUdp() { stop(); }
  SyslogUdp(const SyslogUdp&) = delete;
  SyslogUdp& operator=(const SyslogUdp&) = delete;

  std::string address() const;
  void stop();

 private:
  class Socket;
  explicit SyslogUdp(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}

  std::shared_ptr<Socket> socket_;  // shared with operations under way, which may end later
};

}  // namespace tocsin
