// The groups of all correlations: one per correlation and tuple of group-by values, each with its open window and what is
// remembered between windows. Found by key at once, and in O(log n) whatever keys an attacker picks (keys that are made to meet in one place of the table meet in a tree of random shape there: a treap,
// Seidel and Aragon, Randomized Search Trees, 1996); forgotten when a timespan, and what late hits are given, has passed without a hit; ordered by weight, roughly, so that a largest one can be found when memory runs out. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "detect/correlate/window.h"

namespace tocsin::correlate {

struct Group;

/// Compared by hash first.
struct GroupKey {
  std::uint64_t hash = 0;
  std::string text;
  auto operator<=>(const GroupKey&) const = default;
};

/// A list through its groups themselves: nothing is allocated, and a group leaves it from where it stands.
struct GroupLinks {
  Group* before = nullptr;
  Group* after = nullptr;
};
template <GroupLinks Group::*kLinks>
class GroupList {
 public:
  bool empty() const { return first_ == nullptr; }
  Group* front() const { return first_; }
  void push_back(Group& group);
  void erase(Group& group);

 private:
  Group* first_ = nullptr;
  Group* last_ = nullptr;
};

struct Group {
  const CompiledCorrelation* correlation = nullptr;
  GroupKey key;
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
  GroupLinks idle, weight;
  Group* lower = nullptr;   // in the tree of its place: groups of lesser keys,
  Group* higher = nullptr;  // and of greater ones
  std::uint64_t rank = 0;   // random; none below it has a greater one
};

template <GroupLinks Group::*kLinks>
void GroupList<kLinks>::push_back(Group& group) {
  group.*kLinks = {last_, nullptr};
  (last_ == nullptr ? first_ : (last_->*kLinks).after) = &group;
  last_ = &group;
}

template <GroupLinks Group::*kLinks>
void GroupList<kLinks>::erase(Group& group) {
  const GroupLinks links = group.*kLinks;
  (links.before == nullptr ? first_ : (links.before->*kLinks).after) = links.after;
  (links.after == nullptr ? last_ : (links.after->*kLinks).before) = links.before;
}

class GroupTable {
 public:
  explicit GroupTable(const CompiledSet& set);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

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
  struct OfCorrelation {
    std::vector<Group*> roots = std::vector<Group*>(1);  // of trees: a power of two, two or more for each group
    std::size_t count = 0;
    GroupList<&Group::idle> idle;  // least recently touched first
  };
  static constexpr std::size_t kWeightClasses = 64;
  static Group*& root(OfCorrelation& of, std::uint64_t hash) { return of.roots[hash & (of.roots.size() - 1)]; }
  static Group* find(Group* root, const GroupKey& key);
  static void insert(Group*& root, Group& group);
  static void remove(Group*& root, Group& group);
  static Group* joined(Group* lower, Group* higher);
  void resize(OfCorrelation& of, std::size_t size);
  std::uint64_t next_rank();

  std::vector<OfCorrelation> correlations_;
  std::vector<GroupList<&Group::weight>> by_weight_;
  std::size_t bytes_ = 0;
  std::uint64_t ranks_;  // of a sequence that nobody outside knows
};

}  // namespace tocsin::correlate
