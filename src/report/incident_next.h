// What to look at next in an incident: questions that its facts raise, each with the search that answers it (docs/formats/query.md). Pure; nothing is said that no alert said.
#pragma once

#include <string>
#include <vector>

#include "event/incident.h"

namespace tocsin {

struct NextLook {
  std::string what;   // "where else corp\ann was active, the day before and after"
  std::string query;  // for `tocsin search`
};

/// The most telling first; some six at most.
std::vector<NextLook> next_looks(const Incident& incident);

}  // namespace tocsin
