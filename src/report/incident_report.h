// The report on one incident: what happened, when, to whom, how sure that is and why, who decided what, what was done, and what could not be known. As a document for people (report/document.h) and as JSON, `tocsin.incident_report/1`
// (docs/reports.md). Nothing in it is made up: every sentence is a fact of the alerts, or of what people did. Pure; the same facts give the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/action_taken.h"
#include "event/case.h"
#include "event/decision.h"
#include "event/incident.h"
#include "report/document.h"

namespace tocsin {

/// Alerts of one report that are shown with their reasons, the surest first: what somebody reads. All are in the table and in the JSON.
inline constexpr std::size_t kReportReasonedAlertsMax = 25;

/// What a report is made of; whoever makes it keeps what is pointed to.
struct IncidentReport {
  TimeUs now = kNoTime;                        // when it is made
  const Incident* incident = nullptr;
  const Case* its = nullptr;                   // nullptr: nobody has done anything to it
  std::vector<CaseAct> acts = {};              // about it, in their order
  std::vector<bool> counts = {};               // of each: nobody has taken it back
  std::vector<const CaseAttachment*> attachments = {};
  std::vector<AlertConfidence> reasons = {};   // of each alert of the incident, in its order
  std::vector<TimeUs> made = {};               // of each alert: when the service added it
  std::string policy = {};                     // its name
  std::vector<Decision> decisions = {};        // of the policy, replayed over the alerts as they came
  std::vector<ActionTaken> actions = {};       // in the order of their times
  bool is_whole = true;                        // else earlier alerts are stored that were not looked at
  bool is_redacted = false;
};

/// When the service first knew of it: the earliest time at which one of its alerts was added; kNoTime: nobody wrote it down.
TimeUs detected_at(const IncidentReport& report);
/// The act that closed it, if it is closed; nullptr.
const CaseAct* closing_act(const IncidentReport& report);
/// What the data does not say, a sentence each.
std::vector<std::string> unknown_of(const IncidentReport& report);
/// Techniques of ATT&CK that its rules name, each once, in order.
std::vector<std::string> techniques_of(const Incident& incident);

Document incident_document(const IncidentReport& report);
/// One object and a line end.
std::string incident_report_json(const IncidentReport& report);
/// {"time","action",…} of what was done.
void append_action_taken(std::string& out, const ActionTaken& action);

/// "2026-03-02 08:20:11 UTC"; "not known".
std::string report_time(TimeUs time);
/// "3 d 4 h", "2 h 10 min", "40 s": the two largest units.
std::string report_span(double seconds);
/// "93.1 %"
std::string percent(double share);

}  // namespace tocsin
