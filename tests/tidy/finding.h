// What several checks need: how a finding is spelled, words, and tables of ours. Pure functions.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tree.h"

namespace tocsin::tidy {

using Text = std::string_view;

/// "src/x.cc:12: why"
inline std::string at(const TreeFile& file, std::size_t line, Text why) {
  return file.path + ":" + std::to_string(line) + ": " + std::string(why);
}

inline std::vector<std::string> words_of(Text text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace tocsin::tidy
