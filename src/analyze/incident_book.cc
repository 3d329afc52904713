#include "analyze/incident_book.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "event/attack_stages.h"
#include "base/sha256.h"
#include "base/text.h"

namespace tocsin::analyze {

namespace {

void count(std::vector<IncidentEntity>& entities, std::string_view value) {
  if (value.empty()) return;
  const auto known = std::ranges::find(entities, value, &IncidentEntity::value);
  if (known != entities.end()) {
    ++known->alerts;
  } else if (entities.size() < kIncidentEntitiesMax) {
    entities.push_back({std::string(value), 1});
  }
}

/// The most alerts first.
void sort(std::vector<IncidentEntity>& entities) {
  std::ranges::sort(entities, [](const IncidentEntity& a, const IncidentEntity& b) { return std::tie(b.alerts, a.value) < std::tie(a.alerts, b.value); });
}

/// "0x1298" is 4760; whatever else stays as it is.
std::string process_number(const std::string& text) {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  if (!text.starts_with("0x")) return text;
  const auto [stop, error] = std::from_chars(text.data() + 2, end, number, 16);
  return error == std::errc() && stop == end ? std::to_string(number) : text;
}

/// A GUID is the process; a number only as long as no other has it, which is as much as such a log says.
std::string process_id(const std::string& guid, const std::string& number) {
  if (!guid.empty()) return folded(guid);
  return number.empty() ? std::string() : "pid " + process_number(number);
}

void see_process(std::vector<IncidentProcess>& processes, IncidentProcess seen) {
  if (seen.id.empty()) return;
  const auto known = std::ranges::find_if(processes, [&](const IncidentProcess& one) { return one.host == seen.host && one.id == seen.id; });
  if (known == processes.end()) {
    if (processes.size() < kIncidentProcessesMax) processes.push_back(std::move(seen));
    return;
  }
  known->alerts += seen.alerts;
  if (known->parent.empty()) known->parent = std::move(seen.parent);
  if (known->path.empty()) known->path = std::move(seen.path);
  if (known->command_line.empty()) known->command_line = std::move(seen.command_line);
}

void add_processes(Incident& incident, const IncidentAlert& alert, const std::string& host) {
  const std::string parent = process_id(alert.said(ContextRole::kParentGuid), alert.said(ContextRole::kParentPid));
  const std::string own = process_id(alert.said(ContextRole::kProcessGuid), alert.said(ContextRole::kProcessPid));
  see_process(incident.processes, {host, parent, {}, alert.said(ContextRole::kParentPath), alert.said(ContextRole::kParentCommandLine), 0, alert.time});
  see_process(incident.processes, {host, own, parent, alert.said(ContextRole::kProcessPath), alert.said(ContextRole::kProcessCommandLine), 1, alert.time});
}

void add_stage(Incident& incident, const IncidentAlert& alert, const Tactic& tactic) {
  auto stage = std::ranges::find(incident.stages, tactic.name, &IncidentStage::tactic);
  if (stage == incident.stages.end()) {
    incident.stages.push_back({tactic.name, tactic.order, alert.time, 0, alert.title, alert.level, {}});
    stage = incident.stages.end() - 1;
  }
  ++stage->alerts;
  if (alert.level > stage->level) {
    stage->level = alert.level;
    stage->rule = alert.title;
  }
  for (const std::string& tag : alert.tags) {
    std::string technique = technique_of(tag);
    if (!technique.empty() && std::ranges::find(stage->techniques, technique) == stage->techniques.end()) stage->techniques.push_back(std::move(technique));
  }
}

void add_rule(Incident& incident, const IncidentAlert& alert) {
  const auto known = std::ranges::find(incident.rules, alert.rule_id, &IncidentRule::id);
  if (known != incident.rules.end()) {
    ++known->alerts;
    known->level = std::max(known->level, alert.level);
  } else {
    incident.rules.push_back({alert.rule_id, alert.title, alert.level, 1, alert.time});
  }
}

void stand_as(Incident& incident, const Case& its) {
  incident.id = its.incident;
  incident.status = its.status;
  incident.classification = its.classification;
  incident.assignee = its.assignee;
  incident.acts = its.acts.size();
  incident.said = its.confidence;
  incident.said_by = its.confidence_by;
}

std::vector<bool> closed_of(const CaseBook& cases) {
  std::vector<bool> closed;
  for (const Case& one : cases.cases()) closed.push_back(one.status == CaseStatus::kClosed);
  return closed;
}

void finish(Incident& incident) {
  // Of those that were first seen at once, in the order of an attack.
  std::ranges::stable_sort(incident.stages, [](const IncidentStage& a, const IncidentStage& b) { return std::tie(a.first, a.order) < std::tie(b.first, b.order); });
  std::ranges::stable_sort(incident.rules, [](const IncidentRule& a, const IncidentRule& b) { return std::tie(b.level, b.alerts) < std::tie(a.level, a.alerts); });
  for (IncidentStage& stage : incident.stages) std::ranges::sort(stage.techniques);
  sort(incident.hosts);
  sort(incident.accounts);
  sort(incident.addresses);
}

}  // namespace

std::string incident_id(std::string_view first_alert) {
  std::string hex;
  append_hex(hex, sha256("incident\n" + std::string(first_alert)), 16);
  return hex;
}

bool IncidentBook::add(IncidentAlert alert) {
  if (alerts_.size() >= kBookAlertsMax) return false;
  alerts_.push_back(std::move(alert));
  return true;
}

void IncidentBook::sort() {
  std::ranges::sort(alerts_, [](const IncidentAlert& a, const IncidentAlert& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
}

void IncidentBook::forget_earliest(std::size_t keep) {
  sort();
  const auto is_loose = [&](const IncidentAlert& alert) { return cases_ == nullptr || cases_->pin(alert.id) == nullptr; };
  const auto loose = static_cast<std::size_t>(std::ranges::count_if(alerts_, is_loose));
  std::size_t left = loose > keep ? loose - keep : 0;
  std::erase_if(alerts_, [&](const IncidentAlert& alert) { return left > 0 && is_loose(alert) && left-- > 0; });
}

std::vector<std::string> IncidentBook::missing(std::vector<std::string> ids) const {
  std::unordered_set<std::string_view> here;
  for (const IncidentAlert& alert : alerts_) here.insert(alert.id);
  std::erase_if(ids, [&](const std::string& id) { return here.contains(id); });
  return ids;
}

IncidentLink IncidentBook::link_of(std::size_t alert, const Link& link, const std::vector<LinkKey>& keys, bool merged) const {
  const LinkKey& key = keys[link.key];
  return {alerts_[alert].id, alerts_[link.to_alert].id, key.kind, key.text, link.gap_us, link.strength, link.elsewhere, merged};
}

void IncidentBook::keep_links(std::size_t alert, const Placement& place, const std::vector<LinkKey>& keys) {
  if (!place.begun && !place.unlinked) joints_.push_back({place.incident, link_of(alert, place.link, keys, false)});
  into_.resize(std::max<std::size_t>(into_.size(), place.incident + 1));
  for (const Merge& merge : place.merges) {
    into_.resize(std::max<std::size_t>(into_.size(), merge.from + 1));
    into_[merge.from] = place.incident;
  }
  for (const Merge& merge : place.merges) joints_.push_back({place.incident, link_of(alert, merge.link, keys, true)});
  for (const Related& related : place.related) {
    if (related.other != place.incident) relations_.push_back({place.incident, related.other, keys[related.key].text});
  }
}

/// An alert is in the incident of its case though the linker may have forgotten it, and a link says so where no other does.
void IncidentBook::keep_case(std::size_t alert, const CaseBook::Pin& pin, const Placement& place) {
  IncidentNumber& first = of_case_[pin.number - 1];
  if (first == 0) first = place.incident;
  const bool again = root(place.incident) != root(first);
  if (again) into_[root(place.incident)] = root(first);
  if (!place.unlinked && !again) return;
  const CaseAct& by = *cases_->act(pin.act);
  joints_.push_back({place.incident, {alerts_[alert].id, {}, LinkKind::kPerson, pin.moved ? by.who + " put it here" : "was here when " + by.who + " looked", 0, 1, 0, false}});
}

/// The linker forgets incidents; here all are to the end.
IncidentNumber IncidentBook::root(IncidentNumber incident) const {
  while (into_[incident] != 0) incident = into_[incident];
  return incident;
}

void IncidentBook::link_all() {
  sort();
  LinkKeys keys;
  IncidentLinker linker;
  placed_.clear();
  into_.assign(1, 0);
  joints_.clear();
  relations_.clear();
  said_.clear();
  if (cases_ != nullptr) linker.set_cases(closed_of(*cases_));
  of_case_.assign(cases_ == nullptr ? 0 : cases_->cases().size(), 0);
  confidences_ = std::make_unique<ConfidenceBook>();
  for (std::size_t i = 0; i < alerts_.size(); ++i) {
    const std::vector<LinkKey>& of_alert = keys.of(alerts_[i]);
    const CaseBook::Pin* const pin = cases_ == nullptr ? nullptr : cases_->pin(alerts_[i].id);
    const Placement& place = linker.add({i, alerts_[i].time, pin == nullptr ? 0 : pin->number}, of_alert);
    placed_.push_back({place.incident, keys.host(), keys.accounts()});
    confidences_->see(alerts_[i], {keys.host(), keys.accounts(), place});
    keep_links(i, place, of_alert);
    if (pin != nullptr) keep_case(i, *pin, place);
    for (const EntityResolver::Said& said : keys.names().said()) said_.emplace_back(place.incident, said);
  }
  for (Placed& placed : placed_) placed.incident = root(placed.incident);
  for (Joint& joint : joints_) joint.incident = root(joint.incident);
  for (auto& [incident, said] : said_) incident = root(incident);
  for (Relation& relation : relations_) {
    relation.one = root(relation.one);
    relation.other = root(relation.other);
  }
}

std::vector<Incident> IncidentBook::incidents(std::span<const AlertVerdict> verdicts, std::uint32_t calibration_max) {
  link_all();
  confidences_->judge(alerts_, verdicts, calibration_max);
  std::map<IncidentNumber, Incident> by_number;
  for (std::size_t i = 0; i < of_case_.size(); ++i) {
    if (of_case_[i] != 0) stand_as(by_number[root(of_case_[i])], cases_->cases()[i]);
  }
  for (std::size_t i = 0; i < alerts_.size(); ++i) {
    const IncidentAlert& alert = alerts_[i];
    const Placed& placed = placed_[i];
    Incident& incident = by_number[placed.incident];
    if (incident.alerts.empty()) {
      if (incident.id.empty()) incident.id = incident_id(alert.id);
      incident.first = alert.time;
    }
    incident.last = alert.time;
    incident.level = std::max(incident.level, alert.level);
    ++incident.by_level[std::min<std::size_t>(alert.level, 4)];
    incident.alerts.push_back({alert.id, alert.rule_id, alert.title, alert.time, alert.level, placed.host, static_cast<std::uint32_t>(i)});
    confidences_->describe(incident.alerts.back());
    add_rule(incident, alert);
    std::set<std::string_view> tactics;
    for (const std::string& tag : alert.tags) {
      if (const Tactic* const tactic = tactic_of(tag); tactic != nullptr && tactics.insert(tactic->name).second) add_stage(incident, alert, *tactic);
    }
    count(incident.hosts, placed.host);
    for (const std::string& account : placed.accounts) count(incident.accounts, account);
    count(incident.addresses, alert.said(ContextRole::kSourceIp));
    if (alert.said(ContextRole::kDestinationIp) != alert.said(ContextRole::kSourceIp)) count(incident.addresses, alert.said(ContextRole::kDestinationIp));
    add_processes(incident, alert, placed.host);
  }
  for (Joint& joint : joints_) by_number[joint.incident].links.push_back(std::move(joint.link));
  for (const auto& [number, said] : said_) count(by_number[number].names, said.name + " is " + said.stands_for);
  std::set<std::tuple<IncidentNumber, IncidentNumber, std::string>> distinct;
  for (const Relation& relation : relations_) {
    if (relation.one == relation.other) continue;
    for (const auto& [one, other] : {std::pair(relation.one, relation.other), std::pair(relation.other, relation.one)}) {
      std::vector<RelatedIncident>& related = by_number[one].related;
      if (related.size() < kIncidentRelatedMax && distinct.emplace(one, other, relation.entity).second) related.push_back({by_number[other].id, relation.entity});
    }
  }
  std::vector<Incident> incidents;
  for (auto& [number, incident] : by_number) {
    finish(incident);
    confidences_->weigh(incident, alerts_);
    incidents.push_back(std::move(incident));
  }
  sort_by_loss(incidents);
  return incidents;
}

}  // namespace tocsin::analyze
