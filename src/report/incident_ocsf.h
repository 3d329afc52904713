// An incident as findings of OCSF: one Incident Finding (class 2005), then a Detection Finding (class 2004) for each alert, a line each. Schema: ocsf/ocsf-schema 1.9.0-dev, events/findings/incident_finding.json and
// detection_finding.json; numbers from their enumerations. Pure.
#pragma once

#include <string>

#include "report/incident_report.h"

namespace tocsin {

std::string incident_ocsf(const IncidentReport& report);

}  // namespace tocsin
