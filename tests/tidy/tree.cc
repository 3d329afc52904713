#include "tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace tocsin::tidy {

namespace fs = std::filesystem;

std::string_view TreeFile::name() const { return std::string_view(path).substr(path.rfind('/') + 1); }

std::string_view TreeFile::folder() const {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(path).substr(0, slash);
}

bool TreeFile::is_below(std::string_view above) const {
  return path.size() > above.size() && path.starts_with(above) && path[above.size()] == '/';
}

bool TreeFile::has_suffix(std::string_view suffix) const { return std::string_view(path).ends_with(suffix); }

bool TreeFile::is_code() const { return has_suffix(".h") || has_suffix(".cc"); }

bool TreeFile::is_binary() const { return text.find('\0') != std::string::npos; }

const TreeFile* Tree::find(std::string_view path) const {
  const auto at = std::lower_bound(files.begin(), files.end(), path,
                                   [](const TreeFile& file, std::string_view wanted) { return file.path < wanted; });
  return at != files.end() && at->path == path ? &*at : nullptr;
}

bool Tree::has_folder(std::string_view path) const {
  return std::any_of(files.begin(), files.end(), [&](const TreeFile& file) { return file.is_below(path); });
}

namespace {

bool is_built(const std::string& name) {
  return name == ".git" || name == ".cache" || name == "build" || name.starts_with("build-") ||
         name == "compile_commands.json";
}

void read_folder(const fs::path& folder, const std::string& prefix, Tree& tree) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (prefix.empty() && is_built(name)) continue;
    if (entry.is_directory(error) && !entry.is_symlink(error)) {
      read_folder(entry.path(), prefix + name + "/", tree);
    } else if (entry.is_regular_file(error)) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      if (in.bad()) tree.unreadable.push_back(prefix + name);
      tree.files.push_back({prefix + name, std::move(text)});
    }
  }
  if (error) tree.unreadable.push_back(prefix);
}

}  // namespace

Tree read_tree(const std::string& top) {
  Tree tree;
  read_folder(top, "", tree);
  std::sort(tree.files.begin(), tree.files.end(), [](const TreeFile& a, const TreeFile& b) { return a.path < b.path; });
  return tree;
}

}  // namespace tocsin::tidy
