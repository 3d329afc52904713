// How far each canary came (canary_rule.h): sent, accepted by the process that reads the network, in the journal, found by the rules, written down, stored in a segment. Whoever does one of these
// says so here, from any thread; look() tells which one is late, and by which stage. A canary *comes out* when its alert is written down. An alarm begins with the first that does not within the bound and
// ends with the next that does; one that came too late ends none. No thread and no clock of its own: times are Env's.
//
//   CanaryBook book(env, source);
//   const auto number = book.begin(line, now_us);
//   book.passed(number, CanaryStage::kSent);   …   book.look({.late = 60s, …}, progress);
//   if (const auto alarm = book.snapshot().alarm) complain(alarm->text);
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/time.h"

namespace tocsin {

enum class CanaryStage : std::uint8_t { kSent, kAccepted, kJournaled, kFound, kWritten, kStored };
inline constexpr std::size_t kCanaryStages = 6;
/// "sent", "accepted", "journaled", "found", "written", "stored".
std::string_view name_of(CanaryStage stage);

/// Canaries that have not come out and may still; one more comes after each bound, so that is an hour of them.
inline constexpr std::size_t kCanariesAwaitedMax = 64;

class CanaryBook {
 public:
  /// `source` is the number that the journal has for kCanarySource.
  CanaryBook(Env& env, std::uint32_t source) : env_(env), source_(source) {}

  std::uint32_t source() const { return source_; }
  /// Another one is on its way; its number.
  std::uint64_t begin(std::string line, TimeUs now, std::string address);
  /// Why it could not be sent.
  void not_sent(std::uint64_t number, std::string why);
  /// The number of the canary whose bytes these are; nothing if it is none that is awaited.
  std::optional<std::uint64_t> recognised(std::string_view raw);
  void passed(std::uint64_t number, CanaryStage stage);
  void journaled(std::uint64_t number, std::uint64_t sequence);
  /// The rules found the record of this sequence.
  void found(std::uint64_t sequence);
  /// The rules found one that this process did not send.
  void imitated() { ++imitated_; }

  struct Bounds {
    std::chrono::nanoseconds late{0};         // from its beginning to written
    std::chrono::nanoseconds stored_late{0};  // from its beginning to stored
  };
  /// Below these all records are written down, and in segments.
  struct Progress {
    std::uint64_t written = 0, stored = 0;
  };
  void look(const Bounds& bounds, const Progress& progress);

  struct Alarm {
    CanaryStage stage = CanaryStage::kSent;  // that it did not pass
    TimeUs since = kNoTime;                  // when the first that did not come out was sent
    std::string text;                        // for people; the same as long as the stage is
  };
  struct Snapshot {
    std::uint64_t begun = 0, out = 0, late = 0, lost = 0, imitated = 0;  // since the start; late: after the bound; lost: not at all
    TimeUs last_begun = kNoTime;
    TimeUs last_out = kNoTime;                                  // when the last that came out was sent
    std::array<std::optional<double>, kCanaryStages> seconds;  // from its beginning to each stage, of the last that passed it
    std::optional<Alarm> alarm;
  };
  Snapshot snapshot() const;

 private:
  struct Canary {
    std::uint64_t number = 0;
    std::string line, address, not_sent;
    TimeUs begun = kNoTime;
    std::int64_t begun_ns = 0;
    std::optional<CanaryStage> passed;
    std::optional<std::uint64_t> sequence;
    bool told = false;  // that it is late
  };
  struct Storing {
    std::uint64_t sequence = 0;
    TimeUs begun = kNoTime;
    std::int64_t begun_ns = 0;
  };
  Canary* find(std::uint64_t number);
  void pass(Canary& canary, CanaryStage stage);
  void come_out(const Canary& canary, const Bounds& bounds);
  void take_out(const Bounds& bounds, const Progress& progress);
  void tell_late(Canary& canary, const Bounds& bounds, const Progress& progress);
  void look_at_store(const Bounds& bounds, const Progress& progress);

  Env& env_;
  const std::uint32_t source_;
  std::atomic<std::uint64_t> imitated_{0};
  std::atomic<bool> awaits_{false};  // some have not come out: recognised() has something to compare

  mutable std::mutex mutex_;  // guards what follows
  std::deque<Canary> awaited_;
  std::optional<Storing> storing_;  // one at a time: the store takes all before it
  Snapshot seen_;
  std::optional<Alarm> path_alarm_, store_alarm_;
};

}  // namespace tocsin
