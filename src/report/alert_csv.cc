#include <fmt/format.h>

#include "base/time.h"
#include "report/alert_writer.h"
#include "report/csv.h"

namespace tocsin {

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "|") + text;
  return all;
}

std::string matched_text(const std::vector<Matched>& matched) {
  std::string all;
  for (const Matched& one : matched) {
    if (!all.empty()) all += "; ";
    all.append(one.field.empty() ? "any value" : one.field);
    all.append("=");
    append_value_text(all, one.value);
  }
  return all;
}

/// The same cell for a correlation: what it measured in which group, and what the alert does not show.
std::string correlation_text(const AlertCorrelation& correlation) {
  std::string all = fmt::format("{}={}", correlation.type, correlation.value);
  for (const auto& [field, value] : correlation.group) all += "; " + field + "=" + value;
  if (correlation.folded > 0) all += fmt::format("; folded={}", correlation.folded);
  if (correlation.events_left_out > 0) all += fmt::format("; events_left_out={}", correlation.events_left_out);
  if (correlation.evicted > 0) all += fmt::format("; evicted={}", correlation.evicted);
  if (correlation.late) all += "; late";
  return all;
}

std::string entities_of(const Alert& alert, EntityType type) {
  std::string all;
  for (const AlertEntity& entity : alert.entities) {
    if (entity.type == type) all += (all.empty() ? "" : "|") + entity.value;
  }
  return all;
}

class CsvWriter : public AlertWriter {
 public:
  std::string head() const override {
    return "id,time,level,rule_id,rule_title,rule_status,rule_author,tags,source,index,product,category,service,hosts,users,"
           "matched\r\n";
  }

  void write(const Alert& alert, AlertText& out) const override {
    std::string& text = out.text;
    const RuleCard& rule = *alert.rule;
    const AlertEvent& event = alert.events.back();
    out.holes.push_back({text.size(), AlertText::Hole::Kind::kId});
    text.push_back(',');
    if (alert.time != kNoTime) append_time(text, alert.time);
    for (const std::string& cell : {rule.level, rule.id, rule.title, rule.status, rule.author, joined(rule.tags)}) {
      text.push_back(',');
      append_csv_cell(text, cell);
    }
    text.push_back(',');
    append_csv_cell(text, event.source);
    text.push_back(',');
    if (alert.correlation) {
      fmt::format_to(std::back_inserter(text), "{}", event.index);
    } else {
      out.holes.push_back({text.size(), AlertText::Hole::Kind::kIndex});
    }
    for (const std::string& cell : {event.log_source.product, event.log_source.category, event.log_source.service,
                                    entities_of(alert, EntityType::kHost), entities_of(alert, EntityType::kUser),
                                    alert.correlation ? correlation_text(*alert.correlation) : matched_text(alert.matched)}) {
      text.push_back(',');
      append_csv_cell(text, cell);
    }
    text.append("\r\n");
  }
};

}  // namespace

std::unique_ptr<AlertWriter> make_csv_writer() { return std::make_unique<CsvWriter>(); }

}  // namespace tocsin
