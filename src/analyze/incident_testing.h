// For tests: alerts to put together, by the parts that matter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyze/incident_alert.h"

namespace tocsin::analyze {

inline constexpr std::int64_t kMinuteUs = 60'000'000;

/// `minute` after a fixed beginning.
inline IncidentAlert alert_of(std::string id, std::int64_t minute, std::vector<std::pair<ContextRole, std::string>> context, std::uint8_t level = 2) {
  IncidentAlert alert;
  alert.id = std::move(id);
  alert.rule_id = "rule of " + alert.id;
  alert.title = "Rule of " + alert.id;
  alert.time = 1'700'000'000'000'000 + minute * kMinuteUs;
  alert.level = level;
  alert.log_source.product = "windows";
  alert.events.emplace_back("log", static_cast<std::uint64_t>(minute) << 20 | (std::hash<std::string>()(alert.id) & 0xfffff));
  for (auto& [role, value] : context) alert.context[static_cast<std::size_t>(role)] = std::move(value);
  return alert;
}

/// About an account of a domain on a machine.
inline IncidentAlert on(std::string id, std::int64_t minute, std::string host, std::string account = {}, std::uint8_t level = 2) {
  std::vector<std::pair<ContextRole, std::string>> context = {{ContextRole::kHost, std::move(host)}};
  if (!account.empty()) {
    context.emplace_back(ContextRole::kActorName, std::move(account));
    context.emplace_back(ContextRole::kActorDomain, "CORP");
  }
  return alert_of(std::move(id), minute, std::move(context), level);
}

}  // namespace tocsin::analyze
