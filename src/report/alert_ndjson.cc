#include <fmt/format.h>

#include "base/sha256.h"
#include "report/alert_writer.h"
#include "report/enrichment_text.h"
#include "report/json_text.h"

namespace tocsin {

namespace {

void append_rule(std::string& out, const RuleCard& rule) {
  out.append("{\"id\":");
  append_string(out, rule.id);
  out.append(",\"title\":");
  append_string(out, rule.title);
  out.append(",\"level\":");
  append_string(out, rule.level);
  out.push_back(',');
  append_part(out, "status", rule.status);
  out.push_back(',');
  append_part(out, "author", rule.author);
  out.append(",\"tags\":");
  append_strings(out, rule.tags);
  out.append(",\"references\":");
  append_strings(out, rule.references);
  out.push_back('}');
}

void append_entities(std::string& out, const std::vector<AlertEntity>& entities) {
  out.append(",\"entities\":[");
  for (std::size_t i = 0; i < entities.size(); ++i) {
    out.append(i > 0 ? ",{\"type\":" : "{\"type\":");
    append_string(out, entity_name(entities[i].type));
    out.append(",\"value\":");
    append_string(out, entities[i].value);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_context(std::string& out, const std::vector<AlertContext>& context) {
  out.append(",\"context\":[");
  for (std::size_t i = 0; i < context.size(); ++i) {
    out.append(i > 0 ? ",{\"role\":" : "{\"role\":");
    append_string(out, kContextRoleNames[static_cast<std::size_t>(context[i].role)]);
    out.append(",\"field\":");
    append_string(out, context[i].field);
    out.append(",\"value\":");
    append_string(out, context[i].value);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_baseline(std::string& out, const std::vector<BaselineSign>& signs) {
  out.append(",\"baseline\":[");
  for (const BaselineSign& sign : signs) {
    out.append(&sign == signs.data() ? "{\"kind\":" : ",{\"kind\":");
    append_string(out, kBaselineKindNames[static_cast<std::size_t>(sign.kind)]);
    out.append(",\"subject\":{\"type\":");
    append_string(out, sign.subject_type != EntityType::kNone ? entity_name(sign.subject_type) : sign.subject.empty() ? kFleetSubject : kSourceSubject);
    out.append(",\"value\":");
    append_string(out, sign.subject);
    out.append("},");
    append_part(out, "field", sign.field);
    out.push_back(',');
    append_part(out, "value", sign.value);
    fmt::format_to(std::back_inserter(out), ",\"observed\":{:.6g},\"usual\":{:.6g},\"days\":{:.4g}}}", sign.observed, sign.usual, sign.days);
  }
  out.push_back(']');
}

class NdjsonWriter : public AlertWriter {
 public:
  void write(const Alert& alert, AlertText& out) const override {
    std::string& text = out.text;
    text.append("{\"schema\":\"tocsin.alert/1\",\"id\":\"");
    out.holes.push_back({text.size(), AlertText::Hole::Kind::kId});
    text.append("\",\"time\":");
    append_time_or_null(text, alert.time);
    text.append(",\"rule\":");
    append_rule(text, *alert.rule);
    if (alert.correlation) {
      append_events(text, alert);
      text.append(",\"correlation\":");
      append_correlation(text, *alert.correlation);
    } else {
      text.append(",\"event\":{\"source\":");
      append_string(text, alert.events.front().source);
      text.append(",\"index\":");
      out.holes.push_back({text.size(), AlertText::Hole::Kind::kIndex});
      text.append(",\"log_source\":");
      append_log_source(text, alert.events.front().log_source);
      text.push_back('}');
    }
    text.append(",\"matched\":");
    append_matched(text, alert.matched);
    append_entities(text, alert.entities);
    if (!alert.context.empty()) append_context(text, alert.context);
    if (!alert.enrichments.empty()) {
      text.append(",\"enrichments\":");
      append_enrichments(text, alert.enrichments);
    }
    if (!alert.baseline.empty()) append_baseline(text, alert.baseline);
    text.append("}\n");
  }

 private:
  static void append_events(std::string& out, const Alert& alert) {
    out.append(",\"events\":[");
    for (std::size_t i = 0; i < alert.events.size(); ++i) {
      const AlertEvent& event = alert.events[i];
      out.append(i > 0 ? ",{\"source\":" : "{\"source\":");
      append_string(out, event.source);
      fmt::format_to(std::back_inserter(out), ",\"index\":{},\"time\":", event.index);
      append_time_or_null(out, event.time);
      out.append(",\"log_source\":");
      append_log_source(out, event.log_source);
      out.push_back('}');
    }
    out.push_back(']');
  }
};

}  // namespace

std::unique_ptr<AlertWriter> make_ndjson_writer() { return std::make_unique<NdjsonWriter>(); }

std::string alert_id(std::string_view rule_id, const std::vector<std::pair<std::string_view, std::uint64_t>>& events) {
  std::string text(rule_id);
  text.push_back('\n');
  for (const auto& [source, index] : events) {
    text.append(source);
    fmt::format_to(std::back_inserter(text), "\n{}\n", index);
  }
  std::string hex;
  append_hex(hex, sha256(text), 16);
  return hex;
}

}  // namespace tocsin
