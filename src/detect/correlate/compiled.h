// A rule set's correlations, made ready to run: who refers to whom as numbers, aliases resolved per rule, bounds as exact
// numbers, and how each is judged. Immutable after construction, cheap to build, used by Correlator and the oracle of its
// tests. Rules and correlations share one numbering, "nodes": rule i is i, correlation c is rules + c.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detect/correlate/held_hit.h"
#include "detect/correlate/number.h"
#include "detect/sigma/load.h"

namespace tocsin::correlate {

/// One of the rules of a correlation.
struct Member {
  std::uint32_t node = 0;
  std::uint32_t step = 0;              // its place in the list of rules
  std::vector<FieldId> group_fields;   // what this rule's hits call the fields of group-by
  std::vector<FieldId> value_fields;   // and those to measure
};

struct CompiledCorrelation {
  const sigma::Correlation* source = nullptr;
  sigma::Correlation::Type type = sigma::Correlation::Type::kEventCount;
  std::uint32_t index = 0;             // into RuleSet::correlations
  std::uint32_t node = 0;
  std::int64_t timespan_us = 0;
  std::vector<Member> members;         // in the order of the list of rules
  std::vector<FieldId> group_names;    // as the correlation calls them
  std::vector<Limit> limits;           // the condition
  /// False: judged at every hit, for a condition that more hits can only bring nearer. True: judged when the window
  /// closes, and the window opens when all of `opening` hold (at once, if it is empty).
  bool judged_at_close = false;
  std::vector<Limit> opening;
  /// temporal_ordered, judged at every hit: a chain of so many steps will do.
  std::uint32_t chain_steps = 0;

  /// The name under which hits of `node` carry what this correlation calls `name`.
  FieldId rename(FieldId name, std::uint32_t node) const;
  std::map<std::pair<FieldId, std::uint32_t>, FieldId> renames;
};

/// Correlation `correlation` refers to the node, as its member `member`.
struct Membership {
  std::uint32_t correlation = 0, member = 0;
};

struct CompiledSet {
  explicit CompiledSet(const sigma::RuleSet& rules);

  std::uint32_t rule_count = 0;
  std::vector<CompiledCorrelation> correlations;
  std::vector<std::vector<Membership>> memberships;     // by node
  std::map<std::string, FieldId, std::less<>> fields;   // every name that is asked for
  std::vector<std::vector<std::string>> fields_wanted;  // by rule, sorted

 private:
  FieldId intern(const std::string& name);
  void compile(const sigma::RuleSet& rules, std::uint32_t index, const std::map<std::string, std::uint32_t>& nodes);
  void add_aliases(CompiledCorrelation& compiled, const std::map<std::string, std::uint32_t>& nodes);
  void want(std::uint32_t correlation, FieldId name);
  std::vector<const std::string*> names_;
  std::map<std::pair<std::uint32_t, FieldId>, bool> asked_;
};

}  // namespace tocsin::correlate
