// Which rules match this event? The fast evaluator: what detect/naive answers by reading every rule, this answers by
// reading the event once. For each value whose field some rule of the event's log source class asks about, the groups it
// satisfies come from the token memory or, failing that, from the FieldPlan (a text of many lines: line by line); groups
// call up the rules they are witnesses for; only those rules' formulas are evaluated.
//
// One per thread; warm, match() allocates nothing. The event's bytes need no padding. Every optimization can be switched
// off, which changes the time and nothing else (detect/match's tests and the fuzzer hold it to that).
//
//   Planner planner(rules, log_sources);             // shared
//   Matcher matcher(planner, paths, {});             // per thread
//   matcher.match(event, matched);                   // indexes into rules.rules
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "detect/match/keyword_filter.h"
#include "detect/match/line_memory.h"
#include "detect/match/token_memory.h"
#include "detect/match/worth.h"
#include "detect/plan/class_plan.h"
#include "event/alert.h"
#include "event/event.h"

namespace tocsin::match {

struct MatcherOptions {
  bool token_memory = true;
  bool witnesses = true;
  bool keyword_filter = true;
};

class Matcher {
 public:
  Matcher(plan::Planner& planner, const PathTable& paths, MatcherOptions options);

  /// Replaces `rules` by the indexes of the rules that match, ascending.
  void match(const Event& event, std::vector<std::uint32_t>& rules);

  /// Why a rule of the last match() matched: for every selection that is true and stands nowhere under a `not`, each line
  /// of its first true alternative, with the first pattern (all patterns, for `all`) and the first value that meet. The
  /// event must still be there.
  void matched(std::uint32_t rule, std::vector<Matched>& out);

  /// What was seen of one log source class: how many events, and under which names there were values that rules ask for.
  struct Seen {
    LogSourceId log_source = 0;
    std::uint64_t events = 0;
    std::vector<std::string> names;
  };
  std::vector<Seen> seen() const;

 private:
  enum class Truth : std::uint8_t { kNo, kYes, kAskedAndNo /* of a group on demand */ };
  /// What is asked of one path within one class, and whether remembering its values pays.
  struct PathState {
    const plan::FieldPlan* plan = nullptr;
    bool resolved = false;  // there was a value here
    Worth memory;
    bool bypass_lines = false;
    std::uint32_t lines = 0, known_lines = 0;
    std::vector<std::string> names;  // with the aliases of the class; only where there is a plan or a field comparison
  };
  struct ClassState {
    const plan::ClassPlan* plan = nullptr;
    std::vector<PathState> paths;             // by PathId
    std::vector<Truth> satisfied;             // by GroupId
    std::vector<std::uint32_t> seen;          // by planned rule: serial of the event that called it up
    std::unique_ptr<KeywordFilter> filter;
    std::vector<std::uint32_t> planned_of;    // by rule index: 1 + position among the planned rules
    std::uint64_t events = 0;
  };
  struct Lookup {
    const Value* value;
    PathState* path;
    std::uint64_t hash;
  };

  ClassState& state(LogSourceId id);
  PathState& path_state(ClassState& state, PathId path);
  void collect(ClassState& state, const Event& event);
  void evaluate_values(ClassState& state);
  void evaluate(ClassState& state, PathState& path, const Value& value);
  bool evaluate_by_line(ClassState& state, PathState& path, const Value& value);
  LineMemory::Line* ask_line(PathState& path, const Value& line, plan::FieldPlan::LinePlace place);
  void evaluate_keywords(ClassState& state, const Event& event);
  void satisfy(ClassState& state, std::span<const plan::GroupId> groups);
  bool holds(ClassState& state, std::uint32_t node);
  bool on_demand_holds(ClassState& state, plan::GroupId group);
  bool field_ref_holds(const ClassState& state, const plan::FieldRef& ref);
  void texts_of(const ClassState& state, const std::string& field, std::vector<std::string>& texts);
  bool carries(const ClassState& state, const Value& value, const std::string& field) const;
  void item_matched(const ClassState& state, const sigma::Selection& selection, const sigma::Item& item, std::vector<Matched>& out);
  void meet(const sigma::Item& item, std::vector<const Value*>& met);
  const Value* ref_value(const ClassState& state, const sigma::Item& item, const sigma::Pattern& pattern);
  static bool ref_fits(const sigma::Pattern& pattern, std::string left, std::string right);
  bool pattern_matches(const sigma::Item& item, const sigma::Pattern& pattern, const Value& value, std::string_view text,
                       std::string_view low);
  void judge(ClassState& state, std::vector<std::uint32_t>& rules);

  plan::Planner& planner_;
  const PathTable& paths_;
  const MatcherOptions options_;
  std::vector<std::unique_ptr<ClassState>> states_;  // by LogSourceId
  TokenMemory memory_;
  LineMemory lines_;
  plan::FieldScratch scratch_;
  std::vector<Lookup> lookups_;
  std::vector<plan::GroupId> groups_;      // of the value at hand
  std::vector<std::uint32_t> entries_;     // of the line at hand
  std::vector<plan::GroupId> satisfied_;   // of the event at hand
  std::vector<std::uint32_t> candidates_;
  std::unordered_map<const sigma::Pattern*, std::vector<plan::Wild>> wilds_;  // of patterns that were shown
  std::string low_;
  const Event* event_ = nullptr;
  ClassState* current_ = nullptr;   // of the last match()
  std::uint32_t serial_ = 0;
};

}  // namespace tocsin::match
