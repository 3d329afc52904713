// /api/v1/incidents: which alerts belong together, the highest expected loss first; one whole.
#include <fmt/format.h>

#include <algorithm>

#include "api/answer.h"
#include "api/incident_view.h"
#include "api/route.h"
#include "event/level.h"
#include "report/incident_writer.h"
#include "store/query.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kPageIncidents = 100, kPageIncidentsMax = 1'000;
/// Alerts and links of one incident, each; `alert_count` says how many there are.
constexpr std::size_t kShownMax = 2'000;
/// Shorter, and it would be anybody's.
constexpr std::size_t kIdBytesMin = 6;

}  // namespace

Result<HttpReply> get_incidents(Call& call, Context& context) {
  const std::string& word = call.parameter("level");
  const auto level = word.empty() ? std::optional<std::uint8_t>(0) : level_rank_of(word);
  if (!level) return Error{Code::kInvalid, "'level' is informational, low, medium, high or critical"};
  const std::size_t limit = TRY(number_parameter(call, "limit", kPageIncidents, kPageIncidentsMax));
  TimeUs since = kNoTime;
  if (!call.parameter("since").empty()) since = TRY(store::parse_since(call.parameter("since"), call.request.received));
  const std::shared_ptr<const IncidentView::Made> made = TRY(context.incidents.now());
  std::string body = R"({"incidents":[)";
  std::size_t shown = 0, fitting = 0;
  for (const Incident& incident : made->incidents) {
    if (incident.level < *level || (since != kNoTime && incident.last != kNoTime && incident.last < since) || ++fitting > limit) continue;
    if (shown++ > 0) body += ',';
    append_incident_summary(body, incident);
  }
  return json_answer(200, body + fmt::format(R"(],"fitting":{},"incident_count":{},"alert_count":{},"whole":{}}})", fitting, made->incidents.size(), made->alerts, made->whole));
}

Result<HttpReply> get_incident(Call& call, Context& context) {
  const std::string& id = call.names[0];
  const std::shared_ptr<const IncidentView::Made> made = TRY(context.incidents.now());
  const auto named = [&](const Incident& incident) { return incident.id.starts_with(id); };
  const auto found = std::ranges::find_if(made->incidents, named);
  if (id.size() < kIdBytesMin || found == made->incidents.end()) return Error{Code::kNotFound, fmt::format("there is no incident '{}' of the alerts that were stored last; of two that became one the older id stays", id)};
  std::string body;
  append_incident_ndjson(body, *found, kShownMax);
  return json_answer(200, body);
}

}  // namespace tocsin::api
