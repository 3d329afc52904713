// What people do to incidents, and what they say of alerts: /api/v1/incidents/{id}/acts, /api/v1/verdicts.
#include <fmt/format.h>

#include <algorithm>

#include "api/answer.h"
#include "api/case_desk.h"
#include "api/route.h"
#include "report/case_writer.h"
#include "report/json_text.h"

namespace tocsin::api {

namespace {

constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kAlertsAtOnceMax = 10'000;
constexpr std::size_t kPageVerdicts = 1'000, kPageVerdictsMax = 100'000;

Result<Verdict> verdict_in(const Fields& fields) {
  const std::optional<Verdict> verdict = verdict_named(TRY(fields.text("verdict", kWordBytesMax)));
  if (!verdict) return Error{Code::kInvalid, "'verdict' is true_positive, benign, false_positive or none"};
  return *verdict;
}

Result<CaseAct> read_act(const Fields& fields, const std::string& incident) {
  CaseAct act;
  const std::optional<CaseActKind> kind = case_act_named(TRY(fields.text("act", kWordBytesMax)));
  if (!kind || *kind == CaseActKind::kCalibration || *kind == CaseActKind::kModel) return Error{Code::kInvalid, "'act' is status, assign, comment, task, done, verdict, confidence, merge, split, move or undo"};
  act.kind = *kind;
  act.incident = incident;
  act.other = TRY(fields.text_or_none("other", kWordBytesMax));
  act.assignee = TRY(fields.text_or_none("to", kNameBytesMax));
  act.text = TRY(fields.text_or_none("text", kActTextMax));
  act.of = static_cast<std::int64_t>(TRY(fields.number_or("of", 0, 1, kCaseActsMax)));
  if (fields.has("alerts")) act.alerts = TRY(fields.texts("alerts", kAlertsAtOnceMax));
  if (act.kind == CaseActKind::kConfidence) act.value = TRY(fields.share("confidence"));
  if (fields.has("verdict")) act.verdict = TRY(verdict_in(fields));
  if (act.kind != CaseActKind::kStatus) return act;
  const std::optional<CaseStatus> status = case_status_named(TRY(fields.text("status", kWordBytesMax)));
  if (!status) return Error{Code::kInvalid, "'status' is new, assigned, in_progress, contained or closed"};
  act.status = *status;
  return act;
}

Result<HttpReply> do_it(Call& call, Context& context, CaseAct wanted) {
  const CaseAct done = TRY(CaseDesk(context.incidents, context.state).act(std::move(wanted), call.actor()));
  std::string body;
  append_case_act(body, done, true);
  return json_answer(201, body);
}

}  // namespace

Result<HttpReply> post_incident_act(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"act", "other", "to", "text", "of", "alerts", "verdict", "status", "confidence"}));
  return do_it(call, context, TRY(read_act(fields, call.names[0])));
}

Result<HttpReply> post_verdict(Call& call, Context& context) {
  const Fields fields = TRY(Fields::read(call, {"alerts", "verdict", "text"}));
  CaseAct act;
  act.kind = CaseActKind::kVerdict;
  act.alerts = TRY(fields.texts("alerts", kAlertsAtOnceMax));
  act.verdict = TRY(verdict_in(fields));
  act.text = TRY(fields.text_or_none("text", kActTextMax));
  return do_it(call, context, std::move(act));
}

/// Which incident an alert is in, and what was said of it.
Result<HttpReply> get_alert_case(Call& call, Context& context) {
  const std::optional<StoredAlert> alert = TRY(context.state.alert(call.names[0]));
  if (!alert) return Error{Code::kNotFound, fmt::format("there is no alert '{}'", call.names[0])};
  const std::shared_ptr<const IncidentView::Made> made = TRY(context.incidents.now());
  const auto has_it = [&](const Incident& incident) { return std::ranges::find(incident.alerts, alert->id, &IncidentAlertLine::id) != incident.alerts.end(); };
  const auto incident = std::ranges::find_if(made->incidents, has_it);
  const analyze::CaseBook::Said said = made->cases->verdict(alert->id);
  std::string body = "{";
  append_part(body, "incident", incident == made->incidents.end() ? "" : incident->id);
  body += fmt::format(R"(,"verdict":"{}","of_incident":{},"said":)", word_of(said.verdict), said.of_incident);
  if (said.act == 0) return json_answer(200, body + "null}");
  append_case_act(body, *made->cases->act(said.act), true, 0);
  return json_answer(200, body + '}');
}

Result<HttpReply> get_verdicts(Call& call, Context& context) {
  const std::size_t limit = TRY(number_parameter(call, "limit", kPageVerdicts, kPageVerdictsMax));
  const std::vector<AlertVerdict> verdicts = TRY(context.incidents.now())->cases->verdicts();
  std::string body = R"({"verdicts":[)";
  const std::size_t first = verdicts.size() - std::min(verdicts.size(), limit);
  for (std::size_t i = first; i < verdicts.size(); ++i) {
    body += i > first ? ",{" : "{";
    append_part(body, "alert", verdicts[i].alert);
    body += fmt::format(R"(,"verdict":"{}",)", word_of(verdicts[i].verdict));
    append_part(body, "why", verdicts[i].why);
    body += ',';
    append_part(body, "by", verdicts[i].by);
    body += R"(,"time":)";
    append_time_or_null(body, verdicts[i].time);
    body += '}';
  }
  return json_answer(200, body + fmt::format(R"(],"verdict_count":{}}})", verdicts.size()));
}

}  // namespace tocsin::api
