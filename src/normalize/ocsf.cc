// Which rule an event takes. What is then written: ocsf_write.cc.
#include "normalize/ocsf.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin {

OcsfProjector::OcsfProjector(const Taxonomy& taxonomy, const LogSourceTable& log_sources, const PathTable& paths)
    : tables_(*taxonomy.tables().ocsf),
      log_sources_(log_sources),
      paths_(paths),
      heads_(tables_.fields.size(), kNone),
      tails_(tables_.fields.size(), kNone),
      taken_(&tables_.rules.back()) {}

std::uint32_t OcsfProjector::append(const Event& event, std::string& out) {
  event_ = &event;
  captured_.clear();
  consumed_.clear();
  observables_.clear();
  learn_paths();
  const Plan& plan = plan_of(event.log_source);
  link_fields(event, plan);
  gather_candidates(plan);
  for (const std::uint32_t id : candidates_) {
    const OcsfRule& rule = tables_.rules[id];
    if (!holds(rule)) continue;
    const std::size_t touched = touched_.size(), links = links_.size();
    const Mark before = mark(out);
    taken_ = &rule;
    if (capture(rule) && write(rule, event, out)) break;
    go_back(before, out);
    unlink(touched);
    links_.resize(links);
    captured_.clear();
  }
  unlink(0);
  return taken_->shape->uid;
}

void OcsfProjector::learn_paths() {
  for (std::size_t path = fields_.size(); path < paths_.size(); ++path) {
    std::vector<OcsfFieldId>& ids = fields_.emplace_back();
    const PathMeaning& meaning = paths_.meaning(static_cast<PathId>(path));
    time_ranks_.push_back(meaning.time_rank);
    for (const std::string& name : meaning.names) {
      const auto at = tables_.field_ids.find(std::string_view(name));
      if (at != tables_.field_ids.end() && std::ranges::find(ids, at->second) == ids.end()) ids.push_back(at->second);
    }
  }
}

const OcsfProjector::Plan& OcsfProjector::plan_of(LogSourceId log_source) {
  if (plans_.size() <= log_source) plans_.resize(log_source + 1);
  Plan& plan = plans_[log_source];
  const LogSourceClass* source = nullptr;
  if (!plan.made) make_plan(*(source = &log_sources_.get(log_source)), plan);
  if (!plan.lists.empty() && plan.alias_of_path.size() < paths_.size()) {
    learn_aliases(source != nullptr ? *source : log_sources_.get(log_source), plan);
  }
  return plan;
}

/// A rule goes by its first condition that asks for whole texts; without one it is looked at for every event of the class.
void OcsfProjector::make_plan(const LogSourceClass& source, Plan& plan) {
  plan.made = true;
  if (!source.aliases.empty()) plan.lists.emplace_back();
  for (std::uint32_t id = 0; id < tables_.rules.size(); ++id) {
    const OcsfRule& rule = tables_.rules[id];
    if (!rule.any_source && source.fits(rule.source) == nullptr) continue;
    const auto is_key = [](const OcsfCondition& condition) {
      return !condition.negated && !condition.any_value && std::ranges::all_of(condition.any_of, &FoldedPattern::is_exact);
    };
    const auto condition = std::ranges::find_if(rule.when, is_key);
    if (condition == rule.when.end()) {
      plan.always.push_back(id);
      continue;
    }
    auto key = std::ranges::find(plan.keys, condition->field, &Plan::Key::field);
    if (key == plan.keys.end()) key = plan.keys.insert(plan.keys.end(), {condition->field, {}});
    for (const FoldedPattern& text : condition->any_of) key->rules[text.exact()].push_back(id);
  }
}

void OcsfProjector::learn_aliases(const LogSourceClass& source, Plan& plan) {
  for (std::size_t path = plan.alias_of_path.size(); path < paths_.size(); ++path) {
    const std::vector<std::string>& names = paths_.meaning(static_cast<PathId>(path)).names;
    std::vector<OcsfFieldId> more;
    for (const auto& [rule_name, event_name] : source.aliases) {
      const auto field = tables_.field_ids.find(std::string_view(rule_name));
      if (field == tables_.field_ids.end() || std::ranges::find(names, event_name) == names.end()) continue;
      if (std::ranges::find(fields_[path], field->second) == fields_[path].end()) more.push_back(field->second);
    }
    const auto known = std::ranges::find(plan.lists, more);
    if (known == plan.lists.end()) plan.lists.push_back(more);
    plan.alias_of_path.push_back(static_cast<std::uint16_t>(std::ranges::find(plan.lists, more) - plan.lists.begin()));
  }
}

