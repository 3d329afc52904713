#include "collect/acked_listener.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstring>
#include <deque>

#include "collect/guess_limit.h"

namespace tocsin {

namespace asio = boost::asio;

namespace {

/// Of the memory of all connections: a room, and as much again for the batch that is usually made of it. What is made of a large frame is counted by itself.
std::size_t share_of(std::size_t room) { return room == kAckedReadBytesMin ? 0 : room <= kAckedReadBytesMax ? 2 * room : room; }

/// Shared by the operations under way (a read, a write, timers, the Intake's answer), whichever ends last. It reads, or has something on its way to the
/// journal, or answers, or lingers: what is read then is thrown away, since it will be sent again.
class AckedConnection : public NetConnection, public std::enable_shared_from_this<AckedConnection>, private ReceivedVisitor {
 public:
  /// What all connections of a listener share; each holds it, since one may end later than the listener.
  struct Shared {
    const AckedSettings settings;
    HeldBytes memory;
    GuessLimit guesses = {};  // of codes
  };
  AckedConnection(const AckedContext& context, const std::shared_ptr<Shared>& shared, std::unique_ptr<NetStream> stream, NetPlace place)
      : context_(context),
        shared_(shared),
        settings_(&shared->settings),
        stream_(std::move(stream)),
        place_(std::move(place)),
        protocol_(shared->settings.make_protocol()),
        timer_(stream_->executor()),
        frame_timer_(stream_->executor()),
        alive_timer_(stream_->executor()) {}

  void start() {
    asio::post(stream_->executor(), [self = shared_from_this()] {
      self->stream_->handshake([self](NetError error) { error ? self->close() : self->begin(); });
    });
  }
  void stop() override {
    asio::post(stream_->executor(), [self = shared_from_this()] { self->stop_here(); });
  }
  void abort() override {
    asio::post(stream_->executor(), [self = shared_from_this()] { self->close(); });
  }

 private:
  void begin();
  bool knows_sender();
  bool may_enrol() const { return context_.enroller != nullptr && certificate_.empty(); }
  void enrol();
  void refuse(const std::string& why);
  void refuse_frame(const std::string& why);
  void read();
  bool has_room();
  bool fit_room(std::size_t room);
  void was_read(NetError error, std::size_t size);
  void take_frames(bool filled);
  void record(const Received& received) override;
  bool hold_batches();
  void hand_on();
  void was_answered(bool safe);
  void answer();
  void was_written(NetError error);
  void say_alive();
  void stop_here();
  void end();
  void linger();
  void close();
  void give_back();
  void wait_for_frame();
  void after(int ms, void (AckedConnection::*what)());

