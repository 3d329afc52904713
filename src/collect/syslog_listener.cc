#include "collect/syslog_listener.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>

#include "collect/syslog_frames.h"

namespace tocsin {

namespace asio = boost::asio;

namespace {

/// Shared by the operations under way (a read, a timer, the Intake's answer), whichever ends last.
class SyslogConnection : public NetConnection,
                         public std::enable_shared_from_this<SyslogConnection>,
                         private ReceivedVisitor {
 public:
  SyslogConnection(const SyslogContext& context, const SyslogSettings& settings, std::shared_ptr<HeldBytes> memory,
                   std::unique_ptr<NetStream> stream, NetPlace place)
      : context_(context),
        settings_(settings),
        memory_(std::move(memory)),
        stream_(std::move(stream)),
        place_(std::move(place)),
        timer_(stream_->executor()),
        frames_(settings_.make_frames ? settings_.make_frames() : std::make_unique<SyslogFrames>()) {}

  void start() {
    asio::post(stream_->executor(), [self = shared_from_this()] {
      self->stream_->handshake([self](NetError error) { error ? self->close() : self->begin(); });
    });
  }
  void stop() override {
    asio::post(stream_->executor(), [self = shared_from_this()] { self->drain(); });
  }
  void abort() override {
    asio::post(stream_->executor(), [self = shared_from_this()] { self->give_up(); });
  }

 private:
  void begin();
  bool knows_sender();
  void read();
  void was_read(NetError error, std::size_t size);
  void fit_room(std::size_t used);
  void hand_on();
  void was_answered(bool safe);
  void hand_on_last();
  void drain();
  void give_up();
  void close();
  void record(const Received& received) override;
  void after(int ms, void (SyslogConnection::*what)());

  const SyslogContext context_;
  const SyslogSettings settings_;
  std::string certificate_;  // that was shown
  Sender sender_;
  const std::shared_ptr<HeldBytes> memory_;  // of all connections; shared, since one may end later than the listener
  HeldBytes::Ticket held_;                   // for a room larger than the least, and the batch that is made of it
  const std::unique_ptr<NetStream> stream_;
  const NetPlace place_;
  asio::steady_timer timer_;
  std::uint64_t timer_round_ = 0;  // tells an old timer's handler from the current one's
  const std::unique_ptr<RecordFrames> frames_;
  std::unique_ptr<IntakeBatch> batch_;
  TimeUs received_ = 0;
  std::unique_ptr<char[]> room_;
  std::size_t room_size_ = kSyslogReadBytesMin;
  bool in_flight_ = false;  // a batch was taken and is not safe yet
  bool draining_ = false;   // stopping: read what is on its way
  bool ended_ = false;      // nothing more will be read
  bool closed_ = false;
};

void SyslogConnection::begin() {
  certificate_ = stream_->peer_certificate();
  if (!knows_sender()) return close();
  held_ = memory_->ticket(sender_.source);
  read();
}

/// By the certificate, if one was shown.
bool SyslogConnection::knows_sender() {
  std::optional<Sender> sender;
  if (!certificate_.empty()) {
    sender = context_.senders.by_certificate(settings_.input, certificate_);
  } else if (!settings_.certificate_required) {
    sender = context_.senders.without_token(settings_.input);
  }
  if (sender) {
    sender_ = std::move(*sender);
  } else if (settings_.on_refused) {
    settings_.on_refused(place_.peer(), certificate_.empty() ? "it shows no certificate" : "its certificate is not that of a sender");
  }
  return sender.has_value();
}

void SyslogConnection::read() {
  if (closed_) return;
  if (ended_) return close();
  if (room_ == nullptr) room_ = std::make_unique<char[]>(room_size_);
  if (draining_) after(settings_.drain_ms, &SyslogConnection::give_up);
  stream_->read({room_.get(), room_size_},
                [self = shared_from_this()](NetError error, std::size_t size) { self->was_read(error, size); });
}

void SyslogConnection::was_read(NetError error, std::size_t size) {
  if (closed_) return;
  ++timer_round_;
  if (!certificate_.empty() && !knows_sender()) return close();  // removed meanwhile
  received_ = context_.env.now_us();
  frames_->read({room_.get(), size}, *this);
  if (error) {
    ended_ = true;
    frames_->finish(*this);
  }
  fit_room(size);
  hand_on();
}

/// Larger where a read filled it and there is memory for that, smaller where it did not.
void SyslogConnection::fit_room(std::size_t used) {
  const std::size_t fitting = used == room_size_      ? std::min(2 * room_size_, kSyslogReadBytesMax)
                              : used < room_size_ / 4 ? std::max(room_size_ / 2, kSyslogReadBytesMin)
                                                      : room_size_;
  if (fitting == room_size_ || !held_.resize(fitting == kSyslogReadBytesMin ? 0 : 2 * fitting)) return;
  room_.reset();
  room_size_ = fitting;
}

void SyslogConnection::record(const Received& received) {
  if (batch_ == nullptr) batch_ = std::make_unique<IntakeBatch>(sender_.source, IntakeBatch::IfFull::kWait);
  if (!batch_->add(received, received_, place_.peer())) context_.intake.drop(sender_.source, 1);
}

/// Offers the batch until it is taken, and reads on when it is safe.
void SyslogConnection::hand_on() {
  if (batch_ == nullptr) return read();
  if (ended_) return hand_on_last();
  const std::size_t records = batch_->entries().size();
  const bool taken =
      context_.intake.submit(std::move(batch_), [self = shared_from_this(), records](const IntakeResult& result) {
        if (!result.safe) self->context_.intake.drop(self->sender_.source, records);
        asio::post(self->stream_->executor(), [self, safe = result.safe] { self->was_answered(safe); });
      });
  if (!taken) return after(kSyslogRetryMs, &SyslogConnection::hand_on);
  batch_ = nullptr;
  in_flight_ = true;
}

/// Nobody waits for an answer any more. The connection's place is free at once: whoever connects anew for each record (GELF's clients do) would have taken all
/// places of an address while a slow disk writes.
void SyslogConnection::hand_on_last() {
  const std::size_t records = batch_->entries().size();
  const bool taken = context_.intake.submit(std::move(batch_), [&intake = context_.intake, source = sender_.source, records](const IntakeResult& result) {
    if (!result.safe) intake.drop(source, records);
  });
  if (!taken) return after(kSyslogRetryMs, &SyslogConnection::hand_on);
  batch_ = nullptr;
  close();
}

void SyslogConnection::was_answered(bool safe) {
  in_flight_ = false;
  if (closed_) return;
  if (safe) return read();
  after(settings_.pause_ms, &SyslogConnection::read);
}

/// Tells the sender to go elsewhere, and takes what it had sent before.
void SyslogConnection::drain() {
  if (closed_ || draining_) return;
  draining_ = true;
  stream_->end_writing();
  // If a batch is under way, no read is, and the one behind it sets its own timer.
  if (batch_ == nullptr && !in_flight_) after(settings_.drain_ms, &SyslogConnection::give_up);
}

/// What was read goes to the Intake, if it takes that now.
void SyslogConnection::give_up() {
  if (closed_) return;
  if (!ended_) frames_->finish(*this);
  close();
  if (batch_ == nullptr) return;
  const std::size_t records = batch_->entries().size();
  const bool taken =
      context_.intake.submit(std::move(batch_), [self = shared_from_this(), records](const IntakeResult& result) {
        if (!result.safe) self->context_.intake.drop(self->sender_.source, records);
      });
  if (!taken) context_.intake.drop(sender_.source, records);
}

void SyslogConnection::close() {
  closed_ = true;
  ++timer_round_;
  timer_.cancel();
  // Who goes on sending to a service that stops is to notice with its next message, not behind it.
  draining_ && !ended_ ? stream_->reset() : stream_->close();
}

void SyslogConnection::after(int ms, void (SyslogConnection::*what)()) {
  timer_.expires_after(std::chrono::milliseconds(ms));
  timer_.async_wait([self = shared_from_this(), round = ++timer_round_, what](NetError error) {
    if (!error && round == self->timer_round_) (self.get()->*what)();
  });
}

}  // namespace

Result<std::unique_ptr<SyslogListener>> SyslogListener::open(asio::io_context& io, const SyslogContext& context,
                                                             const SyslogSettings& settings) {
  NetAcceptor::Settings port;
  port.address = settings.address;
  port.socket = settings.socket;
  port.connections_max = settings.connections_max;
  port.peer_connections_max = settings.peer_connections_max;
  port.stop_ms = settings.stop_ms;
  port.make_stream = settings.make_stream;
  const auto memory = std::make_shared<HeldBytes>(kSyslogHeldBytesMax);
  auto acceptor = TRY(NetAcceptor::open(
      io, port,
      [context, settings, memory](std::unique_ptr<NetStream> stream, NetPlace place) -> std::shared_ptr<NetConnection> {
        auto connection = std::make_shared<SyslogConnection>(context, settings, memory, std::move(stream), std::move(place));
        connection->start();
        return connection;
      }));
  return std::unique_ptr<SyslogListener>(new SyslogListener(std::move(acceptor)));
}

}  // namespace tocsin
