#include "analyze/evidence_weights.h"

#include <algorithm>
#include <cmath>

namespace tocsin::analyze {

namespace {

/// The weight of the last step that the value reaches; 0 below the first.
struct Step {
  double from, weight;
};
template <std::size_t kSteps>
double step_of(const std::array<Step, kSteps>& steps, double value) {
  double weight = 0;
  for (const Step& step : steps) {
    if (value >= step.from) weight = step.weight;
  }
  return weight;
}

constexpr double kHour = 3'600, kDay = 86'400;
/// After a pause of so many seconds about the same subject.
constexpr std::array<Step, 3> kAfterPause = {{{4 * kHour, 0.2}, {12 * kHour, 0.7}, {2 * kDay, 1.0}}};
constexpr double kNewHere = 0.9, kNewAnywhere = 0.3, kNewForAccount = 0.3;
/// Alerts of the rule about the subject in a day.
constexpr std::array<Step, 3> kOften = {{{10, -0.3}, {30, -0.5}, {100, -0.8}}};
/// The share of all hosts that have the rule, asked for where there are kHostsMin.
constexpr std::array<Step, 2> kOnManyHosts = {{{0.25, -0.3}, {0.5, -0.6}}};
constexpr double kHostsMin = 5, kOnThisHostAlone = 0.3;
constexpr double kNewValue = 0.4, kValuesMin = 5;
/// Times as many as in a usual hour, asked for where there are kBurstMin in the last.
constexpr std::array<Step, 2> kManyAtOnce = {{{10, 0.4}, {20, 1.0}}};
constexpr double kBurstMin = 5;
/// A share of the strongest evidence near it, up to so much.
constexpr double kBesideShare = 0.7, kBesideMost = 2.0, kAcrossShare = 0.5, kAcrossMost = 1.5, kAroundShare = 0.7, kAroundMost = 2.0;
/// On more hosts than these something goes on all the time.
constexpr double kAroundHosts = 64;
constexpr std::array<Step, 4> kTactics = {{{2, 0.3}, {3, 0.6}, {4, 0.9}, {5, 1.2}}};
constexpr double kListed = 1.2;
constexpr std::array<Step, 3> kByScore = {{{0, 0.6}, {40, 1.2}, {75, 2.0}}};
constexpr double kKnownGood = -1.5;
constexpr std::array<double, 5> kByCriticality = {0, -0.1, 0, 0.1, 0.2};
/// Of an account with so many alerts over so many days.
constexpr double kHoursAlertsMin = 20, kHoursDaysMin = 7, kStrangeHour = 0.2, kUsualHour = -0.1, kUsualShare = 0.05;

/// By kind, of a sign that is believed wholly.
constexpr std::array<double, kBaselineKindNames.size()> kUnusual = {0.6, 0.3, 0.4, 0.5, 0.8, 0.5, 0.3};
/// New for one of many is less than new for all.
constexpr double kOneSubject = 0.7;
/// Sixteen times the usual is as much as there can be; fewer than usual is half as much.
constexpr double kMostDoublings = 4, kFewer = 0.5;

/// From four times as far as can be on a journey is as much as there can be; near it a database that is off explains it. What is less than this many kilometres apart is no journey.
constexpr double kMostHalvings = 2, kLeastOfTravel = 0.25, kJourneyKm = 300;
/// Log-ins of an account that are half of what is to be known to call a country new.
constexpr double kHalfOfLogins = 5;

double unusual(const AlertSigns& signs, BaselineKind kind) {
  const auto at = static_cast<std::size_t>(kind);
  return kUnusual[at] * static_cast<double>(signs.unusual[at]);
}

double part_of(double strongest, double share, double most) { return std::clamp(share * strongest, 0.0, most); }

}  // namespace

double trust(float days) { return static_cast<double>(days) / (static_cast<double>(days) + 1); }

double novelty_weight(const AlertSigns& signs) {
  if (!signs.has_time || signs.rule == 0) return 0;
  if (signs.gap_here_s != kNever) return step_of(kAfterPause, static_cast<double>(signs.gap_here_s));
  const double here = kNewHere * trust(signs.has_host ? signs.host_days : signs.has_account ? signs.account_days : signs.fleet_days);
  return here + (signs.gap_fleet_s == kNever ? kNewAnywhere * trust(signs.fleet_days) : 0);
}

double rarity_weight(const AlertSigns& signs) {
  if (!signs.has_time || signs.rule == 0) return 0;
  double weight = step_of(kOften, static_cast<double>(signs.usual_here));
  if (!signs.has_host || signs.fleet_hosts + 1 < kHostsMin) return weight;
  if (signs.rule_hosts == 0) return weight + kOnThisHostAlone * trust(signs.fleet_days);
  return weight + step_of(kOnManyHosts, static_cast<double>(signs.rule_hosts) / signs.fleet_hosts);
}

/// A rule that always meets something new, as one that is about command lines, says nothing by it.
double value_weight(const AlertSigns& signs) {
  if (!signs.has_new_value || signs.usual_fleet < kValuesMin) return 0;
  return kNewValue * std::clamp(1 - static_cast<double>(signs.usual_new_values / signs.usual_fleet), 0.0, 1.0);
}

double account_weight(const AlertSigns& signs) {
  if (!signs.has_time || !signs.has_account || !signs.has_host || signs.rule == 0 || signs.gap_account_s != kNever) return 0;
  return kNewForAccount * trust(signs.account_days);
}

double burst_weight(const AlertSigns& signs) {
  const double recent = static_cast<double>(signs.recent_here) + 1;
  if (recent < kBurstMin) return 0;
  // What halves in a day has that of a day and a half; what halves in an hour that of as many hours.
  return step_of(kManyAtOnce, recent / (static_cast<double>(signs.usual_here) / 24 + 1));
}

double beside_weight(double strongest) { return part_of(strongest, kBesideShare, kBesideMost); }
double across_weight(double strongest) { return part_of(strongest, kAcrossShare, kAcrossMost); }

double around_weight(double strongest, const AlertSigns& signs) {
  return part_of(strongest, kAroundShare, kAroundMost) / (1 + static_cast<double>(signs.fleet_hosts) / kAroundHosts);
}

double stages_weight(const AlertSigns& signs) { return step_of(kTactics, std::max(signs.incident_tactics, signs.host_tactics)); }

double intel_weight(const AlertSigns& signs) {
  if (signs.malicious == 0) return 0;
  return signs.malicious == 1 ? kListed : step_of(kByScore, signs.malicious - 2);
}

double known_good_weight(const AlertSigns& signs) { return signs.benign ? kKnownGood : 0; }

double asset_weight(const AlertSigns& signs) { return kByCriticality[static_cast<std::size_t>(signs.criticality)]; }

double hours_weight(const AlertSigns& signs) {
  if (signs.account_alerts < kHoursAlertsMin || signs.account_days < kHoursDaysMin) return 0;
  if (signs.account_hour == 0) return kStrangeHour;
  return signs.account_hour >= kUsualShare * signs.account_alerts ? kUsualHour : 0;
}

double sign_strength(const BaselineSign& sign) {
  const double days = std::clamp(sign.days, 0.0, 3'650.0), usual = std::max(sign.usual, 0.0), observed = std::max(sign.observed, 0.0);
  const double whose = sign.subject_type == EntityType::kNone && sign.subject.empty() ? 1 : kOneSubject;
  const double believed = trust(static_cast<float>(days));
  switch (sign.kind) {
    case BaselineKind::kFirstSeen:
    case BaselineKind::kRare: return believed * whose * (usual > 0 ? std::clamp(1 - observed / usual, 0.0, 1.0) : 0);
    case BaselineKind::kVolume: return believed * (observed > usual ? std::min(std::log2((observed + 1) / (usual + 1)) / kMostDoublings, 1.0) : kFewer);
    case BaselineKind::kNewCountry: return believed * usual / (usual + kHalfOfLogins);
    case BaselineKind::kTravel: return believed * std::clamp(std::log2((observed + 1) / (std::max(usual, kJourneyKm) + 1)) / kMostHalvings, kLeastOfTravel, 1.0);
    default: return believed;
  }
}

double first_seen_weight(const AlertSigns& signs) { return unusual(signs, BaselineKind::kFirstSeen); }
double rare_value_weight(const AlertSigns& signs) { return unusual(signs, BaselineKind::kRare); }
double volume_weight(const AlertSigns& signs) { return unusual(signs, BaselineKind::kVolume); }
/// The two say of one log-in the same.
double login_weight(const AlertSigns& signs) { return std::max(unusual(signs, BaselineKind::kNewCountry), unusual(signs, BaselineKind::kTravel)); }
double beacon_weight(const AlertSigns& signs) { return unusual(signs, BaselineKind::kBeacon); }
double outlier_weight(const AlertSigns& signs) { return unusual(signs, BaselineKind::kOutlier); }

}  // namespace tocsin::analyze
