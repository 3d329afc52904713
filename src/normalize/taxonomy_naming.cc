#include "normalize/taxonomy_naming.h"

#include <algorithm>

namespace tocsin {

namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

std::string replaced(std::string_view name, std::string_view with) {
  std::string out;
  for (const char c : name) {
    if (c == ' ') {
      out.append(with);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

/// The names of one path, in the order in which they are found.
class Names {
 public:
  explicit Names(const NamingTables& tables) : tables_(tables) {}

  PathNames take(std::string_view path) {
    read(path, 0);
    for (const std::string& gathered : gathered_) add(gathered);
    return std::move(names_);
  }

 private:
  static void add_to(std::vector<std::string>& names, const std::string& name) {
    const bool known = std::ranges::find(names, name) != names.end();
    if (!known && !name.empty() && names.size() < kPathNamesMax) names.push_back(name);
  }

  void add(const std::string& name, bool from_data = false) {
    add_to(names_.all, name);
    const bool misleading = from_data && std::ranges::find(tables_.header, name) != tables_.header.end();
    if (!misleading) add_to(names_.routing, name);
  }

  void add_with_spaces(const std::string& name, bool from_data = false) {
    if (name.find(' ') != std::string::npos) {
      for (const std::string& with : tables_.spaces) add(replaced(name, with), from_data);
    }
    add(name, from_data);
  }

  /// What is inside an envelope or before a tail has more specific names than the path itself, so it comes first.
  void read(std::string_view path, int depth) {
    if (depth < kEnvelopeDepthMax) {
      for (const std::string& tail : tables_.tails) {
        if (path.size() > tail.size() && path.ends_with(tail))
          read(path.substr(0, path.size() - tail.size()), depth + 1);
      }
      for (const std::string& envelope : tables_.envelopes) {
        const std::size_t covered = covered_by(path, envelope);
        if (covered != std::string_view::npos && covered < path.size()) read(path.substr(covered), depth + 1);
      }
    }
    read_renames(path);
    read_strips(path);
    for (const std::string& gather : tables_.gathers) {
      const std::size_t covered = covered_by(path, gather);
      if (covered < path.size() && path[covered] == '.') gathered_.push_back(std::string(path.substr(0, covered)));
    }
    add_with_spaces(std::string(path));
  }

  void read_renames(std::string_view path) {
    const auto at = tables_.renames.find(std::string(path));
    if (at != tables_.renames.end()) {
      for (const std::string& name : at->second) add(name);
    }
    for (const auto& [pattern, names] : tables_.wild_renames) {
      if (covered_by(path, pattern) != path.size()) continue;
      for (const std::string& name : names) add(name);
    }
  }

  void read_strips(std::string_view path) {
    for (const std::string& prefix : tables_.strips) {
      const std::size_t covered = covered_by(path, prefix);
      if (covered < path.size()) add_with_spaces(std::string(path.substr(covered)));
    }
    for (const std::string& prefix : tables_.data) {
      const std::size_t covered = covered_by(path, prefix);
      if (covered < path.size()) add_with_spaces(std::string(path.substr(covered)), true);
    }
    for (const std::string& prefix : tables_.capitalised) {
      const std::size_t covered = covered_by(path, prefix);
      if (covered >= path.size()) continue;
      std::string name(path.substr(covered));
      name.front() = upper(name.front());
      add_with_spaces(name, true);
    }
    for (const NamedList& list : tables_.lists) {
      const std::string_view name = name_in_list(list, path);
      if (!name.empty()) add_with_spaces(std::string(name), true);
    }
  }

  const NamingTables& tables_;
  PathNames names_;
  std::vector<std::string> gathered_;
};

}  // namespace

std::size_t covered_by(std::string_view path, std::string_view pattern) {
  std::size_t at = 0;
  for (const char c : pattern) {
    if (c != '*') {
      if (at >= path.size() || path[at] != c) return std::string_view::npos;
      ++at;
      continue;
    }
    const std::size_t from = at;
    while (at < path.size() && path[at] != '.') ++at;
    if (at == from) return std::string_view::npos;
  }
  return at;
}

PathNames NamingTables::names(std::string_view path) const { return Names(*this).take(path); }

}  // namespace tocsin
