#include "pipeline/alert_protection.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "collect/json_walk.h"
#include "event/alert.h"
#include "event/entity_names.h"
#include "pipeline/indicator_cards.h"

namespace tocsin {

namespace {

/// The value under a key of the object `text`, or "".
std::string_view member(std::string_view text, std::string_view key) {
  JsonMembers members(text, 0);
  while (members.next()) {
    if (members.key() == key) return members.value();
  }
  return {};
}

std::string string_of(std::string_view value) {
  std::string room;
  std::string_view text;
  return json_string(value, room, text) ? std::string(text) : std::string();
}

std::string quoted(std::string_view text) {
  std::string json = "\"";
  append_json_escaped(json, text);
  return json + '"';
}

/// Of an alert about one event, or the first of several.
std::string_view event_of(std::string_view body) {
  const std::string_view event = member(body, "event");
  if (!event.empty()) return event;
  const std::string_view events = member(body, "events");
  JsonElements all(events, 0);
  return !events.empty() && all.next() ? all.value() : std::string_view();
}

}  // namespace

AlertProtection::AlertProtection(Protection& protection, const Naming& naming)
    : changes_(protection.policy().changes_anything()), paths_(naming), protector_(protection.policy(), protection.tokens(), naming, paths_, log_sources_) {}

void AlertProtection::look_at_item(std::string_view body, std::string_view item, std::string_view source, LogSourceId log_source, bool entity) {
  const std::string_view shown = member(item, "value");
  if (shown.empty() || shown == "null") return;
  std::string room;
  std::string_view value;
  if (!json_string(shown, room, value)) value = shown;
  std::string kept;
  if (entity) {
    protector_.append_entity(entity_named(string_of(member(item, "type"))), value, source, log_source, kept);
  } else {
    protector_.append_value(string_of(member(item, "field")), value, source, log_source, kept);
  }
  if (kept != value) put(body, shown, quoted(kept));
}

/// In place of a value of the body.
void AlertProtection::put(std::string_view body, std::string_view shown, std::string text) {
  const auto from = static_cast<std::size_t>(shown.data() - body.data());
  places_.push_back({from, from + shown.size(), std::move(text)});
}

/// A name that a register or a log gave, which the event need not have.
void AlertProtection::look_at_name(std::string_view body, std::string_view shown, EntityType type, std::string_view source, LogSourceId log_source) {
  const std::string name = string_of(shown);
  if (name.empty()) return;
  std::string kept;
  protector_.append_entity(type, name, source, log_source, kept);
  if (kept != name) put(body, shown, quoted(kept));
}

/// What would lead back to a value that is protected goes with it: the network that a database has it in, the entry of a list, the place on a map.
void AlertProtection::look_at_enrichment(std::string_view body, std::string_view item, std::string_view source, LogSourceId log_source) {
  const std::size_t before = places_.size();
  look_at_item(body, item, source, log_source, true);
  const std::string_view data = member(item, "data");
  if (places_.size() > before) {
    for (const std::string_view telling : {member(member(item, "source"), "record"), member(data, "entry"), member(data, "reference"), member(data, "latitude"), member(data, "longitude")}) {
      if (!telling.empty()) put(body, telling, "null");
    }
  }
  const std::string kind = string_of(member(item, "kind"));
  if (kind == "host") look_at_name(body, member(data, "host"), EntityType::kHost, source, log_source);
  if (kind != "asset") return;
  look_at_name(body, member(data, "name"), EntityType::kHost, source, log_source);
  const std::string_view owner = member(data, "owner");
  look_at_name(body, owner, owner.find('@') == std::string_view::npos ? EntityType::kUser : EntityType::kMailbox, source, log_source);
}

void AlertProtection::look_at_enrichments(std::string_view body, std::string_view source, LogSourceId log_source) {
  const std::string_view array = member(body, "enrichments");
  if (array.empty()) return;
  JsonElements items(array, 0);
  while (items.next()) look_at_enrichment(body, items.value(), source, log_source);
}

/// Whose it is as an entity, and the value as that of its field. What all have or a source has names nobody.
void AlertProtection::look_at_baseline(std::string_view body, std::string_view source, LogSourceId log_source) {
  const std::string_view array = member(body, "baseline");
  if (array.empty()) return;
  JsonElements items(array, 0);
  while (items.next()) {
    look_at_item(body, items.value(), source, log_source, false);
    const std::string_view subject = member(items.value(), "subject");
    if (!subject.empty() && entity_named(string_of(member(subject, "type"))) != EntityType::kNone) look_at_item(body, subject, source, log_source, true);
  }
}

void AlertProtection::look_at_items(std::string_view body, std::string_view array, std::string_view source, LogSourceId log_source, bool entities) {
  if (array.empty()) return;
  JsonElements items(array, 0);
  while (items.next()) look_at_item(body, items.value(), source, log_source, entities);
}

bool AlertProtection::is_put(std::string_view body, std::string_view shown) const {
  return std::ranges::any_of(places_, [&](const Place& place) { return place.from == static_cast<std::size_t>(shown.data() - body.data()); });
}

/// What an alert about an indicator says of it, where its value is protected: as the pattern that matched, and as what is known of the entity. What is hidden in the one place is in the other, too.
void AlertProtection::hide_indicators(std::string_view body) {
  std::vector<std::string_view> hidden;  // as JSON
  JsonElements matched(member(body, "matched"), 0);
  while (matched.next()) {
    if (is_put(body, member(matched.value(), "value"))) hidden.push_back(member(matched.value(), "pattern"));
  }
  JsonElements known(member(body, "enrichments"), 0);
  while (known.next()) {
    if (is_put(body, member(known.value(), "value"))) hidden.push_back(member(member(known.value(), "data"), "entry"));
  }
  const auto hide = [&](std::string_view shown) {
    if (!shown.empty() && !is_put(body, shown)) put(body, shown, "null");
  };
  const auto is_hidden = [&](std::string_view shown) { return !shown.empty() && std::ranges::find(hidden, shown) != hidden.end(); };
  JsonElements again(member(body, "matched"), 0);
  while (again.next()) {
    if (const std::string_view pattern = member(again.value(), "pattern"); is_hidden(pattern)) hide(pattern);
  }
  JsonElements facts(member(body, "enrichments"), 0);
  while (facts.next()) {
    const std::string_view data = member(facts.value(), "data"), entry = member(data, "entry"), value = member(facts.value(), "value");
    if (!is_hidden(entry)) continue;
    hide(entry);
    hide(member(data, "reference"));
    hide(member(member(facts.value(), "source"), "record"));
    if (value == entry) hide(value);
  }
}

/// Entities first: where a value mentions one, it is called the same there.
void AlertProtection::protect(std::string& body) {
  if (!changes_) return;
  places_.clear();
  protector_.begin_texts();
  const std::string_view event = event_of(body);
  const std::string source = string_of(member(event, "source"));
  const std::string_view named = member(event, "log_source");
  LogSourceClass of_event;
  if (!named.empty()) of_event.sources = {{string_of(member(named, "product")), string_of(member(named, "category")), string_of(member(named, "service"))}};
  const LogSourceId log_source = log_sources_.intern(of_event);
  look_at_items(body, member(body, "entities"), source, log_source, true);
  look_at_enrichments(body, source, log_source);
  look_at_baseline(body, source, log_source);
  look_at_items(body, member(body, "matched"), source, log_source, false);
  look_at_items(body, member(body, "context"), source, log_source, false);
  const std::string_view correlation = member(body, "correlation");
  if (!correlation.empty()) look_at_items(body, member(correlation, "group_by"), source, log_source, false);
  if (is_indicator_rule(string_of(member(member(body, "rule"), "id")))) hide_indicators(body);
  std::ranges::sort(places_, {}, &Place::from);
  for (auto place = places_.rbegin(); place != places_.rend(); ++place) body.replace(place->from, place->to - place->from, place->text);
}

}  // namespace tocsin
