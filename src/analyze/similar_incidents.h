// Incidents of before that were like one, and what people said they were: by the rules that fired, for attacks and routine repeat themselves in those. A suggestion of where to look, no evidence. Pure.
//
//   similarity = shared / all, over the rules of both, each counted by 1 / the number of incidents that have it
//
// So two that share a rule which fires everywhere are not alike for that.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "event/incident.h"

namespace tocsin::analyze {

/// Less is chance.
inline constexpr double kSimilarityLeast = 0.3;
/// More than a person looks at.
inline constexpr std::size_t kSimilarMax = 5;

/// Closed ones, the likest first, then the latest; of those that are equally like and old the one whose id is lower.
std::vector<SimilarIncident> similar_to(const Incident& one, std::span<const Incident> all);

}  // namespace tocsin::analyze
