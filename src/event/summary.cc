#include "event/summary.h"

#include <algorithm>

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
  for (const auto& [key, tally] : other.countries) add(countries[key].alerts, tally.alerts);
  for (const auto& [key, tally] : other.networks) add(networks[key].alerts, tally.alerts);
  for (const auto& [key, tally] : other.users) add(users[key].alerts, tally.alerts);
  for (const auto& [minute, counts] : other.by_minute) add(by_minute[minute], counts);
  problems.insert(problems.end(), other.problems.begin(), other.problems.end());
  notes.insert(notes.end(), other.notes.begin(), other.notes.end());
  silent.insert(silent.end(), other.silent.begin(), other.silent.end());
}

namespace {

/// "" if the fact says no place.
std::string place_of(const Fact& fact) {
  if (const auto* const geo = std::get_if<GeoFact>(&fact)) {
    const bool both = !geo->country_code.empty() && !geo->country.empty() && geo->country != geo->country_code;
    return both ? geo->country_code + " " + geo->country : geo->country_code.empty() ? geo->country : geo->country_code;
  }
  const auto* const network = std::get_if<AsFact>(&fact);
  if (network == nullptr || network->number == 0) return {};
  return "AS" + std::to_string(network->number) + (network->organisation.empty() ? "" : " " + network->organisation);
}

}  // namespace

void ScanSummary::add_places(const std::vector<Enrichment>& known, std::size_t level) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::string place = place_of(known[i].fact);
    const auto is_same = [&](const Enrichment& one) { return one.fact.index() == known[i].fact.index() && place_of(one.fact) == place; };
    if (place.empty() || std::any_of(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(i), is_same)) continue;
    add_key(std::holds_alternative<GeoFact>(known[i].fact) ? countries : networks, place, level);
  }
}

}  // namespace tocsin
