// A Sigma rule after parsing: what it asks, with modifiers already applied, in a form that both evaluators read
// (detect/naive interprets it, detect/plan compiles it). Plain values, immutable after loading.
//
// The meaning, in one paragraph: a rule is a condition over selections; a selection is true if one of its alternatives
// is; an alternative is true if all its items are; an item asks one field (or, with an empty field, any value of the
// event) for any or all of its patterns. A pattern never matches a field that is absent, except kNull and
// `exists: false`, which are how a rule asks for absence. docs/sigma-semantics.md has every corner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/yaml.h"
#include "event/log_source.h"

namespace tocsin::sigma {

enum class Level : std::uint8_t { kInformational, kLow, kMedium, kHigh, kCritical };
std::string_view level_name(Level level);

/// A string with wildcards: literal pieces and gaps. "C:\*.exe" is {"C:\"} * {".exe"}.
struct WildPart {
  enum class Kind : std::uint8_t { kLiteral, kAny /* '*' */, kOne /* '?' */ } kind = Kind::kLiteral;
  std::string literal;
  bool operator==(const WildPart&) const = default;
};
/// No two literals are adjacent, no two kAny are adjacent, no literal is empty. An empty vector is the empty string.
using WildString = std::vector<WildPart>;

struct Pattern {
  enum class Kind : std::uint8_t {
    kString,    // the whole value is one of `strings`
    kRegex,     // `regex` is found in the value
    kCidr,      // the value is an address in `network`/`prefix_bits`
    kNumber,    // the value is a number and compares to `number`
    kTimePart,  // the value is a time, and the part compares equal to `number`
    kExists,    // the field is there (exists true) or not (exists false), whatever its value
    kNull,      // the field is absent, or its value is null
    kFieldRef,  // the value equals that of the field `field`
  };
  enum class Compare : std::uint8_t { kEq, kLt, kLte, kGt, kGte };
  enum class TimePart : std::uint8_t { kMinute, kHour, kDay, kWeek, kMonth, kYear };

  Kind kind = Kind::kString;
  std::string text;  // as the rule has it, for people
  Position at;
  bool cased = false;                // kString, kFieldRef: compare without folding
  std::vector<WildString> strings;   // kString: one entry, more after windash or base64offset
  std::string regex;                 // kRegex, with (?ims) flags below
  bool regex_ignore_case = false, regex_multi_line = false, regex_dot_all = false;
  std::uint8_t network[16] = {};     // kCidr, network order, masked
  bool network_v6 = false;
  int prefix_bits = 0;
  Compare compare = Compare::kEq;    // kNumber; kTimePart
  double number = 0;
  TimePart part = TimePart::kMinute;
  bool exists = true;                // kExists
  std::string field;                 // kFieldRef
  /// kFieldRef: contains, startswith and endswith apply to the other field's value.
  bool ref_contains = false, ref_startswith = false, ref_endswith = false;
};

struct Item {
  std::string field;                   // empty: a keyword, found anywhere in any value of the event (the gaps
                                       // around its strings are the evaluator's to think of)
  std::vector<std::string> modifiers;  // as written, for people
  std::vector<Pattern> patterns;
  bool all = false;      // every pattern must match, not just one
  bool negated = false;  // the modifier neq: true if the rest is false
  Position at;
};

struct Selection {
  std::string name;
  std::vector<std::vector<Item>> alternatives;  // or over alternatives, and within one
  Position at;
};

/// A node of the condition, quantifiers already written out.
struct Condition {
  enum class Kind : std::uint8_t { kSelection, kAnd, kOr, kNot } kind = Kind::kSelection;
  std::uint32_t selection = 0;        // index into Rule::selections
  std::vector<Condition> operands;    // kAnd, kOr: two or more; kNot: one
};

struct Rule {
  std::string id;     // the rule's id; without one, "file:" and 32 hex digits of SHA-256 over its YAML text
  std::string name;
  std::string title, description, status, author, date, modified, license, taxonomy;
  Level level = Level::kInformational;
  std::vector<std::string> tags, references, falsepositives, fields;
  LogSource log_source;
  std::vector<Selection> selections;
  Condition condition;                        // several conditions: joined with or
  std::vector<std::string> condition_texts;
  std::vector<std::string> filters;           // titles of the filters that were added to the condition
  std::string file;
  Position at;
  /// False for a rule that only feeds a correlation without `generate`: it runs, but is not reported by itself.
  bool reported = true;
};

struct Correlation {
  enum class Type : std::uint8_t {
    kEventCount, kValueCount, kValueSum, kValueAvg, kValueMedian, kValuePercentile, kTemporal, kTemporalOrdered
  };
  struct Bound {
    enum class Op : std::uint8_t { kGt, kGte, kLt, kLte, kEq, kNeq } op = Op::kGte;
    double value = 0;
  };
  /// In events of rule `rule`, the alias stands for `field`.
  struct Alias {
    std::string name;
    struct Target { std::string rule; std::string field; };
    std::vector<Target> targets;
  };
  std::string id, name, title, description, status, author, date, modified, license;
  Level level = Level::kInformational;
  std::vector<std::string> tags, references, falsepositives;
  Type type = Type::kEventCount;
  std::vector<std::string> rules;       // ids, after names were resolved; each is a Rule or a Correlation of the set
  std::vector<std::string> rule_names;  // as written, same order
  std::vector<std::string> group_by;    // field names or alias names
  std::vector<Alias> aliases;
  std::int64_t timespan_us = 0;
  std::vector<std::string> value_fields;  // value_count and the metrics
  double percentile = 50;                 // kValuePercentile
  std::vector<Bound> bounds;              // all must hold
  bool generate = false;
  bool reported = true;   // false if it only feeds another correlation without `generate`
  std::string file;
  Position at;
};

/// As rules spell it: event_count.
std::string_view type_name(Correlation::Type type);

struct Filter {
  std::string id, title;
  LogSource log_source;
  std::vector<std::string> rules;  // ids or names
  bool any_rule = false;           // rules: any
  std::vector<Selection> selections;
  Condition condition;
  std::string condition_text;
  bool has_not = false;
  std::string expires;             // `custom.expires`, YYYY-MM-DD: the last day on which it is applied; "": it is until somebody removes it
  std::string file;
  Position at;
};

/// What the loader has to say about one place of one file.
struct Diagnostic {
  enum class Severity : std::uint8_t { kError, kWarning } severity = Severity::kError;
  std::string code;     // stable: "S0101"; the table is detect/sigma/diagnostics.h
  std::string file;
  Position at;
  std::string message;  // what is wrong
  std::string help;     // what to do
  std::string line;     // the source line, for the caret
};

}  // namespace tocsin::sigma
