// Sigma correlations over a stream of hits: a hit goes in, and when enough of them stand together in event time an
// alert comes out. The pipeline feeds it, from one thread; it is not safe from several. docs/sigma-correlations.md says
// what a window is, when it is judged and how often it fires; everything there has a test here.
//
// Hits may arrive in any order. They are held until the watermark (the latest event time seen, less the lateness) has
// passed them and are then taken in the order of (time, source, index, rule), so the alerts are the same in whatever
// order events arrive within the lateness. A hit later than that is taken at once against what its group still has, and
// an alert it takes part in says `late`: who is late with all that he sends is correlated all the same.
//
// Nothing here fails. Memory is bounded by Options::bytes_max: half for hits that wait for their turn (when full, the
// oldest take their turn early), half for open windows (when full, the oldest hits of a largest group are dropped, and
// alerts that may have missed them say so). What was dropped, or could not be used, is counted in stats().
//
//   Correlator correlator(rules, {});                        // sort everything: right for a few hits
//   Correlator correlator(rules, {.lateness_us = 30'000'000});  // half a minute: right for a stream
//   for (Hit& hit : hits) correlator.add(std::move(hit), sink);
//   correlator.finish(sink);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "detect/sigma/load.h"
#include "event/alert.h"

namespace tocsin {

/// An alert, and a match of one correlation that another refers to, name at most so many hits: the earliest and the
/// last. A person reads the first dozen, and a window over a day may hold millions.
inline constexpr std::size_t kAlertHitsMax = 10'000;

struct CorrelationAlert {
  std::uint32_t correlation = 0;  // index into RuleSet::correlations
  TimeUs time = kNoTime;          // of the last event
  /// The matches of rules that made it, those below chained correlations included, each once, in the order of (time,
  /// source, index, rule). One event can be here twice, by two rules.
  std::vector<Hit> hits;
  std::uint64_t hits_left_out = 0;                          // beyond kAlertHitsMax
  std::vector<std::pair<std::string, std::string>> group;   // (name in group-by, value)
  std::vector<AlertEntity> entities;                        // of all hits, sorted, each once
  double value = 0;                                         // what was compared with the condition
  std::uint64_t folded = 0;  // earlier matches of the group since its last alert that made no alert of their own
  bool late = false;         // a hit came after the lateness: hits that stood beside it may be missing
  bool evicted = false;      // hits that may belong here were dropped for want of memory,
  std::uint64_t lost = 0;    // at most so many

  /// The events of `hits`, each once.
  std::vector<std::pair<EventRef, TimeUs>> events() const;
};

struct CorrelationStats {
  std::uint64_t hits = 0;           // hits of its rules
  std::uint64_t ungrouped = 0;      // left out: a field of group-by is absent
  std::uint64_t without_value = 0;  // left out: the field to measure is absent
  std::uint64_t not_numeric = 0;    // left out: the field to measure is not a number
  std::uint64_t late_unused = 0;    // came so late that its window was gone
  std::uint64_t evicted = 0;        // dropped for want of memory
  std::uint64_t matches = 0;        // times that the condition held
  std::uint64_t alerts = 0;         // of those, reported
  std::uint64_t folded = 0;         // of those, counted into the next alert instead
};

struct CorrelatorStats {
  std::uint64_t hits = 0;          // passed to add()
  std::uint64_t unreferenced = 0;  // no correlation refers to the rule
  std::uint64_t unplaced = 0;      // no time, so no window
  std::uint64_t late = 0;          // after the lateness
  std::uint64_t early = 0;         // took their turn before the lateness was over, for want of memory
  std::size_t bytes = 0, bytes_peak = 0;
  std::vector<CorrelationStats> correlations;  // as RuleSet::correlations
};

class Correlator {
 public:
  /// Hold everything until finish(): right where the end is near. A scan sorts outside and calls add_in_order().
  static constexpr std::int64_t kSortEverything = INT64_MAX;
  /// Else groups are kept for so long beyond their timespan, as long as there is memory, for hits that are late because all of their source is: logs of
  /// clouds come a quarter of an hour late, and a shipper that had no network later.
  static constexpr std::int64_t kKeptForLateUs = 3'600'000'000;

  struct Options {
    std::int64_t lateness_us = kSortEverything;
    std::size_t bytes_max = 256u << 20;
  };

  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void alert(CorrelationAlert alert) = 0;
  };

  /// `rules` must outlive the correlator.
  Correlator(const sigma::RuleSet& rules, Options options);
  ~Correlator();
  Correlator(const Correlator&) = delete;
  Correlator& operator=(const Correlator&) = delete;

  /// Some correlation refers to the rule, so its matches should come here as hits.
  bool wants(std::uint32_t rule) const;
  /// The fields of the event that such a hit should carry, sorted; aliases are resolved.
  const std::vector<std::string>& fields_wanted(std::uint32_t rule) const;

  void add(Hit hit, Sink& sink);
  /// For hits that come sorted by (time, source, index, rule), as from files that were read to their end: none has to wait,
  /// so none takes memory before its turn. Without lateness, and not to be mixed with add() and advance().
  void add_in_order(const Hit& hit, Sink& sink);
  /// An event of this time has been seen, hit or not: without it the watermark stands still between hits.
  void advance(TimeUs seen, Sink& sink);
  /// The wall clock. Times beyond it do not move the watermark, so that one host whose clock is ahead does not make
  /// every other host late. Never called: no such limit.
  void set_clock(TimeUs now);
  /// The end: everything held takes its turn and every open window closes. Hits added after it are late.
  void finish(Sink& sink);

  const CorrelatorStats& stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin
