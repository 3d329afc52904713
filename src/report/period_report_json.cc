#include <fmt/format.h>

#include "event/level.h"
#include "report/incident_report.h"
#include "report/json_members.h"
#include "report/period_report.h"

namespace tocsin {

namespace {

std::string number_or_null(std::optional<double> number) { return number ? fmt::format("{}", *number) : "null"; }

void append_spans(std::string& out, std::string_view name, const Spans& spans) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":{{"count":{},"median_seconds":{},"p90_seconds":{},"waiting":{},"unknown":{},"negative":{}}})", name, spans.seconds.size(), number_or_null(spans.quantile(0.5)), number_or_null(spans.quantile(0.9)),
                 spans.waiting, spans.unknown, spans.negative);
}

void append_levels(std::string& out, std::string_view name, const std::array<std::uint64_t, 5>& counts) {
  out.append(",\"").append(name).append("\":{");
  for (std::size_t i = 0; i < kLevelWords.size(); ++i) fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", i > 0 ? "," : "", kLevelWords[i], counts[i]);
  out.push_back('}');
}

void append_incident(std::string& out, const PeriodIncident& one) {
  out.append("{\"id\":");
  append_string(out, one.incident->id);
  append_named(out, "level", kLevelWords[std::min<std::size_t>(one.incident->level, 4)]);
  append_named(out, "status", word_of(one.incident->status));
  append_named(out, "classification", one.incident->classification == Verdict::kNone ? "" : word_of(one.incident->classification));
  append_named(out, "assignee", one.incident->assignee);
  append_time_named(out, "first", one.incident->first);
  append_time_named(out, "detected", one.detected);
  append_time_named(out, "acknowledged", one.acknowledged);
  append_time_named(out, "closed", one.closed);
  out.push_back('}');
}

void append_rule(std::string& out, const RulePrecision& rule) {
  out.append("{\"id\":");
  append_string(out, rule.id);
  append_named(out, "title", rule.title);
  fmt::format_to(std::back_inserter(out), R"(,"alerts":{},"true_positive":{},"benign":{},"false_positive":{},"precision":)", rule.alerts, rule.true_positive, rule.benign, rule.false_positive);
  if (rule.judged() < kJudgedLeast) {
    out.append("null}");
    return;
  }
  const ShareRange range = share_range(rule.true_positive, rule.judged());
  fmt::format_to(std::back_inserter(out), R"({{"share":{:.6f},"low":{:.6f},"high":{:.6f}}}}})", static_cast<double>(rule.true_positive) / static_cast<double>(rule.judged()), range.low, range.high);
}

void append_decisions(std::string& out, const ActionShare& one) {
  out.append("{\"action\":");
  append_string(out, one.action);
  for (std::size_t i = 0; i < kDecisionWords.size(); ++i) fmt::format_to(std::back_inserter(out), ",\"{}\":{}", kDecisionWords[i], one.by_kind[i]);
  fmt::format_to(std::back_inserter(out), R"(,"acts_judged":{},"acts_wrong":{}}})", one.judged_of_acts, one.wrong_of_acts);
}

}  // namespace

std::string period_report_json(const PeriodReport& report) {
  std::string out = R"({"schema":"tocsin.period_report/1","made":)";
  append_time_or_null(out, report.now);
  out.append(report.is_redacted ? ",\"redacted\":true" : ",\"redacted\":false");
  append_time_named(out, "from", report.from);
  append_time_named(out, "to", report.to);
  for (const bool attacks : {false, true}) {
    const std::string of = attacks ? "_true_positives" : "";
    append_spans(out, "mttd" + of, report.to_detect(attacks));
    append_spans(out, "mtta" + of, report.to_acknowledge(attacks));
    append_spans(out, "mttr" + of, report.to_resolve(attacks));
  }
  append_levels(out, "alerts_by_level", report.alerts_by_level);
  fmt::format_to(std::back_inserter(out), R"(,"alerts_undated":{},"alerts_suppressed":{},"alerts_in_shadow":{},"whole":{})", report.alerts_undated, report.hidden.suppressed, report.hidden.in_shadow, report.is_whole);
  append_items(out, "incidents", report.incidents, [&](const PeriodIncident& one) { append_incident(out, one); });
  append_items(out, "open", report.open, [&](const PeriodIncident& one) { append_incident(out, one); });
  append_items(out, "rules", report.rules, [&](const RulePrecision& rule) { append_rule(out, rule); });
  const auto append_name = [&](const std::pair<std::string, std::uint64_t>& name) {
    out.append("{\"value\":");
    append_string(out, name.first);
    fmt::format_to(std::back_inserter(out), ",\"alerts\":{}}}", name.second);
  };
  append_items(out, "hosts", report.hosts, append_name);
  append_items(out, "accounts", report.accounts, append_name);
  out.append(",\"acts\":{");
  for (std::size_t i = 0; i < kCaseActWords.size(); ++i) fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", i > 0 ? "," : "", kCaseActWords[i], report.acts[i]);
  fmt::format_to(std::back_inserter(out), R"(}},"suppressions_made":{})", report.suppressions_made);
  append_items(out, "suppressions", report.suppressions, [&](const Suppression& one) {
    fmt::format_to(std::back_inserter(out), "{{\"number\":{}", one.number);
    append_named(out, "what", words_of(one));
    append_named(out, "owner", one.owner);
    append_named(out, "reason", one.reason);
    append_time_named(out, "until", one.until);
    fmt::format_to(std::back_inserter(out), ",\"hidden\":{}}}", one.hidden);
  });
  fmt::format_to(std::back_inserter(out), R"(,"events_stored":{{"least":{},"most":{}}},"running":{})", report.events_least, report.events_most, report.is_running);
  append_named(out, "sources_unknown", report.sources_unknown);
  append_items(out, "sources", report.sources, [&](const SourceFlow& one) {
    out.append("{\"name\":");
    append_string(out, one.name);
    fmt::format_to(std::back_inserter(out), R"(,"received":{},"stored":{},"refused":{},"dropped":{})", one.received, one.stored, one.refused, one.dropped);
    append_named(out, "silent", one.silent);
    out.push_back('}');
  });
  append_named(out, "policy", report.policy);
  append_items(out, "decisions", report.decisions, [&](const ActionShare& one) { append_decisions(out, one); });
  append_items(out, "actions", report.actions, [&](const ActionTaken& one) { append_action_taken(out, one); });
  return out + "}\n";
}

}  // namespace tocsin
