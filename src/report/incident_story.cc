#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "event/level.h"
#include "report/incident_writer.h"
#include "report/page.h"

namespace tocsin {

namespace {

constexpr std::size_t kNamedMax = 3;

std::string minute_of(TimeUs time) {
  if (time == kNoTime) return "an unknown time";
  const CivilTime t = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute);
}

std::string span_of(TimeUs first, TimeUs last) {
  if (first == kNoTime || last == kNoTime) return "At an unknown time";
  const std::string from = minute_of(first), to = minute_of(last);
  if (from == to) return "At " + from + "Z";
  const bool same_day = std::string_view(from).substr(0, 10) == std::string_view(to).substr(0, 10);
  return fmt::format("Between {} and {}Z", from, same_day ? to.substr(11) : to);
}

/// "a, b and 4 more".
std::string names(const std::vector<IncidentEntity>& entities) {
  std::string text;
  const std::size_t shown = std::min(entities.size(), kNamedMax);
  for (std::size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == entities.size();
    text += (i == 0 ? "" : last ? " and " : ", ") + entities[i].value;
  }
  if (entities.size() > shown) text += fmt::format(" and {} more", entities.size() - shown);
  return text;
}

std::string plural(std::uint64_t count, std::string_view noun) { return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s"); }

std::string where_and_when(const Incident& incident) {
  std::string text = fmt::format("{} {} of {} came", span_of(incident.first, incident.last), plural(incident.alerts.size(), "alert"), plural(incident.rules.size(), "rule"));
  if (!incident.hosts.empty()) text += " from " + names(incident.hosts);
  if (!incident.accounts.empty()) text += fmt::format("{} the account{} {}", incident.hosts.empty() ? " about" : ", about", incident.accounts.size() > 1 ? "s" : "", names(incident.accounts));
  if (incident.hosts.empty() && incident.accounts.empty() && !incident.addresses.empty()) text += " about " + names(incident.addresses);
  return text + ".";
}

std::string how_it_went(const Incident& incident) {
  if (incident.stages.empty()) return "No rule says to which tactic of ATT&CK it belongs.";
  std::string text = incident.stages.size() == 1 ? "All that rules say of its tactic is " : "By tactics it was first seen in ";
  for (std::size_t i = 0; i < incident.stages.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == incident.stages.size() ? " and then " : ", ");
    text += incident.stages[i].tactic;
  }
  return text + ".";
}

std::string what_is_gravest(const Incident& incident) {
  if (incident.rules.empty()) return {};
  const IncidentRule& gravest = incident.rules.front();
  std::uint64_t slight = incident.by_level[0] + incident.by_level[1];
  std::string text = fmt::format("The gravest is \"{}\" ({}, {})", gravest.title, kLevelWords[gravest.level], plural(gravest.alerts, "alert"));
  if (slight == incident.alerts.size()) return text + "; nothing in it is above low.";
  if (slight > 0) text += fmt::format("; {} of the alerts are low or informational", grouped(slight));
  return text + ".";
}

}  // namespace

std::string incident_story(const Incident& incident) {
  return where_and_when(incident) + " " + how_it_went(incident) + " " + what_is_gravest(incident);
}

}  // namespace tocsin
