// Does one pattern match? The plain meaning of every kind of sigma::Pattern; naive.h says what is decided where the
// specification leaves a choice. The functions are pure; a PatternMatcher belongs to one thread.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "detect/naive/view.h"
#include "base/regex.h"
#include "detect/sigma/rule.h"

namespace tocsin::naive {

/// Whether the whole text is one of what the wildcard string stands for. Both are compared as they are: fold them first.
struct WildToken {
  sigma::WildPart::Kind kind;
  char32_t character;  // of a literal
};
using WildTokens = std::vector<WildToken>;
bool wild_matches(const WildTokens& wild, const std::u32string& text);
WildTokens wild_tokens(const sigma::WildString& wild, bool cased);

bool number_matches(const sigma::Pattern& pattern, std::string_view text);
bool cidr_matches(const sigma::Pattern& pattern, std::string_view text);
bool time_part_matches(const sigma::Pattern& pattern, const ViewValue& value);

class PatternMatcher {
 public:
  struct Answer {
    bool holds = false;
    const ViewValue* value = nullptr;  // the first value that makes it hold, if it takes one
  };
  /// `pattern` as one of `item`'s. Item::all and Item::negated are the caller's.
  Answer ask(const sigma::Item& item, const sigma::Pattern& pattern, const View& view);

 private:
  bool matches(const sigma::Item& item, const sigma::Pattern& pattern, const ViewValue& value, const View& view);
  bool string_matches(const sigma::Pattern& pattern, bool keyword, const ViewValue& value);
  bool regex_matches(const sigma::Pattern& pattern, const ViewValue& value);

  // Prepared when first asked for; nullptr is a regex that does not compile.
  std::unordered_map<const sigma::Pattern*, std::vector<WildTokens>> strings_;
  std::unordered_map<const sigma::Pattern*, std::unique_ptr<Regex>> regexes_;
};

}  // namespace tocsin::naive
