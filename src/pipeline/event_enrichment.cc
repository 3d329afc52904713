#include "pipeline/event_enrichment.h"

#include <algorithm>
#include <charconv>

#include "collect/json_walk.h"
#include "report/enrichment_text.h"

namespace tocsin {

namespace {

/// The entity that an observable of this type_id is.
EntityType entity_of(std::string_view type_id) {
  int type = 0;
  std::from_chars(type_id.data(), type_id.data() + type_id.size(), type);
  switch (type) {
    case 1: return EntityType::kHost;
    case 2: return EntityType::kIp;
    case 4: return EntityType::kUser;
    case 5: return EntityType::kMailbox;
    case 6: return EntityType::kUrl;
    case 8: return EntityType::kHash;
    default: return EntityType::kNone;
  }
}

std::string text_of(std::string_view value) {
  std::string room;
  std::string_view text;
  return json_string(value, room, text) ? std::string(text) : std::string();
}

/// What an endpoint says of itself.
struct Endpoint {
  std::string_view ip;
  bool has_location = false, has_as = false;
};

Endpoint read_endpoint(std::string_view object) {
  Endpoint endpoint;
  JsonMembers members(object, 0);
  while (members.next()) {
    if (members.key() == "ip") endpoint.ip = members.value();
    if (members.key() == "location" || members.key() == "geo") endpoint.has_location = true;
    if (members.key() == "autonomous_system" || members.key() == "as") endpoint.has_as = true;
  }
  return endpoint;
}

std::size_t place_in(std::string_view whole, std::string_view part) { return static_cast<std::size_t>(part.data() - whole.data()); }

}  // namespace

void EventEnrichment::insert(std::string& out, std::size_t from) {
  std::ranges::sort(insertions_, {}, &Insertion::at);
  for (auto each = insertions_.rbegin(); each != insertions_.rend(); ++each) out.insert(from + each->at, each->text);
}

void EventEnrichment::add_ocsf_place(std::string_view object, std::string_view endpoint) {
  const Endpoint told = read_endpoint(endpoint);
  if (told.ip.empty()) return;
  std::string text;
  for (const Enrichment& one : known_.facts(EntityType::kIp, text_of(told.ip))) {
    if (const auto* const geo = std::get_if<GeoFact>(&one.fact); geo != nullptr && !told.has_location) {
      const std::size_t before = text.size();
      text += ",\"location\":";
      if (!append_ocsf_location(text, *geo, one.source.name)) text.resize(before);
    }
    if (const auto* const as = std::get_if<AsFact>(&one.fact); as != nullptr && !told.has_as) {
      text += ",\"autonomous_system\":";
      append_ocsf_as(text, *as);
    }
  }
  if (!text.empty()) insertions_.push_back({place_in(object, endpoint) + endpoint.size() - 1, std::move(text)});
}

std::string EventEnrichment::ocsf_enrichments(std::string_view observables) {
  std::string text;
  std::size_t count = 0;
  JsonElements items(observables, 0);
  while (items.next()) {
    std::string_view type, name, value;
    JsonMembers members(items.value(), 0);
    while (members.next()) {
      if (members.key() == "type_id") type = members.value();
      if (members.key() == "name") name = members.value();
      if (members.key() == "value") value = members.value();
    }
    const EntityType entity = entity_of(type);
    if (entity == EntityType::kNone || value.empty()) continue;
    const std::string attribute = text_of(name);
    for (const Enrichment& one : known_.facts(entity, text_of(value))) {
      if (count++ >= kEnrichmentsMax) return text;
      if (!text.empty()) text += ',';
      append_ocsf_enrichment(text, attribute, one);
    }
  }
  return text;
}

void EventEnrichment::enrich_ocsf(std::string& out, std::size_t from) {
  insertions_.clear();
  const std::string_view object = std::string_view(out).substr(from);
  JsonMembers members(object, 0);
  while (members.next()) {
    if (members.key() == "src_endpoint" || members.key() == "dst_endpoint") add_ocsf_place(object, members.value());
    if (members.key() != "observables") continue;
    const std::string text = ocsf_enrichments(members.value());
    if (!text.empty()) insertions_.push_back({place_in(object, members.value()) + members.value().size(), ",\"enrichments\":[" + text + "]"});
  }
  insert(out, from);
}

void EventEnrichment::add_ecs_place(std::string_view object, std::string_view end) {
  const Endpoint told = read_endpoint(end);
  if (told.ip.empty()) return;
  std::string text;
  for (const Enrichment& one : known_.facts(EntityType::kIp, text_of(told.ip))) {
    if (const auto* const geo = std::get_if<GeoFact>(&one.fact)) {
      text += ",\"geo\":";
      append_ecs_geo(text, *geo);
    }
    if (const auto* const as = std::get_if<AsFact>(&one.fact)) {
      text += ",\"as\":";
      append_ecs_as(text, *as);
    }
  }
  if (!text.empty()) insertions_.push_back({place_in(object, end) + end.size() - 1, std::move(text)});
}

void EventEnrichment::append_facts(EntityType type, std::string_view value, std::string& out, std::size_t& count) {
  const std::span<const Enrichment> facts = known_.facts(type, value);
  const std::size_t room = std::min(facts.size(), kEnrichmentsMax - count);
  if (room == 0) return;
  std::string text;
  append_enrichments(text, facts.first(room));
  count += room;
  if (!out.empty()) out += ',';
  out.append(text, 1, text.size() - 2);  // without the brackets
}

/// Of the values under `related`, which are all that the event names.
std::string EventEnrichment::ecs_enrichments(std::string_view related) {
  std::string text;
  std::size_t count = 0;
  JsonMembers members(related, 0);
  while (members.next()) {
    const EntityType type = members.key() == "ip" ? EntityType::kIp : members.key() == "user" ? EntityType::kUser : members.key() == "hosts" ? EntityType::kHost : EntityType::kHash;
    JsonElements values(members.value(), 0);
    while (values.next()) append_facts(type, text_of(values.value()), text, count);
  }
  return text;
}

void EventEnrichment::enrich_ecs(std::string& out, std::size_t from) {
  insertions_.clear();
  const std::string_view object = std::string_view(out).substr(from);
  std::string related;
  JsonMembers members(object, 0);
  while (members.next()) {
    if (members.key() == "source" || members.key() == "destination") add_ecs_place(object, members.value());
    if (members.key() == "related") related = ecs_enrichments(members.value());
    if (members.key() == "tocsin" && !related.empty()) insertions_.push_back({place_in(object, members.value()) + 1, "\"enrichments\":[" + related + "],"});
  }
  insert(out, from);
}

}  // namespace tocsin
