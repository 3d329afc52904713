// One rule match on one event, or on a group of events for a correlation: what detect hands to everything after it.
// An alert is built only when a rule has fired, so it may own its strings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
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
