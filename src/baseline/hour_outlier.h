// Hours of a subject in which many numbers together are unlike its others: each may be within what it was before, but not with the others as they are. Of each number a mean is kept that follows the last hours, and of what they are off how
// they go together; an hour is odd by its Mahalanobis distance. Numbers are taken by their root, which evens the variance of counts (F. J. Anscombe 1948). What is learnt is clipped, so that one odd hour does not make the next one usual.
// Half-space trees were measured beside it and lost; so did means for each hour of the week, which take 168 times the memory and learn for weeks (docs/baselines-evaluation.md).
//
// Sums are made of what is added; an hour is judged when the first event after it comes. Hours without events count as nothing happened, but not more than a week of them: who was away for longer begins anew. Flat memory, nothing allocated
// for an event, event time alone; the same events in the same order give the same state and answers. One thread.
//
//   HourOutliers outliers;
//   if (const auto sign = outliers.ask(host, time)) say(words(*sign, kNames));
//   outliers.add(host, time, {1, is_failure, is_login, bytes, is_new_place});
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "baseline/set_table.h"

namespace tocsin::baseline {

/// Numbers of one hour. What they are is up to who adds them; those that are not used stay 0.
inline constexpr std::size_t kHourNumbers = 5;
/// Subjects that are remembered, some 200 bytes each: hosts and accounts of the largest site this is made for, several times. Beyond it the one goes that was silent longest.
inline constexpr std::size_t kOutlierSubjectsMax = 1u << 13;
/// Of one number in one hour; beyond it, it stays there. A petabyte in bytes.
inline constexpr double kHourNumberMax = 1e15;
/// Hours of a subject without events that are learnt as empty; after more it begins anew.
inline constexpr std::int32_t kEmptyHoursMax = 168;

/// Hours that must have been learnt before one is judged: a week.
inline constexpr std::uint32_t kHoursKnownMin = 168;
/// Distance from which an hour is odd. Some two hours of a thousand that are not odd pass it, where numbers vary as measured.
inline constexpr double kOddHourMin = 6;
/// For so long an odd hour is told of.
inline constexpr std::int32_t kOddHoursTold = 6;

using HourNumbers = std::array<double, kHourNumbers>;

/// What is usual for one subject. All zeros is the beginning. With one slot all hours have one mean, with 168 each hour of the week has its own (as it was measured; the product has one).
template <std::size_t kSlots>
struct HourModel {
  struct Judgement {
    double distance = 0;
    std::size_t number = 0;  // that has most to do with it
    double usual = 0;        // of that number
  };

  /// Hours since 1970, UTC. What was never seen is not off.
  Judgement judge(std::int64_t hour, const HourNumbers& numbers) const;
  void learn(std::int64_t hour, const HourNumbers& numbers);

  std::uint32_t learnt;  // hours
  std::array<std::uint8_t, kSlots> seen;
  std::array<std::array<float, kHourNumbers>, kSlots> means;              // of roots
  std::array<float, kHourNumbers * (kHourNumbers + 1) / 2> covariance;  // of what they are off; the lower triangle, row by row

 private:
  HourNumbers off(std::int64_t hour, const HourNumbers& numbers) const;
};

struct OddHourSign {
  TimeUs hour = kNoTime;      // when it began
  double distance = 0;        // in standard deviations
  std::size_t number = 0;     // that has most to do with it
  double observed = 0, usual = 0;  // of that number
  double days = 0;            // for which the subject is known
};

/// One sentence, without the subject's name; `names` of the numbers, in their order.
std::string words(const OddHourSign& sign, std::span<const std::string_view, kHourNumbers> names);

class HourOutliers {
 public:
  /// The last odd hour that ended within kOddHoursTold.
  std::optional<OddHourSign> ask(std::uint64_t subject, TimeUs time) const;
  /// Amounts of one event, 0 or more. What comes late, within the day, counts for the hour at hand.
  void add(std::uint64_t subject, TimeUs time, const HourNumbers& amounts);

  void append_state(std::string& out) const;
  /// All of `bytes`. kInvalid, with what is wrong, and then this is empty.
  Status read_state(std::string_view bytes);

 private:
  struct Subject {
    std::uint64_t fingerprint;
    std::int32_t first, hour;  // hours since 1970; the one that sums are of
    std::int32_t odd_hour;     // 0: none yet
    std::uint8_t odd_number;
    float odd_distance;
    double odd_observed, odd_usual;
    HourNumbers sums;
    HourModel<1> model;
  };
  static void finish(Subject& subject, std::int32_t hour);
  static void append_subject(std::string& out, const Subject& subject);
  static bool read_subject(ByteReader& reader, Subject& subject);

  SetTable<Subject, kOutlierSubjectsMax> subjects_;
};

}  // namespace tocsin::baseline
