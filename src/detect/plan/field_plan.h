// Everything that the rules of one log source class ask of one field, compiled so that one value answers all of it at
// once. The unit of the answer is the group: one line of a rule (`Image|endswith: [a, b]`) with any-of meaning, shared by
// all rules that have the same line. Evaluating a value lists the groups it satisfies.
//
// Immutable once built, safe from any thread; what an evaluation needs to write is in a FieldScratch, one per thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detect/plan/string_set.h"
#include "detect/plan/wild.h"
#include "detect/sigma/regex.h"
#include "detect/sigma/rule.h"
#include "event/event.h"

namespace tocsin::plan {

using GroupId = std::uint32_t;

/// Working memory of one thread.
struct FieldScratch {
  std::string text;
  std::vector<char> low;
  /// For each group the serial of the evaluation that found it, so that a group is listed once; for each entry that of the
  /// evaluation that looked at it, so that a literal that stands there a hundred times starts one search, not a hundred.
  std::vector<std::uint32_t> seen, tried;
  std::uint32_t serial = 0;

  void begin(std::size_t groups, std::size_t entries);
  std::string_view fold(std::string_view value);
};

class FieldPlan {
 public:
  /// `group` is satisfied by any value (exists) or by any value that is not null (non-null).
  void add_exists(GroupId group) { exists_groups_.push_back(group); }
  void add_non_null(GroupId group) { non_null_groups_.push_back(group); }
  /// `group` is satisfied by a value that the pattern matches. `keyword`: found anywhere in it. `regex` belongs to a
  /// kRegex pattern and must outlive the plan.
  void add(const sigma::Pattern& pattern, bool keyword, const sigma::Regex* regex, GroupId group);
  /// `group` is answered by on_demand_holds() alone: evaluate() does not list it.
  void add_on_demand(const sigma::Regex* regex, GroupId group);
  void build();

  /// Appends to `groups` every group that the value satisfies, each once. `groups_max` is the number of groups in the class.
  void evaluate(const Value& value, std::size_t groups_max, FieldScratch& scratch, std::vector<GroupId>& groups) const;
  /// False if every value that is not null gets the same answer from evaluate().
  bool depends_on_value() const { return !entries_.empty(); }
  bool has_on_demand() const { return !on_demand_.empty(); }
  bool on_demand_holds(GroupId group, const Value& value, FieldScratch& scratch) const;

 private:
  enum class Verify : std::uint8_t { kNothing, kWild, kCasedWild, kRegex, kCidr, kNumber, kTimePart };
  struct Entry {
    GroupId group = 0;
    Verify verify = Verify::kNothing;
    Wild wild;
    const sigma::Regex* regex = nullptr;
    std::vector<std::string> literals;  // of a regex, folded: all must stand in the value
    sigma::Pattern pattern;             // of the numeric kinds
  };

  void add_string(const Wild& wild, GroupId group);
  bool verified(const Entry& entry, std::string_view text, std::string_view low, const Value& value) const;

  StringSet set_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> always_;  // entries that no literal finds
  std::vector<GroupId> exists_groups_, non_null_groups_;
  struct OnDemand {
    GroupId group = 0;
    const sigma::Regex* regex = nullptr;
    std::vector<std::string> literals;
  };
  std::vector<OnDemand> on_demand_;
};

/// The text of a value without a copy where it needs none; else in `scratch`.
std::string_view value_text(const Value& value, std::string& scratch);

/// Whether one pattern, by itself, matches one value: the plain meaning, for alerts and checks.
bool number_matches(const sigma::Pattern& pattern, std::string_view text);
bool cidr_matches(const sigma::Pattern& pattern, std::string_view text);
bool time_part_matches(const sigma::Pattern& pattern, std::string_view text, bool is_number);

}  // namespace tocsin::plan
