// An event as OCSF has it (docs/ocsf.md): one JSON object with class, activity, severity, actor, device, endpoints …, observables, and under
// `unmapped` every value that has no place elsewhere, so that nothing of the record is lost. What goes where is data: the part `ocsf` of the
// mappings. The first rule whose source, conditions and required attributes an event has is taken; without one it is a Base Event (class 0).
//
//   OcsfProjector projector(taxonomy, log_sources, paths);   // one per thread, on that thread's PathTable
//   classifier.classify(event);
//   projector.append(event, line);                           // returns the class
//
// Never a guess: what an event does not say is left out, or 0 (Unknown) where the schema asks for a number and has that one; an object without
// the members that the schema asks for is left out, and what it would have held is unmapped. An event without a time has the time 0.
// Cannot fail. Warm, it allocates nothing but what `out` needs, which is at most kOcsfEscapeMax bytes for each byte of a value at
// each place that a mapping gives it, and some kB.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"
#include "normalize/ocsf_rules.h"
#include "normalize/taxonomy.h"

namespace tocsin {

/// Observables of one event; more is a list, and stands in its attribute or in `unmapped` anyway.
inline constexpr std::size_t kObservablesMax = 32;
/// A longer text is no name or address that two events could share.
inline constexpr std::size_t kObservableBytesMax = 1'024;
/// \u0001 for one byte.
inline constexpr std::size_t kOcsfEscapeMax = 6;

class OcsfProjector {
 public:
  OcsfProjector(const Taxonomy& taxonomy, const LogSourceTable& log_sources, const PathTable& paths);

  /// One object, without a line break. Returns its class_uid.
  std::uint32_t append(const Event& event, std::string& out);
  /// Of the event last projected: the rule that was taken, and how many values have a place outside `unmapped`.
  const OcsfRule& taken() const { return *taken_; }
  std::size_t mapped() const { return mapped_; }
  /// Of the event last projected: the paths whose values stand under `unmapped`, each once.
  const std::vector<PathId>& unplaced() const { return unmapped_paths_; }

 private:
  using ValueIndex = std::uint32_t;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// Rules that an event of one class of log sources may take, by the value that most of them ask for.
  struct Plan {
    bool made = false;
    std::vector<std::uint32_t> always;  // rules, in order
    struct Key {
      OcsfFieldId field = 0;
      TextMap<std::vector<std::uint32_t>> rules;
    };
    std::vector<Key> keys;
    /// Fields that the class of log sources spells otherwise: by PathId an index into `lists`, of which the first is empty.
    std::vector<std::uint16_t> alias_of_path;
    std::vector<std::vector<OcsfFieldId>> lists;
  };
  /// A value of a field, and the next one.
  struct Link {
    ValueIndex value = 0;
    std::uint32_t next = kNone;
  };
  struct Observable {
    std::string_view head;           // of the mapping
    std::size_t from = 0, size = 0;  // its JSON text, in `out`
  };
  /// A path that has no place in a class.
  struct UnmappedPath {
    std::string key;                 // JSON, with its colon
    std::string observable_head;     // JSON; "" if its values are none
  };
  /// How far writing has come, to go back to.
  struct Mark {
    std::size_t size = 0, consumed = 0, observables = 0, said = 0;
  };

  void learn_paths();
  const Plan& plan_of(LogSourceId log_source);
  void make_plan(const LogSourceClass& source, Plan& plan);
  void learn_aliases(const LogSourceClass& source, Plan& plan);
  void link_fields(const Event& event, const Plan& plan);
  void link(OcsfFieldId field, ValueIndex value);
  void unlink(std::size_t touched);
  void gather_candidates(const Plan& plan);
  bool holds(const OcsfRule& rule);
  bool holds(const OcsfCondition& condition);
  bool capture(const OcsfRule& rule);
  bool write(const OcsfRule& rule, const Event& event, std::string& out);
  bool write_node(const OcsfRule& rule, std::uint32_t id, std::string& out);
  bool write_object(const OcsfRule& rule, const OcsfNode& node, std::string& out);
  bool write_last_resort(const OcsfRule& rule, const OcsfNode& node, bool behind_others, std::string& out);
  bool write_each(const OcsfRule& rule, const OcsfNode& node, std::string& out);
  bool write_leaf(const OcsfNode& node, std::string& out);
  bool write_leaf_of(const OcsfNode& node, ValueIndex index, std::string& out);
  bool write_translated(const OcsfNode& node, ValueIndex index, std::string& out);
  bool write_hashes(const OcsfNode& node, std::string& out);
  void write_original_time(std::string& out);
  void write_observables(const Event& event, std::string& out);
  void write_unmapped(const Event& event, std::string& out);
  void write_unmapped_values(const Event& event, std::string& out);
  static bool observe(std::string_view head, std::string_view value, bool& first, std::string& out);
  const OcsfNode* first_leaf(const OcsfRule& rule, const OcsfNode& node) const;
  std::uint32_t first_link(OcsfFieldId field) const { return heads_[field]; }
  bool has_any_of(const OcsfNode& node) const;
  const Value& value(ValueIndex index) const { return index < event_->values.size() ? event_->values[index] : captured_[index - event_->values.size()]; }
  bool says_nothing(const Value& value);
  void consumed(ValueIndex index);
  Mark mark(const std::string& out) const { return {out.size(), consumed_.size(), observables_.size(), said_}; }
  void go_back(const Mark& mark, std::string& out);
  const UnmappedPath& unmapped_path(PathId path);

  const OcsfTables& tables_;
  const LogSourceTable& log_sources_;
  const PathTable& paths_;
  std::vector<Plan> plans_;                          // by LogSourceId
  std::vector<std::vector<OcsfFieldId>> fields_;     // by PathId
  std::vector<std::uint8_t> time_ranks_;             // by PathId
  std::vector<UnmappedPath> unmapped_of_path_;       // by PathId; made when first wanted
  const Event* event_ = nullptr;
  std::vector<std::uint32_t> heads_, tails_;         // by OcsfFieldId
  std::vector<OcsfFieldId> touched_;
  std::uint64_t touched_bits_ = 0;                   // by their remainders, and perhaps more
  std::vector<Link> links_;
  std::vector<std::uint32_t> candidates_;
  std::vector<Value> captured_;
  std::vector<ValueIndex> consumed_;
  std::vector<bool> is_consumed_;
  std::vector<Observable> observables_;
  std::vector<std::uint32_t> path_heads_, path_tails_, next_of_path_;  // while unmapped is written
  std::vector<PathId> unmapped_paths_;
  std::uint32_t each_ = kNone;                       // the one link that leaves of an element may take,
  OcsfFieldId each_field_ = 0;                       // … and its field
  std::size_t said_ = 0;                             // leaves written
  std::size_t mapped_ = 0;
  const OcsfRule* taken_ = nullptr;
  std::string text_, folded_, capture_text_;         // scratch
};

}  // namespace tocsin
