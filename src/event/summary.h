// What a scan adds up to: counted per worker thread without locks, merged at the end, shown by report/. Merging is
// commutative, so the sum does not depend on how blocks were dealt out. Maps are bounded: past kKeysMax new keys go
// uncounted, and `keys_lost` says how many sightings that were.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "event/enrichment.h"
#include "event/level.h"
#include "event/log_source.h"

namespace tocsin {

inline constexpr std::size_t kLevels = kLevelWords.size();  // as RuleCard::level_rank

struct LevelCounts {
  std::array<std::uint64_t, kLevels> counts{};
  std::uint64_t total() const { return counts[0] + counts[1] + counts[2] + counts[3] + counts[4]; }
  int highest() const;  // -1 if all are zero
};

struct Tally {
  LevelCounts alerts;
  /// Distinct rules would need a set per key; the highest level and the count order the list well enough.
  void add(std::size_t level) { ++alerts.counts[level]; }
};

struct RuleTally {
  std::uint64_t alerts = 0;
  TimeUs first = kNoTime, last = kNoTime;
};

struct SourceProblem {
  std::string source;
  std::string message;
  auto operator<=>(const SourceProblem&) const = default;
};

/// A rule that could not have fired on this data.
struct SilentRule {
  std::uint32_t rule = 0;  // index into the rule set
  enum class Why : std::uint8_t { kNoLogSource, kFieldMissing } why = Why::kNoLogSource;
  LogSource wanted;
  std::vector<std::string> fields;  // kFieldMissing: the ones that no event of its log source carried
};

/// What correlations made of the matches of their rules, where that is not an alert.
struct CorrelationSummary {
  /// One match can count for several correlations.
  struct Count {
    std::uint64_t count = 0;
    std::uint64_t most = 0;       // of them, those of one correlation,
    std::uint32_t most_card = 0;  // of this index of ScanSummary::by_rule
    void add(std::uint64_t more, std::uint32_t card);
  };
  std::uint64_t hits = 0;      // matches of rules that a correlation refers to
  std::uint64_t unplaced = 0;  // of them, without a time
  std::uint64_t lost = 0;      // that could not be kept until the end
  std::uint64_t late = 0;      // after the allowed lateness
  std::uint64_t early = 0;     // judged before all were there, for want of memory
  Count ungrouped;             // without a field of group-by
  Count without_value;         // without the field to measure
  Count not_numeric;           // with one that is no number
  Count late_unused;           // so late that their window was gone
  Count evicted;               // dropped from a window for want of memory
  Count folded;                // matches of correlations that made no alert of their own
};

struct ScanSummary {
  static constexpr std::size_t kKeysMax = 100'000;

  std::uint64_t events = 0, bytes = 0, alerts = 0, damaged = 0;
  std::uint64_t records = 0;             // that inputs hold, damaged ones included
  std::uint64_t inputs = 0;
  std::uint64_t inputs_failed = 0;       // of which something could not be read
  std::uint64_t inputs_damaged = 0;      // of those, the ones that were read to their end around the damage
  std::uint64_t events_without_time = 0, events_unrecognised = 0;
  std::uint64_t events_outside = 0;      // of --since and --until
  TimeUs first = kNoTime, last = kNoTime;
  LevelCounts by_level;
  /// Events by the highest level of their alerts; the rest needs no look.
  LevelCounts events_by_level;
  std::vector<RuleTally> by_rule;        // by rule index; correlations follow the rules
  std::unordered_map<std::string, Tally> hosts, users;
  std::unordered_map<std::string, Tally> countries, networks;  // of addresses in alerts, where a database says: "US United States", "AS64500 Example"
  std::map<std::int64_t, LevelCounts> by_minute;  // minutes since 1970
  std::uint64_t keys_lost = 0;
  CorrelationSummary correlations;       // known at the end only; merging leaves it alone
  std::vector<SourceProblem> problems;
  std::vector<std::string> notes;        // about the scan as a whole, for people
  std::vector<SilentRule> silent;

  void merge(const ScanSummary& other);
  /// Each place once, however many addresses of an alert are there.
  void add_places(const std::vector<Enrichment>& known, std::size_t level);
  void add_key(std::unordered_map<std::string, Tally>& keys, const std::string& key, std::size_t level);
};

}  // namespace tocsin
