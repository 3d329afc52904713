// How probable it is that an incident is an attack, and what is lost if nobody looks: from the confidences of its alerts, which are in it already. That of the surest alert is raised by those of further rules, each new rule counting half as
// much as the one before, since alerts of one incident are not independent of each other; alerts of one rule count once.
//
//   1 - confidence = (1 - c1) (1 - c2)^(1/2) (1 - c3)^(1/4) …           c1 >= c2 >= …, the surest alert of each rule
//   loss = judged confidence × criticality of the asset × stage          docs/confidence.md has the factors
//
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analyze/alert_facts.h"
#include "event/incident.h"

namespace tocsin::analyze {

/// Of one incident, the surest: the next would count a 64th of itself.
inline constexpr std::size_t kIncidentRulesMax = 6;

/// Sets confidence, judged, evidence, surest, by_verdict and loss; what a person said, `said`, is there. The incident has an alert.
void weigh_incident(Incident& incident, Criticality criticality);
/// The highest loss first; of equal ones the gravest level, then the earliest.
void sort_by_loss(std::vector<Incident>& incidents);

/// Factors of the loss.
double criticality_factor(Criticality criticality);
/// `stage`: a tactic's order, 1 to 15; 0: none.
double stage_factor(std::uint8_t stage);

}  // namespace tocsin::analyze
