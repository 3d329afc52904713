// For tests of the listeners: an Intake that records what it is given and can be full, slow or failing, senders with one token each, an
// io_context that runs in two threads, and a blocking client. The client waits up to kFakeWaitMs for what has to come, which no test
// takes unless it fails. The fakes are safe from any thread; a client belongs to one.
//
//   FakeIntake intake;
//   FakeClient client(listener->address());
//   client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
//   EXPECT_EQ(client.reply().status, 401);
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "collect/enrolment.h"
#include "collect/intake.h"
#include "collect/net_stream.h"

namespace tocsin {

inline constexpr int kFakeWaitMs = 60'000;

class FakeIntake : public Intake {
 public:
  enum class Mode { kAnswer, kHold, kFull, kFail };

  bool submit(std::unique_ptr<IntakeBatch>&& batch, std::function<void(IntakeResult)> done) override {
    IntakeResult result;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      changed_.notify_all();
      ++submits_;
      if (mode_ == Mode::kFull) return false;
      if (mode_ == Mode::kHold) {
        held_.emplace_back(std::move(batch), std::move(done));
        return true;
      }
      result = take(std::move(batch), mode_ == Mode::kAnswer);
    }
    done(std::move(result));
    return true;
  }
  void refuse(std::uint32_t, std::uint64_t records) override { add(refused_, records); }
  void drop(std::uint32_t, std::uint64_t records) override { add(dropped_, records); }

  void set(Mode mode) {
    const std::lock_guard<std::mutex> lock(mutex_);
    mode_ = mode;
  }
  /// Answers what was held, on the caller's thread.
  void release(bool safe = true) {
    for (;;) {
      std::pair<std::unique_ptr<IntakeBatch>, std::function<void(IntakeResult)>> one;
      IntakeResult result;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (held_.empty()) return;
        one = std::move(held_.front());
        held_.erase(held_.begin());
        result = take(std::move(one.first), safe);
      }
      one.second(std::move(result));
    }
  }
  /// Until `what` is true of this; false if that does not happen.
  template <class Predicate>
  bool wait(Predicate what, int wait_ms = kFakeWaitMs) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return what(*this); });
  }
  bool wait_for_records(std::size_t count) {
    return wait([count](const FakeIntake& intake) { return intake.records_.size() >= count; });
  }
  bool wait_for_held(std::size_t count) {
    return wait([count](const FakeIntake& intake) { return intake.held_.size() >= count; });
  }
  bool wait_for_submits(std::size_t count) {
    return wait([count](const FakeIntake& intake) { return intake.submits_ >= count; });
  }
  bool wait_for_dropped(std::uint64_t count) {
    return wait([count](const FakeIntake& intake) { return intake.dropped_ >= count; });
  }
  /// For wait(): without the lock.
  std::uint64_t received() const { return records_.size(); }
  std::uint64_t lost() const { return dropped_; }
  std::vector<std::string> records() const { return locked(records_); }
  std::vector<std::string> details() const { return locked(details_); }
  /// Of each record.
  std::vector<std::uint32_t> sources() const { return locked(sources_); }
  std::uint64_t refused() const { return locked(refused_); }
  std::uint64_t dropped() const { return locked(dropped_); }
  std::uint64_t submits() const { return locked(submits_); }

 private:
  IntakeResult take(std::unique_ptr<IntakeBatch> batch, bool safe) {
    IntakeResult result{.safe = safe, .first = records_.size()};
    for (const IntakeBatch::Entry& entry : batch->entries()) {
      if (!safe) break;
      sources_.push_back(batch->source());
      records_.emplace_back(batch->raw(entry));
      details_.emplace_back(batch->details(entry));
    }
    if (!safe) result.batch = std::move(batch);
    changed_.notify_all();
    return result;
  }
  void add(std::uint64_t& counter, std::uint64_t records) {
    const std::lock_guard<std::mutex> lock(mutex_);
    counter += records;
    changed_.notify_all();
  }
  template <class T>
  T locked(const T& value) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return value;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mode mode_ = Mode::kAnswer;                                                                     // guarded by mutex_
  std::vector<std::pair<std::unique_ptr<IntakeBatch>, std::function<void(IntakeResult)>>> held_;  // guarded by mutex_
  std::vector<std::uint32_t> sources_;                                                            // guarded by mutex_
  std::vector<std::string> records_, details_;                                                    // guarded by mutex_
  std::uint64_t refused_ = 0, dropped_ = 0, submits_ = 0;                                         // guarded by mutex_
};

