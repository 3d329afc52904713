#include "collect/http_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "collect/http_body.h"

namespace tocsin {

namespace asio = boost::asio;

namespace {

std::string_view status_text(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

/// A body in pieces is chunked; HTTP/1.0 does not know that, there it ends with the connection.
std::string reply_head(const HttpReply& reply, bool keep, bool http10) {
  std::string framing;
  if (reply.pieces == nullptr && reply.status != 204) framing = fmt::format("Content-Length: {}\r\n", reply.body.size());
  if (reply.pieces != nullptr && !http10) framing = "Transfer-Encoding: chunked\r\n";
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n{}Connection: {}\r\n{}\r\n", reply.status, status_text(reply.status),
                     reply.content_type, framing, keep ? "keep-alive" : "close", reply.headers);
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpShared> shared, std::unique_ptr<NetStream> stream, NetPlace place)
    : shared_(std::move(shared)),
      stream_(std::move(stream)),
      place_(std::move(place)),
      timer_(stream_->executor()),
      reader_(shared_->settings.takers == nullptr ? std::max(shared_->settings.body_bytes_max, shared_->settings.taken_bytes_max) : kHttpPartsBodyBytesMax),
      held_(shared_->held.ticket()) {}

void HttpConnection::start() {
  asio::post(stream_->executor(), [self = shared_from_this()] {
    self->arm_ms(self->shared_->settings.idle_ms);
    self->stream_->handshake([self](NetError error) {
      if (self->state_ == State::kClosed) return;
      if (error) return self->close();
      self->idle();
    });
  });
}

void HttpConnection::stop() {
  asio::post(stream_->executor(), [self = shared_from_this()] {
    self->stopping_ = true;
    if (self->state_ == State::kIdle || self->state_ == State::kStreaming) self->close();
    if (self->state_ == State::kReading && self->taker_ != nullptr) self->refuse(503, "the service stops");
  });
}

void HttpConnection::abort() {
  asio::post(stream_->executor(), [self = shared_from_this()] { self->close(); });
}

/// Between two requests. What the client sent ahead may already be the next.
void HttpConnection::idle() {
  if (stopping_) return close();
  state_ = State::kIdle;
  if (reader_.between()) {
    if (!read_pending_) room_.reset();
    arm_ms(shared_->settings.idle_ms);
  }
  advance(reader_.feed(std::exchange(ahead_, {})));
}

void HttpConnection::read() {
  if (read_pending_) return;
  const bool reads_on = state_ == State::kReading || state_ == State::kLingering;
  const std::size_t size = reads_on ? body_room() : kHttpIdleReadBytes;
  if (room_ == nullptr || room_size_ != size) {
    room_ = std::make_unique<char[]>(size);
    room_size_ = size;
  }
  read_pending_ = true;
  stream_->read({room_.get(), room_size_},
                [self = shared_from_this()](NetError error, std::size_t got) { self->was_read(error, got); });
}

void HttpConnection::was_read(NetError error, std::size_t size) {
  read_pending_ = false;
  if (state_ == State::kClosed) return;
  if (state_ == State::kHandling && error) *gone_ = true;
  if (error && state_ != State::kHandling && state_ != State::kWriting) return close();
  if (state_ == State::kLingering) return read();
  const bool answering = state_ == State::kHandling || state_ == State::kStreaming || state_ == State::kWriting;
  if (answering && !error) ahead_.append(room_.get(), size);
  if (state_ == State::kIdle || state_ == State::kReading) advance(reader_.feed({room_.get(), size}));
}

void HttpConnection::advance(HttpStep step) {
  if (state_ == State::kIdle && !reader_.between()) {
    state_ = State::kReading;
    deadline_ = Clock::now() + std::chrono::milliseconds(shared_->settings.request_ms);
    arm(deadline_);
  }
  const bool held_whole = taker_ == nullptr && step != HttpStep::kHead && step != HttpStep::kBad;
  if (held_whole && reader_.body_bytes() > shared_->settings.body_bytes_max) return refuse(413, "the body is too large");
  switch (step) {
    case HttpStep::kHead: return admit();
    case HttpStep::kWhole: return taker_ == nullptr ? handle() : take_part(true);
    case HttpStep::kBad: return refuse(reader_.problem().status, reader_.problem().reason);
    case HttpStep::kMore: break;
  }
  if (taker_ != nullptr) return reader_.body_bytes() > 0 ? take_part(false) : read();
  // A body without a length is charged as it grows, and for the room that a string makes ahead.
  if (reader_.head().chunked && !held_.resize(body_room() + 2 * reader_.body_bytes()))
    return refuse(429, "no memory for the body now");
  read();
}

void HttpConnection::admit() {
  sender_ = Sender();
  HttpBodyTakers* const takers = shared_->settings.takers;
  std::optional<HttpReply> refusal = takers == nullptr ? shared_->endpoint.admit(reader_.head(), sender_)
                                                       : takers->admit_shown(reader_.head(), stream_->peer_certificate(), sender_);
  if (refusal) return turn_away(std::move(*refusal));
  if (shared_->settings.taken_bytes_max > 0) taker_ = shared_->endpoint.taker(reader_.head(), place_.peer());
  if (taker_ == nullptr && reader_.head().length.value_or(0) > shared_->settings.body_bytes_max) {
    return refuse(413, takers == nullptr ? "the body is too large" : "the body is too large: in chunks it may have any size");
  }
  held_ = shared_->held.ticket(sender_.name.empty() ? HeldBytes::kNobody : sender_.source);
  if (takers != nullptr) taker_ = takers->take_body(sender_, place_.peer(), stream_->executor());
  if (taker_ != nullptr) reader_.take_in_parts();
  take_memory();
}

/// A wrong token is told late to who has tried many.
void HttpConnection::turn_away(HttpReply refusal) {
  const bool guessed = (refusal.status == 401 || refusal.status == 403) && !reader_.head().authorization.empty();
  if (!guessed || !shared_->guesses.failed(place_.peer(), shared_->env.monotonic_ns())) return reply(std::move(refusal), false);
  state_ = State::kSlowed;
  late_ = std::move(refusal);
  arm_ms(shared_->settings.guess_delay_ms);
}

/// For one read. Who has shown no token yet gets little.
std::size_t HttpConnection::body_room() const {
  const HttpHead& head = reader_.head();
  return head.chunked || head.length.value_or(0) > kHttpIdleReadBytes ? kHttpReadBytes : kHttpIdleReadBytes;
}

/// A body that cannot be held now is not read, which tells the client's kernel to wait.
void HttpConnection::take_memory() {
  if (!held_.resize(taker_ != nullptr ? kHttpPartsBytes : body_room() + reader_.head().length.value_or(0))) {
    if (Clock::now() >= deadline_) return refuse(429, "no memory for the body now");
    state_ = State::kWaiting;
    return arm_ms(kHttpWaitMs);
  }
  state_ = State::kReading;
  arm(deadline_);
  if (!reader_.head().expects_continue) return advance(reader_.feed({}));
  state_ = State::kContinuing;
  head_out_ = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_->write(head_out_, {}, [self = shared_from_this()](NetError error, std::size_t) {
    if (self->state_ != State::kContinuing) return;
    if (error) return self->close();
    self->state_ = State::kReading;
    self->advance(self->reader_.feed({}));
  });
}

/// Reads on when it was taken.
void HttpConnection::take_part(bool last) {
  state_ = State::kTaking;
  disarm();
  taker_->take(reader_.take_body(), [self = shared_from_this(), last](std::optional<HttpReply> refusal) {
    asio::post(self->stream_->executor(), [self, last, said = std::move(refusal)]() mutable { self->was_taken(last, std::move(said)); });
  });
}

void HttpConnection::was_taken(bool last, std::optional<HttpReply> refusal) {
  if (state_ != State::kTaking) return;
  if (refusal) return reply(std::move(*refusal), false);
  if (stopping_ && !last) return refuse(503, "the service stops");
  if (!last) {
    state_ = State::kReading;
    deadline_ = Clock::now() + std::chrono::milliseconds(shared_->settings.request_ms);
    arm(deadline_);
    return read();
  }
  state_ = State::kHandling;
  taker_->end([self = shared_from_this()](HttpReply reply) {
    asio::post(self->stream_->executor(), [self, said = std::move(reply)]() mutable {
      self->reply(std::move(said), self->reader_.head().keep_alive);
    });
  });
}

void HttpConnection::handle() {
  state_ = State::kHandling;
  disarm();
  HttpRequest request{.head = reader_.head(), .body = reader_.take_body(), .peer = place_.peer(), .sender = sender_};
  request.received = shared_->env.now_us();
  const Status status = unpack_http_body(request.head.content_encoding, shared_->settings.body_bytes_max, request.body);
  if (!status) {
    const int code = status.error().code == Code::kLimit ? 413 : status.error().code == Code::kUnsupported ? 415 : 400;
    return reply(shared_->endpoint.problem(code, status.error().message), request.head.keep_alive);
  }
  request.held = &held_;
  request.crowded = !held_.resize(request.body.size());
  if (shared_->settings.watch) {
    request.gone = gone_ = std::make_shared<std::atomic<bool>>(false);
    read();
  }
  shared_->endpoint.handle(std::move(request), [self = shared_from_this()](HttpReply reply) {
    asio::post(self->stream_->executor(), [self, said = std::move(reply)]() mutable {
      self->reply(std::move(said), self->reader_.head().keep_alive);
    });
  });
}

void HttpConnection::refuse(int status, std::string_view reason) {
  reply(shared_->endpoint.problem(status, reason), false);
}

void HttpConnection::reply(HttpReply reply, bool keep) {
  if (state_ == State::kClosed) return;
  if (taker_ != nullptr) std::exchange(taker_, nullptr)->stop();
  const bool no_body = reader_.head().method == "HEAD", http10 = reader_.head().http10;
  state_ = State::kWriting;
  keep_ = keep && !stopping_ && (reply.pieces == nullptr || !http10);
  head_out_ = reply_head(reply, keep_, http10);
  body_out_ = no_body ? std::string() : std::move(reply.body);
  arm_ms(shared_->settings.write_ms);
  if (reply.pieces == nullptr || no_body) {
    return stream_->write(head_out_, body_out_,
                          [self = shared_from_this()](NetError error, std::size_t) { self->was_written(error); });
  }
  pieces_ = std::move(reply.pieces);
  stream_->write(head_out_, {}, [self = shared_from_this()](NetError error, std::size_t) {
    if (self->state_ == State::kClosed) return;
    if (error || self->stopping_) return self->close();
    self->state_ = State::kStreaming;
    self->read();
    self->stream();
  });
}

void HttpConnection::stream() {
  disarm();
  pieces_->next([self = shared_from_this()](std::string piece) {
    asio::post(self->stream_->executor(), [self, piece = std::move(piece)]() mutable { self->send_piece(std::move(piece)); });
  });
}

void HttpConnection::send_piece(std::string piece) {
  if (state_ != State::kStreaming) return;
  arm_ms(shared_->settings.write_ms);
  const bool http10 = reader_.head().http10, last = piece.empty();
  head_out_ = http10 ? std::string() : fmt::format("{:x}\r\n", piece.size());
  body_out_ = std::move(piece);
  if (!http10) body_out_ += "\r\n";
  if (last) state_ = State::kWriting;
  stream_->write(head_out_, body_out_, [self = shared_from_this(), last](NetError error, std::size_t) {
    if (last) return self->was_written(error);
    if (self->state_ != State::kStreaming) return;
    if (error) return self->close();
    self->body_out_ = std::string();
    self->stream();
  });
}

void HttpConnection::was_written(NetError error) {
  body_out_ = std::string();
  if (!error) pieces_.reset();
  held_.resize(0);
  if (state_ == State::kClosed) return;
  if (error) return close();
  if (!keep_) return linger();
  reader_.next();
  idle();
}

/// A close with unread bytes would reset the connection, and the client might never see the reply.
void HttpConnection::linger() {
  state_ = State::kLingering;
  stream_->end_writing();
  arm_ms(shared_->settings.linger_ms);
  read();
}

void HttpConnection::time_is_up() {
  if (state_ == State::kWaiting) return take_memory();
  if (state_ == State::kSlowed) return reply(std::move(*late_), false);
  if (state_ == State::kReading) return refuse(408, "the request took too long to come");
  close();
}

void HttpConnection::arm(Clock::time_point when) {
  timer_.expires_at(when);
  timer_.async_wait([self = shared_from_this(), round = ++timer_round_](NetError error) {
    if (!error && round == self->timer_round_ && self->state_ != State::kClosed) self->time_is_up();
  });
}

void HttpConnection::disarm() {
  ++timer_round_;
  timer_.cancel();
}

void HttpConnection::close() {
  state_ = State::kClosed;
  if (pieces_ != nullptr) pieces_->stop();
  if (taker_ != nullptr) std::exchange(taker_, nullptr)->stop();
  disarm();
  stream_->close();
}

}  // namespace tocsin
