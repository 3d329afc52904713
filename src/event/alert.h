// One rule match on one event, or on a group of events for a correlation: what detect hands to everything after it.
// An alert is built only when a rule has fired, so it may own its strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
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

/// An alert on its way out. Everything it points to outlives the call it is passed to.
struct Alert {
  const RuleCard* rule = nullptr;
  TimeUs time = kNoTime;
  std::vector<AlertEvent> events;  // one; for a correlation, those that made it
  bool correlation = false;
  std::vector<Matched> matched;    // of a single event
  std::vector<AlertEntity> entities;
  /// Correlations: the group, and whether anything was lost on the way.
  std::vector<std::pair<std::string, std::string>> group;
  std::uint64_t evicted = 0;
  bool late = false;
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
