// The alert of a correlation as outputs have it: a scan writes it where its last event stands, the stream stores it. Pure functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "detect/correlate/correlator.h"
#include "pipeline/alert_enrichment.h"
#include "pipeline/engine.h"
#include "report/alert_writer.h"

namespace tocsin {

struct CorrelationText {
  std::string id, text;  // whole, its line end included
  EventRef last;         // the last of its events
};

/// `source_name` gives the name of an EventRef's source; what it returns stays until the call is over. `lost` hits at most may belong to the alert
/// and are gone, beside those that the correlator knows of. `known`, if there is one, is asked about its entities.
CorrelationText write_correlation_alert(const Engine& engine, const CorrelationAlert& found, std::uint64_t lost, const AlertWriter& writer,
                                        const std::function<std::string_view(std::uint32_t)>& source_name, AlertEnrichment* known = nullptr);

}  // namespace tocsin
