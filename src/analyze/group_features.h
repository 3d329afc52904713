// What is known of a group of alerts when its window ends, without labels (GroupContext) and with the evidence of itself and its neighbours (GroupFeatures). Every number is defined in decision 38.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace tocsin::analyze {

/// How new the rule is, here and now: 0 never seen; 1 never on this host; else by the time since its last window on this host: 2 over six hours, 3 over one, 4 less. And kAlone more if in this window the
/// rule fires on this host alone and is the only one of its family there.
using Situation = std::uint8_t;
inline constexpr Situation kNewRule = 0, kNewHost = 1, kAfterHours = 2, kAfterAnHour = 3, kRecent = 4, kAlone = 5;
inline constexpr std::size_t kSituations = 10;

/// What a group is beside labels.
struct GroupContext {
  Situation situation = 0;
  std::uint32_t hosts = 1;  // with this rule in this window
  double burst = 0;         // ln of how many times more alerts than usual
  double gap = 0;           // ln of the seconds since the last window of rule and host; kGapNever
};

inline constexpr double kGapNever = 14, kNoNeighbour = -3;

enum class Feature : std::uint8_t { kOwn, kBeside, kAround, kPast15, kPast60, kTrace15, kTrace60, kBurst, kGap, kHosts };
inline constexpr std::size_t kFeatures = 10;
using GroupFeatures = std::array<double, kFeatures>;

inline double& at(GroupFeatures& features, Feature feature) { return features[static_cast<std::size_t>(feature)]; }
inline double at(const GroupFeatures& features, Feature feature) { return features[static_cast<std::size_t>(feature)]; }

/// Evidence is a multiple of this, 1.5e-11, so that its sums over a window are the same in any order: the names of hosts and rules, which decide the order, decide nothing else.
inline constexpr double kEvidenceStep = 1.0 / (std::int64_t{1} << 36);
inline double rounded_evidence(double evidence) { return std::nearbyint(evidence / kEvidenceStep) * kEvidenceStep; }

}  // namespace tocsin::analyze
