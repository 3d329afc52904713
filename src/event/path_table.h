// The names of everything that can stand in an event. A path is where a value was found, from the root of the record
// ("Event.EventData.Image", "userIdentity.arn", "Image"); the parsers walk it key by key and get a small number. What a
// path means (under which field names rules see it, what it identifies, whether it carries the time or helps to
// recognise the log source) is asked once, when the path is first met, from a Naming (normalize/taxonomy).
//
// One PathTable per worker thread, no locks. It grows with the number of distinct paths up to kPathsMax; past that a
// new path is kOverflow, whose name is not kept: a rule about such a field cannot match, and `overflowed()` says so.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace tocsin {

using PathId = std::uint32_t;

/// The nouns that alerts point at; DESIGN.md §2.
enum class EntityType : std::uint8_t { kNone, kHost, kUser, kProcess, kFile, kHash, kIp, kDomain, kUrl, kMailbox, kCloudResource };
std::string_view entity_name(EntityType type);

struct PathMeaning {
  std::vector<std::string> names;      // field names under which a rule may ask for this value; the first is canonical
  EntityType entity = EntityType::kNone;
  std::uint8_t time_rank = 0;          // 0: no time; else the smallest rank in the event wins
  std::int16_t routing_slot = -1;      // index among the fields that tell log sources apart
  std::int16_t column_field = -1;      // index among the fields that fill columns (event/columns.h)
};

/// Answers what a path means. Immutable, shared by all threads.
class Naming {
 public:
  virtual ~Naming() = default;
  virtual PathMeaning meaning(std::string_view full_path) const = 0;
};

class PathTable {
 public:
  static constexpr PathId kRoot = 0;      // the record itself; also a top-level scalar or a bare text line
  static constexpr PathId kOverflow = 1;  // any path past kPathsMax
  /// Real fleets show a few thousand; hostile JSON with random keys must not eat the memory.
  static constexpr std::size_t kPathsMax = 65'536;

  explicit PathTable(const Naming& naming);

  /// The path one key below `parent`. Keys are plain text. Allocates only for a path never seen before.
  PathId child(PathId parent, std::string_view key);
  /// The same for a walk over the keys of one object: `previous` is the path of the key before, `parent` itself for the
  /// first. Objects of one kind list their keys in one order, so the two keys that followed last are tried first.
  PathId child_after(PathId previous, PathId parent, std::string_view key) {
    const PathId guessed = guess(previous, parent, key, [&](const Hint& hint) {
      return std::memcmp(hint.key, key.data(), key.size()) == 0;
    });
    return guessed != kOverflow ? guessed : child_after_miss(previous, parent, key);
  }
  /// The guess alone, for a key of which kKeyHead bytes can be read whatever its size; kOverflow if it was wrong. The key may
  /// hold JSON escapes: then it equals no path's key.
  PathId guess_after(PathId previous, PathId parent, std::string_view key) {
    return guess(previous, parent, key, [&](const Hint& hint) {
      const std::uint64_t head = (load64(key.data()) ^ hint.head[0]) & hint.keep[0];
      const std::uint64_t tail = (load64(key.data() + 8) ^ hint.head[1]) & hint.keep[1];
      if ((head | tail) != 0) return false;
      return key.size() <= kKeyHead || std::memcmp(hint.key + kKeyHead, key.data() + kKeyHead, key.size() - kKeyHead) == 0;
    });
  }
  static constexpr std::size_t kKeyHead = 16;
  /// Keys joined with dots; "" for the root.
  const std::string& name(PathId path) const { return nodes_[path].name; }
  /// One key up, and that key; not of kRoot and kOverflow.
  PathId parent(PathId path) const { return nodes_[path].parent; }
  std::string_view key(PathId path) const { return {hints_[path].key, hints_[path].size}; }
  const PathMeaning& meaning(PathId path) const { return nodes_[path].meaning; }
  std::size_t size() const { return nodes_.size(); }
  std::uint64_t overflowed() const { return overflowed_; }

 private:
  struct Node {
    std::string name;
    PathMeaning meaning;
    PathId parent = 0;
  };
  struct Slot {  // open addressing over (parent, key)
    std::uint64_t hash = 0;
    PathId parent = 0;
    PathId path = 0;
    std::string key;
    bool used = false;
  };
  /// What came after a key the last two times, the later first.
  struct Followers {
    PathId later = kOverflow, earlier = kOverflow;
  };
  struct alignas(64) Hint {
    PathId parent = ~PathId{0};  // nobody's child, so that it is never guessed
    std::uint32_t size = 0;
    std::uint64_t head[2] = {}, keep[2] = {};  // the first bytes of the key, and which of them count
    const char* key = "";                      // of this path, without its parents
    Followers first, next;                     // below this path, and after it
  };

  template <class Same>
  PathId guess(PathId previous, PathId parent, std::string_view key, Same&& same) {
    Followers& followers = previous == parent ? hints_[previous].first : hints_[previous].next;
    const auto fits = [&](PathId path) {
      const Hint& hint = hints_[path];
      return hint.parent == parent && hint.size == key.size() && same(hint);
    };
    if (fits(followers.later)) [[likely]] return followers.later;
    if (!fits(followers.earlier)) return kOverflow;
    std::swap(followers.later, followers.earlier);
    return followers.later;
  }
  PathId child_after_miss(PathId previous, PathId parent, std::string_view key);
  void grow();

  const Naming& naming_;
  std::vector<Node> nodes_;
  std::vector<Hint> hints_;       // by PathId; apart from nodes_, so that a guess touches one cache line
  std::deque<std::string> keys_;  // what hints point to; never moves
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::uint64_t overflowed_ = 0;
};

}  // namespace tocsin
