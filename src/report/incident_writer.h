// An incident as text: one line of NDJSON, `tocsin.incident/1` (docs/incidents.md), a row of the list, or a page to read. Texts from logs are made safe for
// where they stand.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "event/incident.h"
#include "report/summary_text.h"

namespace tocsin {

/// Line end included. Of alerts and links the first `shown` at most.
void append_incident_ndjson(std::string& out, const Incident& incident, std::size_t shown = SIZE_MAX);
/// What a list shows of it, as JSON without a line end: id, times, level, counts, story, tactics, hosts, accounts, addresses.
void append_incident_summary(std::string& out, const Incident& incident);

/// What it is in three sentences, of facts alone: where and when, how it went on, what is gravest.
std::string incident_story(const Incident& incident);

/// The list, in the order given, `shown` of them at most, and what is not shown in numbers. `alerts` make `all` incidents, of which some may not be listed.
std::string incidents_text(std::span<const Incident> incidents, std::uint64_t alerts, std::size_t all, std::size_t shown, const SummaryStyle& style);
/// One whole: story, stages, rules, why alerts belong together, processes, what to look at next.
std::string incident_text(const Incident& incident, const SummaryStyle& style);

}  // namespace tocsin
