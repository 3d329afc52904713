// A TCP or TLS port for protocols that acknowledge what they took (collect/acked_protocol.h): each connection's bytes through its protocol into batches for
// the Intake, one read at a time. What was read is answered when all of it is safe, and only then is more read: the client's window, and the buffers of
// the kernels, hold the rest. What is not safe is not answered, and its connection is closed, so that the client sends it again. It runs on the
// caller's io_context with one or more threads; all functions are safe from any. open() fails where the address cannot be listened on; afterwards nothing
// fails: a connection that makes no sense or sends nobody's records is ended, and said to on_refused.
//
//   AckedSettings settings{.input = "relp", .address = "127.0.0.1:2514", .make_protocol = [] { return std::make_unique<RelpFrames>(); }};
//   auto relp = TRY(AckedListener::open(io, {intake, senders, env}, settings));
//   relp->stop();   // what is on its way gets its answers
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/env.h"
#include "base/result.h"
#include "collect/acked_protocol.h"
#include "collect/intake.h"
#include "collect/net_acceptor.h"

namespace tocsin {

/// Connections of one listener; a shipper has 1 to 4, and keeps them.
inline constexpr std::size_t kAckedConnectionsMax = 1'024;
/// Of them from one address, which may be a translating router with a network behind it.
inline constexpr std::size_t kAckedPeerConnectionsMax = 256;
/// One read where a frame asks for no more. Where reads do not fill it, the room is halved down to the least.
inline constexpr std::size_t kAckedReadBytesMax = 256 << 10;
inline constexpr std::size_t kAckedReadBytesMin = 4 << 10;
/// What all connections of a listener have in rooms that are larger than the least, and in batches. One source has half of it at most: the largest frame, with twice as much made of it.
inline constexpr std::size_t kAckedHeldBytesMax = 96u << 20;
/// Batches made of one read: what the largest frame unpacks to, with what stands beside each of its records.
inline constexpr std::size_t kAckedBatchesMax = 8;
/// Records of one batch, as in a _bulk.
inline constexpr std::size_t kAckedBatchRecordsMax = 50'000;
/// How often a batch is offered again for which there was no room, and memory asked for again.
inline constexpr int kAckedRetryMs = 20;
/// A frame that has begun is whole after so long, as is the proof of who sends.
inline constexpr int kAckedFrameMs = 60'000;
/// Between two signs of life while a batch is not safe; clients wait for 30 seconds and more.
inline constexpr int kAckedAliveMs = 5'000;
/// When a connection is ended, the client has so long to read the last answer.
inline constexpr int kAckedLingerMs = 1'000;

/// A code that nobody knows is looked up again after so long: the senders are asked for once a second at most.
inline constexpr int kAckedCodeAgainMs = 1'200;

/// All outlive the listener.
struct AckedContext {
  Intake& intake;
  Senders& senders;
  Env& env;
  Enroller* enroller = nullptr;  // if there is one, who shows no certificate may hand in a code for one, and do nothing else where one is required
};

struct AckedSettings {
  std::string input = {};  // as Senders knows it
  std::string address = "127.0.0.1:0";
  int socket = -1;  // as NetAcceptor::Settings has it
  std::function<std::unique_ptr<AckedProtocol>()> make_protocol = {};
  bool certificate_required = false;  // who shows none is not taken for anybody
  bool proof_required = false;        // the protocol itself says who sends
  NetAcceptor::MakeStream make_stream = {};  // plain TCP if there is none
  OnRefused on_refused = {};
  std::size_t connections_max = kAckedConnectionsMax;
  std::size_t peer_connections_max = kAckedPeerConnectionsMax;
  std::size_t held_bytes_max = kAckedHeldBytesMax;
  int frame_ms = kAckedFrameMs;
  int alive_ms = kAckedAliveMs;
  int linger_ms = kAckedLingerMs;
  int code_again_ms = kAckedCodeAgainMs;
  int stop_ms = 5'000;
};

class AckedListener {
 public:
  static Result<std::unique_ptr<AckedListener>> open(boost::asio::io_context& io, const AckedContext& context, const AckedSettings& settings);
  ~AckedListener() { stop(); }
  AckedListener(const AckedListener&) = delete;
  AckedListener& operator=(const AckedListener&) = delete;

  std::string address() const { return acceptor_->address(); }
  std::size_t connections() const { return acceptor_->connections(); }
  void stop() { acceptor_->stop(); }

 private:
  explicit AckedListener(std::shared_ptr<NetAcceptor> acceptor) : acceptor_(std::move(acceptor)) {}

  std::shared_ptr<NetAcceptor> acceptor_;
};

}  // namespace tocsin
