#include "report/nis2_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "event/level.h"
#include "report/case_writer.h"
#include "report/incident_writer.h"
#include "report/json_members.h"
#include "report/page.h"

namespace tocsin {

namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;
constexpr std::size_t kNamed = 20;

TimeUs hours_after(TimeUs time, std::int64_t hours) { return time == kNoTime ? kNoTime : time + hours * kHourUs; }

std::string names(const std::vector<IncidentEntity>& entities) {
  std::string text;
  for (std::size_t i = 0; i < std::min(entities.size(), kNamed); ++i) text += (i > 0 ? ", " : "") + entities[i].value;
  if (entities.size() > kNamed) text += fmt::format(" and {} more", entities.size() - kNamed);
  return text;
}

std::string malice(const IncidentReport& report) {
  const Incident& incident = *report.incident;
  std::string text;
  if (const CaseAct* const closed = closing_act(report); closed != nullptr) {
    const char* const what = closed->verdict == Verdict::kTruePositive ? "malicious activity" : closed->verdict == Verdict::kBenign ? "meant to happen, not malicious" : "a false alarm";
    text = fmt::format("{} closed it at {} as {}. ", closed->who, report_time(closed->time), what);
  }
  return text + fmt::format("Tocsin takes it for malicious activity with a probability of {} (nine times in ten between {} and {}).", percent(incident.confidence.mean), percent(incident.confidence.low), percent(incident.confidence.high));
}

std::string what_is_seen(const IncidentReport& report) {
  const Incident& incident = *report.incident;
  return fmt::format("{} First event {}, last event {}, first alert {}.", incident_story(incident), report_time(incident.first), report_time(incident.last), report_time(detected_at(report)));
}

std::string extent(const IncidentReport& report) {
  const Incident& incident = *report.incident;
  std::string text = fmt::format("Gravest level of an alert: {}. Seen on {} host{} and {} account{}.", kLevelWords[std::min<std::size_t>(incident.level, 4)], grouped(incident.hosts.size()), incident.hosts.size() == 1 ? "" : "s", grouped(incident.accounts.size()),
                                 incident.accounts.size() == 1 ? "" : "s");
  if (!incident.hosts.empty()) text += " Hosts: " + names(incident.hosts) + ".";
  if (!incident.accounts.empty()) text += " Accounts: " + names(incident.accounts) + ".";
  if (!incident.criticality.empty()) text += fmt::format(" The highest criticality among them: {}.", incident.criticality);
  return text;
}

std::string candidates(const IncidentReport& report) {
  const Incident& incident = *report.incident;
  std::string text;
  if (!incident.addresses.empty()) text += "Addresses in its alerts: " + names(incident.addresses) + ".";
  std::string files;
  for (const CaseAttachment* const one : report.attachments) files += fmt::format("{}{} (SHA-256 {})", files.empty() ? "" : ", ", one->file.name, one->file.sha256);
  if (!files.empty()) text += (text.empty() ? "" : " ") + fmt::format("Attached files: {}.", files);
  std::string programs;
  std::size_t count = 0;
  for (const IncidentProcess& process : incident.processes) {
    if (process.alerts > 0 && !process.path.empty() && count < kNamed) {
      programs += (programs.empty() ? "" : ", ") + process.path;
      ++count;
    }
  }
  if (!programs.empty()) text += (text.empty() ? "" : " ") + fmt::format("Programs that alerts are about: {}.", programs);
  return text;
}

std::string threat(const Incident& incident) {
  std::string text;
  for (const IncidentStage& stage : incident.stages) {
    text += fmt::format("{}{}", text.empty() ? "Tactics of MITRE ATT&CK, as they were first seen: " : "; ", stage.tactic);
    for (std::size_t i = 0; i < stage.techniques.size(); ++i) text += (i == 0 ? " (" : ", ") + stage.techniques[i] + (i + 1 == stage.techniques.size() ? ")" : "");
  }
  return text.empty() ? text : text + ".";
}

std::string measures(const IncidentReport& report) {
  std::string text;
  const auto add = [&](const std::string& line) { text += (text.empty() ? "" : "\n") + line; };
  for (const ActionTaken& one : report.actions) add(fmt::format("{}: {} of {}, {}{}", report_time(one.time), one.action, one.target, word_of(one.result), one.undone == kNoTime ? "" : ", undone " + report_time(one.undone)));
  for (std::size_t i = 0; i < report.acts.size(); ++i) {
    const CaseActKind kind = report.acts[i].kind;
    if (!report.counts[i] || (kind != CaseActKind::kTask && kind != CaseActKind::kDone && kind != CaseActKind::kStatus)) continue;
    add(fmt::format("{}: {} {}{}", report_time(report.acts[i].time), report.acts[i].who, case_act_words(report.acts[i]), report.acts[i].text.empty() ? "" : ": " + report.acts[i].text));
  }
  return text;
}

Nis2Stage early_warning(const Nis2Report& report) {
  const IncidentReport& incident = *report.incident;
  return {"Early warning", "early_warning", "without undue delay and in any event within 24 hours of becoming aware of the significant incident", hours_after(report.aware, kEarlyWarningHours),
          {{"Whether the incident is significant", "Article 23(3)", "", {"Has it caused, or can it cause, severe operational disruption of the services or financial loss for you?", "Has it affected, or can it affect, others by considerable material or non-material damage?"}},
           {"Whether unlawful or malicious acts are suspected", "Article 23(4)(a)", malice(incident), {"Do you suspect an unlawful or malicious act?"}},
           {"Whether it could have a cross-border impact", "Article 23(4)(a)", "", {"Are services, customers or systems in other Member States affected, or could they be?"}},
           {"What has happened, in short", "not asked by the article; useful to whoever reads it", what_is_seen(incident), {}},
           {"Who reports", "national law", "", {"Name of the entity, its sector and registration, and whom to call at any hour?"}}}};
}

Nis2Stage notification(const Nis2Report& report) {
  const IncidentReport& incident = *report.incident;
  return {"Incident notification", "incident_notification", "without undue delay and in any event within 72 hours of becoming aware of the significant incident (a trust service provider: 24 hours, where its trust services are affected)", hours_after(report.aware, kNotificationHours),
          {{"Update of the early warning", "Article 23(4)(b)", malice(incident), {"What of the early warning is no longer so? Is a cross-border impact known by now?"}},
           {"Initial assessment: severity", "Article 23(4)(b)", extent(incident), {"How severe is it for your services?"}},
           {"Initial assessment: impact", "Article 23(4)(b)", "", {"Which services are disrupted, since when, for how many users?", "What did it cost so far, and was data lost, changed or made public? (Personal data: Regulation (EU) 2016/679 may want a notification of its own within 72 hours.)"}},
           {"Indicators of compromise, where available", "Article 23(4)(b)", candidates(incident), {"Which of these are the attacker's? Nothing here says so by itself. (`tocsin report incident --format stix` has what was observed, for machines.)"}}}};
}

Nis2Stage final_report(const Nis2Report& report) {
  const IncidentReport& incident = *report.incident;
  const std::string ended = incident.incident->status == CaseStatus::kClosed ? "" : " The incident is open: if it is still going on then, a progress report is due instead, and the final report within one month of its handling (Article 23(4)(e)).";
  return {"Final report", "final_report", "not later than one month after the submission of the incident notification." + ended, report.notified == kNoTime ? kNoTime : one_month_after(report.notified),
          {{"Detailed description", "Article 23(4)(d)(i)", what_is_seen(incident), {"What does this leave out that you found otherwise?"}},
           {"Severity and impact", "Article 23(4)(d)(i)", extent(incident), {"What was the impact on services, users, data and money in the end?"}},
           {"Type of threat or root cause that is likely to have triggered it", "Article 23(4)(d)(ii)", threat(*incident.incident), {"What was the root cause: how did it begin, and why was it possible?"}},
           {"Applied and ongoing mitigation measures", "Article 23(4)(d)(iii)", measures(incident), {"What was done outside of Tocsin, and what is still being done?"}},
           {"Cross-border impact, where applicable", "Article 23(4)(d)(iv)", "", {"Which other Member States were affected, and how?"}}}};
}

}  // namespace

