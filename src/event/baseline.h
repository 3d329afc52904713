// What was unusual about an event when it came, by what had come before it: found by the baselines, kept in the line of the alert, and weighed by analyze. A sign is an observation and no judgement: it makes no alert by itself.
// docs/baselines.md says what each kind measures and what its two numbers are.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "event/path_table.h"

namespace tocsin {

enum class BaselineKind : std::uint8_t {
  kFirstSeen,   // this value of this field was never seen of the subject
  kRare,        // it was, but seldom
  kVolume,      // more, or less, from the subject than at this hour of the week
  kNewCountry,  // a log-in from a country from which the account had none
  kTravel,      // a log-in from farther away than the account could have got since the last
  kBeacon,      // connections to the same place at equal intervals
  kOutlier,     // many numbers of the subject's hour at once are unlike its others
};
inline constexpr std::array<std::string_view, 7> kBaselineKindNames = {"first_seen", "rare", "volume", "new_country", "impossible_travel", "beacon", "outlier"};

/// Of one alert; those of fewer are all.
inline constexpr std::size_t kBaselineSignsMax = 24;
/// What stands for the type of a subject that is no entity.
inline constexpr std::string_view kSourceSubject = "source", kFleetSubject = "fleet";

struct BaselineSign {
  BaselineKind kind = BaselineKind::kFirstSeen;
  EntityType subject_type = EntityType::kNone;  // kNone: a source, or, where `subject` is empty, everything that is collected
  std::string subject;                          // as the alert's entities have it
  std::string field;                            // of the log source, where the kind is of a field
  std::string value = {};                       // that it has, where the kind is of a value
  double observed = 0, usual = 0;               // in the unit of the kind
  double days = 0;                              // for how long the subject has been known
};

}  // namespace tocsin
