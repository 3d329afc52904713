// All rules that fit one log source class, compiled together. A rule becomes a formula over groups (see field_plan.h);
// the groups that a formula cannot be true without are its witnesses. Per event the matcher collects the groups that the
// values satisfy, and evaluates only the rules of which a witness is among them; a rule without a witness (it is all
// negation) is evaluated for every event of the class.
//
//   (Image ends with \cmd.exe) and (CommandLine contains any of …) and not (ParentImage ends with …)
//    group 17, common          group 4711, rare: the witness        group 90, negated: no witness
//
// A regular expression that is nobody's witness is asked last and only when the rest of its rule holds (on demand): most are
// never asked, and they cost more than everything else together.
//
// A field that is absent satisfies no group, so `not` over an absent field is true, and null and `exists: false` are
// negations of the groups "has a value that is not null" and "is there".
//
// Built once by the Planner; then immutable but for the cache of field plans, which has its lock. Safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "detect/plan/field_plan.h"
#include "detect/sigma/load.h"

namespace tocsin::plan {

/// The regexes of a rule set, each compiled once. Not thread-safe: the Planner's lock covers it.
class RegexPool {
 public:
  /// nullptr if the pattern does not compile (the loader has rejected such rules).
  const Regex* get(const sigma::Pattern& pattern);

 private:
  std::unordered_map<std::string, std::unique_ptr<Regex>> regexes_;
};

struct Node {
  enum class Kind : std::uint8_t { kGroup, kFieldRef, kTrue, kFalse, kNot, kAnd, kOr } kind = Kind::kFalse;
  std::uint32_t first = 0;  // kGroup: the group; kFieldRef: index; kNot: the node; kAnd, kOr: first of `count` in children
  std::uint32_t count = 0;
};

/// A comparison of two fields, which no single value can answer.
struct FieldRef {
  std::string field;
  const sigma::Pattern* pattern = nullptr;
};

/// The nodes of one selection, for saying afterwards why a rule matched.
struct PlannedSelection {
  const sigma::Selection* selection = nullptr;
  std::uint32_t root = 0;
  struct Alternative {
    std::uint32_t root = 0;
    std::vector<std::uint32_t> items;
  };
  std::vector<Alternative> alternatives;
};

struct PlannedRule {
  std::uint32_t rule = 0;  // index into RuleSet::rules
  std::uint32_t root = 0;
  /// The selections that stand in the condition and nowhere under a `not`, in the rule's order.
  std::vector<PlannedSelection> positive;
};

class ClassPlan {
 public:
  ClassPlan(const sigma::RuleSet& set, const LogSourceClass& log_source, RegexPool& regexes);

  const std::vector<PlannedRule>& rules() const { return rules_; }
  std::size_t group_count() const { return groups_.size(); }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<std::uint32_t>& children() const { return children_; }
  const std::vector<FieldRef>& field_refs() const { return field_refs_; }
  /// Planned rules for which `group` is a witness: [witness_from[group], witness_from[group + 1]) of witness_rules.
  const std::vector<std::uint32_t>& witness_from() const { return witness_from_; }
  const std::vector<std::uint32_t>& witness_rules() const { return witness_rules_; }
  const std::vector<std::uint32_t>& unwitnessed() const { return unwitnessed_; }
  /// True if the values of an event do not tell by themselves: ask FieldPlan::on_demand_holds.
  bool on_demand(GroupId group) const { return groups_[group].on_demand; }
  const LogSourceClass& log_source() const { return log_source_; }
  /// For people: the witnesses of one planned rule. Empty if it has none.
  std::vector<std::string> witness_texts(std::uint32_t planned) const;

  /// What is asked of a value that goes by these names; nullptr if nothing is. Lives as long as this plan.
  const FieldPlan* field_plan(const std::vector<std::string>& names) const;
  /// The same names, with the aliases of the class.
  std::vector<std::string> all_names(const std::vector<std::string>& names) const;

  /// What is asked of every value; nullptr if there is no keyword rule here.
  const FieldPlan* keywords() const { return keywords_.get(); }
  /// A text without any of these (compared with ASCII letters folded) satisfies no keyword group. Empty: nothing is known.
  const std::vector<std::string>& keyword_literals() const { return keyword_literals_; }

 private:
  struct Group {
    std::string field;
    enum class Kind : std::uint8_t { kPatterns, kExists, kNonNull } kind = Kind::kPatterns;
    std::vector<const sigma::Pattern*> patterns;
    double chance = 1;  // guessed share of events that satisfy it
    bool on_demand = false;
  };

  std::uint32_t add_node(Node node);
  std::uint32_t join(Node::Kind kind, std::vector<std::uint32_t> nodes);
  std::uint32_t negate(std::uint32_t node);
  GroupId group(const std::string& field, Group::Kind kind, std::vector<const sigma::Pattern*> patterns);
  PlannedRule plan_rule(std::uint32_t index, const sigma::Rule& rule);
  std::uint32_t condition(const sigma::Condition& condition, const std::vector<PlannedSelection>& selections);
  PlannedSelection selection(const sigma::Selection& selection);
  std::uint32_t item(const sigma::Item& item);
  std::uint32_t single(const sigma::Item& item, const sigma::Pattern& pattern);
  double witnesses(std::uint32_t node, std::vector<GroupId>& groups) const;
  void choose_witnesses();
  void choose_on_demand();
  bool asks_on_demand(std::uint32_t node) const;
  void build_keywords(RegexPool& regexes);

  LogSourceClass log_source_;
  std::vector<PlannedRule> rules_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
  std::vector<FieldRef> field_refs_;
  std::vector<Group> groups_;
  std::unordered_map<std::string, GroupId> group_ids_;
  std::unordered_map<std::string, std::vector<GroupId>> by_field_;
  std::unordered_map<const sigma::Pattern*, const Regex*> regex_of_;
  std::vector<std::uint32_t> witness_from_, witness_rules_, unwitnessed_;
  std::unique_ptr<FieldPlan> keywords_;
  std::vector<std::string> keyword_literals_;

  mutable std::mutex mutex_;
  mutable std::map<std::vector<std::string>, std::unique_ptr<FieldPlan>> field_plans_;  // guarded by mutex_
};

/// Compiles class plans when they are first asked for. Safe from any thread; references stay valid.
class Planner {
 public:
  Planner(const sigma::RuleSet& set, const LogSourceTable& log_sources) : set_(set), log_sources_(log_sources) {}
  const ClassPlan& plan(LogSourceId id);
  const sigma::RuleSet& rules() const { return set_; }
  const Regex* regex(const sigma::Pattern& pattern) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return regexes_.get(pattern);
  }

 private:
  const sigma::RuleSet& set_;
  const LogSourceTable& log_sources_;
  std::mutex mutex_;
  RegexPool regexes_;                                              // guarded by mutex_
  std::unordered_map<LogSourceId, std::unique_ptr<ClassPlan>> plans_;  // guarded by mutex_
};

/// A part of the keyword's literal that every value containing it shows as is, also while JSON escapes still stand: the
/// longest stretch of ASCII without quotes, backslashes, slashes and control characters; folded. "" if none is left.
std::string escape_proof_literal(const Wild& wild);

}  // namespace tocsin::plan
