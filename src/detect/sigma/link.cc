#include "detect/sigma/link.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "detect/sigma/condition.h"
#include "detect/sigma/finish.h"
#include "detect/sigma/parse.h"

namespace tocsin::sigma {
namespace {

std::string place(const Source& source, Position at) {
  return std::string(source.file) + ":" + std::to_string(at.line);
}

const Source& source_of(const Drafts& drafts, Target target) {
  return target.is_correlation ? *drafts.correlations[target.index].source : *drafts.rules[target.index].source;
}

Position position_of(const Drafts& drafts, Target target) {
  return target.is_correlation ? drafts.correlations[target.index].correlation.at : drafts.rules[target.index].rule.at;
}

bool is_rejected(const Drafts& drafts, Target target) {
  return target.is_correlation ? drafts.correlations[target.index].rejected : drafts.rules[target.index].rejected;
}

/// A rule's log source lies within a filter's: what the filter says, the rule says too.
bool lies_within(const LogSource& rule, const LogSource& filter) {
  return (filter.product.empty() || filter.product == rule.product) &&
         (filter.category.empty() || filter.category == rule.category) &&
         (filter.service.empty() || filter.service == rule.service);
}

}  // namespace

// -- ids and names

void Index::add(const std::string& id, const std::string& name, Target target) {
  ids_.emplace(lower_ascii(id), target);
  if (!name.empty()) names_[name].push_back(target);
}

std::size_t Index::build(Drafts& drafts, Diagnostics& diagnostics) {
  std::size_t rejected = 0;
  // In the order of the files, so that the first one of two keeps the id whatever kind it is of.
  struct Entry {
    const Source* source;
    Position at;
    Target target;
  };
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < drafts.rules.size(); ++i) {
    entries.push_back({drafts.rules[i].source, drafts.rules[i].rule.at, {false, i}});
  }
  for (std::size_t i = 0; i < drafts.correlations.size(); ++i) {
    entries.push_back({drafts.correlations[i].source, drafts.correlations[i].correlation.at, {true, i}});
  }
  // Sources lie in one vector in the order given, so their addresses are in order too.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.source != b.source ? std::less<>()(a.source, b.source) : a.at.line < b.at.line;
  });
  for (const Entry& entry : entries) {
    const Target target = entry.target;
    const std::string& id =
        target.is_correlation ? drafts.correlations[target.index].correlation.id : drafts.rules[target.index].rule.id;
    const std::string& name = target.is_correlation ? drafts.correlations[target.index].correlation.name
                                                    : drafts.rules[target.index].rule.name;
    const auto taken = ids_.find(lower_ascii(id));
    if (taken == ids_.end()) {
      add(id, name, target);
      continue;
    }
    (target.is_correlation ? drafts.correlations[target.index].rejected : drafts.rules[target.index].rejected) = true;
    if (!target.is_correlation) ++rejected;
    diagnostics.add(
        Issue::kDuplicateId, *entry.source, entry.at,
        "the id " + id + " is that of " + place(source_of(drafts, taken->second), position_of(drafts, taken->second)));
  }
  return rejected;
}

std::optional<Target> Index::resolve(const Reference& reference, const Source& from, const Drafts& drafts,
                                     Diagnostics& diagnostics) const {
  const auto id = ids_.find(lower_ascii(reference.text));
  if (id != ids_.end()) return id->second;
  const auto name = names_.find(reference.text);
  if (name == names_.end()) {
    const bool rejected =
        drafts.rejected.contains(reference.text) || drafts.rejected.contains(lower_ascii(reference.text));
    diagnostics.add(
        rejected ? Issue::kRejectedRule : Issue::kUnresolvedRule, from, reference.at,
        rejected ? "the rule '" + reference.text + "' was rejected" : "there is no rule '" + reference.text + "'");
    return std::nullopt;
  }
  if (name->second.size() == 1) return name->second[0];
  std::vector<Target> same_file;
  for (const Target target : name->second) {
    if (name->second.size() > kSameNameMax) break;
    if (&source_of(drafts, target) == &from) same_file.push_back(target);
  }
  if (same_file.size() == 1) return same_file[0];
  diagnostics.add(Issue::kAmbiguousRule, from, reference.at,
                  std::to_string(name->second.size()) + " rules are named '" + reference.text + "'");
  return std::nullopt;
}

