#include "report/incident_ocsf.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/incident_writer.h"
#include "report/json_members.h"

namespace tocsin {

namespace {

constexpr std::string_view kSchemaVersion = "1.9.0-dev";

std::int64_t milliseconds(TimeUs time) { return time == kNoTime ? 0 : time / 1000; }

/// verdict_id
int verdict_number(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFalsePositive: return 1;
    case Verdict::kTruePositive: return 2;
    case Verdict::kBenign: return 5;
    default: return 0;
  }
}

/// status_id of an incident: what is contained is still worked on.
int status_number(CaseStatus status) {
  switch (status) {
    case CaseStatus::kNew: return 1;
    case CaseStatus::kClosed: return 5;
    default: return 2;
  }
}

/// activity_id: made, changed, closed.
int activity_number(const IncidentReport& report) {
  if (report.incident->status == CaseStatus::kClosed) return 3;
  return report.acts.empty() ? 1 : 2;
}

void append_head(std::string& out, int class_uid, int activity, int severity, std::int64_t time_ms) {
  fmt::format_to(std::back_inserter(out), R"({{"class_uid":{0},"category_uid":2,"activity_id":{1},"type_uid":{2},"severity_id":{3},"time":{4},"metadata":{{"version":"{5}","product":{{"name":"Tocsin","vendor_name":"Tocsin"}},"profiles":["incident"]}})", class_uid, activity,
                 class_uid * 100 + activity, severity, time_ms, kSchemaVersion);
}

void append_attacks(std::string& out, const Incident& incident) {
  const std::vector<std::string> techniques = techniques_of(incident);
  if (techniques.empty()) return;
  out += ",\"attacks\":[";
  for (std::size_t i = 0; i < techniques.size(); ++i) {
    const bool is_sub = techniques[i].find('.') != std::string::npos;
    fmt::format_to(std::back_inserter(out), R"({}{{"{}":{{"uid":"{}"}}}})", i > 0 ? "," : "", is_sub ? "sub_technique" : "technique", techniques[i]);
  }
  out += "]";
}

void append_finding_info(std::string& out, const IncidentAlertLine& alert, TimeUs made) {
  out += "{\"uid\":";
  append_string(out, alert.id);
  append_named(out, "title", alert.title);
  if (made != kNoTime) fmt::format_to(std::back_inserter(out), ",\"created_time\":{}", milliseconds(made));
  if (alert.time != kNoTime) fmt::format_to(std::back_inserter(out), ",\"first_seen_time\":{}", milliseconds(alert.time));
  out += ",\"analytic\":{\"type_id\":1,\"uid\":";
  append_string(out, alert.rule_id);
  append_named(out, "name", alert.title);
  out += "}}";
}

void append_incident(std::string& out, const IncidentReport& report) {
  const Incident& incident = *report.incident;
  append_head(out, 2005, activity_number(report), incident.level + 1, milliseconds(detected_at(report) == kNoTime ? incident.first : detected_at(report)));
  append_named(out, "desc", incident_story(incident));
  fmt::format_to(std::back_inserter(out), R"(,"status_id":{},"verdict_id":{},"confidence_score":{:.0f})", status_number(incident.status), verdict_number(incident.classification), incident.judged * 100);
  // One of the two must be there.
  out += incident.assignee.empty() ? ",\"assignee_group\":{\"name\":" : ",\"assignee\":{\"name\":";
  append_string(out, incident.assignee.empty() ? "unassigned" : incident.assignee);
  out += "}";
  if (incident.first != kNoTime) fmt::format_to(std::back_inserter(out), ",\"start_time\":{},\"end_time\":{}", milliseconds(incident.first), milliseconds(incident.last));
  append_attacks(out, incident);
  out += ",\"finding_info_list\":[";
  for (std::size_t i = 0; i < incident.alerts.size(); ++i) {
    if (i > 0) out += ",";
    append_finding_info(out, incident.alerts[i], i < report.made.size() ? report.made[i] : kNoTime);
  }
  out += "],\"unmapped\":{\"incident\":";
  append_string(out, incident.id);
  out += "}}\n";
}

void append_detection(std::string& out, const IncidentReport& report, std::size_t number) {
  const IncidentAlertLine& alert = report.incident->alerts[number];
  append_head(out, 2004, 1, alert.level + 1, milliseconds(alert.time));
  fmt::format_to(std::back_inserter(out), R"(,"is_alert":true,"verdict_id":{},"confidence_score":{:.0f},"finding_info":)", verdict_number(alert.verdict), alert.confidence.mean * 100);
  append_finding_info(out, alert, number < report.made.size() ? report.made[number] : kNoTime);
  out += ",\"unmapped\":{\"incident\":";
  append_string(out, report.incident->id);
  append_named(out, "host", alert.host);
  out += "}}\n";
}

}  // namespace

std::string incident_ocsf(const IncidentReport& report) {
  std::string out;
  append_incident(out, report);
  for (std::size_t i = 0; i < report.incident->alerts.size(); ++i) append_detection(out, report, i);
  return out;
}

}  // namespace tocsin
