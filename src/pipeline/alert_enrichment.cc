#include "pipeline/alert_enrichment.h"

namespace tocsin {

void enrich_alert(enrich::EnrichmentMemory& memory, Alert& alert) {
  alert.enrichments.clear();
  for (const AlertEntity& entity : alert.entities) {
    for (const Enrichment& one : memory.facts(entity.type, entity.value)) {
      if (alert.enrichments.size() >= kEnrichmentsMax) return;
      alert.enrichments.push_back(one);
    }
  }
}

}  // namespace tocsin
