#include "report/backtest.h"

#include <algorithm>

namespace tocsin {

namespace {

void merge_counts(BacktestCounts& into, const BacktestCounts& from) {
  for (const auto& [text, count] : from.counts) into.counts[text] += count;
  into.lost += from.lost;
}

}  // namespace

std::uint64_t BacktestTally::most_per_day() const {
  std::uint64_t most = 0;
  for (const auto& [day, count] : days) most = std::max(most, count);
  return most;
}

void BacktestEvents::add(std::uint64_t sequence, const std::string& id) {
  ++count;
  first.emplace(sequence, id);
  if (first.size() > kBacktestExamplesMax) first.erase(std::prev(first.end()));
}

void BacktestEvents::merge(const BacktestEvents& other) {
  count += other.count;
  first.insert(other.first.begin(), other.first.end());
  while (first.size() > kBacktestExamplesMax) first.erase(std::prev(first.end()));
}

void merge_tally(BacktestTally& into, const BacktestTally& from) {
  into.hits += from.hits;
  if (from.first != kNoTime && (into.first == kNoTime || from.first < into.first)) into.first = from.first;
  if (from.last != kNoTime && (into.last == kNoTime || from.last > into.last)) into.last = from.last;
  for (const auto& [day, count] : from.days) into.days[day] += count;
  into.days_lost += from.days_lost;
  merge_counts(into.hosts, from.hosts);
  merge_counts(into.users, from.users);
  merge_counts(into.values, from.values);
}

}  // namespace tocsin
