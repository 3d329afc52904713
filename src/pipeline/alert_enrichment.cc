#include "pipeline/alert_enrichment.h"

namespace tocsin {

namespace {

void add(const Enrichment& one, Alert& alert) {
  if (alert.enrichments.size() < kEnrichmentsMax) alert.enrichments.push_back(one);
}

}  // namespace

void AlertEnrichment::enrich(Alert& alert) {
  alert.enrichments.clear();
  for (const AlertEntity& entity : alert.entities) {
    for (const Enrichment& one : memory_.facts(entity.type, entity.value)) {
      if (holds_at(one.fact, alert.time)) add(one, alert);
    }
    if (hosts_ != nullptr && entity.type == EntityType::kIp) add_host(entity, alert);
  }
}

/// The register need not have the addresses of hosts that get others every day.
void AlertEnrichment::add_host(const AlertEntity& entity, Alert& alert) {
  const std::optional<IpAddress> address = read_ip(entity.value);
  std::optional<Enrichment> found = address ? hosts_->host_of(*address, alert.time) : std::nullopt;
  if (!found) return;
  found->value = entity.value;
  add(*found, alert);
  for (const Enrichment& one : memory_.facts(EntityType::kHost, std::get<HostFact>(found->fact).host)) {
    if (!std::holds_alternative<AssetFact>(one.fact)) continue;
    Enrichment of_address = one;
    of_address.type = entity.type;
    of_address.value = entity.value;
    add(of_address, alert);
  }
}

}  // namespace tocsin
