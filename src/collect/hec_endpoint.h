// Splunk's HTTP Event Collector behind an HTTP listener: tokens, both data endpoints into the Intake, acknowledgements, health. The reply to data is
// sent when its records are safe, so an ackId is true from the moment a client has it. Safe from any thread; nothing fails.
//
//   HecEndpoint endpoint(intake, senders);
//   HttpListener::open(io, endpoint, env, {.address = "127.0.0.1:8088"});
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"
#include "collect/hec.h"
#include "collect/http_endpoint.h"
#include "collect/intake.h"

namespace tocsin {

/// The acknowledgements of every channel: how many were given out, which is also the next id. Since an id is given out for safe records only,
/// that number is all there is to remember, and a client that asks about an id from before a restart, or of a channel that was
/// forgotten, hears "not yet" and sends again.
class HecAcks {
 public:
  /// Channels that are remembered; the oldest is forgotten first. Each costs some 200 bytes, and a client has one or a few.
  static constexpr std::size_t kHecChannelsMax = 10'000;

  std::uint64_t give(std::uint32_t source, std::string_view channel);
  bool given(std::uint32_t source, std::string_view channel, std::uint64_t id);

 private:
  using Key = std::pair<std::uint32_t, std::string>;
  std::mutex mutex_;
  std::map<Key, std::uint64_t> next_;  // guarded by mutex_
  std::deque<Key> order_;              // guarded by mutex_
};

class HecEndpoint : public HttpEndpoint {
 public:
  /// Events of one request, as in a _bulk; a request that has more is refused whole with 413.
  static constexpr std::size_t kHecEventsMax = 50'000;

  HecEndpoint(Intake& intake, Senders& senders) : intake_(intake), senders_(senders) {}
  std::optional<HttpReply> admit(const HttpHead& head, Sender& sender) override;
  void handle(HttpRequest request, HttpDone done) override;
  HttpReply problem(int status, std::string_view reason) override;

 private:
  struct Data;
  void data(HttpRequest& request, const HecQuery& query, HecRoute route, std::string_view channel, HttpDone done);
  HttpReply acks(const HttpRequest& request, std::string_view channel);

  Intake& intake_;
  Senders& senders_;
  HecAcks acks_;
};

}  // namespace tocsin
