// An HTTP/1.1 port of `tocsin serve`: connections, limits and HTTP itself, in front of an endpoint (Elasticsearch, HEC) that knows the protocol. One
// request at a time per connection; what a client sends ahead waits. A reply is sent when the endpoint has one, from whatever thread. It runs
// on the caller's io_context with one or more threads; all functions are safe from any. open() fails where the address
// cannot be listened on; afterwards nothing fails: a bad request gets an error in the endpoint's words, and its connection is closed.
//
//   boost::asio::io_context io;
//   ElasticEndpoint elastic(intake, senders, env);
//   auto listener = TRY(HttpListener::open(io, elastic, env, {.address = "127.0.0.1:9200"}));
//   std::thread runs([&] { io.run(); });
//   …
//   listener->stop();   // requests under way are answered first
//   runs.join();        // then the Intake may go, then the endpoint, then io
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/env.h"
#include "base/result.h"
#include "collect/guess_limit.h"
#include "collect/http_body_taker.h"
#include "collect/http_endpoint.h"
#include "collect/net_acceptor.h"

namespace tocsin {

/// Connections of one listener. A shipper has 1 to 10; what an idle one costs is some 10 KB.
inline constexpr std::size_t kHttpConnectionsMax = 1'024;
/// Of them from one address, which may be a translating router with a network behind it.
inline constexpr std::size_t kHttpPeerConnectionsMax = 256;
/// The body of one request, packed or not: what one batch can take. Logstash sends 20 MB at most, others less.
inline constexpr std::size_t kHttpBodyBytesMax = IntakeBatch::kBytesMax;
/// Bodies and what is made of them, of all requests of one listener together; a request that comes when there is no room waits unread.
/// Three of the largest.
inline constexpr std::size_t kHttpHeldBytesMax = 64u << 20;
/// A connection without a request is closed after this; clients connect again without a word.
inline constexpr int kHttpIdleMs = 75'000;
/// From the first byte of a request to its last: the largest body at 350 KB/s. A slow client cannot stay longer.
inline constexpr int kHttpRequestMs = 60'000;
/// For a client to take its reply.
inline constexpr int kHttpWriteMs = 30'000;
/// Between a refusal and the close, so that a client that is still sending gets to read why.
inline constexpr int kHttpLingerMs = 2'000;
/// For requests under way when the listener stops.
inline constexpr int kHttpStopMs = 5'000;

/// What tests set smaller.
struct HttpSettings {
  std::string address = "127.0.0.1:0";
  int socket = -1;  // as NetAcceptor::Settings has it
  std::size_t connections_max = kHttpConnectionsMax;
  std::size_t peer_connections_max = kHttpPeerConnectionsMax;
  std::size_t body_bytes_max = kHttpBodyBytesMax;
  std::size_t taken_bytes_max = 0;  // of a body for which HttpEndpoint::taker() has somebody; 0: it is not asked
  std::size_t held_bytes_max = kHttpHeldBytesMax;
  int idle_ms = kHttpIdleMs;
  int request_ms = kHttpRequestMs;
  int write_ms = kHttpWriteMs;
  int linger_ms = kHttpLingerMs;
  int stop_ms = kHttpStopMs;
  int guess_delay_ms = kGuessDelayMs;
  bool watch = false;                        // read while a request is handled, to notice a client that goes
  HttpBodyTakers* takers = nullptr;          // take all bodies in parts; chunked ones may then have any size
  NetAcceptor::MakeStream make_stream = {};  // plain TCP if there is none
};

/// What the connections of one listener have in common.
struct HttpShared {
  HttpEndpoint& endpoint;
  Env& env;
  const HttpSettings settings;
  HeldBytes held;
  GuessLimit guesses = {};
};

class HttpListener {
 public:
  static Result<std::unique_ptr<HttpListener>> open(boost::asio::io_context& io, HttpEndpoint& endpoint, Env& env,
                                                    const HttpSettings& settings);
  ~HttpListener() { stop(); }
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  std::string address() const { return acceptor_->address(); }
  std::size_t connections() const { return acceptor_->connections(); }
  std::size_t held_bytes() const { return shared_->held.used(); }
  std::uint64_t turned_away() const { return acceptor_->turned_away(); }
  void stop() { acceptor_->stop(); }

 private:
  HttpListener(std::shared_ptr<HttpShared> shared, std::shared_ptr<NetAcceptor> acceptor)
      : shared_(std::move(shared)), acceptor_(std::move(acceptor)) {}

  std::shared_ptr<HttpShared> shared_;  // shared with connections, which may end later
  std::shared_ptr<NetAcceptor> acceptor_;
};

}  // namespace tocsin
