#include "detect/plan/class_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "detect/plan/chance.h"

namespace tocsin::plan {

using sigma::Pattern;

namespace {

/// Two patterns with the same key have the same meaning.
void append_key(std::string& key, const Pattern& pattern) {
  fmt::format_to(std::back_inserter(key), "\x01{}{}", static_cast<int>(pattern.kind), pattern.cased ? 'c' : 'f');
  for (const sigma::WildString& string : pattern.strings) {
    key.push_back('\x02');
    for (const sigma::WildPart& part : string) {
      key.push_back(part.kind == sigma::WildPart::Kind::kLiteral ? '\x03' : part.kind == sigma::WildPart::Kind::kAny ? '\x04' : '\x05');
      key.append(pattern.cased ? part.literal : folded(part.literal));
    }
  }
  if (pattern.kind == Pattern::Kind::kRegex) {
    fmt::format_to(std::back_inserter(key), "{}{}{}{}", pattern.regex_ignore_case, pattern.regex_multi_line,
                   pattern.regex_dot_all, pattern.regex);
  } else if (pattern.kind == Pattern::Kind::kCidr) {
    key.append(reinterpret_cast<const char*>(pattern.network), sizeof pattern.network);
    fmt::format_to(std::back_inserter(key), "/{}{}", pattern.prefix_bits, pattern.network_v6);
  } else if (pattern.kind == Pattern::Kind::kNumber || pattern.kind == Pattern::Kind::kTimePart) {
    fmt::format_to(std::back_inserter(key), "{} {} {}", static_cast<int>(pattern.compare), static_cast<int>(pattern.part),
                   pattern.number);
  }
}

bool asks_for_absence(const Pattern& pattern) {
  return pattern.kind == Pattern::Kind::kNull || (pattern.kind == Pattern::Kind::kExists && !pattern.exists);
}

bool stands_alone(const Pattern& pattern) {
  return asks_for_absence(pattern) || pattern.kind == Pattern::Kind::kExists || pattern.kind == Pattern::Kind::kFieldRef;
}

}  // namespace

const Regex* RegexPool::get(const Pattern& pattern) {
  const std::string key = fmt::format("{}{}{}{}", pattern.regex_ignore_case, pattern.regex_multi_line,
                                      pattern.regex_dot_all, pattern.regex);
  const auto [at, fresh] = regexes_.try_emplace(key);
  if (fresh) {
    auto regex = Regex::compile(
        pattern.regex, {pattern.regex_ignore_case, pattern.regex_multi_line, pattern.regex_dot_all});
    if (regex) at->second = std::make_unique<Regex>(std::move(*regex));
  }
  return at->second.get();
}

ClassPlan::ClassPlan(const sigma::RuleSet& set, const LogSourceClass& log_source, RegexPool& regexes)
    : log_source_(log_source) {
  for (std::uint32_t i = 0; i < set.rules.size(); ++i) {
    const sigma::Rule& rule = set.rules[i];
    if (log_source.fits(rule.log_source) == nullptr) continue;
    rules_.push_back(plan_rule(i, rule));
  }
  for (GroupId id = 0; id < groups_.size(); ++id) {
    by_field_[groups_[id].field].push_back(id);
    for (const Pattern* pattern : groups_[id].patterns) {
      if (pattern->kind == Pattern::Kind::kRegex) regex_of_[pattern] = regexes.get(*pattern);
    }
  }
  choose_witnesses();
  choose_on_demand();
  build_keywords(regexes);
}

std::uint32_t ClassPlan::add_node(Node node) {
  nodes_.push_back(node);
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t ClassPlan::join(Node::Kind kind, std::vector<std::uint32_t> nodes) {
  if (nodes.size() == 1) return nodes.front();
  if (nodes.empty()) return add_node({kind == Node::Kind::kAnd ? Node::Kind::kTrue : Node::Kind::kFalse, 0, 0});
  const auto first = static_cast<std::uint32_t>(children_.size());
  children_.insert(children_.end(), nodes.begin(), nodes.end());
  return add_node({kind, first, static_cast<std::uint32_t>(nodes.size())});
}

std::uint32_t ClassPlan::negate(std::uint32_t node) { return add_node({Node::Kind::kNot, node, 0}); }

GroupId ClassPlan::group(const std::string& field, Group::Kind kind, std::vector<const Pattern*> patterns) {
  std::string key = field;
  key.push_back(static_cast<char>('0' + static_cast<int>(kind)));
  for (const Pattern* pattern : patterns) append_key(key, *pattern);
  const auto [at, fresh] = group_ids_.try_emplace(std::move(key), static_cast<GroupId>(groups_.size()));
  if (fresh) {
    double chance = kind == Group::Kind::kPatterns ? 0 : 0.9;
    for (const Pattern* pattern : patterns) chance += guess_chance(field, *pattern);
    groups_.push_back({field, kind, std::move(patterns), std::min(chance, 0.95)});
  }
  return at->second;
}

namespace {

void note_places(const sigma::Condition& condition, bool negated, std::vector<char>& positive, std::vector<char>& under_not) {
  if (condition.kind == sigma::Condition::Kind::kSelection) {
    (negated ? under_not : positive)[condition.selection] = 1;
    return;
  }
  const bool below = negated || condition.kind == sigma::Condition::Kind::kNot;
  for (const sigma::Condition& operand : condition.operands) note_places(operand, below, positive, under_not);
}

}  // namespace

PlannedRule ClassPlan::plan_rule(std::uint32_t index, const sigma::Rule& rule) {
  PlannedRule planned;
  planned.rule = index;
  std::vector<PlannedSelection> selections;
  for (const sigma::Selection& one : rule.selections) selections.push_back(selection(one));
  planned.root = condition(rule.condition, selections);
  std::vector<char> positive(rule.selections.size(), 0), under_not(rule.selections.size(), 0);
  note_places(rule.condition, false, positive, under_not);
  for (std::size_t i = 0; i < selections.size(); ++i) {
    if (positive[i] != 0 && under_not[i] == 0) planned.positive.push_back(std::move(selections[i]));
  }
  return planned;
}

std::uint32_t ClassPlan::condition(const sigma::Condition& condition, const std::vector<PlannedSelection>& selections) {
  using Kind = sigma::Condition::Kind;
  if (condition.kind == Kind::kSelection) return selections[condition.selection].root;
  std::vector<std::uint32_t> nodes;
  for (const sigma::Condition& operand : condition.operands) nodes.push_back(this->condition(operand, selections));
  if (condition.kind == Kind::kNot) return negate(nodes.front());
  return join(condition.kind == Kind::kAnd ? Node::Kind::kAnd : Node::Kind::kOr, std::move(nodes));
}

PlannedSelection ClassPlan::selection(const sigma::Selection& selection) {
  PlannedSelection planned;
  planned.selection = &selection;
  std::vector<std::uint32_t> roots;
  for (const std::vector<sigma::Item>& items : selection.alternatives) {
    PlannedSelection::Alternative& alternative = planned.alternatives.emplace_back();
    for (const sigma::Item& one : items) alternative.items.push_back(item(one));
    alternative.root = join(Node::Kind::kAnd, alternative.items);
    roots.push_back(alternative.root);
  }
  planned.root = join(Node::Kind::kOr, std::move(roots));
  return planned;
}

std::uint32_t ClassPlan::item(const sigma::Item& item) {
  std::vector<std::uint32_t> nodes;
  std::vector<const Pattern*> together;  // what one group can ask at once
  for (const Pattern& pattern : item.patterns) {
    if (item.all || stands_alone(pattern)) {
      nodes.push_back(single(item, pattern));
    } else {
      together.push_back(&pattern);
    }
  }
  if (!together.empty()) {
    nodes.push_back(add_node({Node::Kind::kGroup, group(item.field, Group::Kind::kPatterns, std::move(together)), 0}));
  }
  const std::uint32_t node = join(item.all ? Node::Kind::kAnd : Node::Kind::kOr, std::move(nodes));
  return item.negated ? negate(node) : node;
}

std::uint32_t ClassPlan::single(const sigma::Item& item, const Pattern& pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::kFieldRef:
      field_refs_.push_back({item.field, &pattern});
      return add_node({Node::Kind::kFieldRef, static_cast<std::uint32_t>(field_refs_.size() - 1), 0});
    case Pattern::Kind::kNull:
      return negate(add_node({Node::Kind::kGroup, group(item.field, Group::Kind::kNonNull, {}), 0}));
    case Pattern::Kind::kExists: {
      const std::uint32_t there = add_node({Node::Kind::kGroup, group(item.field, Group::Kind::kExists, {}), 0});
      return pattern.exists ? there : negate(there);
    }
    default: return add_node({Node::Kind::kGroup, group(item.field, Group::Kind::kPatterns, {&pattern}), 0});
  }
}

/// The cheapest set of groups of which one must be satisfied for the node to be true, and the chance that one is;
/// above 1 if there is no such set.
double ClassPlan::witnesses(std::uint32_t index, std::vector<GroupId>& groups) const {
  constexpr double kNone = 1e9;
  const Node& node = nodes_[index];
  if (node.kind == Node::Kind::kGroup) {
    groups.push_back(node.first);
    return groups_[node.first].chance;
  }
  if (node.kind == Node::Kind::kFalse) return 0;
  if (node.kind != Node::Kind::kAnd && node.kind != Node::Kind::kOr) return kNone;
  double best = node.kind == Node::Kind::kAnd ? kNone : 0;
  std::vector<GroupId> chosen;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    std::vector<GroupId> part;
    const double chance = witnesses(children_[node.first + i], part);
    if (node.kind == Node::Kind::kOr) {
      best += chance;
      chosen.insert(chosen.end(), part.begin(), part.end());
    } else if (chance < best) {
      best = chance;
      chosen = std::move(part);
    }
  }
  if (best >= kNone) return kNone;
  groups.insert(groups.end(), chosen.begin(), chosen.end());
  return best;
}

