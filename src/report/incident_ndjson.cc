#include <fmt/format.h>

#include <algorithm>

#include "event/level.h"
#include "report/confidence_writer.h"
#include "report/incident_next.h"
#include "report/incident_writer.h"
#include "report/json_text.h"

namespace tocsin {

namespace {

void append_number(std::string& out, std::string_view name, std::uint64_t number) { fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, number); }

/// ,"name":"text"
void append_named(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_string(out, text);
}

void append_time(std::string& out, std::string_view name, TimeUs time) {
  out.append(",\"").append(name).append("\":");
  append_time_or_null(out, time);
}

template <class Items, class Append>
void append_list(std::string& out, std::string_view name, const Items& items, Append&& append) {
  out.append(",\"").append(name).append("\":[");
  bool first = true;
  for (const auto& item : items) {
    if (!first) out.push_back(',');
    first = false;
    append(item);
  }
  out.push_back(']');
}

std::string_view level_word(std::uint8_t level) { return kLevelWords[std::min<std::size_t>(level, kLevelWords.size() - 1)]; }

void append_entities(std::string& out, std::string_view name, const std::vector<IncidentEntity>& entities) {
  append_list(out, name, entities, [&](const IncidentEntity& entity) {
    out.append("{\"value\":");
    append_string(out, entity.value);
    append_number(out, "alerts", entity.alerts);
    out.push_back('}');
  });
}

/// As short as it reads back the same.
void append_double(std::string& out, std::string_view name, double number) { fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, number); }

/// Why the surest alert is as sure as it is.
void append_surest(std::string& out, const Incident& incident) {
  out.append(",\"surest\":{\"alert\":");
  append_string(out, incident.surest);
  append_probability(out, incident.why.confidence);
  append_double(out, "score", incident.why.score);
  append_double(out, "base", incident.why.base);
  append_evidence(out, incident.why.evidence);
  append_list(out, "missing", incident.why.missing, [&](std::string_view role) { append_string(out, role); });
  out.push_back('}');
}

/// What is said of how sure it is, and what is lost.
void append_standing(std::string& out, const Incident& incident) {
  append_probability(out, incident.confidence);
  append_double(out, "judged", incident.judged);
  if (incident.said) {
    append_double(out, "said", *incident.said);
    append_named(out, "said_by", incident.said_by);
  }
  append_double(out, "loss", incident.loss);
  append_named(out, "criticality", incident.criticality);
}

void append_alert(std::string& out, const IncidentAlertLine& alert) {
  out.append("{\"id\":");
  append_string(out, alert.id);
  append_time(out, "time", alert.time);
  append_named(out, "rule", alert.rule_id);
  append_named(out, "title", alert.title);
  append_named(out, "level", level_word(alert.level));
  append_named(out, "host", alert.host);
  append_probability(out, alert.confidence);
  append_named(out, "verdict", word_of(alert.verdict));
  out.push_back('}');
}

void append_link(std::string& out, const IncidentLink& link) {
  out.append("{\"alert\":");
  append_string(out, link.alert);
  append_named(out, "to", link.to_alert);
  append_named(out, "by", kLinkNames[static_cast<std::size_t>(link.kind)]);
  append_named(out, "entity", link.entity);
  fmt::format_to(std::back_inserter(out), ",\"gap_seconds\":{:.3f},\"strength\":{:.3f},\"elsewhere\":{},\"merged\":{}}}", static_cast<double>(link.gap_us) / 1e6,
                 link.strength, link.elsewhere, link.merged);
}

void append_rule(std::string& out, const IncidentRule& rule) {
  out.append("{\"id\":");
  append_string(out, rule.id);
  append_named(out, "title", rule.title);
  append_named(out, "level", level_word(rule.level));
  append_number(out, "alerts", rule.alerts);
  append_time(out, "first", rule.first);
  out.push_back('}');
}

void append_stage(std::string& out, const IncidentStage& stage) {
  out.append("{\"tactic\":");
  append_string(out, stage.tactic);
  append_time(out, "first", stage.first);
  append_number(out, "alerts", stage.alerts);
  append_named(out, "gravest_rule", stage.rule);
  append_named(out, "level", level_word(stage.level));
  out.append(",\"techniques\":");
  append_strings(out, stage.techniques);
  out.push_back('}');
}

