// The slow, obvious evaluator: for every rule it does what the rule says, value by value and character by character. It
// is the oracle that detect/match is compared with (tests, fuzz/detect_diff_fuzz.cc), the engine of
// `scan --engine naive`, and what `tocsin explain` shows. It prefers being plain to being quick; what is decided once
// per event (texts, folding) or once per rule (regexes) is kept.
//
// What it fixes, beyond sigma/rule.h (docs/sigma-semantics.md gives the reasons):
//   names    A field's values are all values of the event whose path has that name, in the event's order, and those whose
//            path has a name for which the log source class has an alias (rule name, event name). Aliases do not chain.
//   null     A value of kind kNull is there, but satisfies no pattern other than exists: true. A field is null if it has no
//            value that is not null.
//   strings  The whole value, over code points, both sides folded unless `cased`. A byte that is not valid UTF-8 is a
//            character of its own. A keyword is found anywhere in some single value.
//   numbers  The whole text is an optional sign, digits with at most one point, and an optional exponent, within the range of
//            a double; compared as doubles. No spaces, no hexadecimal, no infinity.
//   cidr     The whole text is an address as inet_pton reads it (no zone, no prefix, no leading zeros). An IPv4 network also
//            holds its IPv4-mapped IPv6 addresses (::ffff:10.0.0.1); an IPv6 network never holds an IPv4 address.
//   times    parse_time() for text, parse_epoch() for JSON numbers; UTC; weeks as in ISO 8601.
//   fieldref Some value of the field and some value of the other satisfy it; null values count on neither side.
//   negated  Inverts the item, so that it is true where the field is absent.
//   empty    An item without patterns is false, with `all` true; a selection without alternatives is false.
//
// One per thread, as it keeps compiled regexes; the rule set and the log source table must outlive it. It cannot fail: a
// regex that does not compile (the loader rejects those) is never found.
//
//   naive::NaiveMatcher matcher(rules, log_sources);
//   matcher.match(event, paths, indexes);
//   for (std::uint32_t rule : indexes) matcher.matched(rule, event, paths, lines);
#pragma once

#include <cstdint>
#include <vector>

#include "detect/naive/explain.h"
#include "detect/naive/pattern.h"
#include "detect/sigma/load.h"
#include "event/alert.h"
#include "event/event.h"

namespace tocsin::naive {

class NaiveMatcher {
 public:
  NaiveMatcher(const sigma::RuleSet& set, const LogSourceTable& log_sources) : set_(set), log_sources_(log_sources) {}

  /// Replaces `rules` by the indexes of the rules that match, ascending.
  void match(const Event& event, const PathTable& paths, std::vector<std::uint32_t>& rules);

  /// Why a rule matched, as alerts list it. For every selection that stands in the condition, nowhere in it under a `not`, and
  /// is true, in the order of the rule: the items of its first true alternative, in order, each with
  ///   - with `all`: every pattern; else the first pattern that is true;
  ///   - and the first value of the event that satisfies it (for exists: true, the first value of the field; for fieldref,
  ///     the first value of the item's field that some value of the other satisfies);
  ///   - a pattern that asks for absence (null, exists: false) has a value of kind kNull;
  ///   - a negated item lists all its patterns, each with the first value of the field, kNull if there is none (a keyword:
  ///     always kNull).
  /// The texts point into the rule and the event. The rule must match the event; otherwise the list is of no meaning.
  void matched(std::uint32_t rule, const Event& event, const PathTable& paths, std::vector<Matched>& out);

  /// Everything that was asked on the way to true or false, whether or not the log source fits.
  Explanation explain(std::uint32_t rule, const Event& event, const PathTable& paths);

 private:
  const sigma::RuleSet& set_;
  const LogSourceTable& log_sources_;
  PatternMatcher patterns_;
};

}  // namespace tocsin::naive