void ClassPlan::choose_witnesses() {
  std::vector<std::vector<std::uint32_t>> by_group(groups_.size());
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    std::vector<GroupId> groups;
    if (witnesses(rules_[i].root, groups) >= 1e9) {
      unwitnessed_.push_back(i);
      continue;
    }
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    for (const GroupId id : groups) by_group[id].push_back(i);
  }
  for (const std::vector<std::uint32_t>& rules : by_group) {
    witness_from_.push_back(static_cast<std::uint32_t>(witness_rules_.size()));
    witness_rules_.insert(witness_rules_.end(), rules.begin(), rules.end());
  }
  witness_from_.push_back(static_cast<std::uint32_t>(witness_rules_.size()));
}

bool ClassPlan::asks_on_demand(std::uint32_t index) const {
  const Node& node = nodes_[index];
  if (node.kind == Node::Kind::kGroup) return groups_[node.first].on_demand;
  if (node.kind == Node::Kind::kNot) return asks_on_demand(node.first);
  if (node.kind != Node::Kind::kAnd && node.kind != Node::Kind::kOr) return false;
  return std::any_of(children_.begin() + node.first, children_.begin() + node.first + node.count,
                     [&](std::uint32_t child) { return asks_on_demand(child); });
}

/// Also puts what is asked on demand behind what is not, in every conjunction and disjunction.
void ClassPlan::choose_on_demand() {
  for (GroupId id = 0; id < groups_.size(); ++id) {
    Group& group = groups_[id];
    const bool is_witness = witness_from_[id] != witness_from_[id + 1];
    const auto is_regex = [](const Pattern* pattern) { return pattern->kind == Pattern::Kind::kRegex; };
    group.on_demand = !is_witness && !group.field.empty() && !group.patterns.empty() && std::ranges::all_of(group.patterns, is_regex);
  }
  for (const Node& node : nodes_) {
    if (node.kind != Node::Kind::kAnd && node.kind != Node::Kind::kOr) continue;
    std::stable_partition(children_.begin() + node.first, children_.begin() + node.first + node.count,
                          [&](std::uint32_t child) { return !asks_on_demand(child); });
  }
}

