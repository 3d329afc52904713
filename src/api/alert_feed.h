// Alerts as they are stored, to those who follow them (server-sent events). One thread asks the state what is new and gives each reader its next piece;
// what a reader has not taken yet lies in the state and nowhere else, so a slow one costs no memory and loses nothing: it goes on behind the last
// number it was given, also after a reconnect (Last-Event-ID). Quiet connections get a comment now and then, which tells both sides that the other
// is there. Safe from any thread. follow() says no when there are too many.
//
//   AlertFeed feed(env, state);
//   reply.pieces = feed.follow({.after = last_event_id, .level_min = 3});
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/env.h"
#include "collect/http_endpoint.h"
#include "store/state.h"

namespace tocsin::api {

/// Open streams: consoles and programs of one team.
inline constexpr std::size_t kFollowersMax = 64;
/// Alerts in one piece, each a few KB; a body of one may be larger than the bytes.
inline constexpr std::size_t kPieceAlertsMax = 64;
inline constexpr std::size_t kPieceBytesMax = 256 << 10;
/// How often the state is asked, which is what an alert waits at most.
inline constexpr int kFeedLookMs = 250;
/// Proxies give up after 30 to 60 seconds of silence.
inline constexpr int kFeedHeartbeatMs = 15'000;

class AlertFeed {
 public:
  AlertFeed(Env& env, State& state, int heartbeat_ms = kFeedHeartbeatMs);
  ~AlertFeed() { stop(); }

  struct From {
    std::int64_t after = 0;  // the number of the last alert that the reader has
    int level_min = 0;
  };
  /// nullptr: too many follow already.
  std::unique_ptr<HttpPieces> follow(const From& from);
  std::size_t followers() const;
  /// Every stream ends.
  void stop();

 private:
  struct Reader;
  class Pieces;
  void run();
  /// "" if there is nothing to say now.
  std::string next_piece(Reader& reader, std::int64_t last, std::int64_t now_ns);

  Env& env_;
  State& state_;
  const std::int64_t heartbeat_ns_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Reader>> readers_;  // guarded by mutex_; shared with the connection, whichever ends last
  bool stopping_ = false;                         // guarded by mutex_
  std::thread thread_;
};

}  // namespace tocsin::api
