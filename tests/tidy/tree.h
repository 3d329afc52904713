// The checkout as a list of files in memory, so that a check is a function of it and its own test can hand it
// a tree of three made-up files. Read once by the tests; immutable after that. A file that cannot be read is
// left out and said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::tidy {

struct TreeFile {
  std::string path;  // relative to the top, with '/'
  std::string text;

  std::string_view name() const;    // "path_table.h"
  std::string_view folder() const;  // "src/event", "" at the top
  bool is_below(std::string_view folder) const;
  bool has_suffix(std::string_view suffix) const;
  bool is_code() const;    // .h or .cc
  bool is_binary() const;  // contains a NUL byte
};

struct Tree {
  std::vector<TreeFile> files;  // sorted by path
  std::vector<std::string> unreadable;

  const TreeFile* find(std::string_view path) const;
  bool has_folder(std::string_view path) const;
};

/// Everything below `top` but what is built (build*, .git, .cache).
Tree read_tree(const std::string& top);

}  // namespace tocsin::tidy
