#include "report/incident_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/text.h"
#include "event/level.h"
#include "report/case_writer.h"
#include "report/incident_next.h"
#include "report/incident_writer.h"
#include "report/page.h"
#include "report/timeline.h"

namespace tocsin {

namespace {

constexpr std::size_t kEntitiesShown = 50;

std::string level_of(std::uint8_t level) { return std::string(kLevelWords[std::min<std::size_t>(level, kLevelWords.size() - 1)]); }
std::string spaced(std::string_view word) {
  std::string text(word);
  std::ranges::replace(text, '_', ' ');
  return text;
}
std::string short_id(const std::string& id) { return id.substr(0, 12); }
std::string of_probability(const Probability& one) { return fmt::format("{} (nine times in ten between {} and {})", percent(one.mean), percent(one.low), percent(one.high)); }

void add_summary(Document& document, const IncidentReport& report) {
  const Incident& incident = *report.incident;
  document.heading("What happened").text(incident_story(incident));
  const CaseAct* const closed = closing_act(report);
  std::string verdict = "none yet: no person has closed it";
  if (closed != nullptr) verdict = fmt::format("{}, by {} at {}{}", spaced(word_of(closed->verdict)), closed->who, report_time(closed->time), closed->text.empty() ? "" : ": " + closed->text);
  document.facts({{"Incident", incident.id},
                  {"First event", report_time(incident.first)},
                  {"Last event", report_time(incident.last)},
                  {"First alert", report_time(detected_at(report))},
                  {"Level", level_of(incident.level)},
                  {"Status", spaced(word_of(incident.status))},
                  {"Assigned to", incident.assignee.empty() ? "nobody" : incident.assignee},
                  {"Verdict", verdict},
                  {"Attack, as the machine sees it", of_probability(incident.confidence)},
                  {"Attack, as a person sees it", incident.said ? fmt::format("{}, by {}", percent(*incident.said), incident.said_by) : "nobody said"},
                  {"Criticality of what it is about", incident.criticality.empty() ? "not known" : std::string(incident.criticality)}});
}

void add_timeline(Document& document, const Incident& incident) {
  document.heading("Timeline");
  std::map<std::int64_t, LevelCounts> by_minute;
  for (const IncidentAlertLine& alert : incident.alerts) {
    if (alert.time != kNoTime) ++by_minute[alert.time / 60'000'000].counts[std::min<std::size_t>(alert.level, 4)];
  }
  const Timeline timeline = make_timeline(by_minute);
  std::vector<DocumentBar> bars;
  for (const TimelineRow& row : timeline.rows) {
    const std::uint64_t count = row.counts.total();
    const auto gravest = static_cast<std::uint8_t>(std::max(row.counts.highest(), 0));
    bars.push_back({row.pause ? row.label + " without" : row.label, static_cast<double>(count), row.pause ? "" : grouped(count), gravest});
  }
  if (bars.size() > 1) document.note(fmt::format("Alerts by {}, UTC; the colour is that of the gravest.", timeline.step)).bars(std::move(bars));
  std::vector<std::vector<std::string>> rows;
  for (const IncidentAlertLine& alert : incident.alerts) rows.push_back({report_time(alert.time), level_of(alert.level), alert.title, alert.host, percent(alert.confidence.mean), alert.verdict == Verdict::kNone ? "" : spaced(word_of(alert.verdict)), short_id(alert.id)});
  document.table({{"Time of the event"}, {"Level"}, {"Alert"}, {"Host"}, {"Attack", true}, {"Verdict"}, {"Id"}}, std::move(rows));
}

void add_entities(Document& document, const Incident& incident) {
  document.heading("Who and what it is about");
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const char* kind, const std::vector<IncidentEntity>& entities) {
    for (std::size_t i = 0; i < std::min(entities.size(), kEntitiesShown); ++i) rows.push_back({kind, entities[i].value, grouped(entities[i].alerts)});
    if (entities.size() > kEntitiesShown) rows.push_back({kind, fmt::format("and {} more", entities.size() - kEntitiesShown), ""});
  };
  add("host", incident.hosts);
  add("account", incident.accounts);
  add("address", incident.addresses);
  if (rows.empty()) document.text("Its alerts name no host, no account and no address.");
  else document.table({{"Kind"}, {"Name"}, {"Alerts", true}}, std::move(rows));
  rows.clear();
  for (const IncidentProcess& process : incident.processes) {
    if (process.alerts > 0) rows.push_back({report_time(process.first), process.host, process.command_line.empty() ? process.path : process.command_line, grouped(process.alerts)});
  }
  if (!rows.empty()) document.text("Processes that alerts are about:").table({{"First seen"}, {"Host"}, {"Process"}, {"Alerts", true}}, std::move(rows));
}

/// The surest first, those with reasons only.
void add_reasons(Document& document, const IncidentReport& report) {
  const Incident& incident = *report.incident;
  document.heading("How sure it is, and why");
  document.note("Confidence is the probability that an alert is malicious activity. Weights are log-odds: plus 0.7 doubles the odds, plus 2.3 makes them ten times as high.");
  std::vector<std::vector<std::string>> rows;
  for (const EvidenceItem& item : incident.evidence) rows.push_back({fmt::format("{:+.2f}", item.weight), std::string(item.name), item.why});
  document.text("The incident:").table({{"Weight", true}, {"Evidence"}, {"Why"}}, std::move(rows));
  std::vector<std::size_t> order(std::min(report.reasons.size(), incident.alerts.size()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return report.reasons[i].confidence.mean; });
  for (std::size_t k = 0; k < std::min(order.size(), kReportReasonedAlertsMax); ++k) {
    const IncidentAlertLine& alert = incident.alerts[order[k]];
    const AlertConfidence& why = report.reasons[order[k]];
    rows.clear();
    rows.push_back({fmt::format("{:+.2f}", why.base), "base", "a rule of medium level of which nothing is known"});
    for (const EvidenceItem& item : why.evidence) rows.push_back({fmt::format("{:+.2f}", item.weight), std::string(item.name), item.why});
    document.text(fmt::format("{} ({}, alert {}): {}", alert.title, level_of(alert.level), short_id(alert.id), of_probability(why.confidence)));
    document.table({{"Weight", true}, {"Evidence"}, {"Why"}}, std::move(rows));
  }
  if (order.size() > kReportReasonedAlertsMax) document.note(fmt::format("{} alerts that are less sure are not shown with their reasons; `tocsin explain alert ID` and the JSON of this report have them.", order.size() - kReportReasonedAlertsMax));
}

void add_techniques(Document& document, const Incident& incident) {
  document.heading("Tactics and techniques (MITRE ATT&CK)");
  if (incident.stages.empty()) {
    document.text("No rule of its alerts names a tactic.");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const IncidentStage& stage : incident.stages) {
    std::string techniques;
    for (const std::string& technique : stage.techniques) techniques += (techniques.empty() ? "" : ", ") + technique;
    rows.push_back({report_time(stage.first), std::string(stage.tactic), techniques, grouped(stage.alerts), stage.rule});
  }
  document.table({{"First seen"}, {"Tactic"}, {"Techniques"}, {"Alerts", true}, {"Gravest rule"}}, std::move(rows));
}

void add_people(Document& document, const IncidentReport& report) {
  document.heading("What people did");
  if (report.acts.empty()) document.text("Nobody has done anything to it.");
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < report.acts.size(); ++i) {
    const CaseAct& act = report.acts[i];
    rows.push_back({report_time(act.time), act.who, case_act_words(act) + (report.counts[i] ? "" : " (taken back)"), act.text, std::to_string(act.number)});
  }
  if (!rows.empty()) document.table({{"Time"}, {"Who"}, {"What"}, {"In their words"}, {"Act", true}}, std::move(rows));
  std::vector<std::string> open;
  for (const CaseTask& task : report.its == nullptr ? std::vector<CaseTask>() : report.its->tasks) {
    if (!task.done) open.push_back(fmt::format("{} (asked for by {})", task.text, task.who));
  }
  if (!open.empty()) document.text("Still to do:").list(std::move(open));
}

