// Which sources have fallen silent: those that have said nothing for longer than is usual of them (baseline/source_habit.h). One thread looks every few seconds which sources have spoken since, of all that the stream of detection
// knows; what it learns is kept in the state, once an hour and at the end. Time in which the service does not run, or something is in its way, is nobody's silence. What begins and ends is told once.
//
//   SilentSources silent({env, state, sources, is_open, log});
//   TRY(silent.start());
//   for (const Silence& silence : silent.now()) … in_words(silence) …
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/env.h"
#include "baseline/source_habit.h"
#include "store/state.h"

namespace tocsin {

/// Sources that are watched, 1.6 KB each; of more than these nobody hears that they fell silent.
inline constexpr std::size_t kWatchedSourcesMax = 4'096;
/// Silences that are told one by one; of more at once (a network, a collector) the first are named, and the rest counted.
inline constexpr std::size_t kSilencesToldMax = 5;

struct Silence {
  std::string source;
  TimeUs since = kNoTime;  // when it spoke last
  double seconds = 0, usual_seconds = 0, bound_seconds = 0;  // on its own clock: since then, its usual pause at most, when it is told
  double days = 0;         // that it was watched
  bool has_schedule = false;
};
/// "nothing since …: 6 h; its longest pause but one in 12 days was 20 min".
std::string in_words(const Silence& silence);

class SilentSources {
 public:
  /// All but `state` are asked from its thread.
  struct Place {
    Env& env;
    State& state;
    std::function<std::vector<SourceSeen>()> sources;
    std::function<bool()> is_open;  // whether what is sent is looked at
    std::function<void(const std::string&)> log;
  };
  explicit SilentSources(Place place) : place_(std::move(place)) {}
  ~SilentSources();

  /// What is usual is read from the state; fails if that cannot be read.
  Status start();
  /// Learns what is usual, and keeps it.
  void stop();
  /// By source. Any thread.
  std::vector<Silence> now() const;
  /// It may be silent: what was usual of it is forgotten. False: nothing was known of it. Any thread.
  Result<bool> dismiss(const std::string& source);

  /// One look; for tests. A thread does it otherwise.
  void look();
  Status recall();
  Status keep();

 private:
  struct Watched {
    baseline::SourceHabit habit;
    TimeUs last_seen = kNoTime;
  };
  void run();
  bool has_spoken(const SourceSeen& source, Watched& watched) const;
  void tell(const std::vector<std::string>& fell, const std::vector<std::string>& spoke);
  void forget_removed(std::vector<std::string>& fell);
  void keep_if_due();
  Silence silence_of(const std::string& source, const Watched& watched) const;

  const Place place_;
  TimeUs started_ = 0;
  std::int64_t looked_ns_ = 0, kept_ns_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Watched, std::less<>> sources_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tocsin
