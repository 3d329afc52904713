// The groups of all correlations: one per correlation and tuple of group-by values, each with its open window and what is
// remembered between windows. Found by key at once, and in O(log n) whatever keys an attacker picks (a table of trees: keys
// that are made to meet in one place of the table meet in a tree); forgotten when a timespan, and what late hits are given, has passed without a hit; ordered by weight, roughly, so that a largest one can be found when memory runs out. One thread.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detect/correlate/window.h"

namespace tocsin::correlate {

struct GroupKey;

struct Group {
  const CompiledCorrelation* correlation = nullptr;
  const GroupKey* key = nullptr;
  std::unique_ptr<Window> window;
  TimeUs touched = kNoTime;
  TimeUs latest = kNoTime;          // of its hits

  // Judged at close: the window's bounds, once it is open.
  bool open = false;
  TimeUs opening = kNoTime;         // the time of its first hit
  TimeUs close = kNoTime;

  // Judged at every hit.
  bool fired = false;
  Place fired_at;                   // hits of that event are used up
  std::uint64_t matches = 0;        // in a series that ends when a timespan passes without one
  std::uint64_t folded = 0;         // of them, since the last alert
  TimeUs last_match = kNoTime, last_alert = kNoTime;  // when their turn came

  std::uint64_t lost = 0;           // hits dropped for want of memory,
  TimeUs lost_time = kNoTime;       // the latest of them

  std::size_t accounted = 0;
  std::uint32_t weight_class = 0;
  std::list<Group*>::iterator idle_at, weight_at;
};

/// Compared by hash first, which stands in the tree itself.
struct GroupKey {
  std::uint64_t hash = 0;
  std::string text;
  auto operator<=>(const GroupKey&) const = default;
};

class GroupTable {
 public:
  explicit GroupTable(const CompiledSet& set);

  /// The group of the key, made if it is not there.
  Group& get(const CompiledCorrelation& correlation, const GroupKey& key);
  void erase(Group& group);
  /// A hit came: the group is the last of its correlation to be forgotten.
  void touch(Group& group, TimeUs now);
  /// The window changed.
  void weigh(Group& group);
  /// The group of the correlation that has been left alone longest, if that is before `before`.
  Group* idle(std::uint32_t correlation, TimeUs before);
  /// One of the largest, within a factor of two; of those, the one that has been so large for longest.
  Group* largest();
  /// Without the hits.
  std::size_t bytes() const { return bytes_; }

 private:
  using Tree = std::map<GroupKey, Group>;
  struct OfCorrelation {
    std::vector<Tree> trees = std::vector<Tree>(1);  // a power of two, about one for each group
    std::size_t count = 0;
    std::list<Group*> idle;  // least recently touched first
  };
  static constexpr std::size_t kWeightClasses = 64;
  static Tree& tree(OfCorrelation& of, std::uint64_t hash) { return of.trees[hash & (of.trees.size() - 1)]; }
  void resize(OfCorrelation& of, std::size_t size);

  std::vector<OfCorrelation> correlations_;
  std::vector<std::list<Group*>> by_weight_;
  std::size_t bytes_ = 0;
};

}  // namespace tocsin::correlate
