#include "normalize/named_lists.h"

#include <algorithm>
#include <functional>

#include "normalize/taxonomy_naming.h"

namespace tocsin {

namespace {

/// What remains of `path` behind the list's path and a dot.
std::string_view below(const NamedList& list, std::string_view path) {
  const std::size_t covered = covered_by(path, list.at);
  if (covered >= path.size() || path[covered] != '.') return {};
  return path.substr(covered + 1);
}

bool has(const std::vector<std::string>& keys, std::string_view key) { return std::ranges::find(keys, key) != keys.end(); }

/// Whether JSON text that stands between two values, from behind the first value's last byte, ends the object in which the
/// first one stood. What is in quotes is skipped.
bool ends_object(std::string_view between) {
  int depth = 0;
  for (std::size_t i = 0; i < between.size(); ++i) {
    const char c = between[i];
    if (c == '{') ++depth;
    if (c == '}' && --depth < 0) return true;
    if (c != '"') continue;
    for (++i; i < between.size() && between[i] != '"'; ++i) {
      if (between[i] == '\\') ++i;
    }
  }
  return false;
}

/// `"\"x\""`, as JSON holds a JSON text of x. Anything else stays.
void unquote(Value& value) {
  const bool escaped = value.kind == ValueKind::kJsonText;
  const std::string_view mark = escaped ? R"(\")" : R"(")", text = value.raw();
  if (text.size() < 2 * mark.size() || !text.starts_with(mark) || !text.ends_with(mark)) return;
  const std::string_view inner = text.substr(mark.size(), text.size() - 2 * mark.size());
  if (inner.find('\\') != std::string_view::npos) return;  // escapes twice over: not to be undone by cutting
  value.data = inner.data();
  value.size = static_cast<std::uint32_t>(inner.size());
}

}  // namespace

std::string_view name_in_list(const NamedList& list, std::string_view path) {
  const std::string_view rest = below(list, path);
  const bool own = rest == list.name || has(list.values, rest) || has(list.also, rest) || has(list.others, rest);
  return own ? std::string_view() : rest;
}

ListReader::ListReader(const std::vector<NamedList>& lists, PathTable& paths) : lists_(lists), paths_(paths) {}

bool ListReader::concerns(PathId path) {
  if (lists_.empty()) return false;
  learn_paths();
  return roles_[path].kind != Kind::kNone;
}

void ListReader::learn_paths() {
  for (std::size_t path = roles_.size(); path < paths_.size(); ++path) roles_.push_back(role_of(static_cast<PathId>(path)));
}

ListReader::Role ListReader::role_of(PathId path) const {
  if (path == PathTable::kRoot || path == PathTable::kOverflow || paths_.parent(path) == PathTable::kOverflow) return {};
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    const NamedList& list = lists_[i];
    for (const std::string& name : paths_.meaning(path).names) {
      const std::string_view key = below(list, name);
      const Kind kind = key.empty()             ? Kind::kNone
                        : key == list.name      ? Kind::kName
                        : has(list.values, key) ? Kind::kValue
                        : has(list.also, key)   ? Kind::kAlso
                                                : Kind::kNone;
      if (kind != Kind::kNone && paths_.key(path) == key) return {static_cast<std::uint16_t>(i), kind};
    }
  }
  return {};
}

void ListReader::read(Event& event) {
  learn_paths();
  listed_.clear();
  pending_.clear();
  element_ = {};
  for (const Value& value : event.values) {
    const Role role = roles_[value.path];
    if (role.kind == Kind::kNone) continue;
    if (!continues(value, event)) {
      finish();
      element_.list_path = paths_.parent(value.path);
    }
    element_.end = value.data + value.size + (value.kind == ValueKind::kJsonText ? 1 : 0);
    if (role.kind == Kind::kName) {
      element_.name = &value;
    } else if (pending_.size() < kListedValuesMax) {
      pending_.push_back(value);
    }
  }
  finish();
  event.values.insert(event.values.end(), listed_.begin(), listed_.end());
}

/// Whether the value stands in the object of the element.
bool ListReader::continues(const Value& value, const Event& event) const {
  if (element_.list_path != paths_.parent(value.path)) return false;
  const char* const begin = event.text.data();
  const char* const end = begin + event.text.size();
  const std::less_equal<const char*> before;  // of any two pointers
  const bool in_text = before(begin, element_.end) && before(element_.end, value.data) && before(value.data, end);
  return in_text && !ends_object({element_.end, static_cast<std::size_t>(value.data - element_.end)});
}

void ListReader::finish() {
  const Value* const name = element_.name;
  const bool named = name != nullptr && name->kind == ValueKind::kJsonText && name->size > 0 && name->size <= kListedNameBytesMax;
  if (named) {
    for (Value& value : pending_) {
      if (listed_.size() >= kListedValuesMax) break;
      if (lists_[roles_[value.path].list].unquote) unquote(value);
      value.path = place_of(value);
      value.derived = true;
      if (value.path != PathTable::kOverflow) listed_.push_back(value);
    }
  }
  pending_.clear();
  element_ = {};
}

/// The name below the list, and for values that do not go by the name alone the key below that.
PathId ListReader::place_of(const Value& value) {
  name_.clear();
  append_value_text(name_, *element_.name);
  const PathId place = paths_.child(element_.list_path, name_);
  const bool is_also = roles_[value.path].kind == Kind::kAlso;
  return is_also ? paths_.child(place, paths_.key(value.path)) : place;
}

}  // namespace tocsin
