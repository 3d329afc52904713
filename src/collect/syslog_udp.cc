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
#include <cstring>
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

/// How many datagrams the kernel threw away so far, if it says so.
std::optional<std::uint32_t> lost_so_far(msghdr& message) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_RXQ_OVFL) continue;
    std::uint32_t lost = 0;
    std::memcpy(&lost, CMSG_DATA(control), sizeof lost);
    return lost;
  }
  return std::nullopt;
}

}  // namespace

/// All of it on its strand, but open() and address().
class SyslogUdp::Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(asio::io_context& io, const SyslogContext& context)
      : context_(context), socket_(asio::make_strand(io)), timer_(socket_.get_executor()) {}

  Status open(const SyslogUdpSettings& settings);
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
  void hand_on();
  void was_answered();
  void finish();

  const SyslogContext context_;
  udp::socket socket_;
  asio::steady_timer timer_;
  std::string address_;
  std::array<char, SyslogFrames::kFrameBytesMax> room_{};  // no datagram is larger
  std::optional<Sender> sender_;                           // of the batch
  std::unique_ptr<IntakeBatch> batch_;
  std::size_t in_flight_ = 0;
  std::uint32_t lost_ = 0;  // as the kernel last said
  bool waiting_ = false, stopping_ = false;
};

Status SyslogUdp::Socket::open(const SyslogUdpSettings& settings) {
  std::string host;
  std::uint16_t port = 0;
  if (!parse_net_address(settings.address, host, port)) {
    return Error{Code::kInvalid,
                 "'" + settings.address + "' is no address to listen on; write 127.0.0.1:5514 or [::1]:5514"};
  }
  NetError error, ignored;
  const udp::endpoint endpoint(asio::ip::make_address(host, error), port);
  if (!error) socket_.open(endpoint.protocol(), error);
  if (!error) socket_.non_blocking(true, error);
  if (!error) socket_.bind(endpoint, error);
  const udp::endpoint bound = error ? udp::endpoint() : socket_.local_endpoint(error);
  if (error) return Error{Code::kIo, "cannot listen on " + settings.address + ": " + error.message()};
  socket_.set_option(udp::socket::receive_buffer_size(settings.buffer_bytes), ignored);
  const int on = 1;
  if (setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) != 0) {
    return Error{Code::kIo, "this kernel does not say how many datagrams it loses"};
  }
  address_ = net_address_text(host, bound.port());
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
  sender_ = context_.senders.without_token("syslog");
  batch_ = std::make_unique<IntakeBatch>(sender_ ? sender_->source : 0);
  std::size_t count = 0;
  while (count < kSyslogUdpBatchMax && read_one()) ++count;
  if (!sender_ || batch_->entries().empty()) batch_ = nullptr;
  hand_on();
  return count > 0;
}

bool SyslogUdp::Socket::read_one() {
  sockaddr_storage from{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> control{};
  iovec part{room_.data(), room_.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  // Errors other than "nothing there" belong to one datagram (an ICMP answer to nothing of ours): the next wait goes on.
  if (size < 0) return errno == EINTR;
  const std::uint32_t lost = lost_so_far(message).value_or(lost_);
  if (lost != lost_ && sender_) context_.intake.drop(sender_->source, static_cast<std::uint32_t>(lost - lost_));
  lost_ = lost;
  if (size == 0 || !sender_) return true;
  Received received;
  received.raw = {room_.data(), static_cast<std::size_t>(size)};
  received.truncated = (message.msg_flags & MSG_TRUNC) != 0;
  if (!batch_->add(received, context_.env.now_us(), peer_text(from))) context_.intake.drop(sender_->source, 1);
  return true;
}

/// Offers the batch until it is taken; meanwhile the kernel holds what comes, and counts what it cannot hold.
void SyslogUdp::Socket::hand_on() {
  if (batch_ == nullptr) return wait();
  const std::uint32_t source = batch_->source();
  const std::size_t records = batch_->entries().size();
  const bool taken =
      context_.intake.submit(std::move(batch_), [self = shared_from_this(), source, records](IntakeResult result) {
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
  NetError ignored;
  socket_.close(ignored);
}

Result<std::unique_ptr<SyslogUdp>> SyslogUdp::open(asio::io_context& io, const SyslogContext& context,
                                                   const SyslogUdpSettings& settings) {
  auto socket = std::make_shared<Socket>(io, context);
  TRY(socket->open(settings));
  socket->start();
  return std::unique_ptr<SyslogUdp>(new SyslogUdp(std::move(socket)));
}

std::string SyslogUdp::address() const { return socket_->address(); }
void SyslogUdp::stop() { socket_->stop(); }

}  // namespace tocsin
