#include "collect/syslog_udp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>

#include "collect/syslog_frames.h"

namespace tocsin {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr int kSyslogUdpLastBatches = 16;

std::string peer_text(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text, sizeof text);
  } else if (from.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, text, sizeof text);
  }
  return text;
}

/// Address and port, as they stand in memory.
std::string_view sender_key(const sockaddr_storage& from) {
  const char* const bytes = reinterpret_cast<const char*>(&from) + sizeof from.ss_family;
  return {bytes, (from.ss_family == AF_INET ? offsetof(sockaddr_in, sin_zero) : sizeof(sockaddr_in6)) - sizeof from.ss_family};
}

}  // namespace

/// All of it on its strand, but open() and address().
class SyslogUdp::Socket : public std::enable_shared_from_this<Socket>, private ReceivedVisitor {
 public:
  Socket(asio::io_context& io, const SyslogContext& context, const SyslogUdpSettings& settings)
      : context_(context), settings_(settings), reader_(settings.make_reader ? settings.make_reader() : nullptr), socket_(asio::make_strand(io)), timer_(socket_.get_executor()) {}

  Status open();
  void start() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->wait(); });
  }
  void stop() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->finish(); });
  }
  const std::string& address() const { return address_; }

 private:
  void wait();
  bool take();
  bool read_one();
  void record(const Received& received) override;
  void hand_on();
  void was_answered();
  void finish();

  const SyslogContext context_;
  const SyslogUdpSettings settings_;
  const std::unique_ptr<DatagramReader> reader_;
  udp::socket socket_;
  asio::steady_timer timer_;
  std::string address_;
  std::array<char, SyslogFrames::kFrameBytesMax> room_{};  // no datagram is larger
  std::optional<Sender> sender_;                           // of the batch
  std::unique_ptr<IntakeBatch> batch_;
  std::string peer_;  // of the datagram that is read
  std::size_t in_flight_ = 0;
  bool waiting_ = false, stopping_ = false;
};

Status SyslogUdp::Socket::open() {
  PortSocket port = settings_.socket >= 0 ? PortSocket::adopt(settings_.socket, settings_.address)
                                          : TRY(PortSocket::bind_udp(settings_.address, settings_.buffer_bytes));
  address_ = port.address();
  NetError error;
  socket_.assign(address_.starts_with('[') ? udp::v6() : udp::v4(), port.number(), error);
  if (error) return Error{Code::kIo, "cannot listen on " + address_ + ": " + error.message()};
  port.release();
  return {};
}

void SyslogUdp::Socket::wait() {
  if (stopping_ || waiting_ || batch_ != nullptr || in_flight_ >= kSyslogUdpFlightMax) return;
  waiting_ = true;
  socket_.async_wait(udp::socket::wait_read, [self = shared_from_this()](NetError error) {
    self->waiting_ = false;
    if (!error && !self->stopping_) self->take();
  });
}

/// Everything that is there, up to a batch. False if there was nothing.
bool SyslogUdp::Socket::take() {
  sender_ = context_.senders.without_token(settings_.input);
  batch_ = std::make_unique<IntakeBatch>(sender_ ? sender_->source : 0, IntakeBatch::IfFull::kWait);
  std::size_t count = 0;
  while (count < kSyslogUdpBatchMax && batch_->bytes() < kSyslogUdpBatchBytesMax && read_one()) ++count;
  if (sender_ && reader_ != nullptr) {
    if (const std::uint64_t lost = reader_->take_lost(); lost > 0) context_.intake.drop(sender_->source, lost);
  }
  if (!sender_ || batch_->entries().empty()) batch_ = nullptr;
  hand_on();
  return count > 0;
}

bool SyslogUdp::Socket::read_one() {
  sockaddr_storage from{};
  iovec part{room_.data(), room_.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t size = recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  // Errors other than "nothing there" belong to one datagram (an ICMP answer to nothing of ours): the next wait goes on.
  if (size < 0) return errno == EINTR;
  if (size == 0 || !sender_) return true;
  Received received;
  received.raw = {room_.data(), static_cast<std::size_t>(size)};
  received.truncated = (message.msg_flags & MSG_TRUNC) != 0;
  peer_ = peer_text(from);
  if (reader_ == nullptr) {
    record(received);
  } else {
    reader_->read(received.raw, {sender_key(from), peer_}, context_.env.monotonic_ns(), *this);
  }
  return true;
}

void SyslogUdp::Socket::record(const Received& received) {
  if (!batch_->add(received, context_.env.now_us(), peer_)) context_.intake.drop(sender_->source, 1);
}

/// Offers the batch until it is taken; meanwhile the kernel holds what comes, and counts what it cannot hold.
void SyslogUdp::Socket::hand_on() {
  if (batch_ == nullptr) return wait();
  const std::uint32_t source = batch_->source();
  const std::size_t records = batch_->entries().size();
  const bool taken =
      context_.intake.submit(std::move(batch_), [self = shared_from_this(), source, records](const IntakeResult& result) {
        if (!result.safe) self->context_.intake.drop(source, records);
        asio::post(self->socket_.get_executor(), [self] { self->was_answered(); });
      });
  if (taken) {
    batch_ = nullptr;
    ++in_flight_;
    return wait();
  }
  if (stopping_) {
    context_.intake.drop(source, records);
    batch_ = nullptr;
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(kSyslogRetryMs));
  timer_.async_wait([self = shared_from_this()](NetError error) {
    if (!error && self->batch_ != nullptr) self->hand_on();
  });
}

void SyslogUdp::Socket::was_answered() {
  --in_flight_;
  wait();
}

void SyslogUdp::Socket::finish() {
  if (stopping_) return;
  stopping_ = true;
  timer_.cancel();
  if (batch_ != nullptr) hand_on();
  // What the kernel holds at this moment: for a time that is bounded, should they keep coming.
  for (int i = 0; i < kSyslogUdpLastBatches && take(); ++i) {
  }
  if (reader_ != nullptr) {
    reader_->finish();
    const std::uint64_t lost = reader_->take_lost();
    const std::optional<Sender> sender = context_.senders.without_token(settings_.input);
    if (sender && lost > 0) context_.intake.drop(sender->source, lost);
  }
  NetError ignored;
  socket_.close(ignored);
}

Result<std::unique_ptr<SyslogUdp>> SyslogUdp::open(asio::io_context& io, const SyslogContext& context,
                                                   const SyslogUdpSettings& settings) {
  auto socket = std::make_shared<Socket>(io, context, settings);
  TRY(socket->open());
  socket->start();
  return std::unique_ptr<SyslogUdp>(new SyslogUdp(std::move(socket)));
}

std::string SyslogUdp::address() const { return socket_->address(); }
void SyslogUdp::stop() { socket_->stop(); }

}  // namespace tocsin
