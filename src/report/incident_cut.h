// The part of a list of incidents that somebody has the time to look at, and what is left out by it. Pure.
//
//   const IncidentCut cut = cut_by_budget(incidents, 40);
//   fmt::print("{}", left_out_text(cut, 40));
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "event/incident.h"

namespace tocsin {

struct IncidentCut {
  std::vector<Incident> kept;
  std::array<std::uint64_t, 5> by_level{};  // left out
  std::uint64_t left_out = 0;
  double loss_kept = 0, loss_left_out = 0;
  double surest_left_out = 0;  // the highest judged confidence
  std::vector<std::pair<std::string, std::uint64_t>> rules;  // gravest rules of what is left out, the most incidents first
};

/// Of each day (UTC, of an incident's last alert) the first `per_day` in the order given; what has no time is a day of its own.
IncidentCut cut_by_budget(std::span<const Incident> incidents, std::size_t per_day);
/// Some lines for a person.
std::string left_out_text(const IncidentCut& cut, std::size_t per_day);

}  // namespace tocsin
