// Strings with wildcards, compiled: folded, normalised, sorted into the shapes that have a quick test of their own.
// Pure functions. The twin is detect/naive's matcher.
#pragma once

#include <string>
#include <string_view>

#include "detect/sigma/rule.h"

namespace tocsin::plan {

enum class Shape : std::uint8_t {
  kEverything,  // '*': any value that is not null
  kEquals,      // text
  kPrefix,      // text*
  kSuffix,      // *text
  kContains,    // *text*
  kGeneral,     // anything else; `literal` is its longest literal piece, perhaps empty
};

struct Wild {
  Shape shape = Shape::kEquals;
  std::string literal;       // folded
  sigma::WildString parts;   // folded unless cased
  bool cased = false;        // the shape's test on folded text only finds candidates; wild_matches decides
  auto operator<=>(const Wild& other) const;
  bool operator==(const Wild&) const = default;
};

Wild compile_wild(const sigma::WildString& string, bool cased);
/// The same, found anywhere in the value.
Wild compile_keyword(const sigma::WildString& string, bool cased);

/// Full match of the parts against text that is folded if the parts are. Linear in text times number of `?` runs:
/// greedy, with one point to go back to, because `*` never needs an earlier one.
bool wild_matches(const sigma::WildString& parts, std::string_view text);

}  // namespace tocsin::plan
