// The names of everything that can stand in an event. A path is where a value was found, from the root of the record
// ("Event.EventData.Image", "userIdentity.arn", "Image"); the parsers walk it key by key and get a small number. What a
// path means (under which field names rules see it, what it identifies, whether it carries the time or helps to
// recognise the log source) is asked once, when the path is first met, from a Naming (normalize/taxonomy).
//
// One PathTable per worker thread, no locks. It grows with the number of distinct paths up to kPathsMax; past that a
// new path is kOverflow, whose name is not kept: a rule about such a field cannot match, and `overflowed()` says so.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  /// Keys joined with dots; "" for the root.
  const std::string& name(PathId path) const { return nodes_[path].name; }
  const PathMeaning& meaning(PathId path) const { return nodes_[path].meaning; }
  std::size_t size() const { return nodes_.size(); }
  std::uint64_t overflowed() const { return overflowed_; }

 private:
  struct Node {
    std::string name;
    PathMeaning meaning;
  };
  struct Slot {  // open addressing over (parent, key)
    std::uint64_t hash = 0;
    PathId parent = 0;
    PathId path = 0;
    std::string key;
    bool used = false;
  };
  void grow();

  const Naming& naming_;
  std::vector<Node> nodes_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::uint64_t overflowed_ = 0;
};

}  // namespace tocsin
