#include "detect/match/matcher.h"

#include <algorithm>

#include "base/text.h"

namespace tocsin::match {

using plan::GroupId;
using plan::Node;

namespace {

/// A shorter value is not worth taking apart.
constexpr std::size_t kByLineBytesMin = 128;
/// Texts of which less than half the lines are remembered are asked as a whole. Judged every so many lines; retried when
/// a round of the path's values is over.
constexpr std::uint32_t kLinesJudged = 4096;

}  // namespace

Matcher::Matcher(plan::Planner& planner, const PathTable& paths, MatcherOptions options)
    : planner_(planner), paths_(paths), options_(options) {}

Matcher::ClassState& Matcher::state(LogSourceId id) {
  if (id >= states_.size()) states_.resize(id + 1);
  if (states_[id] == nullptr) {
    auto fresh = std::make_unique<ClassState>();
    fresh->plan = &planner_.plan(id);
    fresh->satisfied.assign(fresh->plan->group_count(), Truth::kNo);
    fresh->seen.assign(fresh->plan->rules().size(), 0);
    if (!fresh->plan->keyword_literals().empty()) {
      fresh->filter = std::make_unique<KeywordFilter>(fresh->plan->keyword_literals());
    }
    fresh->planned_of.assign(planner_.rules().rules.size(), 0);
    for (std::uint32_t i = 0; i < fresh->plan->rules().size(); ++i) fresh->planned_of[fresh->plan->rules()[i].rule] = i + 1;
    states_[id] = std::move(fresh);
  }
  return *states_[id];
}

Matcher::PathState& Matcher::path_state(ClassState& state, PathId path) {
  PathState& found = state.paths[path];
  if (!found.resolved) [[unlikely]] {
    found.resolved = true;
    found.names = state.plan->all_names(paths_.meaning(path).names);
    found.plan = state.plan->field_plan(found.names);
  }
  return found;
}

void Matcher::satisfy(ClassState& state, std::span<const GroupId> groups) {
  const auto& from = state.plan->witness_from();
  const auto& rules = state.plan->witness_rules();
  for (const GroupId group : groups) {
    if (state.satisfied[group] != Truth::kNo) continue;
    state.satisfied[group] = Truth::kYes;
    satisfied_.push_back(group);
    for (std::uint32_t i = from[group]; i < from[group + 1]; ++i) {
      const std::uint32_t rule = rules[i];
      if (state.seen[rule] == serial_) continue;
      state.seen[rule] = serial_;
      candidates_.push_back(rule);
    }
  }
}

void Matcher::collect(ClassState& state, const Event& event) {
  lookups_.clear();
  if (state.paths.size() < paths_.size()) state.paths.resize(paths_.size());
  for (const Value& value : event.values) {
    PathState& path = path_state(state, value.path);
    if (path.plan == nullptr) continue;
    std::uint64_t hash = 0;
    if (options_.token_memory && path.memory.pays() && path.plan->depends_on_value() && TokenMemory::keeps(value)) {
      hash = TokenMemory::hash(value, path.plan);
      memory_.prefetch(hash, value);
    }
    lookups_.push_back({&value, &path, hash});
  }
}

void Matcher::evaluate_values(ClassState& state) {
  for (const Lookup& lookup : lookups_) {
    PathState& path = *lookup.path;
    const bool remember = lookup.hash != 0;
    std::span<const GroupId> known;
    const bool hit = remember && memory_.get(lookup.hash, *lookup.value, path.plan, known);
    if (hit) {
      satisfy(state, known);
    } else {
      groups_.clear();
      evaluate(state, path, *lookup.value);
      if (remember) memory_.put(lookup.hash, *lookup.value, path.plan, groups_);
      satisfy(state, groups_);
    }
    if (path.memory.asked(hit)) path.bypass_lines = false;
  }
}

void Matcher::evaluate(ClassState& state, PathState& path, const Value& value) {
  const bool by_line = options_.token_memory && value.size >= kByLineBytesMin && path.plan->asks_by_line() && !path.bypass_lines &&
                       (value.kind == ValueKind::kText || value.kind == ValueKind::kJsonText);
  if (by_line && evaluate_by_line(state, path, value)) return;
  path.plan->evaluate(value, state.plan->group_count(), scratch_, groups_);
}

namespace {

/// What is asked of a line: a plan, of a line that stands there, written like that. A plan's address ends in zeros.
std::uintptr_t asker_of(const plan::FieldPlan* plan, plan::FieldPlan::LinePlace place, ValueKind kind) {
  static_assert(alignof(plan::FieldPlan) >= 8);
  return reinterpret_cast<std::uintptr_t>(plan) + static_cast<std::uintptr_t>(place) + (kind == ValueKind::kJsonText ? 4 : 0);
}

}  // namespace

/// nullptr if the line is not kept: then its entries are in entries_.
LineMemory::Line* Matcher::ask_line(PathState& path, const Value& line, plan::FieldPlan::LinePlace place) {
  const std::uintptr_t asker = asker_of(path.plan, place, line.kind);
  const std::uint64_t hash = hash_bytes(line.data, line.size, asker);
  LineMemory::Line* kept = lines_.get(hash, line.raw(), asker);
  if (kept != nullptr) return ++path.known_lines, kept;
  path.plan->find_in_line(line, place, scratch_, entries_);
  return lines_.put(hash, line.raw(), asker, entries_);
}

/// False, with nothing done, if the value is a single line.
bool Matcher::evaluate_by_line(ClassState& state, PathState& path, const Value& value) {
  using Place = plan::FieldPlan::LinePlace;
  const bool escaped = value.kind == ValueKind::kJsonText;
  const std::string_view feed = escaped ? "\\n" : "\n";
  std::string_view rest = value.raw();
  plan::FieldPlan::Answer answer(*path.plan, value, state.plan->group_count(), scratch_, groups_);
  const auto answer_for = [&](std::size_t size, Place place, LineMemory::Line* known) {
    ++path.lines;
    LineMemory::Line* const line =
        known != nullptr ? known : ask_line(path, {rest.data(), static_cast<std::uint32_t>(size), value.path, value.kind}, place);
    const std::span<const std::uint32_t> entries = line != nullptr ? line->found() : entries_;
    for (const std::uint32_t entry : entries) answer.candidate(entry);
    return line;
  };
  Place place = Place::kFirst;
  LineMemory::SoFar so_far = asker_of(path.plan, place, value.kind);
  while (true) {
    LineMemory::Line*& guess = lines_.guess(so_far);
    LineMemory::Line* known = guess;
    if (!LineMemory::begins_with(known, rest, feed, asker_of(path.plan, place, value.kind))) known = nullptr;
    if (known != nullptr) ++path.known_lines;
    const std::size_t size = known != nullptr ? known->size : line_end(rest, escaped);
    if (size == rest.size()) break;
    guess = answer_for(size, place, known);
    so_far = lines_.after(so_far, guess);
    rest.remove_prefix(size + feed.size());
    place = Place::kMiddle;
  }
  if (place == Place::kFirst) return groups_.clear(), false;
  answer_for(rest.size(), Place::kLast, nullptr);
  if (path.lines >= kLinesJudged) {
    path.bypass_lines = path.known_lines < path.lines / 2;
    path.lines = path.known_lines = 0;
  }
  return true;
}

void Matcher::evaluate_keywords(ClassState& state, const Event& event) {
  const plan::FieldPlan* keywords = state.plan->keywords();
  if (keywords == nullptr) return;
  if (options_.keyword_filter && state.filter != nullptr && !event.text_escaped && !state.filter->might_match(event.text)) return;
  for (const Value& value : event.values) {
    if (value.derived) continue;
    groups_.clear();
    keywords->evaluate(value, state.plan->group_count(), scratch_, groups_);
    satisfy(state, groups_);
  }
}

/// Asked once per event, whatever the number of rules that want to know.
bool Matcher::on_demand_holds(ClassState& state, GroupId group) {
  Truth& truth = state.satisfied[group];
  if (truth != Truth::kNo) return truth == Truth::kYes;
  const bool found = std::ranges::any_of(lookups_, [&](const Lookup& lookup) {
    return lookup.path->plan->has_on_demand() && lookup.path->plan->on_demand_holds(group, *lookup.value, scratch_);
  });
  truth = found ? Truth::kYes : Truth::kAskedAndNo;
  satisfied_.push_back(group);
  return found;
}

bool Matcher::holds(ClassState& state, std::uint32_t index) {
  const Node& node = state.plan->nodes()[index];
  const std::vector<std::uint32_t>& children = state.plan->children();
  switch (node.kind) {
    case Node::Kind::kGroup:
      if (state.plan->on_demand(node.first)) return on_demand_holds(state, node.first);
      return state.satisfied[node.first] == Truth::kYes;
    case Node::Kind::kTrue: return true;
    case Node::Kind::kFalse: return false;
    case Node::Kind::kNot: return !holds(state, node.first);
    case Node::Kind::kFieldRef: return field_ref_holds(state, state.plan->field_refs()[node.first]);
    case Node::Kind::kAnd:
      for (std::uint32_t i = 0; i < node.count; ++i) {
        if (!holds(state, children[node.first + i])) return false;
      }
      return true;
    case Node::Kind::kOr:
      for (std::uint32_t i = 0; i < node.count; ++i) {
        if (holds(state, children[node.first + i])) return true;
      }
      return false;
  }
  return false;
}

void Matcher::texts_of(const ClassState& state, const std::string& field, std::vector<std::string>& texts) {
  for (const Value& value : event_->values) {
    if (value.kind == ValueKind::kNull || !carries(state, value, field)) continue;
    append_value_text(texts.emplace_back(), value);
  }
}

namespace {

std::u32string characters(std::string_view text) {
  std::u32string all;
  for (std::size_t at = 0; at < text.size();) {
    const Char one = char_at(text, at);
    all.push_back(static_cast<char32_t>(one.code));
    at += one.size;
  }
  return all;
}

}  // namespace

bool Matcher::ref_fits(const sigma::Pattern& pattern, std::string left, std::string right) {
  if (!pattern.cased) {
    left = folded(left);
    right = folded(right);
  }
  // By characters, so that a byte that is none never meets the beginning of one.
  const std::u32string a = characters(left), b = characters(right);
  if (pattern.ref_contains) return a.find(b) != std::u32string::npos;
  if (pattern.ref_startswith) return a.starts_with(b);
  if (pattern.ref_endswith) return a.ends_with(b);
  return a == b;
}

/// Rare (five rules of the public set), so it takes the obvious way and may allocate.
bool Matcher::field_ref_holds(const ClassState& state, const plan::FieldRef& ref) {
  std::vector<std::string> left, right;
  texts_of(state, ref.field, left);
  texts_of(state, ref.pattern->field, right);
  return std::ranges::any_of(left, [&](const std::string& a) {
    return std::ranges::any_of(right, [&](const std::string& b) { return ref_fits(*ref.pattern, a, b); });
  });
}

void Matcher::judge(ClassState& state, std::vector<std::uint32_t>& rules) {
  const std::vector<plan::PlannedRule>& planned = state.plan->rules();
  const auto judge_one = [&](std::uint32_t index) {
    if (holds(state, planned[index].root)) rules.push_back(planned[index].rule);
  };
  if (!options_.witnesses) {
    for (std::uint32_t i = 0; i < planned.size(); ++i) judge_one(i);
    return;
  }
  for (const std::uint32_t index : candidates_) judge_one(index);
  for (const std::uint32_t index : state.plan->unwitnessed()) judge_one(index);
  std::ranges::sort(rules);
}

void Matcher::match(const Event& event, std::vector<std::uint32_t>& rules) {
  rules.clear();
  if (current_ != nullptr) {
    for (const GroupId group : satisfied_) current_->satisfied[group] = Truth::kNo;
  }
  satisfied_.clear();
  ClassState& state = this->state(event.log_source);
  current_ = &state;
  ++state.events;
  if (state.plan->rules().empty()) return;
  event_ = &event;
  if (++serial_ == 0) {  // the counter came round
    for (const auto& each : states_) {
      if (each != nullptr) std::ranges::fill(each->seen, 0u);
    }
    serial_ = 1;
  }
  candidates_.clear();
  collect(state, event);
  evaluate_values(state);
  evaluate_keywords(state, event);
  judge(state, rules);
}

std::vector<Matcher::Seen> Matcher::seen() const {
  std::vector<Seen> all;
  for (LogSourceId id = 0; id < states_.size(); ++id) {
    if (states_[id] == nullptr || states_[id]->events == 0) continue;
    Seen& one = all.emplace_back();
    one.log_source = id;
    one.events = states_[id]->events;
    for (const PathState& path : states_[id]->paths) {
      if (path.resolved) one.names.insert(one.names.end(), path.names.begin(), path.names.end());
    }
    std::ranges::sort(one.names);
    one.names.erase(std::unique(one.names.begin(), one.names.end()), one.names.end());
  }
  return all;
}

}  // namespace tocsin::match