std::vector<std::string> ClassPlan::witness_texts(std::uint32_t planned) const {
  std::vector<std::string> texts;
  for (GroupId id = 0; id < groups_.size(); ++id) {
    const auto first = witness_rules_.begin() + witness_from_[id], last = witness_rules_.begin() + witness_from_[id + 1];
    if (std::find(first, last, planned) == last) continue;
    const Group& group = groups_[id];
    std::string text = group.field.empty() ? "any value" : group.field;
    if (group.kind != Group::Kind::kPatterns) {
      text += " is there";
    } else {
      text += group.patterns.size() > 1 ? fmt::format(" meets one of {} patterns, e.g. ", group.patterns.size()) : " meets ";
      text += group.patterns.front()->text;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string escape_proof_literal(const Wild& wild) {
  std::string best;
  for (const sigma::WildPart& part : wild.parts) {
    std::string run;
    for (const char c : part.literal + '\0') {
      const bool proof = c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '/';
      if (proof) {
        run.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        continue;
      }
      if (run.size() > best.size()) best = run;
      run.clear();
    }
  }
  return best;
}

void ClassPlan::build_keywords(RegexPool& regexes) {
  const auto at = by_field_.find("");
  if (at == by_field_.end()) return;
  keywords_ = std::make_unique<FieldPlan>();
  bool all_known = true;
  for (const GroupId id : at->second) {
    const Group& group = groups_[id];
    if (group.kind == Group::Kind::kExists) keywords_->add_exists(id);
    if (group.kind == Group::Kind::kNonNull) keywords_->add_non_null(id);
    all_known = all_known && group.kind == Group::Kind::kPatterns;
    for (const Pattern* pattern : group.patterns) {
      const Regex* regex = pattern->kind == Pattern::Kind::kRegex ? regexes.get(*pattern) : nullptr;
      if (pattern->kind == Pattern::Kind::kRegex && regex == nullptr) continue;
      keywords_->add(*pattern, true, regex, id);
      if (pattern->kind != Pattern::Kind::kString) all_known = false;
      for (const sigma::WildString& string : pattern->strings) {
        std::string literal = escape_proof_literal(compile_keyword(string, pattern->cased));
        all_known = all_known && literal.size() >= 2;
        keyword_literals_.push_back(std::move(literal));
      }
    }
  }
  keywords_->build();
  if (!all_known) keyword_literals_.clear();
}

std::vector<std::string> ClassPlan::all_names(const std::vector<std::string>& names) const {
  std::vector<std::string> all = names;
  for (const auto& [rule_name, event_name] : log_source_.aliases) {
    if (std::ranges::find(names, event_name) != names.end()) all.push_back(rule_name);
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

const FieldPlan* ClassPlan::field_plan(const std::vector<std::string>& names) const {
  std::vector<std::string> asked = all_names(names);
  std::erase_if(asked, [&](const std::string& name) { return name.empty() || !by_field_.contains(name); });
  if (asked.empty()) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::unique_ptr<FieldPlan>& plan = field_plans_[asked];
  if (plan != nullptr) return plan.get();
  plan = std::make_unique<FieldPlan>();
  for (const std::string& name : asked) {
    for (const GroupId id : by_field_.at(name)) {
      const Group& group = groups_[id];
      if (group.kind == Group::Kind::kExists) plan->add_exists(id);
      if (group.kind == Group::Kind::kNonNull) plan->add_non_null(id);
      for (const Pattern* pattern : group.patterns) {
        const auto regex = regex_of_.find(pattern);
        if (pattern->kind == Pattern::Kind::kRegex && regex->second == nullptr) continue;
        if (group.on_demand) {
          plan->add_on_demand(regex->second, id);
        } else {
          plan->add(*pattern, false, regex == regex_of_.end() ? nullptr : regex->second, id);
        }
      }
    }
  }
  plan->build();
  return plan.get();
}

const ClassPlan& Planner::plan(LogSourceId id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::unique_ptr<ClassPlan>& plan = plans_[id];
  if (plan == nullptr) plan = std::make_unique<ClassPlan>(set_, log_sources_.get(id), regexes_);
  return *plan;
}

}  // namespace tocsin::plan
