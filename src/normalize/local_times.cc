#include "normalize/local_times.h"

#include <algorithm>

#include "base/text.h"
#include "normalize/text_time.h"

namespace tocsin {

namespace {

const Value* value_at(const Event& event, PathId path) {
  const auto found = std::ranges::find(event.values, path, &Value::path);
  return found == event.values.end() || found->kind == ValueKind::kNull ? nullptr : &*found;
}

/// What a reader of ours makes of it; kNoTime if it is of a layout that only a mapping knows.
TimeUs reading_of(std::string_view text, TimeUs latest) {
  for (const TimeText& read : {read_iso_time(text), read_bsd_time(text, latest), read_ctime(text), read_clf_time(text)}) {
    if (read.size > 0) return read.time;
  }
  return kNoTime;
}

}  // namespace

bool names_no_zone(std::string_view time) {
  const std::size_t clock = time.find(':');
  if (clock == std::string_view::npos) return false;
  const std::string_view rest = time.substr(clock);
  return rest.find_first_of("Zz+-") == std::string_view::npos && rest.find("UTC") == std::string_view::npos && rest.find("GMT") == std::string_view::npos;
}

LocalTimes::LocalTimes(const TaxonomyTables& tables, PathTable& paths)
    : tables_(tables),
      paths_(paths),
      timestamp_(paths.child(PathTable::kRoot, "timestamp")),
      device_time_(paths.child(PathTable::kRoot, "devTime")),
      receipt_time_(paths.child(PathTable::kRoot, "rt")),
      date_(paths.child(PathTable::kRoot, "date")),
      time_(paths.child(PathTable::kRoot, "time")) {}

void LocalTimes::begin_source(std::string_view source, TimeUs latest) {
  latest_ = latest;
  if (tables_.zones.empty() || (begun_ && source == source_)) return;
  begun_ = true;
  source_ = source;
  in_force_.clear();
  const std::string name = folded(source);
  for (const ZoneRule& rule : tables_.zones) {
    if (rule.source.fits(name)) in_force_.push_back(&rule);
  }
}

/// The first that fits, as everywhere; a rule for hosts fits any that the event names.
const TimeZone* LocalTimes::zone_of(const Event& event) {
  for (const ZoneRule* rule : in_force_) {
    if (rule->any_host) return &rule->zone;
    for (const Value& value : event.values) {
      if (value.derived || value.kind == ValueKind::kNull || paths_.meaning(value.path).entity != EntityType::kHost) continue;
      text_.clear();
      append_value_text(text_, value);
      if (rule->host.fits(folded(text_))) return &rule->zone;
    }
  }
  return nullptr;
}

bool LocalTimes::line_is_local(const Event& event) {
  bool has_text = false;
  for (const PathId path : {device_time_, receipt_time_, timestamp_}) {
    const Value* const value = value_at(event, path);
    if (value == nullptr) continue;
    has_text = true;
    const TimeUs reading = reading_of(value->raw(), latest_);
    if (reading == event.time || (reading == kNoTime && path == timestamp_)) return names_no_zone(value->raw());
  }
  if (has_text) return false;
  if (const Value* const date = value_at(event, date_)) {
    const Value* const time = value_at(event, time_);
    if (time == nullptr || !event.text.starts_with("date=")) return false;  // W3C has columns of these names
    text_.assign(date->raw()).append(" ").append(time->raw());
    return names_no_zone(text_) && read_iso_time(text_).time == event.time;
  }
  std::string_view line = event.text;
  if (line.starts_with('[')) line.remove_prefix(1);
  for (const TimeText& read : {read_iso_time(line), read_ctime(line)}) {
    if (read.size > 0) return read.time == event.time && names_no_zone(line.substr(0, read.size));
  }
  return false;
}

bool LocalTimes::is_local(const Event& event, const Value* by, unsigned rank) {
  if (by == nullptr) return line_is_local(event);
  if (rank < kLocalRankLeast) return false;
  text_.clear();
  append_value_text(text_, *by);
  return names_no_zone(text_);
}

void LocalTimes::move(Event& event, const Value* by, unsigned rank) {
  if (!is_local(event, by, rank)) return;
  if (const TimeZone* const zone = zone_of(event)) event.time = zone->to_utc(event.time, latest_);
}

}  // namespace tocsin
