// What stands behind an HTTP listener: one protocol's answers. The listener does the connections, the limits and HTTP itself; the endpoint
// decides who may ask and what is answered. Calls come from any of the listener's threads, several at once for different requests. Nothing
// fails: what is wrong is a reply in the protocol's own words.
//
//   class Echo : public HttpEndpoint {
//     std::optional<HttpReply> admit(const HttpHead&, Sender&) override { return std::nullopt; }
//     void handle(HttpRequest request, HttpDone done) override { done({.body = std::move(request.body)}); }
//     HttpReply problem(int status, std::string_view reason) override { return {.status = status, .body = std::string(reason)}; }
//   };
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "collect/http_request.h"
#include "collect/intake.h"
#include "collect/net_limits.h"

namespace tocsin {

/// A body that is made while it is sent: events as they happen, rows as they are found. The connection asks for the next piece when the client has
/// taken the last, so a client that reads slowly slows its source down and costs one piece of memory. Called on the connection's strand.
class HttpPieces {
 public:
  virtual ~HttpPieces() = default;
  /// The next bytes; none at all: that was the end.
  using Done = std::function<void(std::string piece)>;
  /// `done` is to be called once, from any thread, and may be left out behind stop(). It keeps the connection, and with it this, alive.
  virtual void next(Done done) = 0;
  /// Nobody reads any more. May be called more than once, and while a next() is under way.
  virtual void stop() = 0;
};

struct HttpReply {
  int status = 200;
  std::string_view content_type = "application/json";  // static text
  std::string body = {};
  std::string headers = {};  // further ones, each with its CR LF
  std::unique_ptr<HttpPieces> pieces = {};  // in place of the body
};

struct HttpRequest {
  HttpHead head;
  std::string body;  // unpacked
  std::string peer;  // the address, without the port
  Sender sender;     // as admit() left it
  TimeUs received = 0;
  /// The memory that this request is charged for, which has to hold body and all that is made of it; to be used in handle() only.
  HeldBytes::Ticket* held = nullptr;
  /// Becomes true when the client has gone, for whoever works long; only where HttpSettings::watch asks for it. Shared with the connection.
  std::shared_ptr<const std::atomic<bool>> gone = {};
  /// There was no memory left for the unpacked body: it goes when handle() returns, so every record has to be refused.
  bool crowded = false;
};

/// To be called once, from any thread. The reply is sent then.
using HttpDone = std::function<void(HttpReply)>;

class HttpBodyTaker;

class HttpEndpoint {
 public:
  virtual ~HttpEndpoint() = default;
  /// Before the body is read: who sends. A reply refuses the request and closes the connection.
  virtual std::optional<HttpReply> admit(const HttpHead& head, Sender& sender) = 0;
  virtual void handle(HttpRequest request, HttpDone done) = 0;
  /// Behind admit(), where HttpSettings::taken_bytes_max lets bodies be larger than can be held: who takes this one while it comes, in place of handle(). nullptr: it is held.
  virtual std::shared_ptr<HttpBodyTaker> taker(const HttpHead& head, const std::string& peer) { return (void)head, (void)peer, nullptr; }
  /// The listener's own refusals: malformed, too large, too slow.
  virtual HttpReply problem(int status, std::string_view reason) = 0;
};

}  // namespace tocsin