TimeUs one_month_after(TimeUs time) {
  CivilTime civil = to_civil(time);
  const int day = civil.day;
  civil.day = 1;
  civil.year += civil.month == 12 ? 1 : 0;
  civil.month = civil.month == 12 ? 1 : civil.month + 1;
  CivilTime next = civil;
  next.year += next.month == 12 ? 1 : 0;
  next.month = next.month == 12 ? 1 : next.month + 1;
  next.hour = next.minute = next.second = next.microsecond = 0;
  civil.day = std::min(day, to_civil(to_time(next) - 1).day);
  return to_time(civil);
}

std::vector<Nis2Stage> nis2_stages(const Nis2Report& report) { return {early_warning(report), notification(report), final_report(report)}; }

Document nis2_document(const Nis2Report& report) {
  const IncidentReport& incident = *report.incident;
  Document document("Drafts for NIS2: incident " + incident.incident->id.substr(0, 12),
                    fmt::format("DRAFTS, not reports: a person answers what is marked, checks all, and sends them. Made by Tocsin on {}. Times are UTC. {}", report_time(incident.now),
                                incident.is_redacted ? "Names, addresses and other personal data were replaced (--redact)." : "Personal data stands as the store has it."));
  document.heading("What this is").text("Article 23(4) of Directive (EU) 2022/2555 asks for three reports of a significant incident, to the CSIRT or the competent authority. These drafts hold what the data says, and mark what it does not. They are no legal advice; national law may ask for more, or by a form of its own.");
  const CaseAct* const first = incident.acts.empty() ? nullptr : &incident.acts.front();
  document.facts({{"First alert", report_time(detected_at(incident))},
                  {"First act of a person", first == nullptr ? "none so far" : report_time(first->time) + ", " + first->who},
                  {"Aware of the significant incident", report.aware == kNoTime ? "nobody said (--aware TIME)" : report_time(report.aware) + ", as you say"},
                  {"Notification submitted", report.notified == kNoTime ? "nobody said (--notified TIME)" : report_time(report.notified) + ", as you say"}});
  if (report.aware == kNoTime) document.question("When did you become aware of the significant incident? The hours of the early warning and of the notification run from then. The first alert is not that moment by itself: it is when the machine first said something.");
  for (const Nis2Stage& stage : nis2_stages(report)) {
    document.new_page().heading("DRAFT: " + stage.name);
    document.facts({{"Due", stage.due == kNoTime ? stage.rule : fmt::format("{}: {}", report_time(stage.due), stage.rule)}});
    for (const Nis2Field& field : stage.fields) {
      document.note(fmt::format("{} ({})", field.asked, field.reference));
      if (!field.known.empty()) document.text(field.known);
      for (const std::string& question : field.questions) document.question(question);
    }
  }
  document.new_page().heading("What could not be known").list(unknown_of(incident));
  return document;
}

