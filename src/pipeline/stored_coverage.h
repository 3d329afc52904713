// Which rules can fire on what really arrives: the events that a service stored, through the same Worker as in a scan. Correlations are left out; what
// they refer to is a rule like any other. One thread.
//
//   auto search = TRY(EventSearch::open(env, {.data = data, .key_file = key, .since = since}));
//   const StoredCoverage found = stored_coverage(engine, *search);
//   if (!found.ended) …                       // cancelled, out of time: what was read until then is told
#pragma once

#include <atomic>
#include <cstdint>
#include <map>

#include "event/summary.h"
#include "pipeline/engine.h"
#include "pipeline/event_search.h"
#include "pipeline/source_survey.h"

namespace tocsin {

struct StoredCoverage {
  ScanSummary summary;                          // with `silent`
  std::map<LogSource, std::uint64_t> arrived;   // events; one of several log sources at once counts for each
  Status ended;
};

/// `events` is counted up meanwhile; readable from any thread. A survey, if there is one, gets all events, too.
StoredCoverage stored_coverage(Engine& engine, EventSearch& search, std::atomic<std::uint64_t>& events, SourceSurvey* survey = nullptr);

}  // namespace tocsin