void OcsfProjector::link_fields(const Event& event, const Plan& plan) {
  links_.clear();
  touched_bits_ = 0;
  for (std::size_t i = 0; i < event.values.size(); ++i) {
    const Value& value = event.values[i];
    if (value.kind == ValueKind::kNull) continue;
    for (const OcsfFieldId field : fields_[value.path]) link(field, static_cast<ValueIndex>(i));
    if (plan.lists.empty()) continue;
    for (const OcsfFieldId field : plan.lists[plan.alias_of_path[value.path]]) link(field, static_cast<ValueIndex>(i));
  }
}

void OcsfProjector::link(OcsfFieldId field, ValueIndex value) {
  const auto id = static_cast<std::uint32_t>(links_.size());
  links_.push_back({value, kNone});
  if (heads_[field] == kNone) {
    heads_[field] = id;
    touched_.push_back(field);
    touched_bits_ |= std::uint64_t{1} << field % 64;
  } else {
    links_[tails_[field]].next = id;
  }
  tails_[field] = id;
}

/// Whether the event has a field that something in the node takes.
bool OcsfProjector::has_any_of(const OcsfNode& node) const {
  return (node.asks_bits & touched_bits_) != 0 && std::ranges::any_of(node.asks, [this](OcsfFieldId field) { return first_link(field) != kNone; });
}

void OcsfProjector::unlink(std::size_t touched) {
  for (std::size_t i = touched; i < touched_.size(); ++i) heads_[touched_[i]] = kNone;
  touched_.resize(touched);
}

/// In the order of the rules, each once.
void OcsfProjector::gather_candidates(const Plan& plan) {
  candidates_.assign(plan.always.begin(), plan.always.end());
  for (const Plan::Key& key : plan.keys) {
    for (std::uint32_t link = first_link(key.field); link != kNone; link = links_[link].next) {
      text_.clear();
      folded_.clear();
      append_value_text(text_, value(links_[link].value));
      append_folded(folded_, text_);
      const auto found = key.rules.find(std::string_view(folded_));
      if (found != key.rules.end()) candidates_.insert(candidates_.end(), found->second.begin(), found->second.end());
    }
  }
  std::ranges::sort(candidates_);
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
}

bool OcsfProjector::holds(const OcsfRule& rule) {
  return std::ranges::all_of(rule.when, [this](const OcsfCondition& condition) { return holds(condition); });
}

bool OcsfProjector::holds(const OcsfCondition& condition) {
  bool found = false;
  for (std::uint32_t link = first_link(condition.field); link != kNone && !found; link = links_[link].next) {
    if (condition.any_value) {
      found = true;
      break;
    }
    text_.clear();
    folded_.clear();
    append_value_text(text_, value(links_[link].value));
    append_folded(folded_, text_);
    found = std::ranges::any_of(condition.any_of, [this](const FoldedPattern& pattern) { return pattern.fits(folded_); });
  }
  return found != condition.negated;
}

/// Gives the fields of the rule's holes their values. False if no pattern fits.
bool OcsfProjector::capture(const OcsfRule& rule) {
  if (!rule.captures) return true;
  const std::uint32_t link = first_link(rule.captures->field);
  if (link == kNone) return false;
  const Value& from = value(links_[link].value);
  std::string_view text = from.raw();
  if (from.kind != ValueKind::kText) {
    capture_text_.clear();
    append_value_text(capture_text_, from);
    text = capture_text_;
  }
  CapturePattern::Values found;
  for (std::size_t i = 0; i < rule.captures->patterns.size(); ++i) {
    if (!rule.captures->patterns[i].match(text, found)) continue;
    const std::vector<OcsfFieldId>& names = rule.captures->names[i];
    for (std::size_t k = 0; k < names.size(); ++k) {
      captured_.push_back({found[k].data(), static_cast<std::uint32_t>(found[k].size()), PathTable::kOverflow, ValueKind::kText, true});
      this->link(names[k], static_cast<ValueIndex>(event_->values.size() + captured_.size() - 1));
    }
    return true;
  }
  return false;
}

void OcsfProjector::go_back(const Mark& mark, std::string& out) {
  out.resize(mark.size);
  consumed_.resize(mark.consumed);
  observables_.resize(mark.observables);
  said_ = mark.said;
}

}  // namespace tocsin
