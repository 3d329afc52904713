// OCSF Detection Finding (class 2004, category Findings), one object a line. Schema: ocsf/ocsf-schema 1.9.0-dev,
// events/findings/detection_finding.json; numbers from its enumerations.
#include <fmt/format.h>

#include "report/alert_writer.h"
#include "report/enrichment_text.h"
#include "report/json_text.h"
#include "report/navigator.h"

namespace tocsin {

namespace {

constexpr std::string_view kSchemaVersion = "1.9.0-dev";

/// observable.type_id
int observable_type(EntityType type) {
  switch (type) {
    case EntityType::kHost: return 1;
    case EntityType::kIp: return 2;
    case EntityType::kUser: return 4;
    case EntityType::kMailbox: return 5;
    case EntityType::kUrl: return 6;
    case EntityType::kFile: return 7;
    case EntityType::kHash: return 8;
    case EntityType::kProcess: return 9;
    case EntityType::kCloudResource: return 10;
    case EntityType::kDomain: return 1;
    case EntityType::kNone: return 0;
  }
  return 0;
}

void append_attacks(std::string& out, const RuleCard& rule) {
  bool first = true;
  for (const std::string& tag : rule.tags) {
    const std::string technique = technique_of_tag(tag);
    if (technique.empty()) continue;
    const bool sub = technique.find('.') != std::string::npos;
    out.append(first ? ",\"attacks\":[" : ",");
    out.append(sub ? "{\"sub_technique\":{\"uid\":" : "{\"technique\":{\"uid\":");
    append_string(out, technique);
    out.append("}}");
    first = false;
  }
  if (!first) out.push_back(']');
}

void append_observables(std::string& out, const std::vector<AlertEntity>& entities) {
  out.append(",\"observables\":[");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "{}{{\"type_id\":{},\"name\":\"unmapped.entities.{}\",\"value\":", i > 0 ? "," : "",
                   observable_type(entities[i].type), entity_name(entities[i].type));
    append_string(out, entities[i].value);
    out.push_back('}');
  }
  out.push_back(']');
}

/// They are of the entities, so their names point where those of the observables do.
void append_ocsf_enrichments(std::string& out, const std::vector<Enrichment>& enrichments) {
  if (enrichments.empty()) return;
  out.append(",\"enrichments\":[");
  for (std::size_t i = 0; i < enrichments.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_ocsf_enrichment(out, fmt::format("unmapped.entities.{}", entity_name(enrichments[i].type)), enrichments[i]);
  }
  out.push_back(']');
}

/// Where the names of the observables point: the values by type, which come in that order.
void append_entities(std::string& out, const std::vector<AlertEntity>& entities) {
  out.append(",\"entities\":{");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const bool goes_on = i > 0 && entities[i].type == entities[i - 1].type;
    if (goes_on) {
      out.push_back(',');
    } else {
      fmt::format_to(std::back_inserter(out), "{}\"{}\":[", i > 0 ? "]," : "", entity_name(entities[i].type));
    }
    append_string(out, entities[i].value);
  }
  out.append(entities.empty() ? "}" : "]}");
}

class OcsfWriter : public AlertWriter {
 public:
  void write(const Alert& alert, AlertText& out) const override {
    std::string& text = out.text;
    const RuleCard& rule = *alert.rule;
    const std::int64_t time_ms = alert.time == kNoTime ? 0 : alert.time / 1000;
    fmt::format_to(std::back_inserter(text),
                   "{{\"class_uid\":2004,\"category_uid\":2,\"activity_id\":1,\"type_uid\":200401,\"severity_id\":{},\"time\":{},"
                   "\"is_alert\":true,\"metadata\":{{\"version\":\"{}\",\"product\":{{\"name\":\"Tocsin\",\"vendor_name\":\"Tocsin\"}}}},"
                   "\"finding_info\":{{\"uid\":\"",
                   rule.level_rank + 1, time_ms, kSchemaVersion);
    out.holes.push_back({text.size(), AlertText::Hole::Kind::kId});
    text.append("\",\"title\":");
    append_string(text, rule.title);
    text.append(",\"analytic\":{\"type_id\":1,\"uid\":");
    append_string(text, rule.id);
    text.append(",\"name\":");
    append_string(text, rule.title);
    text.push_back('}');
    append_attacks(text, rule);
    text.append("},\"evidences\":[{\"data\":{\"events\":[");
    append_events(text, out, alert);
    text.append("],\"matched\":");
    append_matched(text, alert.matched);
    text.append("}}]");
    append_observables(text, alert.entities);
    append_ocsf_enrichments(text, alert.enrichments);
    text.append(",\"unmapped\":{\"rule_author\":");
    append_string(text, rule.author);
    text.append(",\"rule_status\":");
    append_string(text, rule.status);
    text.append(",\"rule_references\":");
    append_strings(text, rule.references);
    append_entities(text, alert.entities);
    if (alert.correlation) {
      text.append(",\"correlation\":");
      append_correlation(text, *alert.correlation);
    }
    text.append("}}\n");
  }

 private:
  static void append_events(std::string& text, AlertText& out, const Alert& alert) {
    for (std::size_t i = 0; i < alert.events.size(); ++i) {
      text.append(i > 0 ? ",{\"source\":" : "{\"source\":");
      append_string(text, alert.events[i].source);
      text.append(",\"index\":");
      if (alert.correlation) {
        fmt::format_to(std::back_inserter(text), "{}", alert.events[i].index);
      } else {
        out.holes.push_back({text.size(), AlertText::Hole::Kind::kIndex});
      }
      text.append(",\"log_source\":");
      append_log_source(text, alert.events[i].log_source);
      text.push_back('}');
    }
  }
};

}  // namespace

std::unique_ptr<AlertWriter> make_ocsf_writer() { return std::make_unique<OcsfWriter>(); }

}  // namespace tocsin