std::string nis2_report_json(const Nis2Report& report) {
  std::string out = R"({"schema":"tocsin.nis2_report/1","draft":true,"made":)";
  append_time_or_null(out, report.incident->now);
  append_named(out, "incident", report.incident->incident->id);
  append_time_named(out, "aware", report.aware);
  append_time_named(out, "notified", report.notified);
  out.append(",\"stages\":[");
  bool first = true;
  for (const Nis2Stage& stage : nis2_stages(report)) {
    out.append(first ? "{\"stage\":" : ",{\"stage\":");
    first = false;
    append_string(out, stage.key);
    append_named(out, "rule", stage.rule);
    append_time_named(out, "due", stage.due);
    out.append(",\"fields\":[");
    for (std::size_t i = 0; i < stage.fields.size(); ++i) {
      const Nis2Field& field = stage.fields[i];
      out.append(i > 0 ? ",{\"asked\":" : "{\"asked\":");
      append_string(out, field.asked);
      append_named(out, "reference", field.reference);
      append_named(out, "known", field.known);
      out.append(",\"questions\":");
      append_strings(out, field.questions);
      out.push_back('}');
    }
    out.append("]}");
  }
  out.append("],\"unknown\":");
  append_strings(out, unknown_of(*report.incident));
  return out + "}\n";
}

}  // namespace tocsin
