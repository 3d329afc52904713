// Sends canaries through the whole path on a schedule and says when one does not come out: over a port of the service's own and the process that reads the network into the journal, through
// the rules, to the state and the segments (docs/canaries.md; canary_book.h counts the stages). While an alarm stands one is sent after each bound, so that its end is known soon. One thread of its own.
//
//   auto canaries = TRY(Canaries::open(env, book, ports, options));    // before the service is confined
//   canaries->start();
//   … canaries->trouble() …                                            // "" if all is well
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/canary_book.h"
#include "pipeline/canary_port.h"
#include "pipeline/listeners.h"

namespace tocsin {

struct CanaryOptions {
  std::chrono::seconds every{0};  // 0: none
  std::chrono::seconds late{60};  // a canary's alert is written down so soon
};

/// Of the store: what stays longer in the journal alone than the setting says, by so much, is late. It looks in steps of a second, and a large segment takes some.
inline constexpr std::chrono::seconds kCanaryStoreSlack{60};

class Canaries {
 public:
  /// Asked from its thread: how far rules and store are, and the most that a record waits for its segment.
  struct Path {
    std::function<CanaryBook::Progress()> progress;
    std::function<std::chrono::nanoseconds()> store_after;
  };
  /// kUnsupported if none of the ports takes records without a token.
  static Result<std::unique_ptr<Canaries>> open(Env& env, CanaryBook& book, const std::vector<ServiceAddress>& ports, const CanaryOptions& options, Path path);
  ~Canaries();
  void start();
  void stop();

  const CanaryOptions& options() const { return options_; }
  const std::string& address() const { return port_.address(); }
  std::string trouble() const;

 private:
  Canaries(Env& env, CanaryBook& book, CanaryPort port, const CanaryOptions& options, Path path)
      : env_(env), book_(book), port_(std::move(port)), options_(options), path_(std::move(path)) {}
  void run();
  void send_one();

  Env& env_;
  CanaryBook& book_;
  CanaryPort port_;
  const CanaryOptions options_;
  const Path path_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tocsin
