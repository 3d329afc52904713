// What is known of the entities of an alert, beside the event: looked up by whoever makes the alert, before it is written. One thread's memory.
//
//   enrich_alert(memory, alert);      // alert.entities are there
#pragma once

#include "enrich/enricher.h"
#include "event/alert.h"

namespace tocsin {

/// In place of what the alert had.
void enrich_alert(enrich::EnrichmentMemory& memory, Alert& alert);

}  // namespace tocsin
