// Which indicators an event names: the values of its entities (addresses, names, URLs, hashes, mailboxes) and of a few fields that hold several (answers of the DNS), each asked once for what it is. One thread.
//
// Logs name few thousand things over and over, and hardly ever an indicator. So what was asked lately and is none is remembered under its raw bytes, compared whole, in two direct-mapped tables: of short
// values, and of longer ones as Sysmon's Hashes are. What was found is asked again each time; it is rare.
//
//   IndicatorMatcher matcher(set, paths);
//   matcher.match(event, hits);
//   for (const IndicatorHit& hit : hits) …
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/zeroed_array.h"
#include "detect/intel/indicator_set.h"
#include "event/event.h"
#include "event/path_table.h"

namespace tocsin::intel {

/// Of one event; what is more is a list, and the first ones are reason enough to look.
inline constexpr std::size_t kHitsMax = 32;
/// Rows of one value.
inline constexpr std::size_t kHitsOfValueMax = 8;

struct IndicatorHit {
  Value value;     // of the event
  Found found;
};

class IndicatorMatcher {
 public:
  /// `set` is of somebody who outlives it, and so are the paths.
  IndicatorMatcher(const IndicatorSet& set, const PathTable& paths);

  /// In the order of the event's values; those that hold at its time, from sources that make alerts.
  void match(const Event& event, std::vector<IndicatorHit>& hits);
  /// How often a value was asked for, and how often that was remembered.
  std::uint64_t asked() const { return asked_; }
  std::uint64_t remembered() const { return remembered_; }

 private:
  template <std::size_t kBytes>
  struct Slot {
    std::uint8_t ask;  // 0: empty
    std::uint8_t size;
    char bytes[kBytes - 2];
  };
  using Short = Slot<64>;
  using Long = Slot<256>;
  static constexpr std::size_t kShortSlots = 8'192, kLongSlots = 1'024;

  Ask ask_of_path(PathId path);
  void match_value(Ask ask, const Event& event, const Value& value, std::vector<IndicatorHit>& hits);
  bool look(Ask ask, TimeUs time, const Value& value, std::vector<IndicatorHit>& hits);

  const IndicatorSet& set_;
  const PathTable& paths_;
  std::vector<std::uint8_t> asks_;  // by path: 0 not known, else Ask and one
  ZeroedArray<Short> short_{kShortSlots};
  ZeroedArray<Long> long_{kLongSlots};
  std::string text_;
  std::uint64_t asked_ = 0, remembered_ = 0;
};

/// What is asked of the values of a path.
Ask ask_of_meaning(std::string_view path, const PathMeaning& meaning);

}  // namespace tocsin::intel
