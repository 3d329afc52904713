// Where people do something to incidents, from the console, the API or the command line: what they ask for is looked at against what is there now, made whole (ids from
// their beginnings, the alerts that are in the incident), and written down. kInvalid or kNotFound with words for whoever asked; nothing is written then.
//
//   CaseDesk desk(view, state);
//   const CaseAct done = TRY(desk.act({.kind = CaseActKind::kAssign, .incident = "1b3fd8", .assignee = "ada"}, by));
//
// Safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/incident_view.h"
#include "event/case.h"
#include "store/case_log.h"

namespace tocsin::api {

/// Ids of incidents and alerts may be given by so many of their first characters; fewer, and it would be anybody's.
inline constexpr std::size_t kIdBytesMin = 6;

/// kNotFound if there is none, kInvalid if several begin so.
Result<const Incident*> incident_named(const IncidentView::Made& made, std::string_view id);
/// One whose content is there, by the act that attached it; it lives as long as `made`. kNotFound, with what became of it, if it is not.
Result<const CaseAttachment*> attachment_of(const IncidentView::Made& made, const Incident& incident, std::int64_t act);

class CaseDesk {
 public:
  /// Both outlive it.
  CaseDesk(IncidentView& view, State& state) : view_(view), state_(state), log_(state) {}

  /// What of `wanted` is set is as event/case.h says, but for the ids of alerts and incidents, which may be beginnings. kVerdict about an `incident` without `alerts` is about all that it has. Gives what was written.
  Result<CaseAct> act(CaseAct wanted, const Actor& by);

 private:
  using Made = IncidentView::Made;
  Status make_whole(CaseAct& act, const Made& made);
  Status check_status(const CaseAct& act, const Case* about) const;
  Status check_assignee(const std::string& name);
  Status check_calibration(const CaseAct& act, const Made& made) const;
  Status gather(CaseAct& act, const Incident& incident, const Made& made);
  Status gather_merge(CaseAct& act, const Incident& incident, const Made& made);
  Status gather_alerts(CaseAct& act, const Incident& incident) const;
  Status check_of(const CaseAct& act, const Made& made) const;
  Status find_alerts(CaseAct& act);

  IncidentView& view_;
  State& state_;
  CaseLog log_;
};

}  // namespace tocsin::api
