// What stands at the end of an event in OCSF: its observables, the line that it came as, and every value that has no place before.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "normalize/ocsf.h"

namespace tocsin {

namespace {

/// A path past PathTable::kPathsMax has no name; a line of text stands under the root, whose name is empty.
constexpr std::string_view kNameless = "_";

/// observable.type_id of a value that has no place in the class.
int observable_of(EntityType type) {
  switch (type) {
    case EntityType::kHost:
    case EntityType::kDomain: return 1;
    case EntityType::kIp: return 2;
    case EntityType::kUser: return 4;
    case EntityType::kMailbox: return 5;
    case EntityType::kUrl: return 6;
    case EntityType::kFile: return 45;
    case EntityType::kHash: return 8;
    case EntityType::kProcess: return 9;
    case EntityType::kCloudResource: return 10;
    case EntityType::kNone: break;
  }
  return 0;
}

}  // namespace

void OcsfProjector::write_observables(const Event& event, std::string& out) {
  bool first = true;
  std::size_t count = 0;
  for (const Observable& observable : observables_) {
    if (count == kObservablesMax) break;
    text_.assign(out, observable.from, observable.size);
    if (observe(observable.head, text_, first, out)) ++count;
  }
  for (std::size_t i = 0; i < event.values.size() && count < kObservablesMax; ++i) {
    const Value& value = event.values[i];
    if (is_consumed_[i] || value.derived) continue;
    const UnmappedPath& path = unmapped_path(value.path);
    if (path.observable_head.empty() || says_nothing(value)) continue;
    text_.clear();
    append_value_text(text_, value);
    folded_.assign(1, '"');
    append_json_escaped(folded_, text_);
    folded_.push_back('"');
    if (observe(path.observable_head, folded_, first, out)) ++count;
  }
  if (!first) out.push_back(']');
}

/// `value` is a JSON text or number. False if it is too long.
bool OcsfProjector::observe(std::string_view head, std::string_view value, bool& first, std::string& out) {
  if (value.size() > kObservableBytesMax) return false;
  const bool quoted = value.starts_with('"');
  out.append(first ? ",\"observables\":[" : ",");
  out.append(head);
  if (!quoted) out.push_back('"');
  out.append(value);
  out.append(quoted ? "}" : "\"}");
  first = false;
  return true;
}

const OcsfProjector::UnmappedPath& OcsfProjector::unmapped_path(PathId path) {
  if (unmapped_of_path_.size() < fields_.size()) unmapped_of_path_.resize(fields_.size());
  UnmappedPath& known = unmapped_of_path_[path];
  if (!known.key.empty()) return known;
  std::string name;
  append_json_escaped(name, paths_.name(path).empty() ? kNameless : std::string_view(paths_.name(path)));
  known.key = '"' + name + "\":";
  if (const int type = observable_of(paths_.meaning(path).entity); type != 0) known.observable_head = fmt::format("{{\"type_id\":{},\"name\":\"unmapped.{}\",\"value\":", type, name);
  return known;
}

/// Under the full path of each: one value as it is, several as a list. A line of text is the raw data of its event.
void OcsfProjector::write_unmapped(const Event& event, std::string& out) {
  if (path_heads_.size() < fields_.size()) {
    path_heads_.resize(fields_.size(), kNone);
    path_tails_.resize(fields_.size(), kNone);
  }
  next_of_path_.assign(event.values.size(), kNone);
  unmapped_paths_.clear();
  mapped_ = 0;
  for (std::size_t i = 0; i < event.values.size(); ++i) {
    const Value& value = event.values[i];
    if (value.derived) continue;
    if (is_consumed_[i]) {
      ++mapped_;
      continue;
    }
    const auto index = static_cast<std::uint32_t>(i);
    if (path_heads_[value.path] == kNone) {
      path_heads_[value.path] = index;
      unmapped_paths_.push_back(value.path);
    } else {
      next_of_path_[path_tails_[value.path]] = index;
    }
    path_tails_[value.path] = index;
  }
  const std::size_t root = path_heads_[PathTable::kRoot];
  if (root != kNone && event.values[root].kind == ValueKind::kText && next_of_path_[root] == kNone) {
    out.append(",\"raw_data\":");
    append_value_json(out, event.values[root]);
    path_heads_[PathTable::kRoot] = kNone;
    std::erase(unmapped_paths_, PathTable::kRoot);
    ++mapped_;
  }
  write_unmapped_values(event, out);
}

void OcsfProjector::write_unmapped_values(const Event& event, std::string& out) {
  bool first = true;
  for (const PathId path : unmapped_paths_) {
    out.append(first ? ",\"unmapped\":{" : ",");
    first = false;
    out.append(unmapped_path(path).key);
    const bool several = next_of_path_[path_heads_[path]] != kNone;
    if (several) out.push_back('[');
    for (std::uint32_t i = path_heads_[path]; i != kNone; i = next_of_path_[i]) {
      if (i != path_heads_[path]) out.push_back(',');
      append_value_json(out, event.values[i]);
    }
    if (several) out.push_back(']');
    path_heads_[path] = kNone;
  }
  if (!first) out.push_back('}');
}

}  // namespace tocsin
