#include "normalize/taxonomy_memo.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"

namespace tocsin {

namespace {

void sort_distinct(PredicateSet& set) {
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
}

}  // namespace

Classifier::Classifier(const Taxonomy& taxonomy, LogSourceTable& log_sources, PathTable& paths)
    : memo_(std::make_unique<Memo>(taxonomy, log_sources, paths)) {}
Classifier::~Classifier() = default;
void Classifier::classify(Event& event) { memo_->classify(event); }
void Classifier::begin_source(std::string_view source, TimeUs latest) { memo_->begin_source(source, latest); }

Classifier::Memo::Memo(const Taxonomy& taxonomy, LogSourceTable& log_sources, PathTable& paths)
    : tables_(taxonomy.tables()),
      log_sources_(log_sources),
      paths_(paths),
      routes_(1),
      tokens_(kTokens),
      transitions_(1'024),
      single_(tables_.predicates.size(), 0),
      lists_(tables_.naming.lists, paths),
      deriver_(tables_, paths),
      local_times_(tables_, paths) {
  value_class_id({});
  for (const TaxonomyEntry& entry : tables_.entries) {
    TaxonomyEntry rest;
    PredicateSet texts;
    for (const TaxonomyCondition& condition : entry.conditions) {
      const bool on_text = std::ranges::any_of(
          condition.any_of, [&](PredicateId id) { return tables_.fields[tables_.predicates[id].field].free_text; });
      if (on_text) {
        texts.insert(texts.end(), condition.any_of.begin(), condition.any_of.end());
      } else {
        rest.conditions.push_back(condition);
      }
    }
    if (texts.empty()) continue;
    free_text_entries_.push_back(std::move(rest));
    free_text_predicates_.push_back(std::move(texts));
  }
  for (const PredicateSet& predicates : free_text_predicates_) {
    for (const PredicateId id : predicates) single_[id] = value_class_id({id});
  }
  state_id({});
}

void Classifier::Memo::classify(Event& event) {
  while (!event.values.empty() && event.values.back().derived) event.values.pop_back();
  if (marks_.size() < paths_.size()) learn_paths();
  StateId state = 0;
  const Value* best = nullptr;
  unsigned best_rank = 256;
  bool has_lists = false;
  texts_.clear();
  for (const Value& value : event.values) {
    const Mark mark = marks_[value.path];
    if (mark.is_nothing()) [[likely]]
      continue;
    if (value.kind == ValueKind::kNull) continue;
    has_lists = has_lists || mark.in_list;
    if (mark.time_rank != 0 && mark.time_rank < best_rank) {
      best_rank = mark.time_rank;
      best = &value;
    }
    if (mark.free_text) texts_.push_back(&value);
    if (mark.route != 0 && state != kNone) state = move(state, mark.route, value);
  }
  if (state != kNone && !texts_.empty() && !states_[state].waits_for.empty()) state = read_free_texts(state);
  const bool has_time = event.time != kNoTime;
  if (!has_time && best != nullptr) event.time = time_of_event(event, best, best_rank);
  local_times_.correct(event, has_time ? nullptr : best, best_rank);
  if (has_lists) [[unlikely]]
    lists_.read(event);
  if (state == kNone) [[unlikely]]
    return classify_plainly_and_derive(event);
  State& reached = states_[state];
  if (!reached.resolved) [[unlikely]]
    resolve(reached);
  event.log_source = reached.log_source;
  if (!reached.derivations.empty()) [[unlikely]]
    deriver_.derive(event, reached.derivations);
}

void Classifier::Memo::classify_plainly_and_derive(Event& event) {
  const PredicateSet satisfied = satisfied_plainly(tables_, paths_, event);
  event.log_source = log_sources_.intern(tables_.log_source_class(satisfied));
  const std::vector<DerivationId> derivations = tables_.derivations_of(satisfied);
  if (!derivations.empty()) deriver_.derive(event, derivations);
}

void Classifier::Memo::learn_paths() {
  for (std::size_t path = marks_.size(); path < paths_.size(); ++path) {
    marks_.push_back(mark_of(static_cast<PathId>(path)));
  }
}

Classifier::Memo::Mark Classifier::Memo::mark_of(PathId path) {
  Mark mark;
  if (path == PathTable::kOverflow) return mark;  // has no name, and is not the root
  mark.time_rank = paths_.meaning(path).time_rank;
  mark.in_list = lists_.concerns(path);
  const std::vector<FieldId> fields = tables_.routing_fields(paths_.name(path));
  if (fields.empty()) return mark;
  mark.route = route_of(fields);
  mark.free_text = routes_[mark.route].free_texts.size() > 0;
  return mark;
}

/// Routes are sets of names that one path has; a taxonomy allows for some hundreds, hostile paths for no more.
std::uint16_t Classifier::Memo::route_of(const std::vector<FieldId>& fields) {
  for (std::size_t i = 1; i < routes_.size(); ++i) {
    if (routes_[i].fields == fields) return static_cast<std::uint16_t>(i);
  }
  Route route{fields, false, 0, {}};
  PredicateSet present;
  for (const FieldId id : fields) {
    const RoutingField& field = tables_.fields[id];
    present.insert(present.end(), field.presence.begin(), field.presence.end());
    if (field.free_text) {
      route.free_texts.push_back(id);
    } else {
      route.asks_values = route.asks_values || field.asks_values;
    }
  }
  sort_distinct(present);
  route.present = value_class_id(std::move(present));
  routes_.push_back(std::move(route));
  return static_cast<std::uint16_t>(routes_.size() - 1);
}

Classifier::Memo::StateId Classifier::Memo::move(StateId state, std::uint16_t route, const Value& value) {
  const ValueClassId id = routes_[route].asks_values ? value_class(route, value) : routes_[route].present;
  return id == kNone ? kNone : move(state, id);
}

Classifier::Memo::StateId Classifier::Memo::move(StateId state, ValueClassId value_class) {
  if (value_class == 0) return state;
  const std::uint64_t key = (std::uint64_t{state} << 32) | value_class;
  std::size_t at = hash_fold(key ^ 0x9e3779b97f4a7c15ull, 0xd6e8feb86659fd93ull) & (transitions_.size() - 1);
  for (; transitions_[at].key != 0; at = (at + 1) & (transitions_.size() - 1)) {
    if (transitions_[at].key == key) return transitions_[at].to;
  }
  return make_move(state, value_class, key);
}

Classifier::Memo::StateId Classifier::Memo::make_move(StateId state, ValueClassId value_class, std::uint64_t key) {
  if (transitions_used_ >= kTransitionsMax) return kNone;
  PredicateSet satisfied = states_[state].satisfied;
  satisfied.insert(satisfied.end(), value_classes_[value_class].begin(), value_classes_[value_class].end());
  sort_distinct(satisfied);
  const StateId to = state_id(std::move(satisfied));
  if (to == kNone) return kNone;
  if (++transitions_used_ * 2 > transitions_.size()) grow_transitions();
  std::size_t at = hash_fold(key ^ 0x9e3779b97f4a7c15ull, 0xd6e8feb86659fd93ull) & (transitions_.size() - 1);
  while (transitions_[at].key != 0) at = (at + 1) & (transitions_.size() - 1);
  transitions_[at] = {key, to};
  return to;
}

void Classifier::Memo::grow_transitions() {
  std::vector<Transition> old(transitions_.size() * 2);
  old.swap(transitions_);
  for (const Transition& transition : old) {
    if (transition.key == 0) continue;
    std::size_t at =
        hash_fold(transition.key ^ 0x9e3779b97f4a7c15ull, 0xd6e8feb86659fd93ull) & (transitions_.size() - 1);
    while (transitions_[at].key != 0) at = (at + 1) & (transitions_.size() - 1);
    transitions_[at] = transition;
  }
}

Classifier::Memo::ValueClassId Classifier::Memo::value_class(std::uint16_t route, const Value& value) {
  if (value.size > kTokenBytesMax) return look_closely(routes_[route], value);
  const std::uint64_t seed = (std::uint64_t{route} << 8) | static_cast<std::uint8_t>(value.kind);
  const std::uint64_t hash = hash_bytes(value.raw(), seed);
  Token& token = tokens_[hash & (kTokens - 1)];
  const bool known = token.hash == hash && token.route == route && token.kind == value.kind &&
                     token.size == value.size && std::memcmp(token.bytes.data(), value.data, value.size) == 0;
  if (known) [[likely]]
    return token.value_class;
  const ValueClassId id = look_closely(routes_[route], value);
  if (id == kNone) return id;
  token.hash = hash;
  token.value_class = id;
  token.route = route;
  token.kind = value.kind;
  token.size = static_cast<std::uint8_t>(value.size);
  std::copy_n(value.data, value.size, token.bytes.begin());
  return id;
}

Classifier::Memo::ValueClassId Classifier::Memo::look_closely(const Route& route, const Value& value) {
  text_.clear();
  folded_.clear();
  append_value_text(text_, value);
  append_folded(folded_, text_);
  PredicateSet satisfied;
  for (const FieldId field : route.fields) {
    if (!tables_.fields[field].free_text) {
      tables_.add_satisfied(field, folded_, satisfied);
    } else {
      satisfied.insert(satisfied.end(), tables_.fields[field].presence.begin(), tables_.fields[field].presence.end());
    }
  }
  sort_distinct(satisfied);
  return value_class_id(std::move(satisfied));
}

Classifier::Memo::ValueClassId Classifier::Memo::value_class_id(PredicateSet satisfied) {
  const auto at = value_class_ids_.find(satisfied);
  if (at != value_class_ids_.end()) return at->second;
  if (value_classes_.size() >= kValueClassesMax) return kNone;
  value_classes_.push_back(satisfied);
  const auto id = static_cast<ValueClassId>(value_classes_.size() - 1);
  value_class_ids_.emplace(std::move(satisfied), id);
  return id;
}

Classifier::Memo::StateId Classifier::Memo::state_id(PredicateSet satisfied) {
  const auto at = state_ids_.find(satisfied);
  if (at != state_ids_.end()) return at->second;
  if (states_.size() >= kStatesMax) return kNone;
  State& state = states_.emplace_back();
  state.satisfied = satisfied;
  for (std::size_t i = 0; i < free_text_entries_.size(); ++i) {
    if (!TaxonomyTables::holds(free_text_entries_[i], satisfied)) continue;
    state.waits_for.insert(state.waits_for.end(), free_text_predicates_[i].begin(), free_text_predicates_[i].end());
  }
  sort_distinct(state.waits_for);
  std::erase_if(state.waits_for, [&](PredicateId id) {
    return tables_.predicates[id].any_value || std::ranges::binary_search(satisfied, id);
  });
  const auto id = static_cast<StateId>(states_.size() - 1);
  state_ids_.emplace(std::move(satisfied), id);
  return id;
}

/// The predicates asked are those of the state reached before any text was read: what they add cannot make another
/// entry wait, since conditions on other fields do not change any more.
Classifier::Memo::StateId Classifier::Memo::read_free_texts(StateId state) {
  const StateId start = state;
  for (const Value* value : texts_) {
    const std::vector<FieldId>& fields = routes_[marks_[value->path].route].free_texts;
    const auto is_of_this = [&](PredicateId id) {
      return std::ranges::find(fields, tables_.predicates[id].field) != fields.end();
    };
    if (std::ranges::none_of(states_[start].waits_for, is_of_this)) continue;
    text_.clear();
    folded_.clear();
    append_value_text(text_, *value);
    append_folded(folded_, text_);
    const ByteSet bytes(folded_);
    for (std::size_t i = 0; i < states_[start].waits_for.size() && state != kNone; ++i) {
      const PredicateId id = states_[start].waits_for[i];
      if (tables_.predicates[id].pattern.fits(folded_, bytes) && is_of_this(id)) state = move(state, single_[id]);
    }
  }
  return state;
}

void Classifier::Memo::resolve(State& state) {
  state.log_source = log_sources_.intern(tables_.log_source_class(state.satisfied));
  state.derivations = tables_.derivations_of(state.satisfied);
  state.resolved = true;
}

/// The best-ranked value first; one that is no time after all leaves it to the next. Which it was in the end is left in `best` and `best_rank`.
TimeUs Classifier::Memo::time_of_event(const Event& event, const Value*& best, unsigned& best_rank) {
  for (int attempt = 0; attempt < kTimeAttemptsMax && best != nullptr; ++attempt) {
    const TimeUs time = time_of(*best, text_);
    if (time != kNoTime) return time;
    const Value* next = nullptr;
    unsigned next_rank = 256;
    for (const Value& value : event.values) {
      const unsigned rank = marks_[value.path].time_rank;
      if (rank == 0 || value.kind == ValueKind::kNull) continue;
      const bool is_after = rank > best_rank || (rank == best_rank && &value > best);
      if (is_after && rank < next_rank) {
        next = &value;
        next_rank = rank;
      }
    }
    best = next;
    best_rank = next_rank;
  }
  return kNoTime;
}

}  // namespace tocsin
