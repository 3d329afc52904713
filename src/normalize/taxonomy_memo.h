// What a Classifier remembers, so that an event whose like was seen before costs one pass over its values.
//
// Idea: an event's class depends only on the set of predicates that its values satisfy. A state is such a set, with a
// number; the event starts in the empty state, and each value that matters moves it on. Two tables make that quick:
//   tokens       (route, kind, raw bytes) -> value class, the predicates that such a value satisfies. Direct-mapped,
//                exact compare; a miss unescapes, folds and asks the TaxonomyTables.
//   transitions  (state, value class) -> state. Open addressing, exact.
// A route is the set of routing fields under which a path is known, so that a value is looked up once whatever its
// path's names are. Free text (the message of a syslog line) is different in every event, so it is looked at last,
// only if some entry waits for it, and each predicate it satisfies is one more move.
//
// Random input can ask for a new state in every event. Past kStatesMax states or kTransitionsMax moves no more are
// made, and an event that needs one is classified plainly: slower, never wrong.
//
// One per thread. Allocates for what it has not met, nothing otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "normalize/local_times.h"
#include "normalize/named_lists.h"
#include "normalize/taxonomy.h"
#include "normalize/taxonomy_tables.h"
#include "normalize/taxonomy_values.h"

namespace tocsin {

struct Classifier::Memo {
  /// Real data needs some hundreds of states and about as many moves.
  static constexpr std::size_t kStatesMax = 8'192, kTransitionsMax = 65'536;
  /// Channels, event ids, providers: some hundreds of values. 128 bytes each; the longest channel name is 70.
  static constexpr std::size_t kTokens = 1'024, kTokenBytesMax = 108;
  /// Distinct sets of predicates of one value; free text does not come here.
  static constexpr std::size_t kValueClassesMax = 65'536;

  /// Values that should be times and are not, before the event goes without: each costs a look at all values.
  static constexpr int kTimeAttemptsMax = 8;

  Memo(const Taxonomy& taxonomy, LogSourceTable& log_sources, PathTable& paths);

  void classify(Event& event);
  void begin_source(std::string_view source, TimeUs latest) { local_times_.begin_source(source, latest); }

 private:
  using StateId = std::uint32_t;
  using ValueClassId = std::uint32_t;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// What a path is for; all zero for most, so that one look is enough.
  struct Mark {
    std::uint16_t route = 0;     // 0: none
    std::uint8_t time_rank = 0;  // 0: none
    bool free_text : 1 = false;
    bool in_list : 1 = false;  // of names and values

    bool is_nothing() const { return route == 0 && time_rank == 0 && !in_list; }
  };
  static_assert(sizeof(Mark) == 4);
  struct Route {
    std::vector<FieldId> fields;
    bool asks_values = false;  // else every value but null is of the class `present`
    ValueClassId present = 0;
    std::vector<FieldId> free_texts;
  };
  struct Token {
    std::uint64_t hash = 0;
    ValueClassId value_class = 0;
    std::uint16_t route = 0;  // 0: empty
    ValueKind kind = ValueKind::kNull;
    std::uint8_t size = 0;
    std::array<char, kTokenBytesMax> bytes{};
  };
  struct State {
    PredicateSet satisfied;
    bool resolved = false;
    LogSourceId log_source = LogSourceTable::kUnknown;
    PredicateSet waits_for;  // predicates on free text that could still change the class
    std::vector<DerivationId> derivations;
  };
  struct Transition {
    std::uint64_t key = 0;  // state and value class; 0: empty, since class 0 moves nothing
    StateId to = 0;
  };

  void learn_paths();
  Mark mark_of(PathId path);
  std::uint16_t route_of(const std::vector<FieldId>& fields);
  StateId move(StateId state, std::uint16_t route, const Value& value);
  StateId move(StateId state, ValueClassId value_class);
  StateId make_move(StateId state, ValueClassId value_class, std::uint64_t key);
  void grow_transitions();
  ValueClassId value_class(std::uint16_t route, const Value& value);
  ValueClassId look_closely(const Route& route, const Value& value);
  ValueClassId value_class_id(PredicateSet satisfied);
  StateId state_id(PredicateSet satisfied);
  StateId read_free_texts(StateId state);
  void resolve(State& state);
  void classify_plainly_and_derive(Event& event);
  TimeUs time_of_event(const Event& event, const Value*& best, unsigned& best_rank);

  const TaxonomyTables& tables_;
  LogSourceTable& log_sources_;
  const PathTable& paths_;
  std::vector<Mark> marks_;    // by PathId
  std::vector<Route> routes_;  // 0 is unused
  std::vector<Token> tokens_;
  std::vector<PredicateSet> value_classes_;  // 0 is the empty one
  std::map<PredicateSet, ValueClassId> value_class_ids_;
  std::vector<State> states_;  // 0 is the empty one
  std::map<PredicateSet, StateId> state_ids_;
  std::vector<Transition> transitions_;
  std::size_t transitions_used_ = 0;
  std::vector<TaxonomyEntry> free_text_entries_;    // those with a condition on free text, that condition apart
  std::vector<PredicateSet> free_text_predicates_;  // by index in free_text_entries_
  std::vector<ValueClassId> single_;                // by predicate on free text: the class of just that one
  std::vector<const Value*> texts_;                 // of the event at hand
  std::string text_, folded_;                       // scratch
  ListReader lists_;
  Deriver deriver_;
  LocalTimes local_times_;
};

}  // namespace tocsin