std::vector<std::size_t> Index::rules_named(const std::string& text) const {
  std::vector<std::size_t> found;
  const auto id = ids_.find(lower_ascii(text));
  if (id != ids_.end() && !id->second.is_correlation) found.push_back(id->second.index);
  const auto name = names_.find(text);
  if (name == names_.end()) return found;
  for (const Target target : name->second) {
    const bool same = !found.empty() && found[0] == target.index;  // its name is its id
    if (!target.is_correlation && !same) found.push_back(target.index);
  }
  return found;
}

// -- filters

namespace {

/// A filter whose placeholders no pipeline fills must not take its rules with it.
bool is_fillable(const DraftFilter& filter, const Pipelines& pipelines, Diagnostics& diagnostics) {
  DraftRule probe;
  probe.source = filter.source;
  probe.rule.log_source = filter.filter.log_source;
  probe.rule.condition = filter.filter.condition;
  probe.selections = filter.selections;
  Diagnostics silent(false);
  pipelines.apply(probe, silent);
  bool good = true;
  for (const DraftSelection& selection : probe.selections) good = check_placeholders(selection, diagnostics) && good;
  for (const DraftSelection& selection : filter.selections) good = check_regexes(selection, diagnostics) && good;
  return good;
}

void join_filter(DraftRule& rule, const DraftFilter& filter) {
  const auto before = static_cast<std::uint32_t>(rule.selections.size());
  for (const DraftSelection& selection : filter.selections) {
    rule.selections.push_back(selection);
    rule.selections.back().name = filter.filter.title + ": " + selection.name;
  }
  Condition condition = filter.filter.condition;
  shift_selections(condition, before);
  rule.rule.condition = join_conditions(Condition::Kind::kAnd, std::move(rule.rule.condition), std::move(condition));
  rule.rule.filters.push_back(filter.filter.title);
}

/// The rules that the filter names, or all; each if its log source lies within the filter's.
std::vector<std::size_t> concerned(const Drafts& drafts, const DraftFilter& filter, const Index& index,
                                   Diagnostics& diagnostics) {
  std::vector<std::size_t> found;
  const auto fits = [&](std::size_t i) {
    return lies_within(drafts.rules[i].rule.log_source, filter.filter.log_source);
  };
  if (filter.filter.any_rule) {
    for (std::size_t i = 0; i < drafts.rules.size(); ++i) {
      if (!drafts.rules[i].rejected && fits(i)) found.push_back(i);
    }
    if (found.empty()) {
      diagnostics.add(Issue::kFilterWithoutRule, *filter.source, filter.filter.at,
                      "no rule has a log source that the filter concerns");
    }
    return found;
  }
  std::unordered_set<std::size_t> seen;
  for (const Reference& reference : filter.rules) {
    const std::vector<std::size_t> named = index.rules_named(reference.text);
    if (named.empty()) {
      diagnostics.add(Issue::kFilterWithoutRule, *filter.source, reference.at,
                      "there is no rule '" + reference.text + "'");
    }
    for (const std::size_t i : named) {
      if (!fits(i)) {
        diagnostics.add(Issue::kFilterWithoutRule, *filter.source, reference.at,
                        "the log source of '" + reference.text + "' is not one that the filter concerns");
      } else if (seen.insert(i).second) {
        found.push_back(i);
      }
    }
  }
  return found;
}

}  // namespace

