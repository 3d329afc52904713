// What is known of the entities of an alert, beside the event: looked up by whoever makes the alert, before it is written. Of an address also which host had it when the event happened, and by that the asset.
// One thread.
//
//   AlertEnrichment known(enricher, &hosts);
//   known.enrich(alert);                     // alert.time and alert.entities are there
#pragma once

#include <memory>

#include "enrich/enricher.h"
#include "enrich/host_table.h"
#include "event/alert.h"

namespace tocsin {

class AlertEnrichment {
 public:
  /// `hosts`, which may be nullptr, outlives it.
  AlertEnrichment(std::shared_ptr<const enrich::Enricher> enricher, const enrich::HostTable* hosts) : memory_(std::move(enricher)), hosts_(hosts) {}

  /// In place of what the alert had.
  void enrich(Alert& alert);
  const enrich::Enricher& enricher() const { return memory_.enricher(); }

 private:
  void add_host(const AlertEntity& entity, Alert& alert);

  enrich::EnrichmentMemory memory_;
  const enrich::HostTable* const hosts_;
};

}  // namespace tocsin
