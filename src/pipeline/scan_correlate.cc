// The last step of a scan: the hits that workers collected go through the correlations, and their alerts into the output.
#include <fmt/format.h>

#include "pipeline/scan.h"

namespace tocsin {

namespace {

class AlertList : public Correlator::Sink {
 public:
  void alert(CorrelationAlert alert) override { alerts.push_back(std::move(alert)); }
  std::vector<CorrelationAlert> alerts;
};

}  // namespace

void Scan::add_correlation_alert(const CorrelationAlert& found, std::vector<OrderedOutput::LateLine>& late,
                                 ScanSummary& summary) {
  const RuleCard& card = engine_.correlation_card(found.correlation);
  Alert alert;
  alert.rule = &card;
  alert.time = found.time;
  alert.correlation = true;
  alert.group = found.group;
  alert.entities = found.entities;
  alert.evicted = found.lost;
  alert.late = found.late;
  std::vector<std::pair<std::string_view, std::uint64_t>> places;
  EventRef last;
  for (const Hit& hit : found.hits) {
    const std::string_view source = files_[hit.event.source].source;
    if (!places.empty() && last == hit.event) continue;  // one event, by two rules
    last = hit.event;
    alert.events.push_back({source, hit.event.index, hit.time, hit.log_source});
    places.emplace_back(source, hit.event.index);
  }
  AlertText text;
  writer_.write(alert, text);
  const std::string id = alert_id(card.id, places);
  for (std::size_t i = text.holes.size(); i-- > 0;) text.text.insert(text.holes[i].at, id);
  const auto index = static_cast<std::uint32_t>(engine_.rules().rules.size() + found.correlation);
  late.push_back({{last.source, engine_.rank(index), last.index}, std::move(text.text)});
  ++summary.alerts;
  ++summary.by_level.counts[card.level_rank];
  RuleTally& tally = summary.by_rule[index];
  ++tally.alerts;
  if (tally.first == kNoTime || found.time < tally.first) tally.first = found.time;
  if (tally.last == kNoTime || found.time > tally.last) tally.last = found.time;
  constexpr std::int64_t kMinuteUs = 60'000'000;
  ++summary.by_minute[found.time / kMinuteUs].counts[card.level_rank];
  for (const AlertEntity& entity : found.entities) {
    if (entity.type == EntityType::kHost) summary.add_key(summary.hosts, entity.value, card.level_rank);
    if (entity.type == EntityType::kUser) summary.add_key(summary.users, entity.value, card.level_rank);
  }
}

void Scan::correlate(std::vector<OrderedOutput::LateLine>& late, ScanSummary& summary) {
  const sigma::RuleSet& set = engine_.rules();
  if (set.correlations.empty()) return;
  Correlator correlator(set, {.lateness_us = Correlator::kSortEverything, .bytes_max = options_.correlation_bytes_max});
  AlertList list;
  for (Hit& hit : hits_) correlator.add(std::move(hit), list);
  hits_.clear();
  correlator.finish(list);
  for (const CorrelationAlert& alert : list.alerts) {
    if (engine_.correlation_card(alert.correlation).level_rank < options_.worker.level_min) continue;
    add_correlation_alert(alert, late, summary);
  }
  const CorrelatorStats& stats = correlator.stats();
  if (stats.unplaced > 0) {
    summary.notes.push_back(fmt::format("{} events that correlations ask for carry no time and were left out of them", stats.unplaced));
  }
  if (stats.early > 0) {
    summary.notes.push_back(fmt::format("correlations ran out of memory: {} hits were taken before all were there", stats.early));
  }
}

}  // namespace tocsin
