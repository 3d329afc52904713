// As much of C++ as the checks need: text without comments and literals, and where functions begin and end.
// Heuristics, not a compiler: a brace opens a function if it stands at namespace or class depth and what
// stands before it reads like a parameter list. Pure functions; broken code gives odd answers, never a crash.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::tidy {

/// The same length and the same lines, with comments and the insides of string and character literals as
/// spaces.
std::string without_comments_and_literals(std::string_view code);

struct Function {
  std::string name;
  std::size_t line = 0;   // of the opening brace, 1-based
  std::size_t lines = 0;  // from the opening to the closing brace, both counted
};
std::vector<Function> functions_of(std::string_view code);

std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace tocsin::tidy
