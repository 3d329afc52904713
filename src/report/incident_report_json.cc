#include <fmt/format.h>

#include "event/entity_names.h"
#include "report/case_writer.h"
#include "report/confidence_writer.h"
#include "report/incident_report.h"
#include "report/incident_writer.h"
#include "report/json_members.h"

namespace tocsin {

namespace {

std::string_view entity_word(EntityType type) {
  const auto found = std::ranges::find(kEntityNames, type, &EntityName::type);
  return found == kEntityNames.end() ? "" : found->name;
}

void append_decision(std::string& out, const Decision& decision) {
  out.append("{\"time\":");
  append_time_or_null(out, decision.time);
  append_named(out, "decision", word_of(decision.kind));
  append_named(out, "action", decision.action);
  append_named(out, "target_type", entity_word(decision.target_type));
  append_named(out, "target", decision.target);
  append_named(out, "cause", word_of(decision.cause));
  append_named(out, "reason", decision.reason);
  append_named(out, "alert", decision.alert);
  out.push_back('}');
}

void append_reasons(std::string& out, const IncidentReport& report) {
  out.append(",\"alerts\":[");
  for (std::size_t i = 0; i < report.incident->alerts.size(); ++i) {
    out.append(i > 0 ? ",{\"id\":" : "{\"id\":");
    append_string(out, report.incident->alerts[i].id);
    append_time_named(out, "made", i < report.made.size() ? report.made[i] : kNoTime);
    if (i < report.reasons.size()) {
      append_probability(out, report.reasons[i].confidence);
      fmt::format_to(std::back_inserter(out), ",\"score\":{},\"base\":{}", report.reasons[i].score, report.reasons[i].base);
      append_evidence(out, report.reasons[i].evidence);
      append_items(out, "missing", report.reasons[i].missing, [&](std::string_view role) { append_string(out, role); });
    }
    out.push_back('}');
  }
  out.push_back(']');
}

}  // namespace

void append_action_taken(std::string& out, const ActionTaken& action) {
  out.append("{\"time\":");
  append_time_or_null(out, action.time);
  append_named(out, "run", action.run);
  append_named(out, "action", action.action);
  append_named(out, "target_type", entity_word(action.target_type));
  append_named(out, "target", action.target);
  append_named(out, "approved_by", action.approved_by);
  append_time_named(out, "approved", action.approved);
  append_named(out, "result", word_of(action.result));
  append_named(out, "detail", action.detail);
  append_time_named(out, "undone", action.undone);
  append_named(out, "undone_by", action.undone_by);
  out.push_back('}');
}

std::string incident_report_json(const IncidentReport& report) {
  std::string out = R"({"schema":"tocsin.incident_report/1","made":)";
  append_time_or_null(out, report.now);
  out.append(report.is_redacted ? ",\"redacted\":true" : ",\"redacted\":false");
  append_time_named(out, "detected", detected_at(report));
  const CaseAct* const closed = closing_act(report);
  append_time_named(out, "closed", closed == nullptr ? kNoTime : closed->time);
  append_named(out, "closed_by", closed == nullptr ? "" : closed->who);
  out.append(",\"incident\":");
  append_incident_ndjson(out, *report.incident);
  out.pop_back();  // the line end
  append_reasons(out, report);
  append_items(out, "techniques", techniques_of(*report.incident), [&](const std::string& one) { append_string(out, one); });
  out.append(",\"acts\":[");
  for (std::size_t i = 0; i < report.acts.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_case_act(out, report.acts[i], report.counts[i]);
  }
  out.push_back(']');
  append_items(out, "tasks", report.its == nullptr ? std::vector<CaseTask>() : report.its->tasks, [&](const CaseTask& task) { append_case_task(out, task); });
  append_items(out, "attachments", report.attachments, [&](const CaseAttachment* one) { append_case_attachment(out, *one); });
  append_named(out, "policy", report.policy);
  append_items(out, "decisions", report.decisions, [&](const Decision& one) { append_decision(out, one); });
  append_items(out, "actions", report.actions, [&](const ActionTaken& one) { append_action_taken(out, one); });
  append_items(out, "unknown", unknown_of(report), [&](const std::string& one) { append_string(out, one); });
  return out + "}\n";
}

}  // namespace tocsin
