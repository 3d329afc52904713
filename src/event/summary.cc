#include "event/summary.h"

namespace tocsin {

namespace {

void widen(TimeUs& first, TimeUs& last, TimeUs other_first, TimeUs other_last) {
  if (other_first != kNoTime && (first == kNoTime || other_first < first)) first = other_first;
  if (other_last != kNoTime && (last == kNoTime || other_last > last)) last = other_last;
}

void add(LevelCounts& into, const LevelCounts& other) {
  for (std::size_t i = 0; i < kLevels; ++i) into.counts[i] += other.counts[i];
}

}  // namespace

int LevelCounts::highest() const {
  for (int level = static_cast<int>(kLevels) - 1; level >= 0; --level) {
    if (counts[static_cast<std::size_t>(level)] > 0) return level;
  }
  return -1;
}

void CorrelationSummary::Count::add(std::uint64_t more, std::uint32_t card) {
  count += more;
  if (more <= most) return;
  most = more;
  most_card = card;
}

void ScanSummary::add_key(std::unordered_map<std::string, Tally>& keys, const std::string& key, std::size_t level) {
  const auto at = keys.find(key);
  if (at != keys.end()) {
    at->second.add(level);
  } else if (keys.size() < kKeysMax) {
    keys[key].add(level);
  } else {
    ++keys_lost;
  }
}

void ScanSummary::merge(const ScanSummary& other) {
  events += other.events;
  bytes += other.bytes;
  alerts += other.alerts;
  damaged += other.damaged;
  inputs += other.inputs;
  inputs_failed += other.inputs_failed;
  records += other.records;
  inputs_damaged += other.inputs_damaged;
  events_without_time += other.events_without_time;
  events_unrecognised += other.events_unrecognised;
  events_outside += other.events_outside;
  keys_lost += other.keys_lost;
  widen(first, last, other.first, other.last);
  add(by_level, other.by_level);
  add(events_by_level, other.events_by_level);
  if (by_rule.size() < other.by_rule.size()) by_rule.resize(other.by_rule.size());
  for (std::size_t i = 0; i < other.by_rule.size(); ++i) {
    by_rule[i].alerts += other.by_rule[i].alerts;
    widen(by_rule[i].first, by_rule[i].last, other.by_rule[i].first, other.by_rule[i].last);
  }
  for (const auto& [key, tally] : other.hosts) add(hosts[key].alerts, tally.alerts);
  for (const auto& [key, tally] : other.users) add(users[key].alerts, tally.alerts);
  for (const auto& [minute, counts] : other.by_minute) add(by_minute[minute], counts);
  problems.insert(problems.end(), other.problems.begin(), other.problems.end());
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
  silent.insert(silent.end(), other.silent.begin(), other.silent.end());
}

}  // namespace tocsin
