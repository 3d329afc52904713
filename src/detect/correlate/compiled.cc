#include "detect/correlate/compiled.h"

#include <algorithm>

#include "base/check.h"

namespace tocsin::correlate {
namespace {

using Type = sigma::Correlation::Type;
using Op = sigma::Correlation::Bound::Op;

bool is_lower(Op op) { return op == Op::kGt || op == Op::kGte; }

/// More hits can only raise it. (A sum may fall, by negative numbers; it is still worth an alert the moment it is over
/// the bound, not at the end of the day.)
bool accumulates(Type type) {
  return type != Type::kValueAvg && type != Type::kValueMedian && type != Type::kValuePercentile;
}

void set_limits(CompiledCorrelation& compiled) {
  const std::vector<sigma::Correlation::Bound>& bounds = compiled.source->bounds;
  for (const auto& bound : bounds) compiled.limits.push_back({bound.op, to_fixed(bound.value)});
  if (bounds.empty()) {  // the loader fills in the default of the temporal types; be safe
    const bool temporal = compiled.type == Type::kTemporal || compiled.type == Type::kTemporalOrdered;
    const std::uint64_t least = temporal ? compiled.members.size() : 1;
    compiled.limits.push_back({Op::kGte, count_measure(least).numerator});
  }
  const bool only_lower =
      std::all_of(compiled.limits.begin(), compiled.limits.end(), [](const Limit& limit) { return is_lower(limit.op); });
  compiled.judged_at_close = !only_lower || !accumulates(compiled.type);
  if (!compiled.judged_at_close || !accumulates(compiled.type)) return;
  for (const Limit& limit : compiled.limits) {
    if (is_lower(limit.op)) compiled.opening.push_back(limit);
    if (limit.op == Op::kEq) compiled.opening.push_back({Op::kGte, limit.value});
  }
}

/// The shortest chain that meets the condition; more steps than there are rules if none does.
std::uint32_t shortest_chain(const CompiledCorrelation& compiled) {
  const auto steps = static_cast<std::uint32_t>(compiled.members.size());
  std::uint32_t length = 1;
  while (length <= steps && !hold(compiled.limits, count_measure(length))) ++length;
  return length;
}

}  // namespace

FieldId CompiledCorrelation::rename(FieldId name, std::uint32_t from) const {
  const auto found = renames.find({name, from});
  return found == renames.end() ? name : found->second;
}

CompiledSet::CompiledSet(const sigma::RuleSet& rules) : rule_count(static_cast<std::uint32_t>(rules.rules.size())) {
  std::map<std::string, std::uint32_t> nodes;  // by id
  for (std::uint32_t i = 0; i < rule_count; ++i) nodes.emplace(rules.rules[i].id, i);
  memberships.resize(rules.rules.size() + rules.correlations.size());
  fields_wanted.resize(rules.rules.size());
  correlations.resize(rules.correlations.size());
  for (std::uint32_t c = 0; c < correlations.size(); ++c) {
    compile(rules, c, nodes);
    nodes.emplace(rules.correlations[c].id, rule_count + c);
  }
  for (std::uint32_t c = 0; c < correlations.size(); ++c) {
    for (const FieldId name : correlations[c].group_names) want(c, name);
    for (const std::string& name : correlations[c].source->value_fields) want(c, intern(name));
  }
  for (std::vector<std::string>& wanted : fields_wanted) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  }
}

FieldId CompiledSet::intern(const std::string& name) {
  const auto [at, added] = fields.emplace(name, static_cast<FieldId>(names_.size()));
  if (added) names_.push_back(&at->first);
  return at->second;
}

void CompiledSet::add_aliases(CompiledCorrelation& compiled, const std::map<std::string, std::uint32_t>& nodes) {
  for (const sigma::Correlation::Alias& alias : compiled.source->aliases) {
    for (const auto& target : alias.targets) {
      const auto node = nodes.find(target.rule);
      if (node != nodes.end()) compiled.renames.emplace(std::pair(intern(alias.name), node->second), intern(target.field));
    }
  }
}

void CompiledSet::compile(const sigma::RuleSet& rules, std::uint32_t index,
                          const std::map<std::string, std::uint32_t>& nodes) {
  CompiledCorrelation& compiled = correlations[index];
  compiled.source = &rules.correlations[index];
  compiled.type = compiled.source->type;
  compiled.index = index;
  compiled.node = rule_count + index;
  compiled.timespan_us = std::max<std::int64_t>(compiled.source->timespan_us, 0);
  add_aliases(compiled, nodes);
  for (const std::string& name : compiled.source->group_by) compiled.group_names.push_back(intern(name));
  for (const std::string& id : compiled.source->rules) {
    const auto node = nodes.find(id);
    // The loader resolves names and puts chained correlations after those they refer to.
    TOCSIN_CHECK(node != nodes.end());
    Member member;
    member.node = node->second;
    member.step = static_cast<std::uint32_t>(compiled.members.size());
    for (const FieldId name : compiled.group_names) member.group_fields.push_back(compiled.rename(name, member.node));
    for (const std::string& name : compiled.source->value_fields) {
      member.value_fields.push_back(compiled.rename(intern(name), member.node));
    }
    memberships[member.node].push_back({index, member.step});
    compiled.members.push_back(std::move(member));
  }
  set_limits(compiled);
  if (compiled.type == Type::kTemporalOrdered && !compiled.judged_at_close) {
    compiled.chain_steps = shortest_chain(compiled);
  }
}

/// Down to the rules: a match of a correlation carries its own group-by, and for any other name its last hit answers.
void CompiledSet::want(std::uint32_t correlation, FieldId name) {
  std::vector<std::pair<std::uint32_t, FieldId>> open = {{correlation, name}};
  while (!open.empty()) {
    const auto [at, asked] = open.back();
    open.pop_back();
    if (!asked_.emplace(std::pair(at, asked), true).second) continue;
    for (const Member& member : correlations[at].members) {
      const FieldId renamed = correlations[at].rename(asked, member.node);
      if (member.node < rule_count) {
        fields_wanted[member.node].push_back(*names_[renamed]);
        continue;
      }
      const CompiledCorrelation& below = correlations[member.node - rule_count];
      const bool carried =
          std::find(below.group_names.begin(), below.group_names.end(), renamed) != below.group_names.end();
      if (!carried) open.emplace_back(below.index, renamed);
    }
  }
}

}  // namespace tocsin::correlate
