// A rule between its text and its final form: modifiers are applied, but placeholders may still stand in the strings,
// so that processing pipelines (which act on this form, as pySigma's do) can fill them. parse_* makes drafts, filters and
// pipelines change them, finish_* turns them into what rule.h describes. Plain values, one owner, one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "detect/sigma/diagnostics.h"
#include "detect/sigma/rule.h"

namespace tocsin::sigma {

/// A piece of a string: as WildPart, or the name of a placeholder.
struct Part {
  enum class Kind : std::uint8_t { kLiteral, kAny, kOne, kPlaceholder } kind = Kind::kLiteral;
  std::string text;
  bool operator==(const Part&) const = default;
};
/// Literals are never adjacent and never empty.
using Parts = std::vector<Part>;

/// Strings one value may stand for: windash and base64offset multiply.
inline constexpr std::size_t kVariantsMax = 4096;
/// Dashes that windash exchanges in one value; five forms each.
inline constexpr std::size_t kWindashDashesMax = 4;
/// Alternatives one selection may have after a pipeline mapped fields to several: they multiply.
inline constexpr std::size_t kAlternativesMax = 4096;
/// Values an item may have after placeholders were filled.
inline constexpr std::size_t kItemValuesMax = 100'000;

struct DraftValue {
  enum class Kind : std::uint8_t {
    kString,
    kNumber,
    kBool,
    kNull,
    kRegex,
    kCidr,
    kCompare,
    kTimePart,
    kExists,
    kFieldRef
  } kind = Kind::kNull;
  /// All that is known besides strings; `text`, `at` and, for kRegex, the flags are set from the start.
  Pattern pattern;
  /// kString: what it may be. kRegex: one, whose literals are parts of the pattern.
  std::vector<Parts> strings;
};

struct DraftItem {
  std::string field;
  std::vector<std::string> modifiers;
  std::vector<DraftValue> values;
  bool all = false, negated = false;
  Position at;
  std::vector<std::string> applied;  // ids of the pipeline steps that changed it
};

using DraftAlternative = std::vector<DraftItem>;

struct DraftSelection {
  std::string name;
  std::vector<DraftAlternative> alternatives;
  Position at;
  const Source* source = nullptr;  // of a filter or a pipeline, it is not the rule's
};

struct DraftRule {
  Rule rule;  // all but selections; the condition's indices are into `selections`
  std::vector<DraftSelection> selections;
  const Source* source = nullptr;
  bool rejected = false;
  std::vector<std::string> applied;
  std::map<std::string, std::string> attributes;  // set_custom_attribute
};

/// A rule as a correlation or a filter names it.
struct Reference {
  std::string text;
  Position at;
};

struct DraftCorrelation {
  Correlation correlation;  // all but `rules`
  std::vector<Reference> rules;
  std::vector<Reference> alias_rules;  // the rules of correlation.aliases, in their order
  const Source* source = nullptr;
  bool rejected = false;
  std::vector<std::string> applied;
  std::map<std::string, std::string> attributes;
};

struct DraftFilter {
  Filter filter;  // all but selections
  std::vector<Reference> rules;
  std::vector<DraftSelection> selections;
  const Source* source = nullptr;
};

}  // namespace tocsin::sigma
