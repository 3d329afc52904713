#include "collect/event_json.h"

#include "base/text.h"

namespace tocsin {

/// Made, with all that it is below, if it is not there yet.
std::uint32_t EventJson::node_of(PathId path, const PathTable& paths) {
  if (path == PathTable::kRoot) return 0;
  if (by_path_.size() <= path) by_path_.resize(path + 1);
  if (by_path_[path] != 0) return by_path_[path];
  const std::uint32_t above = node_of(paths.parent(path), paths);
  const auto made = static_cast<std::uint32_t>(used_++);
  if (nodes_.size() < used_) nodes_.emplace_back();
  Node& node = nodes_[made];
  node.path = path;
  node.first_child = node.last_child = node.sibling = 0;
  node.values.clear();
  Node& parent = nodes_[above];
  (parent.last_child == 0 ? parent.first_child : nodes_[parent.last_child].sibling) = made;
  parent.last_child = made;
  return by_path_[path] = made;
}

void EventJson::append(const Event& event, const PathTable& paths, std::string& out) {
  for (std::size_t i = 1; i < used_; ++i) by_path_[nodes_[i].path] = 0;
  if (nodes_.empty()) nodes_.emplace_back();
  used_ = 1;
  nodes_[0].first_child = nodes_[0].last_child = 0;
  for (const Value& value : event.values) {
    // Without its name a value is nowhere (PathTable::kOverflow).
    if (value.derived || value.path == PathTable::kOverflow || value.path == PathTable::kRoot) continue;
    nodes_[node_of(value.path, paths)].values.push_back(&value);
  }
  write_children(nodes_[0], paths, out);
}

void EventJson::write_children(const Node& node, const PathTable& paths, std::string& out) const {
  out += '{';
  for (std::uint32_t child = node.first_child; child != 0; child = nodes_[child].sibling) {
    if (child != node.first_child) out += ',';
    out += '"';
    append_json_escaped(out, paths.key(nodes_[child].path));
    out += "\":";
    write(child, paths, out);
  }
  out += '}';
}

void EventJson::write(std::uint32_t at, const PathTable& paths, std::string& out) const {
  const Node& node = nodes_[at];
  const bool nested = node.first_child != 0;
  const bool array = node.values.size() + (nested ? 1 : 0) > 1;
  if (array) out += '[';
  for (const Value* const value : node.values) {
    if (value != node.values.front()) out += ',';
    append_value_json(out, *value);
  }
  if (nested) {
    if (array) out += ',';
    write_children(node, paths, out);
  }
  if (array) out += ']';
}

}  // namespace tocsin
