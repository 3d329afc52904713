#include "event/path_table.h"

#include <algorithm>

#include "event/entity_names.h"

namespace tocsin {

std::string_view entity_name(EntityType type) {
  const auto found = std::ranges::find(kEntityNames, type, &EntityName::type);
  return found == kEntityNames.end() ? "none" : found->name;
}

PathTable::PathTable(const Naming& naming) : naming_(naming), slots_(1024) {
  nodes_.push_back({"", naming_.meaning(""), kRoot});  // kRoot
  nodes_.push_back({"", {}, kRoot});                   // kOverflow
  hints_.resize(nodes_.size());
}

PathId PathTable::child(PathId parent, std::string_view key) {
  const std::uint64_t hash = hash_bytes(key, parent);
  std::size_t at = hash & (slots_.size() - 1);
  for (; slots_[at].used; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.hash == hash && slot.parent == parent && slot.key == key) return slot.path;
  }
  if (parent == kOverflow || nodes_.size() >= kPathsMax) {
    ++overflowed_;
    return kOverflow;
  }
  std::string name = parent == kRoot ? std::string(key) : nodes_[parent].name + "." + std::string(key);
  PathMeaning meaning = naming_.meaning(name);
  nodes_.push_back({std::move(name), std::move(meaning), parent});
  slots_[at] = {hash, parent, static_cast<PathId>(nodes_.size() - 1), std::string(key), true};
  const PathId path = slots_[at].path;
  const std::string& stored = keys_.emplace_back(key);
  Hint& hint = hints_.emplace_back();
  // A key with a backslash is never guessed: the same bytes with JSON's escapes in them are another key.
  if (key.find('\\') == std::string_view::npos) hint.parent = parent;
  hint.size = static_cast<std::uint32_t>(stored.size());
  hint.key = stored.data();
  for (std::size_t i = 0; i < std::min(stored.size(), kKeyHead); ++i) {
    reinterpret_cast<char*>(hint.head)[i] = stored[i];
    reinterpret_cast<char*>(hint.keep)[i] = '\xff';
  }
  if (++used_ * 2 > slots_.size()) grow();
  return path;
}

PathId PathTable::child_after_miss(PathId previous, PathId parent, std::string_view key) {
  const PathId found = child(parent, key);
  Followers& followers = previous == parent ? hints_[previous].first : hints_[previous].next;
  followers.earlier = followers.later;
  followers.later = found;
  return found;
}

void PathTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (Slot& slot : old) {
    if (!slot.used) continue;
    std::size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].used) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = std::move(slot);
  }
}

}  // namespace tocsin
