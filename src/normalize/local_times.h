// Times by the clock on a wall, of inputs and hosts for which mappings name a zone (`time_zones`, docs/mappings.md). Parsers and taxonomy read a time without a zone as UTC; this
// finds out whether an event's time was such a one, and moves it. It was, if the text that it came from names none and is no number of seconds:
// the field `timestamp` of a line, `devTime` of LEEF and `rt` of CEF, its beginning if its format is not known, date and time of key=value; of JSON the field that gave the time, unless its rank
// says that the product writes UTC (kLocalRankLeast). W3C logs are UTC by their definition.
//
// One for each Classifier. Without zones it costs a look at an empty list. Nothing allocates once warm, and nothing fails.
//
//   LocalTimes local_times(tables, paths);
//   local_times.begin_source("syslog/fw-1", received);
//   local_times.correct(event, nullptr, 0);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "normalize/taxonomy_tables.h"

namespace tocsin {

/// Fields of lower ranks (content/mappings/time.yml) are UTC or say their zone, whatever they look like: CreationTime of Microsoft 365, Sysmon's UtcTime.
inline constexpr unsigned kLocalRankLeast = 60;

class LocalTimes {
 public:
  /// Both must outlive it; `paths` may grow.
  LocalTimes(const TaxonomyTables& tables, PathTable& paths);

  /// What follows is of this input. `latest`: when it was received, or its file last written; kNoTime if nobody knows.
  void begin_source(std::string_view source, TimeUs latest);

  /// `by` is the value that gave the time, with its rank; nullptr: the parser did.
  void correct(Event& event, const Value* by, unsigned rank) {
    if (!in_force_.empty() && event.time != kNoTime) [[unlikely]] move(event, by, rank);
  }

 private:
  void move(Event& event, const Value* by, unsigned rank);
  const TimeZone* zone_of(const Event& event);
  bool is_local(const Event& event, const Value* by, unsigned rank);
  bool line_is_local(const Event& event);

  const TaxonomyTables& tables_;
  PathTable& paths_;
  PathId timestamp_, device_time_, receipt_time_, date_, time_;
  std::vector<const ZoneRule*> in_force_;
  std::string source_, text_;
  bool begun_ = false;
  TimeUs latest_ = kNoTime;
};

/// Whether a text that is a time names no zone: a clock's hours and minutes, and nothing behind them that could be one.
bool names_no_zone(std::string_view time);

}  // namespace tocsin