/// One sender for each input, with the token "secret-" and the input's name. One certificate is known, if a test says so; plain syslog, RELP and Forward ask for none.
class FakeSenders : public Senders, public Enroller {
 public:
  std::optional<Sender> by_token(std::string_view input, std::string_view token) override {
    if (input == kEnrolmentInput && token == code_) return Sender{.name = "waiting", .source = 3};
    if (token != "secret-" + std::string(input)) return std::nullopt;
    return Sender{.name = std::string(input), .source = 1};
  }
  std::optional<Sender> by_certificate(std::string_view input, std::string_view fingerprint) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if ((input != "syslog" && input != "relp" && input != "gelf" && input != "journal") || fingerprint.empty() || fingerprint != known_) return std::nullopt;
    return Sender{.name = "shipper", .source = 3};
  }
  /// Its digest is 32 times the letter k.
  std::optional<Sender> by_proof(std::string_view input, const Proves& proves) override {
    if (input != "forward" || !proves("prover", std::string(32, 'k'))) return std::nullopt;
    return Sender{.name = "prover", .source = 4};
  }
  std::optional<Sender> without_token(std::string_view input) override {
    if (input != "syslog" && input != "relp" && input != "forward" && input != "gelf" && input != "journal" && input != "netflow") return std::nullopt;
    return Sender{.name = std::string(input), .source = 2};
  }
  /// A code that is good, once; its certificate is "certificate".
  void await(const std::string& code) { code_ = code; }
  void enrol(const EnrolmentRequest& request, std::function<void(Result<std::string>)> done) override {
    if (request.code != code_) return done(Error{Code::kDenied, "used"});
    code_.clear();
    done(std::string("certificate"));
  }
  void know(std::string fingerprint) {
    const std::lock_guard<std::mutex> lock(mutex_);
    known_ = std::move(fingerprint);
  }

 private:
  std::mutex mutex_;
  std::string known_;  // guarded by mutex_
  std::string code_;   // of tests with one connection at a time
};

/// Runs until nothing is left to do, which is when every listener was stopped.
class FakeThreads {
 public:
  explicit FakeThreads(boost::asio::io_context& io) {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([&io] { io.run(); });
  }
  ~FakeThreads() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

struct FakeReply {
  int status = 0;  // 0: the connection ended
  std::string head, body;
};

class FakeClient {
 public:
  explicit FakeClient(const std::string& address, int type = SOCK_STREAM) : fd_(::socket(AF_INET, type, 0)) {
    std::string host;
    std::uint16_t port = 0;
    parse_net_address(address, host, port);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &to.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~FakeClient() { ::close(fd_); }
  FakeClient(const FakeClient&) = delete;

  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// One write; false if the connection is known to be over.
  bool try_send(std::string_view bytes) { return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0; }
  void end() { ::shutdown(fd_, SHUT_WR); }
  /// The next reply; with `no_body` that of a HEAD.
  FakeReply reply(bool no_body = false) {
    FakeReply reply;
    std::size_t end = 0;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return reply;
    }
    reply.head = held_.substr(0, end + 2);
    held_.erase(0, end + 4);
    const std::size_t length = reply.head.find("Content-Length: ");
    const std::size_t size =
        no_body || length == std::string::npos ? 0 : std::strtoull(reply.head.c_str() + length + 16, nullptr, 10);
    while (held_.size() < size) {
      if (!more()) return reply;
    }
    reply.body = held_.substr(0, size);
    held_.erase(0, size);
    reply.status = std::atoi(reply.head.c_str() + 9);
    return reply;
  }
  /// The head of a reply whose body comes in pieces.
  std::string head() {
    std::size_t end = 0;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) return {};
    }
    std::string head = held_.substr(0, end + 2);
    held_.erase(0, end + 4);
    return head;
  }
  /// The next chunk of its body; "" at its end.
  std::string chunk() {
    std::size_t end = 0;
    while ((end = held_.find("\r\n")) == std::string::npos) {
      if (!more()) return {};
    }
    const std::size_t size = std::strtoull(held_.c_str(), nullptr, 16);
    while (held_.size() < end + 2 + size + 2) {
      if (!more()) return {};
    }
    std::string chunk = held_.substr(end + 2, size);
    held_.erase(0, end + 2 + size + 2);
    return chunk;
  }
  /// The next so many bytes; fewer if the connection ended.
  std::string receive(std::size_t size) {
    while (held_.size() < size && more()) {
    }
    std::string all = held_.substr(0, size);
    held_.erase(0, all.size());
    return all;
  }
  /// All that comes until the other side ends the connection.
  std::string rest() {
    while (more()) {
    }
    return std::exchange(held_, {});
  }
  /// Whether the other side ended the connection, and nothing came before.
  bool ended() { return !more() && held_.empty() && !late_; }
  bool has_more(int wait_ms) {
    pollfd what{fd_, POLLIN, 0};
    return ::poll(&what, 1, wait_ms) == 1;
  }

 private:
  bool more() {
    if (!has_more(kFakeWaitMs)) {
      late_ = true;
      return false;
    }
    char bytes[8192];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    held_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  bool connected_ = false, late_ = false;
  std::string held_;
};

}  // namespace tocsin
