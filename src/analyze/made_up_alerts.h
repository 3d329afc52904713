// For tests: alerts of made-up rules on made-up hosts over some days, with an attack now and then that the verdicts know. The same seed makes the same alerts.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "analyze/confidence_model.h"

namespace tocsin::analyze {

struct MadeUpAlert {
  std::string rule, host;
  std::int64_t time_s = 0;
  Verdict verdict = Verdict::kNone;
  AlertBrief brief() const { return {rule, host, time_s, verdict, {}}; }
};

/// `count` alerts, more or less. Background of eight rules on six hosts, in bursts; every fifth of the time an hour of attack in which other rules fire too.
inline std::vector<MadeUpAlert> made_up_alerts(unsigned seed, std::size_t count, std::int64_t from_s = 1'700'000'000) {
  std::mt19937 random(seed);
  const auto any = [&](std::int64_t below) { return static_cast<std::int64_t>(random()) % below; };
  std::vector<MadeUpAlert> alerts;
  std::int64_t now_s = from_s;
  while (alerts.size() < count) {
    now_s += any(40) == 0 ? any(30'000) : any(400);
    const bool is_attack = (now_s - from_s) % 18'000 < 3'600;
    const std::string rule = is_attack && any(3) == 0 ? "X-Bad" + std::to_string(any(2)) : "F" + std::to_string(any(3)) + "-r" + std::to_string(any(3));
    const std::string host = "h" + std::to_string(any(6));
    for (std::int64_t i = any(4); i >= 0; --i) alerts.push_back({rule, host, now_s + any(30), is_attack ? Verdict::kTruePositive : Verdict::kFalsePositive});
  }
  return alerts;
}

/// Alerts as a scenario that holds its own groups.
struct MadeUpScenario {
  AlertNames names;
  AlertGroups groups{names};
  Scenario scenario;

  /// False if there was a limit.
  bool fill(const std::vector<MadeUpAlert>& alerts) {
    for (const MadeUpAlert& alert : alerts) {
      if (!groups.add(alert.brief())) return false;
    }
    if (!groups.finish()) return false;
    Result<Scenario> made = Scenario::of(names, groups.groups());
    if (made) scenario = std::move(*made);
    return made.has_value();
  }
};

}  // namespace tocsin::analyze
