// A body that is taken while it comes, where that may be larger than can be held: who takes it, for an HTTP listener whose settings have HttpBodyTakers. The connection reads
// on when a part was taken, so a client is as fast as what stands behind. Nothing fails: what is wrong is a reply.
//
//   HttpListener::open(io, endpoint, env, {.takers = &endpoint});
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "collect/http_endpoint.h"

namespace tocsin {

/// Of one request. Called on the connection's strand, one call at a time.
class HttpBodyTaker {
 public:
  virtual ~HttpBodyTaker() = default;
  /// To be called once, from any thread: nothing, and the next part may come; or the reply that ends the request, and with it the connection.
  using More = std::function<void(std::optional<HttpReply>)>;
  virtual void take(std::string part, More more) = 0;
  /// The body is whole; all of it was taken.
  virtual void end(HttpDone done) = 0;
  /// Nothing more will come, and nobody waits for an answer. May be called more than once.
  virtual void stop() = 0;
};

/// Of all requests of a listener, in place of HttpEndpoint::admit() and handle().
class HttpBodyTakers {
 public:
  virtual ~HttpBodyTakers() = default;
  /// As HttpEndpoint::admit(); `certificate` is what NetStream::peer_certificate() gives.
  virtual std::optional<HttpReply> admit_shown(const HttpHead& head, const std::string& certificate, Sender& sender) = 0;
  /// Shared with what it has under way. The executor is the connection's strand.
  virtual std::shared_ptr<HttpBodyTaker> take_body(const Sender& sender, const std::string& peer, const boost::asio::any_io_executor& executor) = 0;
};

}  // namespace tocsin
