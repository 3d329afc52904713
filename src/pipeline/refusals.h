// Connections that were refused at a TLS port, said on standard error in words that tell what to do about them, and counted. A stranger who knocks without end does not
// fill the log: one line each ten seconds at most, which says how many came since the one before. Safe from any thread; nothing fails.
//
//   Refusals refusals(env, [&] { queue.push(turned_away_message(1)); });
//   settings.on_refused = refusals.teller("syslog_tls");
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "base/env.h"
#include "collect/net_stream.h"

namespace tocsin {

/// Between two lines about refused connections: six of them a minute are read, more are not.
inline constexpr std::int64_t kRefusalLineMs = 10'000;

class Refusals {
 public:
  /// `told` is called for each.
  explicit Refusals(Env& env, std::function<void()> told = [] {}) : env_(env), told_(std::move(told)) {}

  /// For a port; it lives as long as what is asked for it.
  OnRefused teller(const std::string& input);
  /// The line to say now; "" if another one was said a moment ago.
  std::string line(const std::string& input, const std::string& peer, const std::string& why);
  std::uint64_t count() const;

 private:
  Env& env_;
  const std::function<void()> told_;
  mutable std::mutex mutex_;                      // guards what follows
  std::uint64_t count_ = 0, unsaid_ = 0;
  std::int64_t said_ns_ = 0;
  bool said_ = false;
};

}  // namespace tocsin
