#include "api/case_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "api/suppression_desk.h"
#include "store/accounts.h"

namespace tocsin::api {

namespace {

std::string_view short_id(std::string_view id) { return id.substr(0, 12); }

/// Alerts of the incident that no act has put or left there, but for those of `but`.
std::vector<std::string> unseen(const Incident& incident, const analyze::CaseBook& cases, const std::vector<std::string>& but) {
  const std::unordered_set<std::string_view> left_out(but.begin(), but.end());
  std::vector<std::string> ids;
  for (const IncidentAlertLine& alert : incident.alerts) {
    const analyze::CaseBook::Pin* const pin = cases.pin(alert.id);
    if ((pin == nullptr || cases.at(pin->number).incident != incident.id) && !left_out.contains(alert.id)) ids.push_back(alert.id);
  }
  return ids;
}

Status must_be_open(const Incident& incident) {
  if (incident.status != CaseStatus::kClosed) return {};
  return Error{Code::kInvalid, fmt::format("incident {} is closed; give it another status first, which opens it again", short_id(incident.id))};
}

/// Changes nothing that other alerts or suppressions go by.
bool is_said_only(CaseActKind kind) {
  switch (kind) {
    case CaseActKind::kComment:
    case CaseActKind::kTask:
    case CaseActKind::kDone:
    case CaseActKind::kAttach:
    case CaseActKind::kDetach: return true;
    default: return false;
  }
}

Status must_say(const CaseAct& act, const char* what) {
  if (act.text.find_first_not_of(" \t\r\n") != std::string::npos) return {};
  return Error{Code::kInvalid, fmt::format("say {}", what)};
}

}  // namespace

Result<const Incident*> incident_named(const IncidentView::Made& made, std::string_view id) {
  const auto named = [&](const Incident& incident) { return incident.id.starts_with(id); };
  const auto found = std::ranges::find_if(made.incidents, named);
  if (id.size() < kIdBytesMin) return Error{Code::kNotFound, fmt::format("'{}' names no incident; write {} characters of its id, or more", id, kIdBytesMin)};
  if (found == made.incidents.end()) {
    const auto gone = std::ranges::find_if(made.cases->cases(), [&](const Case& one) { return one.incident.starts_with(id) && !one.merged_into.empty(); });
    if (gone != made.cases->cases().end()) return Error{Code::kNotFound, fmt::format("incident {} was merged into {}", short_id(gone->incident), short_id(gone->merged_into))};
    return Error{Code::kNotFound, fmt::format("there is no incident '{}' of the alerts that were stored last; of two that became one the older id stays", id)};
  }
  if (std::ranges::count_if(made.incidents, named) > 1) return Error{Code::kInvalid, fmt::format("several incidents begin with '{}'; write more of it", id)};
  return &*found;
}

Result<const CaseAttachment*> attachment_of(const IncidentView::Made& made, const Incident& incident, std::int64_t act) {
  const std::vector<const CaseAttachment*> all = made.cases->attachments(incident.id);
  const auto found = std::ranges::find(all, act, &CaseAttachment::act);
  if (found == all.end()) return Error{Code::kNotFound, fmt::format("incident {} has no attachment {} (`tocsin case attachments`)", short_id(incident.id), act)};
  if ((*found)->removed != 0) return Error{Code::kNotFound, fmt::format("the content of attachment {} was removed by {} (act {}); its SHA-256 was {}", act, (*found)->removed_by, (*found)->removed, (*found)->file.sha256)};
  return *found;
}

Result<CaseAct> CaseDesk::act(CaseAct wanted, const Actor& by) {
  const std::shared_ptr<const Made> made = TRY(view_.now());
  TRY(make_whole(wanted, *made));
  if (wanted.kind == CaseActKind::kSplit) wanted.other = analyze::incident_id(fmt::format("{} split off at {}", wanted.alerts.front(), by.time));
  wanted.number = TRY(log_.add(wanted, by));
  wanted.time = by.time;
  wanted.who = by.who;
  if (!is_said_only(wanted.kind)) TRY(SuppressionDesk(view_, state_).look_again(by));
  return wanted;
}

Status CaseDesk::make_whole(CaseAct& act, const Made& made) {
  if (act.kind == CaseActKind::kCalibration) return check_calibration(act, made);
  if (act.incident.empty() && act.kind == CaseActKind::kVerdict) return find_alerts(act);
  if (act.kind == CaseActKind::kUndo && act.incident.empty()) {
    const CaseAct* const of = made.cases->act(act.of);
    if (of == nullptr) return Error{Code::kNotFound, fmt::format("there is no act {}", act.of)};
    TRY(check_of(act, made));
    act.incident = of->incident;
    if (act.incident.empty()) return {};  // of a verdict on alerts alone
    // What it was about may have become another one, or be old: it is taken back all the same.
    const Result<const Incident*> incident = incident_named(made, act.incident);
    return incident ? gather(act, **incident, made) : Status();
  }
  const Incident& incident = *TRY(incident_named(made, act.incident));
  act.incident = incident.id;
  switch (act.kind) {
    case CaseActKind::kStatus: TRY(check_status(act, made.cases->of(incident.id))); break;
    case CaseActKind::kAssign:
      TRY(check_assignee(act.assignee));
      if (act.assignee == incident.assignee) return Error{Code::kInvalid, act.assignee.empty() ? "nobody has it" : fmt::format("{} has it already", act.assignee)};
      break;
    case CaseActKind::kModel:
    case CaseActKind::kComment: TRY(must_say(act, "something")); break;
    case CaseActKind::kTask: TRY(must_say(act, "what is to be done")); break;
    case CaseActKind::kConfidence:
      if (!(act.value >= 0 && act.value <= 1)) return Error{Code::kInvalid, "a confidence is between 0 and 1"};
      TRY(must_say(act, "why you see it otherwise"));
      break;
    case CaseActKind::kAttach:
      if (act.file.place.empty()) return Error{Code::kInvalid, "nothing is attached"};
      break;
    case CaseActKind::kDetach: TRY(attachment_of(made, incident, act.of)); break;
    case CaseActKind::kDone:
    case CaseActKind::kUndo: TRY(check_of(act, made)); break;
    default: break;
  }
  return gather(act, incident, made);
}

Status CaseDesk::check_status(const CaseAct& act, const Case* about) const {
  const CaseStatus now = about == nullptr ? CaseStatus::kNew : about->status;
  const bool closes = act.status == CaseStatus::kClosed;
  if (closes && act.verdict == Verdict::kNone) return Error{Code::kInvalid, "say what it was: true-positive, benign or false-positive"};
  if (!closes && act.verdict != Verdict::kNone) return Error{Code::kInvalid, "what it was is said when it is closed"};
  if (now == act.status) return Error{Code::kInvalid, fmt::format("its status is '{}' already", word_of(now))};
  return {};
}

Status CaseDesk::check_calibration(const CaseAct& act, const Made& made) const {
  const std::uint32_t newest = made.calibrator.versions().back().version;
  const bool is_there = act.value == kNewestCalibration || (act.value >= 0 && act.value <= newest && act.value == std::floor(act.value));
  if (!is_there) return Error{Code::kInvalid, fmt::format("there is no such version of the calibration: 0 is none, and the newest is {}", newest)};
  return must_say(act, "why");
}

/// Of a service with users one of them; else whatever name is one.
Status CaseDesk::check_assignee(const std::string& name) {
  if (name.empty()) return {};
  Accounts accounts(state_);
  const std::vector<UserRecord> users = TRY(accounts.users());
  const auto user = std::ranges::find(users, name, &UserRecord::name);
  if (user != users.end() ? !user->disabled : users.empty()) return {};
  if (user != users.end()) return Error{Code::kInvalid, fmt::format("user '{}' is disabled", name)};
  return Error{Code::kInvalid, fmt::format("there is no user named '{}' (`tocsin user list`)", name)};
}

Status CaseDesk::check_of(const CaseAct& act, const Made& made) const {
  const CaseAct* const of = made.cases->act(act.of);
  if (of == nullptr) return Error{Code::kNotFound, fmt::format("there is no act {}", act.of)};
  if (!act.incident.empty() && of->incident != act.incident && of->other != act.incident) return Error{Code::kInvalid, fmt::format("act {} is not about this incident", act.of)};
  if (!made.cases->counts(act.of)) return Error{Code::kInvalid, fmt::format("act {} was taken back already", act.of)};
  if (of->kind == CaseActKind::kAttach || of->kind == CaseActKind::kDetach) {
    return Error{Code::kInvalid, fmt::format("act {} is about a file: the content of one is removed by `tocsin case detach`, and does not come back", act.of)};
  }
  if (act.kind == CaseActKind::kDone && of->kind != CaseActKind::kTask) return Error{Code::kInvalid, fmt::format("act {} is no task", act.of)};
  return {};
}

/// Which alerts it is about, and which others are there.
Status CaseDesk::gather(CaseAct& act, const Incident& incident, const Made& made) {
  switch (act.kind) {
    case CaseActKind::kMerge: TRY(gather_merge(act, incident, made)); break;
    case CaseActKind::kSplit:
    case CaseActKind::kMove: {
      TRY(must_be_open(incident));
      TRY(gather_alerts(act, incident));
      if (act.alerts.empty()) return Error{Code::kInvalid, "say which alerts"};
      if (act.kind == CaseActKind::kSplit && act.alerts.size() == incident.alerts.size()) return Error{Code::kInvalid, "all of its alerts would go, and nothing would be split"};
      if (act.kind == CaseActKind::kSplit) break;
      const Incident& other = *TRY(incident_named(made, act.other));
      if (other.id == incident.id) return Error{Code::kInvalid, "they are in this incident already"};
      TRY(must_be_open(other));
      act.other = other.id;
      act.seen_other = unseen(other, *made.cases, {});
      break;
    }
    case CaseActKind::kVerdict:
      TRY(gather_alerts(act, incident));
      if (act.alerts.empty()) std::ranges::transform(incident.alerts, std::back_inserter(act.alerts), &IncidentAlertLine::id);
      break;
    default: act.alerts.clear(); break;
  }
  act.seen = unseen(incident, *made.cases, act.kind == CaseActKind::kVerdict ? std::vector<std::string>() : act.alerts);
  return {};
}

Status CaseDesk::gather_merge(CaseAct& act, const Incident& incident, const Made& made) {
  const Incident& other = *TRY(incident_named(made, act.other));
  if (other.id == incident.id) return Error{Code::kInvalid, "an incident cannot be merged into itself"};
  TRY(must_be_open(incident));
  TRY(must_be_open(other));
  act.other = other.id;
  act.alerts.clear();
  std::ranges::transform(other.alerts, std::back_inserter(act.alerts), &IncidentAlertLine::id);
  return {};
}

Status CaseDesk::gather_alerts(CaseAct& act, const Incident& incident) const {
  std::vector<std::string> whole;
  for (const std::string& id : act.alerts) {
    const auto named = [&](const IncidentAlertLine& alert) { return alert.id.starts_with(id); };
    const auto found = std::ranges::find_if(incident.alerts, named);
    if (id.size() < kIdBytesMin || found == incident.alerts.end()) return Error{Code::kNotFound, fmt::format("there is no alert '{}' in incident {}", id, short_id(incident.id))};
    if (std::ranges::count_if(incident.alerts, named) > 1) return Error{Code::kInvalid, fmt::format("several of its alerts begin with '{}'; write more of it", id)};
    if (std::ranges::find(whole, found->id) == whole.end()) whole.push_back(found->id);
  }
  act.alerts = std::move(whole);
  return {};
}

/// Of alerts alone, wherever they are.
Status CaseDesk::find_alerts(CaseAct& act) {
  if (act.alerts.empty()) return Error{Code::kInvalid, "say which alerts"};
  for (std::string& id : act.alerts) {
    const std::optional<StoredAlert> alert = TRY(state_.alert(id));
    if (id.size() < kIdBytesMin || !alert) return Error{Code::kNotFound, fmt::format("there is no alert '{}'", id)};
    id = alert->id;
  }
  return {};
}

}  // namespace tocsin::api