  const AckedContext context_;
  const std::shared_ptr<Shared> shared_;
  const AckedSettings* const settings_;  // part of it
  HeldBytes::Ticket held_;                               // for a room larger than the least, and the batches
  const std::unique_ptr<NetStream> stream_;
  const NetPlace place_;
  const std::unique_ptr<AckedProtocol> protocol_;
  asio::steady_timer timer_, frame_timer_, alive_timer_;
  std::uint64_t rounds_ = 0;  // tell an old timer's handler from the current one's:
  std::uint64_t timer_round_ = 0, alive_round_ = 0, frame_round_ = 0;  // 0: nothing is waited for
  std::string certificate_;  // that was shown
  std::optional<Sender> sender_;
  std::unique_ptr<char[]> room_;
  std::size_t room_size_ = 0, used_ = 0, next_room_ = kAckedReadBytesMin;
  std::deque<std::unique_ptr<IntakeBatch>> batches_;
  std::size_t batch_bytes_ = 0;
  TimeUs received_ = 0;
  std::string out_, alive_out_;
  bool too_many_ = false;     // batches
  std::optional<EnrolmentRequest> enrolment_;
  bool asked_again_ = false;  // for its code
  bool by_nobody_ = false;    // a record came of who is not a sender, and may only become one
  bool busy_ = false;         // something is on its way to the journal, or an answer to the client
  bool writing_ = false;      // a sign of life
  bool answer_due_ = false;   // behind it
  bool ending_ = false;       // no frame is taken any more; the answer is the last one
  bool lingering_ = false;
  bool closed_ = false;
};

void AckedConnection::begin() {
  certificate_ = stream_->peer_certificate();
  if (!settings_->proof_required && !knows_sender() && !may_enrol()) {
    refuse(certificate_.empty() ? "it shows no certificate" : "its certificate is not that of a sender");
    return close();
  }
  protocol_->greet(out_);
  if (out_.empty()) return read();
  busy_ = true;
  stream_->write(out_, {}, [self = shared_from_this()](NetError error, std::size_t) { self->was_written(error); });
}

/// Asked again with every read, so that who is removed is out soon.
bool AckedConnection::knows_sender() {
  std::optional<Sender> found;
  if (settings_->proof_required) {
    found = protocol_->sender();
  } else if (!certificate_.empty()) {
    found = context_.senders.by_certificate(settings_->input, certificate_);
  } else if (!settings_->certificate_required) {
    found = sender_ ? sender_ : context_.senders.without_token(settings_->input);
  }
  if (found && !sender_) held_ = shared_->memory.ticket(found->source);
  sender_ = std::move(found);
  return sender_.has_value();
}

void AckedConnection::refuse(const std::string& why) {
  if (settings_->on_refused) settings_->on_refused(place_.peer(), why);
}

void AckedConnection::refuse_frame(const std::string& why) {
  if (sender_) context_.intake.refuse(sender_->source, 1);
  refuse(why);
}

void AckedConnection::read() {
  if (closed_) return;
  busy_ = false;
  if (ending_) return end();
  if (used_ > 0 || !sender_) wait_for_frame();
  if (!has_room()) return after(kAckedRetryMs, &AckedConnection::read);
  stream_->read({room_.get() + used_, room_size_ - used_}, [self = shared_from_this()](NetError error, std::size_t size) { self->was_read(error, size); });
}

/// Who has not said who it is has the least room and no more.
bool AckedConnection::has_room() {
  std::size_t wanted = std::max(next_room_, kAckedReadBytesMin);
  if (used_ > 0) wanted = std::max(wanted, protocol_->wanted());
  if (!sender_) wanted = kAckedReadBytesMin;
  if (fit_room(wanted)) return true;
  return used_ < room_size_ && (used_ == 0 || protocol_->wanted() <= room_size_);  // as it is
}

/// False, with the room as it was, where there is no memory for another.
bool AckedConnection::fit_room(std::size_t room) {
  if (room == room_size_) return used_ < room;
  if (room <= used_ || (sender_ && !held_.resize(share_of(room)))) return false;
  auto fitting = std::make_unique<char[]>(room);
  if (used_ > 0) std::memcpy(fitting.get(), room_.get(), used_);
  room_ = std::move(fitting);
  room_size_ = room;
  return true;
}

void AckedConnection::was_read(NetError error, std::size_t size) {
  if (closed_) return;
  if (error) return close();  // the beginning of a frame is nothing: it was not answered
  if (lingering_) return linger();
  busy_ = true;
  used_ += size;
  if (sender_ && !knows_sender()) {
    refuse("it is not a sender any more");
    return close();
  }
  received_ = context_.env.now_us();
  take_frames(used_ == room_size_);
}

void AckedConnection::take_frames(bool filled) {
  std::size_t at = 0;
  const std::string_view bytes(room_.get(), used_);
  while (at < bytes.size() && !ending_) {
    const Result<std::size_t> taken = protocol_->take(bytes.substr(at), *this);
    if (!taken) refuse_frame(taken.error().message);
    if (taken && *taken == 0) break;
    at += taken ? *taken : 0;
    ending_ = !taken || protocol_->has_ended();
    if (!sender_ && !ending_ && !may_enrol() && !knows_sender()) break;
  }
  if (by_nobody_) {
    refuse("it shows no certificate");
    return close();
  }
  if (at > 0) frame_round_ = 0;
  next_room_ = filled ? std::min(2 * room_size_, kAckedReadBytesMax) : used_ < room_size_ / 4 ? room_size_ / 2 : room_size_;
  next_room_ = std::clamp(next_room_, kAckedReadBytesMin, kAckedReadBytesMax);
  if (at > 0) std::memmove(room_.get(), room_.get() + at, used_ - at);
  used_ -= at;
  if (!hold_batches()) {
    refuse("there is no memory left for what it sends");
    give_back();
    return close();
  }
  if (context_.enroller != nullptr) enrolment_ = protocol_->enrolment();
  enrolment_ ? enrol() : hand_on();
}

/// A code may be so new that the senders that are known here do not have it, so it is looked up twice. Who guesses codes is answered late.
void AckedConnection::enrol() {
  if (closed_) return;
  const EnrolmentRequest& request = *enrolment_;
  if (!context_.senders.by_token(kEnrolmentInput, request.code)) {
    if (!std::exchange(asked_again_, true)) return after(settings_->code_again_ms, &AckedConnection::enrol);
    protocol_->enrolled(Error{Code::kDenied, "this code is not known, was used, or is too old; `tocsin sender add NAME --enrol` makes a new one"});
    refuse("its enrolment code is not known, was used, or is too old");
    const bool late = shared_->guesses.failed(place_.peer(), context_.env.monotonic_ns());
    return late ? after(kGuessDelayMs, &AckedConnection::answer) : answer();
  }
  context_.enroller->enrol(request, [self = shared_from_this()](const Result<std::string>& certificate) {
    asio::post(self->stream_->executor(), [self, certificate] {
      if (self->closed_) return;
      self->protocol_->enrolled(certificate);
      self->answer();
    });
  });
}

void AckedConnection::record(const Received& received) {
  by_nobody_ = !sender_ && may_enrol();
  if (by_nobody_) return;
  for (int tries = 0; tries < 2; ++tries) {
    const bool full = batches_.empty() || batches_.back()->entries().size() >= kAckedBatchRecordsMax || tries > 0;
    if (full && batches_.size() >= kAckedBatchesMax) break;
    if (full) batches_.push_back(std::make_unique<IntakeBatch>(sender_ ? sender_->source : 0, IntakeBatch::IfFull::kWait));
    if (batches_.back()->add(received, received_, place_.peer())) return;
  }
  too_many_ = true;
}

/// Memory for what the room's own share does not cover: much comes out of little where frames are packed.
bool AckedConnection::hold_batches() {
  batch_bytes_ = 0;
  for (const auto& batch : batches_) batch_bytes_ += batch->memory();
  if (too_many_) return false;
  const std::size_t covered = room_size_ > kAckedReadBytesMax ? 0 : std::max(room_size_, kAckedReadBytesMax / 4);
  return batch_bytes_ <= covered || held_.resize(share_of(room_size_) + batch_bytes_);
}

/// Offers the batches one by one until each is taken, and answers when all are safe.
void AckedConnection::hand_on() {
  if (closed_) return;
  if (batches_.empty()) return answer();
  if (alive_round_ == 0) say_alive();
  const std::size_t records = batches_.front()->entries().size();
  const std::uint32_t source = batches_.front()->source();
  const bool taken = context_.intake.submit(std::move(batches_.front()), [self = shared_from_this(), records, source](const IntakeResult& result) {
    // Told "no" by being told nothing.
    if (!result.safe) self->context_.intake.refuse(source, records);
    asio::post(self->stream_->executor(), [self, safe = result.safe] { self->was_answered(safe); });
  });
  if (!taken) return after(kAckedRetryMs, &AckedConnection::hand_on);
  batches_.pop_front();
}

void AckedConnection::was_answered(bool safe) {
  if (closed_) return give_back();
  if (!safe) {
    give_back();
    return close();
  }
  hand_on();
}

/// What will not be handed on any more was told "no", too.
void AckedConnection::give_back() {
  for (const auto& batch : batches_) {
    if (batch != nullptr) context_.intake.refuse(batch->source(), batch->entries().size());
  }
  batches_.clear();
}

void AckedConnection::answer() {
  alive_round_ = 0;
  alive_timer_.cancel();
  if (writing_) {
    answer_due_ = true;
    return;
  }
  if (batch_bytes_ > 0) held_.resize(std::min(held_.bytes(), share_of(room_size_)));
  batch_bytes_ = 0;
  out_.clear();
  protocol_->answer(out_);
  if (ending_) protocol_->farewell(out_);
  if (out_.empty()) return read();
  stream_->write(out_, {}, [self = shared_from_this()](NetError error, std::size_t) { self->was_written(error); });
}

void AckedConnection::was_written(NetError error) {
  if (closed_) return;
  error ? close() : read();
}

/// Every now and then, until the answer is due.
void AckedConnection::say_alive() {
  alive_timer_.expires_after(std::chrono::milliseconds(settings_->alive_ms));
  alive_round_ = ++rounds_;
  alive_timer_.async_wait([self = shared_from_this(), round = alive_round_](NetError error) {
    if (error || self->closed_ || round != self->alive_round_) return;
    self->alive_out_.clear();
    self->protocol_->keep_alive(self->alive_out_);
    if (!self->alive_out_.empty() && !self->writing_) {
      self->writing_ = true;
      self->stream_->write(self->alive_out_, {}, [self](NetError failed, std::size_t) {
        self->writing_ = false;
        if (self->closed_) return;
        if (failed) return self->close();
        if (std::exchange(self->answer_due_, false)) self->answer();
      });
    }
    self->say_alive();
  });
}

/// What is on its way gets its answer; what comes now will be sent again, elsewhere or later.
void AckedConnection::stop_here() {
  if (closed_ || lingering_) return;
  ending_ = true;
  if (busy_) return;
  out_.clear();
  protocol_->farewell(out_);
  lingering_ = true;  // a read is under way
  timer_round_ = 0;
  if (out_.empty()) return end();
  stream_->write(out_, {}, [self = shared_from_this()](NetError error, std::size_t) { error ? self->close() : self->end(); });
}

/// The client is to read the last answer before the connection goes, and it may have sent more, which would take that answer back.
void AckedConnection::end() {
  if (closed_) return;
  const bool reads = std::exchange(lingering_, true);
  frame_round_ = 0;
  stream_->end_writing();
  after(settings_->linger_ms, &AckedConnection::close);
  if (!reads || room_ == nullptr) linger();
}

void AckedConnection::linger() {
  if (closed_) return;
  used_ = 0;
  if (room_ == nullptr && !fit_room(kAckedReadBytesMin)) return close();
  stream_->read({room_.get(), room_size_}, [self = shared_from_this()](NetError error, std::size_t size) { self->was_read(error, size); });
}

void AckedConnection::close() {
  if (std::exchange(closed_, true)) return;
  timer_.cancel();
  frame_timer_.cancel();
  alive_timer_.cancel();
  give_back();
  stream_->close();
}

/// Whoever begins a frame ends it in time.
void AckedConnection::wait_for_frame() {
  if (frame_round_ != 0) return;
  frame_round_ = ++rounds_;
  frame_timer_.expires_after(std::chrono::milliseconds(settings_->frame_ms));
  frame_timer_.async_wait([self = shared_from_this(), round = frame_round_](NetError error) {
    if (error || round != self->frame_round_) return;
    self->frame_round_ = 0;
    if (self->busy_) return;
    self->refuse(self->sender_ ? "it began a frame and did not end it in time" : "it did not say in time who it is");
    self->close();
  });
}

void AckedConnection::after(int ms, void (AckedConnection::*what)()) {
  timer_.expires_after(std::chrono::milliseconds(ms));
  timer_.async_wait([self = shared_from_this(), round = timer_round_ = ++rounds_, what](NetError error) {
    if (!error && round == self->timer_round_) (self.get()->*what)();
  });
}

}  // namespace

Result<std::unique_ptr<AckedListener>> AckedListener::open(asio::io_context& io, const AckedContext& context, const AckedSettings& settings) {
  NetAcceptor::Settings port;
  port.address = settings.address;
  port.socket = settings.socket;
  port.connections_max = settings.connections_max;
  port.peer_connections_max = settings.peer_connections_max;
  port.stop_ms = settings.stop_ms;
  port.make_stream = settings.make_stream;
  const std::shared_ptr<AckedConnection::Shared> shared(new AckedConnection::Shared{settings, HeldBytes(settings.held_bytes_max)});
  auto acceptor = TRY(NetAcceptor::open(io, port, [context, shared](std::unique_ptr<NetStream> stream, NetPlace place) -> std::shared_ptr<NetConnection> {
    auto connection = std::make_shared<AckedConnection>(context, shared, std::move(stream), std::move(place));
    connection->start();
    return connection;
  }));
  return std::unique_ptr<AckedListener>(new AckedListener(std::move(acceptor)));
}

}  // namespace tocsin
