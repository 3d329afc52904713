// One rule match on one event, or on a group of events for a correlation: what detect hands to everything after it.
// An alert is built only when a rule has fired, so it may own its strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "event/alert_context.h"
#include "event/baseline.h"
#include "event/enrichment.h"
#include "event/event.h"
#include "event/log_source.h"
#include "event/path_table.h"

namespace tocsin {

/// Where an event stands: an input by its position in the sorted list of sources, and the event's index within it.
struct EventRef {
  std::uint32_t source = 0;
  std::uint64_t index = 0;
  auto operator<=>(const EventRef&) const = default;
};

struct AlertEntity {
  EntityType type = EntityType::kNone;
  std::string value;
  auto operator<=>(const AlertEntity&) const = default;
};

/// What every output says about a rule; built once per rule.
struct RuleCard {
  std::string id, title, level, status, author;
  std::vector<std::string> tags, references;
  std::uint8_t level_rank = 0;  // 0 informational to 4 critical
};

/// Why a rule matched: one line of a selection that was true, the pattern that decided, and the value it met. The texts
/// point into the rule and the event.
struct Matched {
  std::string_view selection, field;
  const std::vector<std::string>* modifiers = nullptr;
  std::string_view pattern;
  Value value;            // kind kNull: the pattern asked for absence or null
};

/// Where an event of an alert stands, as the outputs write it.
struct AlertEvent {
  std::string_view source;
  std::uint64_t index = 0;
  TimeUs time = kNoTime;
  LogSource log_source;
};

/// What an alert says about the correlation that made it.
struct AlertCorrelation {
  std::string_view type;           // as rules spell it
  std::vector<std::pair<std::string, std::string>> group;  // (field, value), in the order of group-by
  double value = 0;                // what was compared with the condition
  std::int64_t timespan_us = 0;
  std::uint64_t folded = 0;        // earlier matches of the group since its last alert, which made none of their own
  std::uint64_t events_left_out = 0;  // matches of its rules that belong to it and are more than an alert names
  std::uint64_t evicted = 0;       // so many at most may belong to it and were lost for want of memory
  bool late = false;               // something came after the allowed lateness: what stood beside it may be missing
};

/// An alert on its way out. Everything it points to outlives the call it is passed to.
struct Alert {
  const RuleCard* rule = nullptr;
  TimeUs time = kNoTime;
  std::vector<AlertEvent> events;  // one; for a correlation, those that made it
  std::optional<AlertCorrelation> correlation;
  std::vector<Matched> matched;    // of a single event
  std::vector<AlertEntity> entities;
  std::vector<AlertContext> context;    // of a single event, in the order of roles
  std::vector<Enrichment> enrichments;  // of the entities, in their order
  std::vector<BaselineSign> baseline;   // of a single event
};

/// What a correlation consumes: one match of a rule that a correlation refers to.
struct Hit {
  std::uint32_t rule = 0;  // index into RuleSet::rules
  EventRef event;
  TimeUs time = kNoTime;
  LogSource log_source;
  /// Per field that some correlation over this rule groups by or measures: (field name, text), absent fields left out.
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<AlertEntity> entities;
};

}  // namespace tocsin
