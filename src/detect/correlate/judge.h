// Decides when a correlation matches: puts hits into the windows of their groups, judges the windows, and makes of a
// match an alert, a hit for the correlations above, or both. It sees hits in the order in which they take their turn (the
// order is Correlator's business) and knows no other clock than the `now` it is given: for a hit that is in time, the
// hit's own time; for one that is late, the time from which on nothing has been taken yet.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detect/correlate/compiled.h"
#include "detect/correlate/correlator.h"
#include "detect/correlate/group.h"

namespace tocsin::correlate {

class Judge {
 public:
  /// Groups are kept for `kept_us` beyond their timespan.
  Judge(const CompiledSet& set, HitStore& store, std::vector<CorrelationStats>& stats, std::int64_t kept_us);

  /// Gives the hit to every correlation that refers to its node. Matches that correlations refer to are added to
  /// `matches`, to take their turn as hits.
  void deliver(const HitRef& hit, TimeUs now, std::vector<HitRef>& matches, Correlator::Sink& sink);

  /// When the next open window closes, as a turn among hits.
  std::optional<Order> next_close() const;
  void close_next(std::vector<HitRef>& matches, Correlator::Sink& sink);

  /// Forgets groups of which only a late hit could still make something.
  void sweep(TimeUs now);
  /// Drops the oldest hit of a largest group; false if there is no group.
  bool evict();
  /// Bytes of groups and windows, without the hits.
  std::size_t bytes() const { return groups_.bytes(); }

 private:
  struct Output {
    std::vector<HitRef>& matches;
    Correlator::Sink& sink;
  };
  /// Whole groups that were dropped: whose they were is not remembered, so every later alert may lack them.
  struct LostGroups {
    std::uint64_t hits = 0;
    TimeUs time = kNoTime;
  };
  /// Of several windows that close at one time, those of earlier correlations go first, then those of lesser keys.
  struct ClosesFirst {
    bool operator()(const Group* a, const Group* b) const;
  };

  void deliver_to(const CompiledCorrelation& correlation, const Member& member, const HitRef& hit, TimeUs now,
                  Output output);
  void judge(Group& group, Sample sample, TimeUs now, Output output);
  bool make_sample(const CompiledCorrelation& correlation, const Member& member, const HitRef& hit, Sample& sample);
  bool make_key(const Member& member, const HeldHit& hit);
  std::string_view field(const HeldHit& hit, FieldId name) const;
  void forget(Group& group);
  void open(Group& group);
  void sweep(const CompiledCorrelation& correlation, TimeUs now);

  // match.cc
  void match(Group& group, const Measure& measure, TimeUs now, Output output);
  bool is_reported(Group& group, TimeUs now);
  CorrelationAlert make_alert(const Group& group, const Below& below);
  void collect(const Below& below, std::vector<const HeldHit*>& hits, CorrelationAlert& alert);
  std::vector<std::pair<FieldId, std::string>> group_values(const Group& group) const;
  void note_lost(Group& group, TimeUs window_start, Below& below);

  const CompiledSet& set_;
  HitStore& store_;
  std::vector<CorrelationStats>& stats_;
  const std::int64_t kept_us_;
  GroupTable groups_;
  std::set<Group*, ClosesFirst> closings_;  // the open ones
  std::vector<LostGroups> lost_groups_;  // by correlation
  GroupKey key_;
  std::uint64_t serials_ = 0;
};

}  // namespace tocsin::correlate