void append_process(std::string& out, const IncidentProcess& process) {
  out.append("{\"host\":");
  append_string(out, process.host);
  append_named(out, "id", process.id);
  append_named(out, "parent", process.parent);
  append_named(out, "path", process.path);
  append_named(out, "command_line", process.command_line);
  append_number(out, "alerts", process.alerts);
  append_time(out, "first", process.first);
  out.push_back('}');
}

/// The first so many of a list.
template <class Item>
std::span<const Item> first_of(const std::vector<Item>& items, std::size_t most) {
  return std::span(items).first(std::min(items.size(), most));
}

void append_head(std::string& out, const Incident& incident) {
  append_named(out, "id", incident.id);
  append_time(out, "first", incident.first);
  append_time(out, "last", incident.last);
  append_named(out, "level", level_word(incident.level));
  append_named(out, "status", word_of(incident.status));
  append_named(out, "classification", incident.classification == Verdict::kNone ? "" : word_of(incident.classification));
  append_named(out, "assignee", incident.assignee);
  append_number(out, "act_count", incident.acts);
  append_number(out, "alert_count", incident.alerts.size());
  out.append(",\"by_level\":{");
  for (std::size_t i = 0; i < kLevelWords.size(); ++i) fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", i > 0 ? "," : "", kLevelWords[i], incident.by_level[i]);
  out.push_back('}');
  append_standing(out, incident);
  append_named(out, "story", incident_story(incident));
}

constexpr std::size_t kSummaryNamesMax = 3;

}  // namespace

void append_incident_summary(std::string& out, const Incident& incident) {
  const std::size_t from = out.size();
  append_head(out, incident);
  out[from] = '{';  // in place of the comma
  append_list(out, "tactics", incident.stages, [&](const IncidentStage& stage) { append_string(out, stage.tactic); });
  const auto append_names = [&](std::string_view name, const std::vector<IncidentEntity>& entities) {
    append_list(out, name, first_of(entities, kSummaryNamesMax), [&](const IncidentEntity& entity) { append_string(out, entity.value); });
  };
  append_names("hosts", incident.hosts);
  append_names("accounts", incident.accounts);
  append_names("addresses", incident.addresses);
  append_named(out, "gravest_rule", incident.rules.empty() ? "" : incident.rules.front().title);
  out.push_back('}');
}

void append_incident_ndjson(std::string& out, const Incident& incident, std::size_t shown) {
  out.append("{\"schema\":\"tocsin.incident/1\"");
  append_head(out, incident);
  append_number(out, "calibration", incident.calibration);
  append_evidence(out, incident.evidence);
  append_surest(out, incident);
  out.append(",\"verdicts\":{");
  for (std::size_t i = 0; i < kVerdictWords.size(); ++i) fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", i > 0 ? "," : "", kVerdictWords[i], incident.by_verdict[i]);
  out.push_back('}');
  append_list(out, "stages", incident.stages, [&](const IncidentStage& stage) { append_stage(out, stage); });
  append_entities(out, "hosts", incident.hosts);
  append_entities(out, "accounts", incident.accounts);
  append_entities(out, "addresses", incident.addresses);
  append_list(out, "rules", incident.rules, [&](const IncidentRule& rule) { append_rule(out, rule); });
  append_list(out, "alerts", first_of(incident.alerts, shown), [&](const IncidentAlertLine& alert) { append_alert(out, alert); });
  append_list(out, "links", first_of(incident.links, shown), [&](const IncidentLink& link) { append_link(out, link); });
  append_list(out, "processes", incident.processes, [&](const IncidentProcess& process) { append_process(out, process); });
  append_list(out, "names", incident.names, [&](const IncidentEntity& name) { append_string(out, name.value); });
  append_list(out, "related", incident.related, [&](const RelatedIncident& related) {
    out.append("{\"id\":");
    append_string(out, related.id);
    append_named(out, "entity", related.entity);
    out.push_back('}');
  });
  append_list(out, "next", next_looks(incident), [&](const NextLook& look) {
    out.append("{\"what\":");
    append_string(out, look.what);
    append_named(out, "query", look.query);
    out.push_back('}');
  });
  append_list(out, "similar", incident.similar, [&](const SimilarIncident& similar) {
    out.append("{\"id\":");
    append_string(out, similar.id);
    fmt::format_to(std::back_inserter(out), ",\"similarity\":{:.3f}", similar.similarity);
    append_number(out, "rules", similar.rules);
    append_named(out, "classification", word_of(similar.classification));
    append_time(out, "last", similar.last);
    out.push_back('}');
  });
  out.append("}\n");
}

}  // namespace tocsin
