// What was before each alert: which rules fired where, how often, on how many hosts, beside what. Alerts come in the order of time (and of ids, where times are the same), each with its names as links know them and its incident;
// what comes at one time does not count as before each other, but is near each other. Nothing here knows of a verdict, nor of anything later.
//
//   AlertHistory history;
//   for (…) history.add(alert, {keys.host(), keys.accounts(), place});
//   const std::vector<AlertSigns> signs = history.take();     // one for each, in their order
//
// Flat memory, some 90 MB when all of it is used, and hardly any before: tables of what was seen last (recent_table.h). What has gone from them is as new. Half a microsecond an alert. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyze/alert_signs.h"
#include "analyze/incident_alert.h"
#include "analyze/incident_linker.h"
#include "analyze/name_table.h"
#include "base/recent_table.h"

namespace tocsin::analyze {

/// A set of all public Sigma rules has 4,000. Beyond it rules have no record and no past.
inline constexpr std::size_t kHistoryRulesMax = 8'192;
/// Remembered at a time: rules on hosts, about accounts and with values, 64 bytes each; hosts, 450; accounts, 400.
inline constexpr std::size_t kHistoryPlaces = std::size_t{1} << 19, kHistoryHosts = std::size_t{1} << 16, kHistoryAccounts = std::size_t{1} << 15;
/// Of one time; a log without fractions of a second may have thousands. What is more is as later.
inline constexpr std::size_t kSameTimeMax = 65'536;

/// Whom an alert is about and where it was put: LinkKeys and IncidentLinker say so.
struct AlertPlace {
  const std::string& host;
  const std::vector<std::string>& accounts;
  const Placement& placement;
};

struct RuleName {
  std::string title;
  std::uint8_t level = 0;
  RuleStatus status = RuleStatus::kUnknown;
};

class AlertHistory {
 public:
  AlertHistory();

  void add(const IncidentAlert& alert, const AlertPlace& place);
  /// All of which the signs are known, in the order in which they came; the last ones too.
  std::vector<AlertSigns> take();
  /// By RuleNumber; what each said of itself first.
  const std::vector<RuleName>& rules() const { return rules_; }

 private:
  static constexpr std::size_t kHostRules = 12, kAccountRules = 8, kFleetRules = 64, kRuleHosts = 64, kTactics = 16, kDays = 16;
  static constexpr std::size_t kIncidents = std::size_t{1} << 16;
  struct Count {  // fades
    float count = 0;
    std::int64_t at_s = 0;
  };
  /// A rule on a host, about an account, or with a value.
  struct Pair {
    std::uint64_t fingerprint = 0;
    std::int64_t last_s = 0;
    Count hour, day;
  };
  struct Fired {
    RuleNumber rule = 0;
    std::uint32_t host = 0;  // half of its fingerprint
    std::int64_t at_s = 0;
    float usual = 0;  // of the rule on the fleet, when it fired
  };
  /// A rule on the fleet: where it fired last, and where last before on another host.
  struct FiredTwice {
    Fired last, other;
  };
  struct Host {
    std::uint64_t fingerprint = 0;
    std::int64_t last_s = 0, first_s = 0;
    std::array<Fired, kHostRules> fired;
    std::array<std::int64_t, kTactics> tactics;
  };
  struct Account {
    std::uint64_t fingerprint = 0;
    std::int64_t last_s = 0, first_s = 0;
    std::array<Fired, kAccountRules> fired;
    std::uint16_t alerts = 0;
    std::array<std::uint8_t, 168> hours;
  };
  struct Rule {
    std::int64_t last_s = 0;
    Count day, new_values;
    bool seen = false;
    std::array<Fired, kRuleHosts> hosts;  // `rule` is not used
  };
  struct IncidentTactics {
    IncidentNumber number = 0;
    std::uint32_t tactics = 0;  // a bit each
  };
  /// An alert of the time at hand.
  struct Pending {
    std::int64_t at_s = 0;
    std::uint64_t host = 0, account = 0;  // fingerprints; 0: not named
    std::uint32_t tactics = 0;
    IncidentNumber incident = 0;
    std::array<std::uint64_t, kMatchedValuesMax> values{};
    std::size_t value_count = 0;
  };

  RuleNumber number_of(const IncidentAlert& alert);
  void flush();
  void look_back(const Pending& alert, AlertSigns& signs);
  void look_around(const Pending& alert, AlertSigns& signs);
  void see_neighbour(const Pending& alert, const AlertSigns& signs);
  void remember(const Pending& alert, const AlertSigns& signs);
  void count_host(Host& host, std::int64_t at_s);
  template <std::size_t kFired>
  static void fire(std::array<Fired, kFired>& fired, const Fired& now);
  void fire_on_fleet(const Fired& now);
  template <std::size_t kMost>
  static void nearest(std::span<const Fired> fired, std::int64_t now_s, RuleNumber own, std::uint32_t not_on, std::array<RuleNumber, kMost>& into);
  std::uint32_t tactics_of(IncidentNumber incident);
  static float faded(const Count& count, std::int64_t now_s, double half_life_s);
  static void bump(Count& count, std::int64_t now_s, double half_life_s);

  NameTable names_;
  std::vector<RuleName> rules_;
  std::vector<Rule> seen_rules_;
  RecentTable<Pair, kHistoryPlaces> pairs_;
  RecentTable<Host, kHistoryHosts> hosts_;
  RecentTable<Account, kHistoryAccounts> accounts_;
  std::array<FiredTwice, kFleetRules> fleet_{};
  std::vector<IncidentTactics> incidents_;
  std::array<std::uint32_t, kDays> hosts_of_day_{};  // last seen on that day, by day modulo kDays
  std::int64_t day_ = 0;
  bool any_ = false;
  std::int64_t first_s_ = 0;
  std::vector<AlertSigns> signs_;
  std::vector<Pending> pending_;  // of the last of signs_
  std::int64_t pending_time_ = 0;
};

}  // namespace tocsin::analyze
