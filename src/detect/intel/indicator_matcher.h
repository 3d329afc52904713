// Which indicators an event names: the values of its entities (addresses, names, URLs, hashes, mailboxes) and of a few fields that hold several (answers of the DNS), each asked once for what it is. One thread.
//
// Logs name few thousand things over and over, and hardly ever an indicator. So what was asked lately and makes no alert at any time is remembered (asked_memory.h), and which paths are asked is known before
// the values come. What was found is remembered too, with its rows: who calls an indicator calls it again. Whether it holds is asked each time.
//
//   IndicatorMatcher matcher(set, paths);
//   matcher.collect(event);                  // has fetched what match() needs: let rules be matched in between
//   matcher.match(event, hits);
//   for (const IndicatorHit& hit : hits) …
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detect/intel/asked_memory.h"
#include "detect/intel/indicator_set.h"
#include "event/event.h"
#include "event/path_table.h"

namespace tocsin::intel {

/// Of one event; what is more is a list, and the first ones are reason enough to look.
inline constexpr std::size_t kHitsMax = 32;
/// Rows of one value.
inline constexpr std::size_t kHitsOfValueMax = 8;
/// Values that are indicators, and rows of one, that are remembered: 256 KB, and 4 MB where all are taken.
inline constexpr std::size_t kKnownPlaces = 4'096, kKnownRowsMax = 16;

struct IndicatorHit {
  Value value;     // of the event
  Found found;
};

class IndicatorMatcher {
 public:
  /// `set` is of somebody who outlives it, and so are the paths.
  IndicatorMatcher(const IndicatorSet& set, const PathTable& paths);

  /// Which values of the event are asked. They must still be there when match() comes.
  void collect(const Event& event);
  /// Of the event that was collected: in the order of its values; those that hold at its time, from sources that make alerts.
  void match(const Event& event, std::vector<IndicatorHit>& hits);
  /// How often a value was asked for, and how often that was remembered.
  std::uint64_t asked() const { return asked_; }
  std::uint64_t remembered() const { return remembered_; }

 private:
  struct Asked {
    const Value* value;
    Ask ask;
    AskedMemory::Place place;
  };
  struct Known {
    std::uint8_t mark = 0;  // 0: empty
    std::string raw;
    std::vector<Found> rows;
  };

  void learn_paths();
  const std::vector<Found>& rows_of(const Asked& one);
  bool look(const Asked& one, TimeUs time, std::vector<IndicatorHit>& hits);

  const IndicatorSet& set_;
  const PathTable& paths_;
  const bool skips_local_;
  std::vector<Ask> asks_;  // by path
  AskedMemory memory_;
  std::vector<Asked> collected_;
  std::vector<Known> known_{kKnownPlaces};
  std::vector<Found> rows_;  // of the value at hand
  std::string text_;
  std::uint64_t asked_ = 0, remembered_ = 0;
};

/// What is asked of the values of a path.
Ask ask_of_meaning(std::string_view path, const PathMeaning& meaning);

}  // namespace tocsin::intel
