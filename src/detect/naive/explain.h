// Why a rule matched an event, or did not: a tree with one node for each thing that was asked, and its text for people.
// Filled by NaiveMatcher::explain(); printed by `tocsin explain rule ID --event FILE:INDEX`. A plain value that owns its
// texts. Nothing is left out by short-circuit: a node is there also where it no longer mattered.
//
//   std::string text = naive::explanation_text(matcher.explain(rule, event, paths));
//
//   true   rule "Shell from an office program" (5f0d…)
//   true     log source: wanted category process_creation; event is windows/process_creation/sysmon
//   true     condition: selection and not filter
//   true       and
//   true         selection
//   true         not
//   false          filter
//   true     selection "selection"
//   true       Image|endswith (any)
//   true         "\cmd.exe" met "C:\Windows\System32\cmd.exe"
//   false    selection "filter"
//   false      User (any), field absent
//   false        "SYSTEM", field absent
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detect/sigma/rule.h"
#include "event/log_source.h"

namespace tocsin::naive {

class View;
class PatternMatcher;

struct Explanation {
  enum class Kind : std::uint8_t {
    kRule,       // children: the log source, the condition, every selection
    kLogSource,  // holds: the event's class fits
    kCondition,  // the condition as written; child: the parsed condition
    kAnd,        // children: operands
    kOr,
    kNot,
    kReference,    // a selection's name, within the condition
    kSelection,    // children: alternatives, or the items where there is one alternative
    kAlternative,  // children: items
    kItem,         // children: patterns
    kPattern,
  };
  Kind kind = Kind::kRule;
  std::string label;
  bool holds = false;
  /// kItem, kPattern: the event has no value under this field.
  bool absent = false;
  /// kPattern: the value that made it hold. kItem: if no pattern holds, what the field has instead, at most kValuesShownMax.
  std::vector<std::string> values;
  /// kItem: values that are not in `values` for want of room.
  std::size_t values_left_out = 0;
  std::vector<Explanation> children;
};

/// A field of an event rarely has more; a keyword asks every value, and a list of a hundred explains nothing.
inline constexpr std::size_t kValuesShownMax = 8;
/// Longer values are cut where they are shown.
inline constexpr std::size_t kValueBytesShownMax = 400;

Explanation explain_rule(const sigma::Rule& rule, const LogSourceClass& log_source, const View& view,
                         PatternMatcher& patterns);

/// One line per node; safe for a terminal whatever the event holds; ends with a line break.
std::string explanation_text(const Explanation& explanation);

}  // namespace tocsin::naive
