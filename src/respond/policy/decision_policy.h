// What may be done by itself, what a person is asked, and what is never touched: one YAML document, checked like rules (docs/policy.md says how it is written). Every mistake is told at once, each with
// file:line:column. Plain values, immutable after reading. Time zones are read with it.
//
//   const DecisionPolicy policy = TRY(read_decision_policy("my.yml", text));
//   DecisionMaker maker(policy);             // decision_maker.h
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.h"
#include "base/result.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "event/path_table.h"

namespace tocsin::respond {

/// Of one policy; a team has a few dozen.
inline constexpr std::size_t kActionClassesMax = 200, kProtectedMax = 10'000;

/// When something may be done by itself: on these days, within these minutes of the day, by the clocks of a zone. Where `to` is not behind `from` the time goes over midnight, and the day is that of its beginning.
struct Hours {
  std::bitset<7> days;  // Monday first
  int from = 0, to = 24 * 60;
  TimeZone zone;

  bool hold(TimeUs time) const;
};

/// Which alerts an action is thought of for; what is empty fits all.
struct Occasion {
  std::uint8_t level = 0;             // at least
  std::vector<std::string> tactics;   // of ATT&CK, as incidents name them: any of these
  std::vector<std::string> tags, rules;  // Sigma's tags, ids of rules: any
};

struct ActionClass {
  std::string name;                            // "isolate_host"
  EntityType target = EntityType::kNone;       // host, user, ip, …
  Occasion occasion;
  std::optional<double> confidence;            // by itself where the lower bound is this or more; nothing: never
  double ask = 0.5;                            // from this confidence on a person is asked
  bool reversible = false;
  std::uint32_t targets = 1;                   // by itself at most so many
  std::int64_t within_us = 3'600'000'000;      // in so long
  std::int64_t lease_us = 4 * 3'600'000'000;   // for so long it holds, and is not decided again
  std::uint32_t approvers = 1;
  std::optional<Hours> hours;                  // nothing: at any time
  bool dry_run = true;
};

struct Protected {
  EntityType type = EntityType::kNone;
  std::string pattern;                  // `*` stands for any characters
  std::optional<IpNetwork> network;     // of addresses
};

struct DecisionPolicy {
  std::string name, description;
  std::vector<Protected> protects;
  std::vector<ActionClass> actions;

  const ActionClass* action(std::string_view name) const;
  /// The pattern that protects the target; nullptr: none does.
  const Protected* protection(EntityType type, std::string_view target) const;
};

/// kInvalid: all mistakes, a line each.
Result<DecisionPolicy> read_decision_policy(const std::string& file, std::string_view text);
/// The one that is in the program.
std::string_view shipped_decision_policy();

}  // namespace tocsin::respond
