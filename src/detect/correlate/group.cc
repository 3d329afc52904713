#include "detect/correlate/group.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/seal.h"

namespace tocsin::correlate {
namespace {

/// The group, the window object and their heap blocks.
constexpr std::size_t kGroupBytes = sizeof(Group) + 32 + 160;

}  // namespace

GroupTable::GroupTable(const CompiledSet& set) : correlations_(set.correlations.size()), by_weight_(kWeightClasses), ranks_(reinterpret_cast<std::uintptr_t>(this)) {
  // Without randomness of the system the place of the table has to do.
  std::uint8_t seed[sizeof ranks_];
  if (random_bytes(seed, sizeof seed)) std::memcpy(&ranks_, seed, sizeof seed);
}

GroupTable::~GroupTable() {
  for (OfCorrelation& of : correlations_) {
    while (!of.idle.empty()) {
      const std::unique_ptr<Group> group(of.idle.front());
      of.idle.erase(*group);
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t GroupTable::next_rank() {
  std::uint64_t z = ranks_ += 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

Group* GroupTable::find(Group* root, const GroupKey& key) {
  while (root != nullptr && (root->key.hash != key.hash || root->key.text != key.text)) root = key < root->key ? root->lower : root->higher;
  return root;
}

/// Below those of a higher rank; what it displaces is parted by its key.
void GroupTable::insert(Group*& root, Group& group) {
  Group** at = &root;
  while (*at != nullptr && (*at)->rank >= group.rank) at = group.key < (*at)->key ? &(*at)->lower : &(*at)->higher;
  Group* rest = *at;
  *at = &group;
  Group** lower = &group.lower;
  Group** higher = &group.higher;
  while (rest != nullptr) {
    Group**& to = rest->key < group.key ? lower : higher;
    *to = rest;
    to = &to == &lower ? &rest->higher : &rest->lower;
    rest = *to;
  }
  *lower = *higher = nullptr;
}

/// All of `lower` are less than all of `higher`.
Group* GroupTable::joined(Group* lower, Group* higher) {
  Group* root = nullptr;
  Group** at = &root;
  while (lower != nullptr && higher != nullptr) {
    if (lower->rank >= higher->rank) {
      *at = lower;
      at = &lower->higher;
      lower = *at;
    } else {
      *at = higher;
      at = &higher->lower;
      higher = *at;
    }
  }
  *at = lower != nullptr ? lower : higher;
  return root;
}

void GroupTable::remove(Group*& root, Group& group) {
  Group** at = &root;
  while (*at != &group) at = group.key < (*at)->key ? &(*at)->lower : &(*at)->higher;
  *at = joined(group.lower, group.higher);
}

Group& GroupTable::get(const CompiledCorrelation& correlation, const GroupKey& key) {
  OfCorrelation& of = correlations_[correlation.index];
  if (Group* const known = find(root(of, key.hash), key)) return *known;
  auto* const group = new Group;
  group->correlation = &correlation;
  group->key = key;
  group->rank = next_rank();
  group->window = Window::make(correlation);
  insert(root(of, key.hash), *group);
  of.idle.push_back(*group);
  by_weight_[0].push_back(*group);
  weigh(*group);
  if (++of.count * 2 > of.roots.size()) resize(of, of.roots.size() * 2);
  return *group;
}

void GroupTable::resize(OfCorrelation& of, std::size_t size) {
  bytes_ = bytes_ + size * sizeof(Group*) - of.roots.size() * sizeof(Group*);
  std::vector<Group*> old(size);
  old.swap(of.roots);
  for (Group* from : old) {
    while (from != nullptr) {
      Group& group = *from;
      from = joined(group.lower, group.higher);
      insert(root(of, group.key.hash), group);
    }
  }
}

void GroupTable::erase(Group& group) {
  OfCorrelation& of = correlations_[group.correlation->index];
  bytes_ -= group.accounted;
  of.idle.erase(group);
  by_weight_[group.weight_class].erase(group);
  remove(root(of, group.key.hash), group);
  delete &group;
  if (--of.count < of.roots.size() / 16) resize(of, of.roots.size() / 4);
}

void GroupTable::touch(Group& group, TimeUs now) {
  GroupList<&Group::idle>& idle = correlations_[group.correlation->index].idle;
  group.touched = std::max(group.touched, now);
  idle.erase(group);
  idle.push_back(group);
}

void GroupTable::weigh(Group& group) {
  const std::size_t own = kGroupBytes + group.key.text.capacity() + group.window->own_bytes();
  bytes_ = bytes_ - group.accounted + own;
  group.accounted = own;
  const std::size_t weight = kGroupBytes + group.key.text.capacity() + group.window->weight();
  const auto weight_class = static_cast<std::uint32_t>(std::bit_width(weight) - 1);
  if (weight_class == group.weight_class) return;
  by_weight_[group.weight_class].erase(group);
  by_weight_[weight_class].push_back(group);
  group.weight_class = weight_class;
}

Group* GroupTable::idle(std::uint32_t correlation, TimeUs before) {
  const GroupList<&Group::idle>& idle = correlations_[correlation].idle;
  return idle.empty() || idle.front()->touched >= before ? nullptr : idle.front();
}

Group* GroupTable::largest() {
  for (auto groups = by_weight_.rbegin(); groups != by_weight_.rend(); ++groups) {
    if (!groups->empty()) return groups->front();
  }
  return nullptr;
}

}  // namespace tocsin::correlate
