// An event that was never text (a record of an EVTX file) as JSON that parses to the same event: the same paths, the same texts. Nested as
// the paths are; several values under one path are an array, and what stands below a path that has values too is its last element. One thread.
//
//   EventJson json;
//   json.append(event, paths, out);
#pragma once

#include <string>
#include <vector>

#include "event/event.h"

namespace tocsin {

class EventJson {
 public:
  /// Derived values are left out: whoever parses it derives them again.
  void append(const Event& event, const PathTable& paths, std::string& out);

 private:
  struct Node {
    PathId path = 0;
    std::uint32_t first_child = 0, last_child = 0, sibling = 0;  // 0: none
    std::vector<const Value*> values;
  };
  std::uint32_t node_of(PathId path, const PathTable& paths);
  void write(std::uint32_t node, const PathTable& paths, std::string& out) const;
  void write_children(const Node& node, const PathTable& paths, std::string& out) const;

  std::vector<Node> nodes_;  // the first used_ of them; the root is the first
  std::size_t used_ = 0;
  std::vector<std::uint32_t> by_path_;  // 0: not in this event; the root is never asked for
};

}  // namespace tocsin
