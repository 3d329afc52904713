// What is known of entities as outputs write it: members of tocsin.alert/1, OCSF's enrichments, location and autonomous_system, ECS's geo and as. Each appends JSON to `out`; none can fail.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "event/enrichment.h"

namespace tocsin {

/// {"country_code":…}: what a fact says, by its kind; what it does not say is left out.
void append_fact(std::string& out, const Fact& fact);
/// [{"type","value","kind","data":{…},"source":{"name","file","record","built"}}]
void append_enrichments(std::string& out, std::span<const Enrichment> enrichments);

/// One object of OCSF's `enrichments`; `name` is the attribute that has the value.
void append_ocsf_enrichment(std::string& out, std::string_view name, const Enrichment& enrichment);
/// OCSF's `location`; false, and nothing appended, where the schema's constraint is not met (a city, country or region).
bool append_ocsf_location(std::string& out, const GeoFact& geo, std::string_view provider);
void append_ocsf_as(std::string& out, const AsFact& as);
/// The objects that ECS calls geo and as.
void append_ecs_geo(std::string& out, const GeoFact& geo);
void append_ecs_as(std::string& out, const AsFact& as);

}  // namespace tocsin
