// Which rules match this event? The fast evaluator: what detect/naive answers by reading every rule, this answers by
// reading the event once. For each value whose field some rule of the event's log source class asks about, the groups it
// satisfies come from the token memory or, failing that, from the FieldPlan; groups call up the rules they are witnesses
// for; only those rules' formulas are evaluated.
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
#include <vector>

#include "detect/match/keyword_filter.h"
#include "detect/match/token_memory.h"
#include "detect/plan/class_plan.h"
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

 private:
  /// What is asked of one path within one class, and whether remembering its values pays.
  struct PathState {
    const plan::FieldPlan* plan = nullptr;
    bool resolved = false;
    bool bypass = false;
    std::uint16_t probes = 0, hits = 0;
  };
  struct ClassState {
    const plan::ClassPlan* plan = nullptr;
    std::vector<PathState> paths;             // by PathId
    std::vector<std::uint8_t> satisfied;      // by GroupId
    std::vector<std::uint32_t> seen;          // by planned rule: serial of the event that called it up
    std::unique_ptr<KeywordFilter> filter;
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
  void evaluate_keywords(ClassState& state, const Event& event);
  void satisfy(ClassState& state, std::span<const plan::GroupId> groups);
  bool holds(const ClassState& state, std::uint32_t node);
  bool field_ref_holds(const ClassState& state, const plan::FieldRef& ref);
  void texts_of(const ClassState& state, const std::string& field, std::vector<std::string>& texts);
  void judge(ClassState& state, std::vector<std::uint32_t>& rules);

  plan::Planner& planner_;
  const PathTable& paths_;
  const MatcherOptions options_;
  std::vector<std::unique_ptr<ClassState>> states_;  // by LogSourceId
  TokenMemory memory_;
  plan::FieldScratch scratch_;
  std::vector<Lookup> lookups_;
  std::vector<plan::GroupId> groups_;      // of the value at hand
  std::vector<plan::GroupId> satisfied_;   // of the event at hand
  std::vector<std::uint32_t> candidates_;
  const Event* event_ = nullptr;
  std::uint32_t serial_ = 0;
};

}  // namespace tocsin::match
