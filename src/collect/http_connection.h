// One HTTP connection: reads a request, asks the endpoint, writes its reply, and again. Made by the HTTP listener only. All of it happens on the
// connection's strand; stop() and abort() are safe from any thread. Whatever goes wrong ends the connection.
//
//   idle ─► reading ─► (waiting for memory) ─► reading ─► handling ─► (streaming) ─► writing ─┬─► idle
//              │  ▲
//              ▼  │
//             taking (a body in parts)
//              └──────────── refused ─► (slowed) ───────────────────────────────────► writing ─┴─► lingering ─► closed
//
// While it is streaming it reads too, to notice that the client has gone (and while it is handling, if it is to watch); what came then is the next request's.
//
//   auto connection = std::make_shared<HttpConnection>(shared, std::move(stream), std::move(place));
//   connection->start();
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "collect/http_listener.h"
#include "collect/http_request.h"

namespace tocsin {

/// While nothing of a request was read; most heads fit.
inline constexpr std::size_t kHttpIdleReadBytes = 4 << 10;
/// While a body is read.
inline constexpr std::size_t kHttpReadBytes = 64 << 10;
/// A chunked body that is taken in parts: all that a journal of today may have (4 GB as it comes) many times. None of it is held.
inline constexpr std::uint64_t kHttpPartsBodyBytesMax = std::uint64_t{1} << 40;
/// What a body that is taken in parts is charged for: a read, the part, and what is made of it.
inline constexpr std::size_t kHttpPartsBytes = 4 * kHttpReadBytes;
/// How often a request that waits for memory asks again.
inline constexpr int kHttpWaitMs = 20;

/// Shared by the operations under way (a read, a timer, the endpoint's reply), whichever ends last.
class HttpConnection : public NetConnection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<HttpShared> shared, std::unique_ptr<NetStream> stream, NetPlace place);
  void start();
  void stop() override;
  void abort() override;

 private:
  enum class State : std::uint8_t { kIdle, kReading, kWaiting, kContinuing, kTaking, kSlowed, kHandling, kStreaming, kWriting, kLingering, kClosed };
  using Clock = std::chrono::steady_clock;

  void idle();
  void read();
  void was_read(NetError error, std::size_t size);
  void advance(HttpStep step);
  void admit();
  void turn_away(HttpReply refusal);
  std::size_t body_room() const;
  void take_memory();
  void take_part(bool last);
  void was_taken(bool last, std::optional<HttpReply> refusal);
  void handle();
  void refuse(int status, std::string_view reason);
  void reply(HttpReply reply, bool keep);
  void was_written(NetError error);
  void stream();
  void send_piece(std::string piece);
  void linger();
  void time_is_up();
  void arm(Clock::time_point when);
  void arm_ms(int ms) { arm(Clock::now() + std::chrono::milliseconds(ms)); }
  void disarm();
  void close();

  const std::shared_ptr<HttpShared> shared_;
  const std::unique_ptr<NetStream> stream_;
  const NetPlace place_;
  boost::asio::steady_timer timer_;
  std::uint64_t timer_round_ = 0;  // tells an old timer's handler from the current one's
  State state_ = State::kIdle;
  bool read_pending_ = false, stopping_ = false, keep_ = false;
  Clock::time_point deadline_{};  // of the request
  HttpRequestReader reader_;
  Sender sender_;
  std::optional<HttpReply> late_;  // kSlowed: to be sent when the timer says so
  HeldBytes::Ticket held_;
  std::unique_ptr<char[]> room_;
  std::size_t room_size_ = 0;
  std::string head_out_, body_out_;
  std::string ahead_;  // what the client sent while its request was answered
  std::shared_ptr<HttpBodyTaker> taker_;  // of the request under way; shared with what it has under way itself
  std::shared_ptr<std::atomic<bool>> gone_;
  std::unique_ptr<HttpPieces> pieces_;  // of the reply under way or the last one
};

}  // namespace tocsin
