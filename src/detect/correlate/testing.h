// For the tests of this folder: rule sets and hits in a few words, and alerts as texts that can be compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "detect/correlate/correlator.h"

namespace tocsin::correlate::testing {

using sigma::Correlation;
using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::int64_t kSecond = 1'000'000;

/// Rules "r0", "r1", … and whatever correlations are added.
inline sigma::RuleSet rules(std::size_t count, std::vector<Correlation> correlations = {}) {
  sigma::RuleSet set;
  for (std::size_t i = 0; i < count; ++i) set.rules.emplace_back().id = "r" + std::to_string(i);
  for (Correlation& correlation : correlations) {
    if (correlation.id.empty()) correlation.id = "c" + std::to_string(set.correlations.size());
    set.correlations.push_back(std::move(correlation));
  }
  return set;
}

inline Hit hit(std::uint32_t rule, std::int64_t seconds, std::uint64_t index, Fields fields = {{"user", "ann"}}) {
  Hit made;
  made.rule = rule;
  made.time = seconds * kSecond;
  made.event = {0, index};
  made.fields = std::move(fields);
  return made;
}

class Collected : public Correlator::Sink {
 public:
  void alert(CorrelationAlert alert) override { alerts.push_back(std::move(alert)); }
  std::vector<CorrelationAlert> alerts;
};

/// Everything an alert says, on one line.
inline std::string describe(const CorrelationAlert& alert) {
  std::string out = "c" + std::to_string(alert.correlation) + " at " + std::to_string(alert.time) + " [";
  for (const Hit& hit : alert.hits) {
    out += " " + std::to_string(hit.event.source) + ":" + std::to_string(hit.event.index) + "/r" + std::to_string(hit.rule);
    for (const auto& [name, value] : hit.fields) out += " " + name + "=" + value;
  }
  out += " ] group(";
  for (const auto& [name, value] : alert.group) out += " " + name + "=" + value;
  out += " ) entities(";
  for (const AlertEntity& entity : alert.entities) out += " " + entity.value;
  out += " ) value " + std::to_string(alert.value) + " folded " + std::to_string(alert.folded);
  if (alert.late) out += " late";
  if (alert.evicted) out += " evicted " + std::to_string(alert.lost);
  if (alert.hits_left_out > 0) out += " left out " + std::to_string(alert.hits_left_out);
  return out;
}

/// Only which events made it: "3 4 7".
inline std::string events(const CorrelationAlert& alert) {
  std::string out;
  for (const auto& [event, time] : alert.events()) out += (out.empty() ? "" : " ") + std::to_string(event.index);
  return out;
}

}  // namespace tocsin::correlate::testing