std::size_t apply_filters(Drafts& drafts, const Index& index, const Pipelines& pipelines, const std::string& today,
                          Diagnostics& diagnostics, std::size_t& rejected) {
  std::size_t applied = 0;
  std::unordered_map<std::string, const DraftFilter*> ids;
  for (const DraftFilter& filter : drafts.filters) {
    if (!filter.filter.id.empty() && !ids.emplace(lower_ascii(filter.filter.id), &filter).second) {
      diagnostics.add(Issue::kDuplicateId, *filter.source, filter.filter.at,
                      "the id " + filter.filter.id + " is that of another filter");
      ++rejected;
      continue;
    }
    if (!filter.filter.expires.empty() && filter.filter.expires < today) {  // days of one form are in order as texts
      diagnostics.add(Issue::kFilterExpired, *filter.source, filter.filter.at,
                      "the filter '" + filter.filter.title + "' expired on " + filter.filter.expires + " and is not applied");
      continue;
    }
    if (!is_fillable(filter, pipelines, diagnostics)) {
      ++rejected;
      continue;
    }
    for (const std::size_t i : concerned(drafts, filter, index, diagnostics)) {
      DraftRule& rule = drafts.rules[i];
      if (rule.rule.filters.size() >= kFiltersPerRuleMax) {
        diagnostics.add(Issue::kBadFilter, *filter.source, filter.filter.at,
                        "a rule has " + std::to_string(kFiltersPerRuleMax) + " filters already: " + rule.rule.title);
        ++rejected;
        break;
      }
      join_filter(rule, filter);
      ++applied;
    }
  }
  return applied;
}

// -- correlations

Links resolve_correlations(Drafts& drafts, const Index& index, Diagnostics& diagnostics) {
  Links links;
  links.targets.resize(drafts.correlations.size());
  for (std::size_t i = 0; i < drafts.correlations.size(); ++i) {
    DraftCorrelation& draft = drafts.correlations[i];
    if (draft.rejected) continue;
    for (const Reference& reference : draft.rules) {
      const auto target = index.resolve(reference, *draft.source, drafts, diagnostics);
      if (target) links.targets[i].push_back(*target);
      draft.rejected = draft.rejected || !target;
    }
  }
  return links;
}

std::vector<const DraftRule*> rules_below(const Drafts& drafts, const Links& links, std::size_t correlation) {
  std::vector<const DraftRule*> rules;
  std::vector<std::size_t> open = {correlation};
  std::unordered_set<std::size_t> seen = {correlation};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const Target target : links.targets[at]) {
      if (!target.is_correlation)
        rules.push_back(&drafts.rules[target.index]);
      else if (seen.insert(target.index).second)
        open.push_back(target.index);
    }
  }
  return rules;
}