void add_decisions(Document& document, const IncidentReport& report) {
  document.heading("What the policy says");
  document.note(fmt::format("The decision policy \"{}\", replayed over the alerts as they came, each with the confidence that it had then.", report.policy));
  std::vector<std::vector<std::string>> rows;
  for (const Decision& one : report.decisions) rows.push_back({report_time(one.time), std::string(word_of(one.kind)), one.action, one.target, one.reason, short_id(one.alert)});
  if (rows.empty()) document.text("No action of the policy is meant for its alerts.");
  else document.table({{"Time of the event"}, {"Decision"}, {"Action"}, {"Target"}, {"Why"}, {"Alert"}}, std::move(rows));
  document.heading("What was done");
  rows.clear();
  for (const ActionTaken& one : report.actions) {
    rows.push_back({report_time(one.time), one.action, one.target, one.approved_by.empty() ? "by itself, as the policy says" : fmt::format("{}, {}", one.approved_by, report_time(one.approved)),
                    std::string(word_of(one.result)) + (one.detail.empty() ? "" : ": " + one.detail), one.undone == kNoTime ? "" : fmt::format("{}, by {}", report_time(one.undone), one.undone_by)});
  }
  if (rows.empty()) document.text("No action is recorded: Tocsin has changed nothing because of this incident. What people did elsewhere is not known here.");
  else document.table({{"Begun"}, {"Action"}, {"Target"}, {"Approved"}, {"Result"}, {"Undone"}}, std::move(rows));
}

