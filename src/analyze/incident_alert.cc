#include "analyze/incident_alert.h"

#include <simdjson.h>

#include <algorithm>

#include "base/time.h"
#include "event/entity_names.h"
#include "event/level.h"

namespace tocsin::analyze {

namespace {

namespace dom = simdjson::dom;

/// "" if it is not there or no string.
std::string text_at(const dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

template <class Take>
void for_each_object(const dom::object& object, std::string_view key, Take&& take) {
  dom::array items;
  if (object[key].get(items) != simdjson::SUCCESS) return;
  for (const dom::element item : items) {
    dom::object one;
    if (item.get(one) == simdjson::SUCCESS) take(one);
  }
}

void read_event(const dom::object& event, IncidentAlert& alert) {
  std::uint64_t index = 0;
  if (event["index"].get(index) != simdjson::SUCCESS || alert.events.size() >= kLinkedEventsMax) return;
  alert.events.emplace_back(text_at(event, "source"), index);
  dom::object source;
  if (alert.events.size() > 1 || event["log_source"].get(source) != simdjson::SUCCESS) return;
  alert.log_source = {text_at(source, "product"), text_at(source, "category"), text_at(source, "service")};
}

void read_rule(const dom::object& rule, IncidentAlert& alert) {
  alert.rule_id = text_at(rule, "id");
  alert.title = text_at(rule, "title");
  alert.level = level_rank_of(text_at(rule, "level")).value_or(0);
  dom::array tags;
  if (rule["tags"].get(tags) != simdjson::SUCCESS) return;
  for (const dom::element item : tags) {
    std::string_view tag;
    if (item.get(tag) == simdjson::SUCCESS) alert.tags.emplace_back(tag);
  }
}

}  // namespace

Result<IncidentAlert> read_incident_alert(std::string_view line) {
  thread_local dom::parser parser;
  dom::object root;
  const auto failed = parser.parse(line.data(), line.size()).get(root);
  if (failed != simdjson::SUCCESS) return Error{Code::kInvalid, std::string("is no JSON object (") + simdjson::error_message(failed) + ")"};
  IncidentAlert alert;
  if (text_at(root, "schema") != "tocsin.alert/1") return Error{Code::kInvalid, "is no alert: its schema is not tocsin.alert/1 (`tocsin scan --format ndjson` writes that)"};
  alert.id = text_at(root, "id");
  if (alert.id.empty()) return Error{Code::kInvalid, "is an alert without an id"};
  alert.time = parse_time(text_at(root, "time")).value_or(kNoTime);
  dom::object part;
  if (root["rule"].get(part) == simdjson::SUCCESS) read_rule(part, alert);
  if (root["event"].get(part) == simdjson::SUCCESS) read_event(part, alert);
  for_each_object(root, "events", [&](const dom::object& event) { read_event(event, alert); });
  for_each_object(root, "entities", [&](const dom::object& entity) { alert.entities.push_back({entity_named(text_at(entity, "type")), text_at(entity, "value")}); });
  for_each_object(root, "context", [&](const dom::object& item) {
    const auto role = std::ranges::find(kContextRoleNames, text_at(item, "role"));
    if (role != kContextRoleNames.end()) alert.context[static_cast<std::size_t>(role - kContextRoleNames.begin())] = text_at(item, "value");
  });
  return alert;
}

}  // namespace tocsin::analyze
