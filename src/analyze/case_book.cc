#include "analyze/case_book.h"

#include <algorithm>

namespace tocsin::analyze {

namespace {

bool moves_alerts(CaseActKind kind) { return kind == CaseActKind::kMerge || kind == CaseActKind::kSplit || kind == CaseActKind::kMove; }

void remove_attachment(std::vector<CaseAttachment>& attachments, const CaseAct& act) {
  for (CaseAttachment& one : attachments) {
    if (one.act != act.of || one.removed != 0) continue;
    one.removed = act.number;
    one.removed_by = act.who;
    one.removed_why = act.text;
    one.removed_at = act.time;
  }
}

}  // namespace

CaseBook::CaseBook(std::vector<CaseAct> acts) : acts_(std::move(acts)) {
  see_undone();
  for (std::size_t i = 0; i < acts_.size(); ++i) apply(acts_[i], !undone_[i]);
}

/// The last one decides first: what takes back may be taken back.
void CaseBook::see_undone() {
  undone_.assign(acts_.size(), false);
  for (std::size_t i = acts_.size(); i-- > 0;) {
    if (undone_[i] || acts_[i].kind != CaseActKind::kUndo) continue;
    const auto of = std::ranges::lower_bound(acts_, acts_[i].of, {}, &CaseAct::number);
    if (of != acts_.end() && of->number == acts_[i].of && of->number < acts_[i].number) undone_[static_cast<std::size_t>(of - acts_.begin())] = true;
  }
}

const CaseAct* CaseBook::act(std::int64_t number) const {
  const auto found = std::ranges::lower_bound(acts_, number, {}, &CaseAct::number);
  return found != acts_.end() && found->number == number ? &*found : nullptr;
}

bool CaseBook::counts(std::int64_t number) const {
  const CaseAct* const found = act(number);
  return found != nullptr && !undone_[static_cast<std::size_t>(found - acts_.data())];
}

CaseNumber CaseBook::number_of(const std::string& incident) {
  if (incident.empty()) return 0;
  const auto [known, is_new] = by_incident_.try_emplace(incident, static_cast<CaseNumber>(cases_.size() + 1));
  if (is_new) cases_.push_back({.incident = incident});
  return known->second;
}

void CaseBook::pin_all(const std::vector<std::string>& alerts, CaseNumber number, std::int64_t act, bool moved) {
  for (const std::string& alert : alerts) pins_.insert_or_assign(alert, Pin{number, act, moved});
}

void CaseBook::apply(const CaseAct& act, bool counts) {
  const CaseNumber number = number_of(act.incident), other = number_of(act.other);
  if (number != 0) {
    Case& about = cases_[number - 1];
    about.acts.push_back(act.number);
    about.changed = act.time;
    pin_all(act.seen, number, act.number, false);
  }
  if (other != 0) {
    cases_[other - 1].acts.push_back(act.number);
    cases_[other - 1].changed = act.time;
    pin_all(act.seen_other, other, act.number, false);
  }
  if (number != 0 && moves_alerts(act.kind)) {
    const bool into = act.kind == CaseActKind::kMerge;
    const CaseNumber to = into ? number : other, from = into ? other : number;
    pin_all(act.alerts, counts ? to : from, act.number, counts);
  }
  if (!counts) return;
  if (act.kind == CaseActKind::kVerdict) {
    for (const std::string& alert : act.alerts) said_.insert_or_assign(alert, act.number);
  }
  if (act.kind == CaseActKind::kCalibration) calibration_ = act.value < 0 ? UINT32_MAX : static_cast<std::uint32_t>(std::min(act.value, 4e9));
  if (number == 0) return;
  Case& about = cases_[number - 1];
  switch (act.kind) {
    case CaseActKind::kStatus:
      about.status = act.status;
      about.classification = act.status == CaseStatus::kClosed ? act.verdict : Verdict::kNone;
      closed_by_[number] = act.status == CaseStatus::kClosed ? act.number : 0;
      break;
    case CaseActKind::kAssign:
      about.assignee = act.assignee;
      if (about.status == CaseStatus::kNew && !act.assignee.empty()) about.status = CaseStatus::kAssigned;
      if (about.status == CaseStatus::kAssigned && act.assignee.empty()) about.status = CaseStatus::kNew;
      break;
    case CaseActKind::kComment: ++about.comments; break;
    case CaseActKind::kTask: about.tasks.push_back({act.number, act.text, act.who}); break;
    case CaseActKind::kDone:
      for (CaseTask& task : about.tasks) task.done = task.done || task.act == act.of;
      break;
    case CaseActKind::kAttach: about.attachments.push_back({act.number, act.file, act.who, act.text, act.time, 0, {}, {}, kNoTime}); break;
    case CaseActKind::kDetach:  // it may have come with an incident that was merged into this one
      if (const CaseAct* const of = this->act(act.of); of != nullptr && !of->incident.empty()) remove_attachment(cases_[number_of(of->incident) - 1].attachments, act);
      break;
    case CaseActKind::kConfidence:
      about.confidence = act.value;
      about.confidence_by = act.who;
      break;
    case CaseActKind::kMerge: cases_[other - 1].merged_into = about.incident; break;
    case CaseActKind::kMove:
    case CaseActKind::kSplit:
      cases_[other - 1].merged_into.clear();  // it has alerts again
      break;
    default: break;
  }
}

const Case* CaseBook::of(std::string_view incident) const {
  const auto found = by_incident_.find(incident);
  return found == by_incident_.end() ? nullptr : &cases_[found->second - 1];
}

std::vector<const CaseAttachment*> CaseBook::attachments(std::string_view incident) const {
  std::vector<const CaseAttachment*> found;
  for (const Case& one : cases_) {
    if (one.attachments.empty() || final_of(one).incident != incident) continue;
    for (const CaseAttachment& attachment : one.attachments) found.push_back(&attachment);
  }
  std::ranges::sort(found, {}, &CaseAttachment::act);
  return found;
}

/// The incident that has its alerts now. Each merge adds one to the way, so no way is longer than there are cases.
const Case& CaseBook::final_of(const Case& begin) const {
  const Case* at = &begin;
  for (std::size_t steps = 0; !at->merged_into.empty() && steps < cases_.size(); ++steps) at = of(at->merged_into);
  return *at;
}

const CaseBook::Pin* CaseBook::pin(std::string_view alert) const {
  const auto found = pins_.find(alert);
  return found == pins_.end() ? nullptr : &found->second;
}

std::vector<std::string> CaseBook::pinned() const {
  std::vector<std::string> alerts;
  for (const auto& [alert, pin] : pins_) alerts.push_back(alert);
  std::ranges::sort(alerts);
  return alerts;
}

CaseBook::Said CaseBook::verdict(std::string_view alert) const {
  if (const auto said = said_.find(alert); said != said_.end()) return {act(said->second)->verdict, said->second, false};
  const Pin* const here = pin(alert);
  if (here == nullptr) return {};
  const auto closed = closed_by_.find(here->number);
  if (closed == closed_by_.end() || closed->second == 0) return {};
  return {at(here->number).classification, closed->second, true};
}

std::vector<AlertVerdict> CaseBook::verdicts() const {
  std::vector<std::string> alerts = pinned();
  for (const auto& [alert, number] : said_) alerts.push_back(alert);
  std::ranges::sort(alerts);
  alerts.erase(std::unique(alerts.begin(), alerts.end()), alerts.end());
  std::vector<AlertVerdict> verdicts;
  for (const std::string& alert : alerts) {
    const Said said = verdict(alert);
    if (said.verdict == Verdict::kNone) continue;
    const CaseAct& by = *act(said.act);
    verdicts.push_back({alert, said.verdict, by.text, by.who, by.time, said.of_incident});
  }
  // As they were said, and so as they are learnt from.
  std::ranges::stable_sort(verdicts, {}, &AlertVerdict::time);
  return verdicts;
}

}  // namespace tocsin::analyze
