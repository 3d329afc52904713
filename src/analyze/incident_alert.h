// What linking needs of an alert, read from the line in which it is kept (docs/alerts.md). Whether an alert comes from a scan or from the store, it is
// this line that incidents are made of: so they are the same whenever they are made, under whatever policy protected it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyze/alert_facts.h"
#include "base/result.h"
#include "event/alert.h"
#include "event/alert_context.h"

namespace tocsin::analyze {

/// A correlation names up to 10,000 events; linked by the first of them.
inline constexpr std::size_t kLinkedEventsMax = 16;

struct IncidentAlert {
  std::string id, rule_id, title;
  TimeUs time = kNoTime;
  std::uint8_t level = 0;
  std::vector<std::string> tags;
  LogSource log_source;
  std::vector<std::pair<std::string, std::uint64_t>> events;  // source and index
  std::array<std::string, kContextRoles> context;
  std::vector<AlertEntity> entities;
  AlertFacts facts;

  const std::string& said(ContextRole role) const { return context[static_cast<std::size_t>(role)]; }
};

/// Fails with what is wrong of a line that is no `tocsin.alert/1`.
Result<IncidentAlert> read_incident_alert(std::string_view line);

}  // namespace tocsin::analyze
