// /api/v1/incidents: which alerts belong together, the highest expected loss first; one whole.
#include <fmt/format.h>

#include <optional>

#include "analyze/similar_incidents.h"
#include "api/answer.h"
#include "api/case_desk.h"
#include "api/route.h"
#include "event/level.h"
#include "report/case_writer.h"
#include "report/incident_writer.h"
#include "store/query.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kPageIncidents = 100, kPageIncidentsMax = 1'000;
/// Alerts and links of one incident, each; `alert_count` says how many there are.
constexpr std::size_t kShownMax = 2'000;
/// The last acts of one, and alerts that each names.
constexpr std::size_t kActsShownMax = 500, kActAlertsShownMax = 50;
/// Whether the list wants it.
struct Wanted {
  std::uint8_t level = 0;
  TimeUs since = kNoTime;
  std::optional<CaseStatus> status;
  bool open = false;  // of any status but closed
  std::optional<std::string> assignee;

  bool takes(const Incident& incident) const {
    if (incident.level < level || (since != kNoTime && incident.last != kNoTime && incident.last < since)) return false;
    if ((status && incident.status != *status) || (open && incident.status == CaseStatus::kClosed)) return false;
    return !assignee || incident.assignee == *assignee;
  }
};

Result<Wanted> wanted_of(const Call& call) {
  Wanted wanted;
  if (const std::string& level = call.parameter("level"); !level.empty()) {
    const auto rank = level_rank_of(level);
    if (!rank) return Error{Code::kInvalid, "'level' is informational, low, medium, high or critical"};
    wanted.level = *rank;
  }
  if (!call.parameter("since").empty()) wanted.since = TRY(store::parse_since(call.parameter("since"), call.request.received));
  if (const std::string& status = call.parameter("status"); status == "open") {
    wanted.open = true;
  } else if (!status.empty()) {
    wanted.status = case_status_named(status);
    if (!wanted.status) return Error{Code::kInvalid, "'status' is open, new, assigned, in_progress, contained or closed"};
  }
  if (call.parameters.contains("assignee")) wanted.assignee = call.parameter("assignee");
  return wanted;
}

/// ,"tasks":[…],"attachments":[…],"acts":[…]
void append_case(std::string& out, const analyze::CaseBook& cases, const Incident& incident) {
  const Case* const its = cases.of(incident.id);
  out += R"(,"tasks":[)";
  if (its != nullptr) {
    for (const CaseTask& task : its->tasks) {
      if (&task != its->tasks.data()) out += ',';
      append_case_task(out, task);
    }
  }
  out += R"(],"attachments":[)";
  for (const CaseAttachment* const one : cases.attachments(incident.id)) {
    if (out.back() != '[') out += ',';
    append_case_attachment(out, *one);
  }
  out += R"(],"acts":[)";
  if (its != nullptr) {
    const std::size_t first = its->acts.size() - std::min(its->acts.size(), kActsShownMax);
    for (std::size_t i = first; i < its->acts.size(); ++i) {
      if (i > first) out += ',';
      append_case_act(out, *cases.act(its->acts[i]), cases.counts(its->acts[i]), kActAlertsShownMax);
    }
  }
  out += ']';
}

}  // namespace

Result<HttpReply> get_incidents(Call& call, Context& context) {
  const Wanted wanted = TRY(wanted_of(call));
  const std::size_t limit = TRY(number_parameter(call, "limit", kPageIncidents, kPageIncidentsMax));
  const std::shared_ptr<const IncidentView::Made> made = TRY(context.incidents.now());
  std::string body = R"({"incidents":[)";
  std::size_t shown = 0, fitting = 0;
  for (const Incident& incident : made->incidents) {
    if (!wanted.takes(incident) || ++fitting > limit) continue;
    if (shown++ > 0) body += ',';
    append_incident_summary(body, incident);
  }
  return json_answer(200, body + fmt::format(R"(],"fitting":{},"incident_count":{},"alert_count":{},"suppressed_count":{},"shadow_count":{},"whole":{}}})", fitting, made->incidents.size(), made->alerts,
                                             made->hidden.suppressed, made->hidden.in_shadow, made->whole));
}

Result<HttpReply> get_incident(Call& call, Context& context) {
  const std::shared_ptr<const IncidentView::Made> made = TRY(context.incidents.now());
  Incident incident = *TRY(incident_named(*made, call.names[0]));
  incident.similar = analyze::similar_to(incident, made->incidents);
  std::string body;
  append_incident_ndjson(body, incident, kShownMax);
  body.resize(body.rfind('}'));
  append_case(body, *made->cases, incident);
  return json_answer(200, body + '}');
}

}  // namespace tocsin::api
