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
#include "base/regex.h"
#include "detect/sigma/rule.h"
#include "event/event.h"

namespace tocsin::plan {

using GroupId = std::uint32_t;

/// Working memory of one thread.
struct FieldScratch {
  std::string text, line_text;
  std::vector<char> low, line_low;
  /// For each group the serial of the evaluation that found it, so that a group is listed once; for each entry that of the
  /// evaluation that looked at it, so that a literal that stands there a hundred times starts one search, not a hundred.
  std::vector<std::uint32_t> seen, tried;
  std::uint32_t serial = 0;

  void begin(std::size_t groups, std::size_t entries);
};

class FieldPlan {
 public:
  /// `group` is satisfied by any value (exists) or by any value that is not null (non-null).
  void add_exists(GroupId group) { exists_groups_.push_back(group); }
  void add_non_null(GroupId group) { non_null_groups_.push_back(group); }
  /// `group` is satisfied by a value that the pattern matches. `keyword`: found anywhere in it. `regex` belongs to a
  /// kRegex pattern and must outlive the plan.
  void add(const sigma::Pattern& pattern, bool keyword, const Regex* regex, GroupId group);
  /// `group` is answered by on_demand_holds() alone: evaluate() does not list it.
  void add_on_demand(const Regex* regex, GroupId group);
  void build();

  /// Appends to `groups` every group that the value satisfies, each once. `groups_max` is the number of groups in the class.
  void evaluate(const Value& value, std::size_t groups_max, FieldScratch& scratch, std::vector<GroupId>& groups) const;

  /// A text of several lines can be asked line by line: find_in_line() for each of them, whatever is known of it from before,
  /// and its entries to an Answer for the whole value. The groups are those of evaluate().
  bool asks_by_line() const { return by_line_; }
  enum class LinePlace : std::uint8_t { kFirst = 1, kMiddle, kLast };
  /// Replaces `entries` by those whose literal stands in the line, each once. The line has no line feed around it.
  void find_in_line(const Value& line, LinePlace place, FieldScratch& scratch, std::vector<std::uint32_t>& entries) const;
  class Answer;

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
    const Regex* regex = nullptr;
    std::vector<std::string> literals;  // of a regex, folded: all must stand in the value
    sigma::Pattern pattern;             // of the numeric kinds
  };

  void add_string(const Wild& wild, GroupId group);
  bool verified(const Entry& entry, std::string_view text, std::string_view low, const Value& value) const;

  StringSet set_;
  bool by_line_ = false;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> always_;  // entries that no literal finds
  std::vector<GroupId> exists_groups_, non_null_groups_;
  struct OnDemand {
    GroupId group = 0;
    const Regex* regex = nullptr;
    std::vector<std::string> literals;
  };
  std::vector<OnDemand> on_demand_;
};

/// What one value satisfies, as its candidates come in. Its text is made only when one of them asks for it.
class FieldPlan::Answer {
 public:
  /// Appends to `groups`. The value must not be null, the scratch not serve another Answer meanwhile.
  Answer(const FieldPlan& plan, const Value& value, std::size_t groups_max, FieldScratch& scratch,
         std::vector<GroupId>& groups);
  /// The literal of this entry stands in the value.
  void candidate(std::uint32_t entry);
  std::string_view low();

 private:
  void make_text();
  void satisfied(GroupId group);

  const FieldPlan& plan_;
  const Value& value_;
  FieldScratch& scratch_;
  std::vector<GroupId>& groups_;
  std::string_view text_, low_;
  bool have_text_ = false;
};

/// Folded into `room`, which grows as needed.
std::string_view fold_within(std::vector<char>& room, std::string_view text);
/// The text of a value without a copy where it needs none; else in `scratch`.
std::string_view value_text(const Value& value, std::string& scratch);

/// Whether one pattern, by itself, matches one value: the plain meaning, for alerts and checks.
bool number_matches(const sigma::Pattern& pattern, std::string_view text);
bool cidr_matches(const sigma::Pattern& pattern, std::string_view text);
bool time_part_matches(const sigma::Pattern& pattern, std::string_view text, bool is_number);

}  // namespace tocsin::plan
