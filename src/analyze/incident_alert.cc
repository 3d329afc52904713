#include "analyze/incident_alert.h"

#include <simdjson.h>

#include <algorithm>

#include "base/hash.h"
#include "analyze/evidence_weights.h"
#include "analyze/json_member.h"
#include "base/time.h"
#include "event/entity_names.h"
#include "event/level.h"

namespace tocsin::analyze {

namespace {

namespace dom = simdjson::dom;

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
  const std::string status = text_at(rule, "status");
  const auto known = std::ranges::find(kStatusWords, status);
  if (known != kStatusWords.end()) alert.facts.status = static_cast<RuleStatus>(known - kStatusWords.begin());
  dom::array tags;
  if (rule["tags"].get(tags) != simdjson::SUCCESS) return;
  for (const dom::element item : tags) {
    std::string_view tag;
    if (item.get(tag) == simdjson::SUCCESS) alert.tags.emplace_back(tag);
  }
}

/// Field and value of what a rule met. A keyword has no field, and what was absent no value.
void read_matched(const dom::object& matched, AlertFacts& facts) {
  std::string_view field, value;
  if (facts.value_count >= kMatchedValuesMax || matched["field"].get(field) != simdjson::SUCCESS || matched["value"].get(value) != simdjson::SUCCESS) return;
  facts.values[facts.value_count++] = hash_bytes(value, hash_bytes(field));
}

void read_asset(const dom::object& asset, AlertFacts& facts) {
  const auto known = std::ranges::find(kCriticalityWords, text_at(asset, "criticality"));
  if (known == kCriticalityWords.end() || static_cast<Criticality>(known - kCriticalityWords.begin()) <= facts.criticality) return;
  facts.criticality = static_cast<Criticality>(known - kCriticalityWords.begin());
  facts.asset = text_at(asset, "name");
}

/// `list`: that made the alert, if it is an indicator's own; what the rule says already is not said twice.
void read_reputation(const dom::object& reputation, const std::string& list, AlertFacts& facts) {
  std::string name = text_at(reputation, "list");
  if (text_at(reputation, "kind") == "benign") {
    if (facts.benign_list.empty()) facts.benign_list = std::move(name);
    return;
  }
  if (name == list) return;
  std::int64_t score = 0;
  const bool has_score = reputation["score"].get(score) == simdjson::SUCCESS;
  const auto malicious = static_cast<std::uint8_t>(has_score ? std::clamp<std::int64_t>(score, 0, 100) + 2 : 1);
  if (malicious <= facts.malicious) return;
  facts.malicious = malicious;
  facts.malicious_list = std::move(name);
}

/// An indicator's alert names its list in place of a selection, and asks for the value without modifiers.
std::string list_that_made(const dom::object& root) {
  std::string list;
  for_each_object(root, "matched", [&](const dom::object& matched) {
    dom::array modifiers;
    if (matched["modifiers"].get(modifiers) == simdjson::SUCCESS && modifiers.size() == 0 && list.empty()) list = text_at(matched, "selection");
  });
  return list;
}

double number_at(const dom::object& object, std::string_view key) {
  double number = 0;
  return object[key].get(number) == simdjson::SUCCESS ? number : 0;
}

/// Of each kind the strongest is kept.
void read_sign(const dom::object& line, AlertFacts& facts) {
  const auto kind = std::ranges::find(kBaselineKindNames, text_at(line, "kind"));
  dom::object subject;
  if (kind == kBaselineKindNames.end() || line["subject"].get(subject) != simdjson::SUCCESS) return;
  BaselineSign sign{static_cast<BaselineKind>(kind - kBaselineKindNames.begin()), entity_named(text_at(subject, "type")), text_at(subject, "value"), text_at(line, "field"), text_at(line, "value"),
                    number_at(line, "observed"), number_at(line, "usual"), number_at(line, "days")};
  const auto known = std::ranges::find(facts.unusual, sign.kind, &BaselineSign::kind);
  if (known == facts.unusual.end()) return facts.unusual.push_back(std::move(sign));
  if (sign_strength(sign) > sign_strength(*known)) *known = std::move(sign);
}

void read_facts(const dom::object& root, AlertFacts& facts) {
  for_each_object(root, "matched", [&](const dom::object& matched) { read_matched(matched, facts); });
  for_each_object(root, "baseline", [&](const dom::object& sign) { read_sign(sign, facts); });
  dom::array enrichments;
  if (root["enrichments"].get(enrichments) != simdjson::SUCCESS) return;
  const std::string list = list_that_made(root);
  for_each_object(root, "enrichments", [&](const dom::object& enrichment) {
    dom::object fact;
    if (enrichment["data"].get(fact) != simdjson::SUCCESS) return;
    const std::string kind = text_at(enrichment, "kind");
    if (kind == "asset") read_asset(fact, facts);
    if (kind == "reputation") read_reputation(fact, list, facts);
  });
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
  read_facts(root, alert.facts);
  return alert;
}

}  // namespace tocsin::analyze
