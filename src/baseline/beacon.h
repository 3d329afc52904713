// Connections of a host to the same place at equal intervals, as implants make them that ask for orders. Of each pair of host and destination the last intervals are kept, two bytes each, and the question is asked
// when an alert needs it: are they better explained by one interval, jitter and missed beats than by chance?
//
// The score is a logarithm of the ratio of two likelihoods (nats). By chance: a Poisson process, intervals exponential with their mean. By a beat: each is k times the interval, k - 1 beats missed (geometric), off by a Laplace deviation; the
// interval is the median of x / k, the rest is what is most likely. Measured against other scores in docs/baselines-evaluation.md: the median deviation of RITA and the coefficient of variation lose beats that are missed or jittered.
//
// Regular services that much of the fleet talks to (time, updates, monitoring) are regular, too, and are left out by the number of hosts that talk to the destination. A regular service of one host alone looks as a beacon does, and is one
// until a person says otherwise.
//
// Flat memory, nothing allocated for a connection, event time alone; the same connections in the same order give the same state and answers. One thread.
//
//   Beacons beacons;
//   if (const auto sign = beacons.ask({host, destination, time})) say(words(*sign));   // "17 connections to the same place, one every 10 minutes, give or take 8 %; 1 of 40 hosts talks to it"
//   beacons.learn({host, destination, time});
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "baseline/set_table.h"

namespace tocsin::baseline {

/// Pairs of host and destination, 104 bytes each: 500 hosts and some hundred places where each has been of late. Pairs with a past stay for a day at least; of the others the one goes that was seen longest ago, so that no scan drives beacons out.
inline constexpr std::size_t kBeaconPairsMax = 1u << 16;
/// Destinations whose hosts are counted, 40 bytes each.
inline constexpr std::size_t kBeaconPlacesMax = 1u << 15;
/// Intervals that are kept of a pair. With 32, a beat with half of its interval as jitter is told from chance.
inline constexpr std::size_t kBeatIntervalsMax = 32;

/// Below this many intervals there is no telling.
inline constexpr std::size_t kBeatIntervalsMin = 8;
/// Nats. Of pairs with 8 intervals that are no beat some one in a thousand reaches it, with more intervals fewer.
inline constexpr double kBeatScoreMin = 10;
/// Connections less than this apart are one visit: a page and its parts, one after another. A beat that is quicker is not seen.
inline constexpr TimeUs kVisitGapUs = 5'000'000;
/// A destination is common if so many hosts talked to it this week and last: a quarter of all, but no fewer than the first and no more than the second.
inline constexpr double kCommonHostsMin = 3, kCommonHostsMax = 10;

struct Connection {
  std::uint64_t host = 0, destination = 0;  // fingerprints that stay the same
  TimeUs time = kNoTime;
};

struct BeaconSign {
  double interval_s = 0;
  double off = 0;         // mean deviation as a share of the interval
  unsigned beats = 0;     // that were seen
  unsigned missed = 0;    // between them
  double score = 0;       // nats
  double hosts = 0, fleet = 0;  // that talk to the destination, and in all; estimates
  double days = 0;        // for which the pair is known
};

/// How well intervals, in seconds and above 0, are explained by a beat. Nothing below kBeatIntervalsMin, or above kBeatIntervalsMax of them. Of the sign only what is of the intervals.
std::optional<BeaconSign> beat_of(std::span<const double> intervals_s);

/// One sentence, without the names of host and destination.
std::string words(const BeaconSign& sign);

/// Different numbers of this week and the last, by linear counting (K.-Y. Whang, B. Vander-Zanden, H. Taylor 1990): one bit each, by hash.
template <std::size_t kWords>
struct WeekCount {
  std::int32_t week;
  std::array<std::uint64_t, kWords> now, before;

  void add(std::uint64_t hash, std::int32_t week_of_event);
  double count() const;
};

class Beacons {
 public:
  /// By what was learnt: the connection that is asked about is not a beat yet. Nothing too for what is no time.
  std::optional<BeaconSign> ask(const Connection& connection) const;
  void learn(const Connection& connection);

  void append_state(std::string& out) const;
  /// All of `bytes`. kInvalid, with what is wrong, and then this is empty.
  Status read_state(std::string_view bytes);

 private:
  struct Pair {
    std::uint64_t fingerprint;
    TimeUs first, beat, seen;  // beat: when the last visit began; seen: the last connection of all
    std::uint8_t count, next;  // of intervals; where the next one goes
    std::array<std::uint16_t, kBeatIntervalsMax> intervals;
  };
  struct Place {
    std::uint64_t fingerprint;
    TimeUs seen;
    WeekCount<1> hosts;
  };

  static std::uint64_t pair_of(const Connection& connection) { return mixed(connection.host) ^ mixed(connection.destination + 0x9e3779b97f4a7c15ull); }
  static void append_pair(std::string& out, const Pair& pair);
  static bool read_pair(ByteReader& reader, Pair& pair);
  static void append_place(std::string& out, const Place& place);
  static bool read_place(ByteReader& reader, Place& place);
  void count_hosts(const Connection& connection);
  void clear();

  SetTable<Pair, kBeaconPairsMax> pairs_;
  SetTable<Place, kBeaconPlacesMax> places_;
  WeekCount<64> fleet_{};
};

}  // namespace tocsin::baseline
