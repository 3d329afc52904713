// Stored events that a query found in the shape of OCSF or ECS: each record is read once more, as when it came in. One thread.
#pragma once

#include <memory>

#include "cli/search_rows.h"
#include "enrich/enricher.h"
#include "pipeline/engine.h"
#include "store/query.h"

namespace tocsin::cli {

/// What the rows need of an event. The query gives events (no count, no top, no fields).
void choose_event_columns(store::Query& query);
/// `format`: "ocsf", for which the engine's taxonomy has to be loaded so, or "ecs". `enricher` may be nullptr.
std::unique_ptr<SearchRows> make_event_rows(const std::string& format, std::unique_ptr<Engine> engine, std::shared_ptr<const enrich::Enricher> enricher, ByteSink& sink);

}  // namespace tocsin::cli