void add_attachments(Document& document, const IncidentReport& report) {
  document.heading("Attached");
  if (report.attachments.empty()) {
    document.text("Nothing is attached.");
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const CaseAttachment* const one : report.attachments) {
    rows.push_back({one->file.name, grouped(one->file.bytes), one->file.sha256, fmt::format("{}, {}", one->who, report_time(one->time)), one->removed == 0 ? one->text : fmt::format("content removed by {}, {}: {}", one->removed_by, report_time(one->removed_at), one->removed_why)});
  }
  document.table({{"Name"}, {"Bytes", true}, {"SHA-256"}, {"Attached by"}, {"Notes"}}, std::move(rows));
}

}  // namespace

std::string report_time(TimeUs time) {
  if (time == kNoTime) return "not known";
  const CivilTime t = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

std::string report_span(double seconds) {
  if (seconds < 0) return "-" + report_span(-seconds);
  if (seconds < 60) return fmt::format("{:.{}f} s", seconds, seconds < 10 ? 1 : 0);
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 3'600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86'400) return fmt::format("{} h {} min", whole / 3'600, whole % 3'600 / 60);
  return fmt::format("{} d {} h", whole / 86'400, whole % 86'400 / 3'600);
}

std::string percent(double share) { return fmt::format("{:.1f} %", share <= 0 ? 0.0 : share * 100); }

TimeUs detected_at(const IncidentReport& report) {
  TimeUs first = kNoTime;
  for (const TimeUs made : report.made) first = made != kNoTime && (first == kNoTime || made < first) ? made : first;
  return first;
}

const CaseAct* closing_act(const IncidentReport& report) {
  if (report.incident->status != CaseStatus::kClosed) return nullptr;
  for (std::size_t i = report.acts.size(); i-- > 0;) {
    if (report.counts[i] && report.acts[i].kind == CaseActKind::kStatus && report.acts[i].status == CaseStatus::kClosed && report.acts[i].incident == report.incident->id) return &report.acts[i];
  }
  return nullptr;
}

std::vector<std::string> techniques_of(const Incident& incident) {
  std::set<std::string> all;
  for (const IncidentStage& stage : incident.stages) all.insert(stage.techniques.begin(), stage.techniques.end());
  return {all.begin(), all.end()};
}

std::vector<std::string> unknown_of(const IncidentReport& report) {
  const Incident& incident = *report.incident;
  std::vector<std::string> out;
  const auto times = std::ranges::count(incident.alerts, kNoTime, &IncidentAlertLine::time);
  if (times > 0) out.push_back(fmt::format("When {} of {} alerts happened: their logs say no time.", times, incident.alerts.size()));
  std::map<std::string_view, std::size_t> missing;
  for (const AlertConfidence& why : report.reasons) {
    for (const std::string_view role : why.missing) ++missing[role];
  }
  for (const auto& [role, count] : missing) {
    if (role != "time") out.push_back(fmt::format("The {} of {} alerts: {}.", role, count, role == "tactic" ? "their rules name none" : "their logs do not say it"));
  }
  const auto added = std::ranges::count(report.made, kNoTime);
  if (added > 0) out.push_back(fmt::format("When {} alerts were made: they were kept before that was written down, or came from files.", added));
  if (incident.criticality.empty()) out.push_back("How critical the machines and accounts are: nothing says it (`--assets`).");
  if (incident.calibration == 0) out.push_back("How well confidences hold here: there are too few verdicts for a calibration.");
  if (incident.classification == Verdict::kNone) out.push_back("Whether it was an attack: no person has closed it with a verdict.");
  if (!report.attachments.empty()) out.push_back("What is in the attached files: nothing looks into them.");
  if (!report.is_whole) out.push_back("Whether alerts that are older than those looked at belong to it: not all that are stored were looked at.");
  out.push_back("What happened where no log was sent, or no rule looks.");
  return out;
}

Document incident_document(const IncidentReport& report) {
  const Incident& incident = *report.incident;
  Document document("Incident " + short_id(incident.id), fmt::format("Made by Tocsin on {}. Times are UTC. {}", report_time(report.now), report.is_redacted ? "Names, addresses and other personal data were replaced (--redact)." : "Personal data stands as the store has it: tokens stay tokens."));
  add_summary(document, report);
  add_timeline(document, incident);
  add_entities(document, incident);
  add_techniques(document, incident);
  add_reasons(document, report);
  add_people(document, report);
  add_decisions(document, report);
  add_attachments(document, report);
  document.heading("What could not be known").list(unknown_of(report));
  std::vector<std::string> looks;
  for (const NextLook& look : next_looks(incident)) looks.push_back(fmt::format("{}\ntocsin search {}", look.what, look.query));
  if (!looks.empty()) document.heading("What to look at next").list(std::move(looks));
  return document;
}

}  // namespace tocsin
