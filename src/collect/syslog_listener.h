// Syslog over TCP, and over TLS where the settings have streams for it: each connection's bytes through SyslogFrames into batches for the Intake, one batch
// for each read. Plain syslog acknowledges nothing, so the only way to lose nothing is to be slow: while a batch is not
// safe its connection is not read, and the sender's kernel makes the sender wait. It runs on the caller's io_context with one or more
// threads; all functions are safe from any. Other inputs of that kind (GELF) differ by their frames alone, which the settings say. open() fails where the address cannot be listened on; afterwards nothing fails: what the
// Intake gives up (IfFull::kWait: because the service stops) is counted as dropped.
//
//   auto syslog = TRY(SyslogListener::open(io, {intake, senders, env}, {.address = "127.0.0.1:5514"}));
//   syslog->stop();   // reads what is on its way, hands it on, then closes
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/env.h"
#include "base/result.h"
#include "collect/intake.h"
#include "collect/net_acceptor.h"
#include "collect/record_frames.h"

namespace tocsin {

/// Connections of one listener; a sender has one, and keeps it.
inline constexpr std::size_t kSyslogConnectionsMax = 1'024;
/// Of them from one address, which may be a translating router with a network behind it.
inline constexpr std::size_t kSyslogPeerConnectionsMax = 256;
/// One read, and so what a connection has in flight at most, beside the beginning of a frame. A sender of 10,000 messages a second has 40 KB
/// in the time of a commit. Where reads do not fill it, the room is halved down to the least.
inline constexpr std::size_t kSyslogReadBytesMax = 256 << 10;
inline constexpr std::size_t kSyslogReadBytesMin = 4 << 10;
/// What all connections of a listener have in rooms that are larger than the least, and in batches: some tens at full speed, the others in small steps.
inline constexpr std::size_t kSyslogHeldBytesMax = 16u << 20;
/// How often a batch is offered again for which there was no room.
inline constexpr int kSyslogRetryMs = 20;
/// After a batch that was given up: what is not read now is not lost now.
inline constexpr int kSyslogPauseMs = 1'000;
/// When the listener stops, a connection is read until nothing came for this long.
inline constexpr int kSyslogDrainMs = 200;

/// What the syslog listeners work with; all outlive them.
struct SyslogContext {
  Intake& intake;
  Senders& senders;
  Env& env;
};

struct SyslogSettings {
  std::string input = "syslog";  // whose senders may send
  std::function<std::unique_ptr<RecordFrames>()> make_frames = {};  // for each connection; SyslogFrames if there is none
  std::string address = "127.0.0.1:0";
  int socket = -1;  // as NetAcceptor::Settings has it
  std::size_t connections_max = kSyslogConnectionsMax;
  std::size_t peer_connections_max = kSyslogPeerConnectionsMax;
  int pause_ms = kSyslogPauseMs;
  int drain_ms = kSyslogDrainMs;
  int stop_ms = 5'000;
  NetAcceptor::MakeStream make_stream = {};  // plain TCP if there is none
  bool certificate_required = false;         // who shows none is not taken for anybody
  OnRefused on_refused = {};                 // of certificates that are nobody's
};

class SyslogListener {
 public:
  static Result<std::unique_ptr<SyslogListener>> open(boost::asio::io_context& io, const SyslogContext& context,
                                                      const SyslogSettings& settings);
  ~SyslogListener() { stop(); }
  SyslogListener(const SyslogListener&) = delete;
  SyslogListener& operator=(const SyslogListener&) = delete;

  std::string address() const { return acceptor_->address(); }
  std::size_t connections() const { return acceptor_->connections(); }
  std::uint64_t turned_away() const { return acceptor_->turned_away(); }
  void stop() { acceptor_->stop(); }

 private:
  explicit SyslogListener(std::shared_ptr<NetAcceptor> acceptor) : acceptor_(std::move(acceptor)) {}

  std::shared_ptr<NetAcceptor> acceptor_;
};

}  // namespace tocsin
