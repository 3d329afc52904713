#include "collect/file_names.h"

#include <fnmatch.h>

namespace tocsin {

namespace {

bool has_pattern(std::string_view part) { return part.find_first_of("*?[") != std::string_view::npos; }

bool fits(const std::string& pattern, const std::string& name) { return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0; }

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

std::string below(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

/// Walks the parts of a pattern.
class Walk {
 public:
  Walk(Env& env, std::vector<std::string> parts, std::size_t most, std::vector<Error>& errors)
      : env_(env), parts_(std::move(parts)), most_(most), errors_(errors) {}

  void from(const std::string& folder, std::size_t part) {
    if (part == parts_.size() || found.size() >= most_) return;
    const bool last = part + 1 == parts_.size();
    if (!has_pattern(parts_[part])) {
      const std::string path = below(folder, parts_[part]);
      if (!last) return from(path, part + 1);
      if (env_.exists(path) && !env_.is_folder(path)) found.push_back(path);
      return;
    }
    const Result<std::vector<FolderEntry>> entries = env_.list_folder(folder.empty() ? "." : folder);
    if (!entries) {
      if (entries.error().code != Code::kNotFound) errors_.push_back(entries.error());
      return;
    }
    for (const FolderEntry& entry : *entries) {
      if (!fits(parts_[part], entry.name) || found.size() >= most_) continue;
      if (last && entry.is_file) found.push_back(below(folder, entry.name));
      // What is neither may be a link to a folder.
      if (!last && !entry.is_file) from(below(folder, entry.name), part + 1);
    }
  }

  std::vector<std::string> found;

 private:
  Env& env_;
  const std::vector<std::string> parts_;
  const std::size_t most_;
  std::vector<Error>& errors_;
};

std::string_view stem_of(std::string_view path) {
  const std::string_view name = name_in_folder(path);
  return name.substr(0, name.find('.', 1));
}

}  // namespace

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view name_in_folder(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool are_related(std::string_view path, std::string_view other) {
  if (folder_of(path) != folder_of(other)) return false;
  std::string_view one = stem_of(path), two = stem_of(other);
  if (one.size() > two.size()) std::swap(one, two);
  return two.starts_with(one) && (one.size() == two.size() || two.find_first_of("-_", one.size()) == one.size());
}

bool is_rotated(std::string_view origin, std::string_view path) {
  if (folder_of(origin) != folder_of(path)) return false;
  const std::string_view log = name_in_folder(origin);
  std::string_view name = name_in_folder(path);
  for (const std::string_view packed : {".gz", ".zst", ".bz2", ".xz"}) {
    if (name.ends_with(packed)) name.remove_suffix(packed.size());
  }
  const auto numbers_between = [&](std::string_view before, std::string_view after) {
    if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) return false;
    const std::string_view rest = name.substr(before.size(), name.size() - before.size() - after.size());
    return rest == ".old" || rest.find_first_not_of("0123456789.-_") == std::string_view::npos;
  };
  const std::size_t dot = std::min(log.rfind('.'), log.size());
  return name == log ? path != origin : numbers_between(log, "") || numbers_between(log.substr(0, dot), log.substr(dot));
}

std::vector<std::string> files_named(Env& env, const std::string& name, std::size_t most, std::vector<Error>& errors) {
  if (!has_pattern(name) && env.is_folder(name)) {
    std::vector<std::string> paths;
    for (FoundFile& file : find_files(env, name, errors)) {
      if (paths.size() < most) paths.push_back(std::move(file.path));
    }
    return paths;
  }
  Walk walk(env, parts_of(name), most, errors);
  walk.from(name.starts_with('/') ? "/" : "", 0);
  return std::move(walk.found);
}

bool is_named(const std::string& name, const std::string& path) {
  if (!has_pattern(name)) {
    const std::string folder = name.ends_with('/') ? name : name + "/";
    return path == name || path.starts_with(folder);
  }
  const std::vector<std::string> patterns = parts_of(name), parts = parts_of(path);
  if (patterns.size() != parts.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!fits(patterns[i], parts[i])) return false;
  }
  return true;
}

}  // namespace tocsin
