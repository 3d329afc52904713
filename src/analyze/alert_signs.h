// What was known of an alert when it came, without any verdict: counts of what there was before it, and which other rules fired near it. alert_history.h makes it, evidence_weights.h weighs it. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "analyze/alert_facts.h"

namespace tocsin::analyze {

/// A rule by its number in AlertHistory::rules(); 0: none, or one of those beyond the limit.
using RuleNumber = std::uint32_t;

/// Other rules that fired near it within kNeighbourSeconds; of many, those that fire least on the fleet. 0: free.
inline constexpr std::size_t kBesideMax = 6, kAcrossMax = 4, kAroundMax = 6;
inline constexpr std::int64_t kNeighbourSeconds = 3'600;
/// What was quiet for longer is as what was never seen (decision 38 has the same).
inline constexpr std::int64_t kForgetSeconds = 14 * 86'400;
inline constexpr float kNever = std::numeric_limits<float>::infinity();

struct AlertSigns {
  RuleNumber rule = 0;
  std::uint8_t level = 0;
  RuleStatus status = RuleStatus::kUnknown;
  bool has_host = false, has_account = false, has_time = false, has_tactic = false;
  /// Rule and subject, the subject being the host, else an account, else an address; and the same within 300 seconds, for which one verdict speaks.
  std::uint64_t place = 0, group = 0;
  std::int32_t day = 0;    // since 1970, UTC: verdicts of one day are not independent of each other
  std::uint8_t stage = 0;  // the furthest of its own tactics, by their order; 0: none

  // How long there are alerts of any host, of this host, of this account, in days; 0 as well for what is not named.
  float fleet_days = 0, host_days = 0, account_days = 0;
  // Seconds since this rule's last alert: of this subject, of this account, of any host; kNever.
  float gap_here_s = kNever, gap_account_s = kNever, gap_fleet_s = kNever;
  // Alerts of this rule about this subject that count now: each half after an hour, and half after a day.
  float recent_here = 0, usual_here = 0;
  // Alerts of this rule anywhere, half after a day.
  float usual_fleet = 0;
  // Hosts in 14 days: with this rule without this one (64: as many or more), and all without this one.
  std::uint16_t rule_hosts = 0, fleet_hosts = 0;
  // Whether it met values, one of which it had not met in 14 days; and how many of usual_fleet had such a one.
  bool has_values = false, has_new_value = false;
  float usual_new_values = 0;
  std::array<RuleNumber, kBesideMax> beside{};  // on this host
  std::array<RuleNumber, kAcrossMax> across{};  // about this account, on other hosts
  std::array<RuleNumber, kAroundMax> around{};  // on other hosts
  // Different tactics up to now, with its own: of its incident, and on this host in 24 hours.
  std::uint8_t incident_tactics = 0, host_tactics = 0;
  // Alerts of this account before, and of them in this hour of the week and the two beside it.
  std::uint16_t account_alerts = 0, account_hour = 0;

  // From the alert's cards.
  Criticality criticality = Criticality::kUnknown;
  std::uint8_t malicious = 0;  // as in AlertFacts
  bool benign = false;         // a list of what is known to be good names an entity of it
  // From its event's baselines, by kind: how strong the strongest sign is, 0 to 1.
  std::array<float, kBaselineKindNames.size()> unusual{};
};

}  // namespace tocsin::analyze