namespace {

/// Fills in ids for names, in `rules` and in the aliases.
bool name_targets(Drafts& drafts, const Links& links, std::size_t i, Diagnostics& diagnostics) {
  DraftCorrelation& draft = drafts.correlations[i];
  std::unordered_set<std::string> ids;
  std::unordered_map<std::string, std::string> id_of;  // by what the correlation calls it, and by id
  for (std::size_t k = 0; k < draft.rules.size(); ++k) {
    const Target target = links.targets[i][k];
    const bool is_correlation = target.is_correlation;
    const std::string& id =
        is_correlation ? drafts.correlations[target.index].correlation.id : drafts.rules[target.index].rule.id;
    const std::string& name =
        is_correlation ? drafts.correlations[target.index].correlation.name : drafts.rules[target.index].rule.name;
    if (!ids.insert(id).second) {
      diagnostics.add(Issue::kBadCorrelation, *draft.source, draft.rules[k].at,
                      "'" + draft.rules[k].text + "' is named twice");
      return false;
    }
    draft.correlation.rules.push_back(id);
    id_of[draft.rules[k].text] = id;
    id_of.emplace(lower_ascii(id), id);
    if (!name.empty()) id_of.emplace(name, id);
  }
  std::size_t next = 0;
  for (Correlation::Alias& alias : draft.correlation.aliases) {
    for (Correlation::Alias::Target& target : alias.targets) {
      const Reference& reference = draft.alias_rules[next++];
      auto found = id_of.find(target.rule);
      if (found == id_of.end()) found = id_of.find(lower_ascii(target.rule));
      if (found == id_of.end()) {
        diagnostics.add(Issue::kBadAlias, *draft.source, reference.at,
                        "'" + target.rule + "' is not one of the correlation's rules");
        return false;
      }
      target.rule = found->second;
    }
    if (alias.targets.size() < draft.rules.size()) {
      diagnostics.add(Issue::kAliasGap, *draft.source, draft.alias_rules[next - 1].at,
                      "the alias '" + alias.name + "' has no field for some of the rules");
    }
  }
  return true;
}

/// A rule that only feeds correlations without `generate` makes no alerts of its own.
void set_reported(Drafts& drafts, const Links& links) {
  std::vector<char> rule_hidden(drafts.rules.size()), rule_shown(drafts.rules.size());
  std::vector<char> correlation_hidden(drafts.correlations.size()), correlation_shown(drafts.correlations.size());
  for (std::size_t i = 0; i < drafts.correlations.size(); ++i) {
    const bool generate = drafts.correlations[i].correlation.generate;
    for (const Target target : links.targets[i]) {
      auto& marks = target.is_correlation ? (generate ? correlation_shown : correlation_hidden)
                                          : (generate ? rule_shown : rule_hidden);
      marks[target.index] = 1;
    }
  }
  for (std::size_t i = 0; i < drafts.rules.size(); ++i) {
    drafts.rules[i].rule.reported = rule_hidden[i] == 0 || rule_shown[i] != 0;
  }
  for (std::size_t i = 0; i < drafts.correlations.size(); ++i) {
    drafts.correlations[i].correlation.reported = correlation_hidden[i] == 0 || correlation_shown[i] != 0;
  }
}

/// Kahn's algorithm over correlations, lowest index first. What is not in the result stands in a circle or on one.
std::vector<std::size_t> topological(const Links& links, bool towards_users) {
  const std::size_t count = links.targets.size();
  std::vector<std::vector<std::size_t>> next(count);
  std::vector<std::size_t> open(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (const Target target : links.targets[i]) {
      if (!target.is_correlation) continue;
      const std::size_t from = towards_users ? target.index : i, to = towards_users ? i : target.index;
      next[from].push_back(to);
      ++open[to];
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < count; ++i) {
    if (open[i] == 0) ready.push(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t at = ready.top();
    ready.pop();
    order.push_back(at);
    for (const std::size_t user : next[at]) {
      if (--open[user] == 0) ready.push(user);
    }
  }
  return order;
}

void reject_circles(Drafts& drafts, const Links& links, const std::vector<std::size_t>& order,
                    Diagnostics& diagnostics) {
  std::vector<char> fine(drafts.correlations.size());
  for (const std::size_t i : order) fine[i] = 1;
  std::vector<char> above(drafts.correlations.size());  // nothing in a circle needs it
  for (const std::size_t i : topological(links, false)) above[i] = 1;
  for (std::size_t i = 0; i < drafts.correlations.size(); ++i) {
    DraftCorrelation& draft = drafts.correlations[i];
    if (fine[i] != 0 || draft.rejected) continue;
    draft.rejected = true;
    const bool in_circle = above[i] == 0;
    diagnostics.add(
        in_circle ? Issue::kCorrelationCycle : Issue::kRejectedRule, *draft.source, draft.rules[0].at,
        in_circle ? "the correlation '" + draft.correlation.title + "' refers to itself, by way of others or directly"
                  : "the correlation '" + draft.correlation.title + "' depends on a circle of correlations");
  }
}

}  // namespace

std::vector<std::size_t> order_correlations(Drafts& drafts, const Links& links, Diagnostics& diagnostics) {
  set_reported(drafts, links);
  const std::vector<std::size_t> order = topological(links, true);
  reject_circles(drafts, links, order, diagnostics);
  std::vector<std::size_t> kept;
  for (const std::size_t i : order) {
    DraftCorrelation& draft = drafts.correlations[i];
    if (draft.rejected) continue;
    for (std::size_t k = 0; k < links.targets[i].size() && !draft.rejected; ++k) {
      if (!is_rejected(drafts, links.targets[i][k])) continue;
      draft.rejected = true;
      diagnostics.add(Issue::kRejectedRule, *draft.source, draft.rules[k].at,
                      "the rule '" + draft.rules[k].text + "' was rejected");
    }
    draft.rejected = draft.rejected || !name_targets(drafts, links, i, diagnostics);
    if (!draft.rejected) kept.push_back(i);
  }
  return kept;
}

}  // namespace tocsin::sigma
