#include "detect/correlate/group.h"

#include <algorithm>
#include <bit>

namespace tocsin::correlate {
namespace {

/// The group, its map node, two list nodes, the window object and their heap blocks.
constexpr std::size_t kGroupBytes = sizeof(Group) + 64 + 2 * 40 + 160;

}  // namespace

GroupTable::GroupTable(const CompiledSet& set) : correlations_(set.correlations.size()), by_weight_(kWeightClasses) {}

Group& GroupTable::get(const CompiledCorrelation& correlation, const GroupKey& key) {
  OfCorrelation& of = correlations_[correlation.index];
  const auto [at, added] = tree(of, key.hash).try_emplace(key);
  Group& group = at->second;
  if (!added) return group;
  group.correlation = &correlation;
  group.key = &at->first;
  group.window = Window::make(correlation);
  group.idle_at = of.idle.insert(of.idle.end(), &group);
  group.weight_at = by_weight_[0].insert(by_weight_[0].end(), &group);
  weigh(group);
  if (++of.count > of.trees.size()) resize(of, of.trees.size() * 2);
  return group;
}

/// Nodes move from tree to tree without being copied: groups stay where they are in memory.
void GroupTable::resize(OfCorrelation& of, std::size_t size) {
  bytes_ = bytes_ + size * sizeof(Tree) - of.trees.size() * sizeof(Tree);
  std::vector<Tree> old(size);
  old.swap(of.trees);
  for (Tree& from : old) {
    while (!from.empty()) {
      auto node = from.extract(from.begin());
      Tree& to = tree(of, node.key().hash);
      to.insert(std::move(node));
    }
  }
}

void GroupTable::erase(Group& group) {
  OfCorrelation& of = correlations_[group.correlation->index];
  bytes_ -= group.accounted;
  of.idle.erase(group.idle_at);
  by_weight_[group.weight_class].erase(group.weight_at);
  Tree& from = tree(of, group.key->hash);
  from.erase(from.find(*group.key));
  if (--of.count < of.trees.size() / 8) resize(of, of.trees.size() / 2);
}

void GroupTable::touch(Group& group, TimeUs now) {
  std::list<Group*>& idle = correlations_[group.correlation->index].idle;
  group.touched = std::max(group.touched, now);
  idle.splice(idle.end(), idle, group.idle_at);
}

void GroupTable::weigh(Group& group) {
  const std::size_t own = kGroupBytes + group.key->text.capacity() + group.window->own_bytes();
  bytes_ = bytes_ - group.accounted + own;
  group.accounted = own;
  const std::size_t weight = kGroupBytes + group.key->text.capacity() + group.window->weight();
  const auto weight_class = static_cast<std::uint32_t>(std::bit_width(weight) - 1);
  if (weight_class == group.weight_class) return;
  std::list<Group*>& to = by_weight_[weight_class];
  to.splice(to.end(), by_weight_[group.weight_class], group.weight_at);
  group.weight_class = weight_class;
}

Group* GroupTable::idle(std::uint32_t correlation, TimeUs before) {
  std::list<Group*>& idle = correlations_[correlation].idle;
  return idle.empty() || idle.front()->touched >= before ? nullptr : idle.front();
}

Group* GroupTable::largest() {
  for (auto groups = by_weight_.rbegin(); groups != by_weight_.rend(); ++groups) {
    if (!groups->empty()) return groups->front();
  }
  return nullptr;
}

}  // namespace tocsin::correlate
