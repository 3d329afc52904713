// How probable it is that an alert is malicious, and why, for a person: every piece of evidence with its weight, the calibration, and what would take it over a bar. For `tocsin explain alert`.
#pragma once

#include <optional>
#include <string>

#include "analyze/incident_book.h"

namespace tocsin::cli {

/// Of the alert with this whole id, after IncidentBook::incidents(). With `bar`, 0 to 1, also the changes that would cross it.
std::string confidence_text(const analyze::IncidentBook& book, const std::string& id, std::optional<double> bar);

}  // namespace tocsin::cli
