// What a backtest found, rule by rule, and how it is shown: a page for people, NDJSON for scripts (docs/backtest.md). Plain values; each thread of a
// backtest has tallies of its own, and merging them is commutative. What is counted under a text is bounded: a text for which there is no room is
// counted as lost, and the outputs say so.
//
//   out += backtest_page(report, {.colour = false, .width = 100});
//   out += backtest_ndjson(report);
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "event/alert.h"
#include "report/summary_text.h"

namespace tocsin {

/// Distinct hosts, users, values and days that one thread counts, all rules together: some 40 MB.
inline constexpr std::size_t kBacktestKeysMax = 200'000;
/// Of a value so many bytes are kept: what a person reads of it.
inline constexpr std::size_t kBacktestValueBytesMax = 200;
/// Events that are named where a rule and the one in force differ.
inline constexpr std::size_t kBacktestExamplesMax = 5;

/// How often each text was met.
struct BacktestCounts {
  std::unordered_map<std::string, std::uint64_t> counts;
  std::uint64_t lost = 0;  // sightings for which there was no room
};

/// Where alerts of one rule lie.
struct BacktestTally {
  std::uint64_t hits = 0;
  TimeUs first = kNoTime, last = kNoTime;
  std::map<std::int64_t, std::uint64_t> days;  // since 1970
  std::uint64_t days_lost = 0;                 // alerts of days for which there was no room
  BacktestCounts hosts, users, values;         // values: "field: what it held"

  std::uint64_t most_per_day() const;
};

/// Events of which only one of two rules makes an alert: how many, and the first of them by their place in the store.
struct BacktestEvents {
  std::uint64_t count = 0;
  std::map<std::uint64_t, std::string> first;  // ids, by sequence

  void add(std::uint64_t sequence, const std::string& id);
  void merge(const BacktestEvents& other);
};

struct BacktestRule {
  RuleCard card;
  std::string file;
  BacktestTally tally;
  /// The rule in force with this id, if there is one.
  bool has_other = false;
  std::uint64_t other_hits = 0;
  BacktestEvents added, gone;  // alerts that it does not make; that only it makes
};

struct BacktestReport {
  std::vector<BacktestRule> rules;
  std::uint64_t events = 0;      // of the time asked for, as far as was read
  std::uint64_t damaged = 0;     // of them, those that do not parse: no rule was asked
  std::uint64_t candidates = 0;  // of them, those whose records had to be read
  std::vector<std::string> notes;
  Status ended;                  // why not everything was read
};

/// Adds up what threads counted.
void merge_tally(BacktestTally& into, const BacktestTally& from);

std::string backtest_page(const BacktestReport& report, double seconds, const SummaryStyle& style);
/// A line for each rule, and one for the whole at the end.
std::string backtest_ndjson(const BacktestReport& report, double seconds);

}  // namespace tocsin
