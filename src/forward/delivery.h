// From the spool to the service: a thread that keeps one connection (RELP over TLS, with this host's certificate), sends what the spool has in its order, and lets the spool
// drop what the service has acknowledged, that is, has in its journal. Where the connection breaks, all that was not acknowledged is sent again on the next one, so a record may come twice
// and none is missing. Connections are tried again after 1 s, then twice as long, up to a minute. What goes wrong is told by snapshot(); nothing else fails.
//
//   Delivery delivery(env, *spool, {.link = identity.link()});
//   delivery.start();
//   delivery.wake();   // something was appended
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/descriptor.h"
#include "base/env.h"
#include "forward/relp_client.h"
#include "forward/spool.h"
#include "forward/tls_link.h"

namespace tocsin::forward {

/// What is on its way without an answer: several reads of the service, each of which it answers after one commit.
inline constexpr std::uint64_t kInFlightBytesMax = 1u << 20, kInFlightRecordsMax = 10'000;
/// A service that has not answered for so long is gone. It may wait for its disk for a while.
inline constexpr int kAnswerMs = 90'000;
inline constexpr int kReconnectMsMin = 1'000, kReconnectMsMax = 60'000;
/// When it stops, answers are waited for so long.
inline constexpr int kStopMs = 3'000;

class Delivery {
 public:
  struct Options {
    LinkOptions link = {};
    std::function<void(const std::string&)> say = [](const std::string&) {};
    int reconnect_ms_min = kReconnectMsMin;
  };
  /// All outlive it.
  Delivery(Env& env, Spool& spool, Options options);
  ~Delivery() { stop(); }

  void start();
  /// Ends the thread; what is on its way has a moment to be answered.
  void stop();
  void wake();

  struct Snapshot {
    bool connected = false;
    std::uint64_t sent = 0;     // records since the start, each time that it was sent
    std::uint64_t refused = 0;  // by the service, for good: since the start
    std::uint64_t connections = 0;
    std::string trouble;        // why it is not connected
  };
  Snapshot snapshot() const;

 private:
  struct Sent {
    std::uint64_t first = 0, records = 0, bytes = 0;
  };
  struct Talk;
  void run();
  Status deliver(TlsLink& link);
  Status fill(Talk& talk);
  Result<bool> exchange(TlsLink& link, Talk& talk);
  void count_answers(Talk& talk);
  void rest(int ms);
  void drain_event();
  void note(bool connected, const std::string& trouble);

  Env& env_;
  Spool& spool_;
  const Options options_;
  const Descriptor event_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  mutable std::mutex mutex_;  // guards what follows
  Snapshot snapshot_;
};

}  // namespace tocsin::forward
