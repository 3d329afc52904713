// What each piece of evidence weighs: a small function of an alert's signs, or of the records of its rule and of those near it, with the table it goes by. docs/confidence.md has the tables for people. Weights are log-odds;
// what is not known weighs nothing. Names stand for nothing built in: which rule, which host does not matter here. Pure; a change of any number is another kWeightsVersion.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "analyze/alert_signs.h"

namespace tocsin::analyze {

/// Of the tables here and of the priors of rule_records.h.
inline constexpr std::uint32_t kWeightsVersion = 3;

enum class Reason : std::uint8_t {
  kRecord,     // of the rule, everywhere
  kHere,       // of the rule about this subject
  kNovelty,    // new here, or after a pause
  kRarity,     // on how few hosts, how often here
  kValue,      // a value that the rule had not met
  kAccount,    // new for this account
  kBurst,      // more than usual
  kBeside,     // other rules on this host
  kAcross,     // other rules about this account elsewhere
  kAround,     // other rules on other hosts
  kStages,     // tactics of ATT&CK
  kIntel,      // a list of badness
  kKnownGood,  // a list of what is good
  kAsset,      // its criticality
  kHours,      // of the account's week
  kFirstSeen,  // baselines: a value that the subject never had
  kRareValue,  // … or had seldom
  kVolume,     // … more or fewer events than this hour of the week has
  kLogin,      // … a log-in from where none came, or could come
  kBeacon,     // … connections at equal intervals
  kOutlier,    // … an hour that is unlike others as a whole
};
inline constexpr std::array<std::string_view, 21> kReasonNames = {"record", "here",  "novelty", "rarity", "value",      "account", "burst", "beside",
                                                                  "across", "around", "stages",  "intel",  "known_good", "asset",   "hours",
                                                                  "first_seen", "rare_value", "volume", "login", "beacon", "outlier"};
inline constexpr std::size_t kReasons = kReasonNames.size();
using Weights = std::array<double, kReasons>;
inline double& at(Weights& weights, Reason reason) { return weights[static_cast<std::size_t>(reason)]; }
inline double at(const Weights& weights, Reason reason) { return weights[static_cast<std::size_t>(reason)]; }

/// How much of what was never seen is to be believed after so many days of alerts: 0 at once, a half after one day.
double trust(float days);

double novelty_weight(const AlertSigns& signs);
double rarity_weight(const AlertSigns& signs);
double value_weight(const AlertSigns& signs);
double account_weight(const AlertSigns& signs);
double burst_weight(const AlertSigns& signs);
/// `strongest`: of the rules near it the highest evidence, in log-odds beside kBaseRate; what is below 0 weighs nothing.
double beside_weight(double strongest);
double across_weight(double strongest);
double around_weight(double strongest, const AlertSigns& signs);
double stages_weight(const AlertSigns& signs);
double intel_weight(const AlertSigns& signs);
double known_good_weight(const AlertSigns& signs);
double asset_weight(const AlertSigns& signs);
double hours_weight(const AlertSigns& signs);
/// How much a baseline's sign is to be believed, 0 to 1: by how long its subject is known, whose it is, and how far the two numbers are apart.
double sign_strength(const BaselineSign& sign);
double first_seen_weight(const AlertSigns& signs);
double rare_value_weight(const AlertSigns& signs);
double volume_weight(const AlertSigns& signs);
double login_weight(const AlertSigns& signs);
double beacon_weight(const AlertSigns& signs);
double outlier_weight(const AlertSigns& signs);

}  // namespace tocsin::analyze
