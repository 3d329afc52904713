#include "pipeline/correlation_alert.h"

#include <utility>
#include <vector>

namespace tocsin {

CorrelationText write_correlation_alert(const Engine& engine, const CorrelationAlert& found, std::uint64_t lost, const AlertWriter& writer,
                                        const std::function<std::string_view(std::uint32_t)>& source_name, AlertEnrichment* known) {
  const sigma::Correlation& rule = engine.rules().correlations[found.correlation];
  Alert alert;
  alert.rule = &engine.correlation_card(found.correlation);
  alert.time = found.time;
  alert.correlation = AlertCorrelation{.type = sigma::type_name(rule.type),
                                       .group = found.group,
                                       .value = found.value,
                                       .timespan_us = rule.timespan_us,
                                       .folded = found.folded,
                                       .events_left_out = found.hits_left_out,
                                       .evicted = found.lost + lost,
                                       .late = found.late};
  alert.entities = found.entities;
  if (known != nullptr) known->enrich(alert);
  CorrelationText result;
  std::vector<std::pair<std::string_view, std::uint64_t>> places;
  for (const Hit& hit : found.hits) {
    if (!places.empty() && result.last == hit.event) continue;  // one event, by two rules
    result.last = hit.event;
    const std::string_view source = source_name(hit.event.source);
    alert.events.push_back({source, hit.event.index, hit.time, hit.log_source});
    places.emplace_back(source, hit.event.index);
  }
  AlertText text;
  writer.write(alert, text);
  result.id = alert_id(alert.rule->id, places);
  result.text = std::move(text.text);
  for (std::size_t i = text.holes.size(); i-- > 0;) result.text.insert(text.holes[i].at, result.id);
  return result;
}

}  // namespace tocsin
