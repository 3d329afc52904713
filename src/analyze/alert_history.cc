#include "analyze/alert_history.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "event/attack_stages.h"
#include "analyze/evidence_weights.h"
#include "base/hash.h"

namespace tocsin::analyze {

namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr double kHour = 3'600, kDay = 86'400;
constexpr std::uint64_t kOfHost = 11, kOfAccount = 12, kOfAddress = 13, kOfValue = 14, kOfGroup = 15;
/// One verdict speaks for what a rule says of one subject in so many seconds (decision 38: a group of alerts).
constexpr std::int64_t kGroupSeconds = 300;

std::int64_t seconds_of(TimeUs time) { return time >= 0 ? time / 1'000'000 : (time - 999'999) / 1'000'000; }
std::int64_t day_of(std::int64_t at_s) { return at_s >= 0 ? at_s / kDaySeconds : (at_s - kDaySeconds + 1) / kDaySeconds; }

/// From Monday 0 h UTC; 1970 began on a Thursday.
std::size_t hour_of_week(std::int64_t at_s) {
  const std::int64_t hour = (at_s >= 0 ? at_s / 3'600 : (at_s - 3'599) / 3'600) + 72;
  return static_cast<std::size_t>((hour % 168 + 168) % 168);
}

/// Never 0, which is free.
std::uint64_t named(std::string_view name, std::uint64_t kind) { return name.empty() ? 0 : hash_bytes(name, kind) | 1; }
std::uint64_t joined(std::uint64_t one, std::uint64_t other) { return hash_fold(one ^ 0x2d358dccaa6c78a5ull, other ^ 0x8bb84b93962eacc9ull) | 1; }
std::uint32_t half_of(std::uint64_t fingerprint) { return static_cast<std::uint32_t>(fingerprint >> 32); }

float days_between(std::int64_t from_s, std::int64_t to_s) { return static_cast<float>(static_cast<double>(to_s - from_s) / kDay); }

/// By bits: the place of a tactic's name in the order of an attack is that of two that were one.
std::uint32_t tactics_in(const std::vector<std::string>& tags) {
  std::uint32_t tactics = 0;
  for (const std::string& tag : tags) {
    if (const Tactic* const tactic = tactic_of(tag); tactic != nullptr) tactics |= 1u << tactic->order;
  }
  return tactics;
}

/// Newest first and gone after two weeks, or nothing is there.
bool is_forgotten(std::int64_t last_s, std::int64_t now_s) { return now_s - last_s > kForgetSeconds; }

}  // namespace

AlertHistory::AlertHistory() : rules_(1), seen_rules_(1), incidents_(kIncidents) { names_.intern(""); }

float AlertHistory::faded(const Count& count, std::int64_t now_s, double half_life_s) {
  if (count.count == 0) return 0;
  return static_cast<float>(static_cast<double>(count.count) * std::exp2(-static_cast<double>(now_s - count.at_s) / half_life_s));
}

void AlertHistory::bump(Count& count, std::int64_t now_s, double half_life_s) { count = {faded(count, now_s, half_life_s) + 1, now_s}; }

RuleNumber AlertHistory::number_of(const IncidentAlert& alert) {
  if (names_.size() >= kHistoryRulesMax) {
    const std::uint32_t known = names_.find(alert.rule_id);
    return known == NameTable::kNone ? 0 : known;
  }
  const RuleNumber number = names_.intern(alert.rule_id);
  if (number == rules_.size()) {
    rules_.push_back({alert.title, alert.level, alert.facts.status});
    seen_rules_.emplace_back();
  }
  return number;
}

void AlertHistory::add(const IncidentAlert& alert, const AlertPlace& place) {
  if (!pending_.empty() && (alert.time != pending_time_ || pending_.size() >= kSameTimeMax)) flush();
  pending_time_ = alert.time;
  AlertSigns& signs = signs_.emplace_back();
  signs.rule = number_of(alert);
  signs.level = std::min<std::uint8_t>(alert.level, 4);
  signs.status = alert.facts.status;
  signs.criticality = alert.facts.criticality;
  signs.malicious = alert.facts.malicious;
  signs.benign = !alert.facts.benign_list.empty();
  for (const BaselineSign& sign : alert.facts.unusual) signs.unusual[static_cast<std::size_t>(sign.kind)] = static_cast<float>(sign_strength(sign));
  signs.has_time = alert.time != kNoTime;
  Pending& now = pending_.emplace_back();
  now.host = named(place.host, kOfHost);
  now.account = place.accounts.empty() ? 0 : named(place.accounts.front(), kOfAccount);
  now.tactics = tactics_in(alert.tags);
  now.incident = place.placement.incident;
  now.value_count = alert.facts.value_count;
  std::copy_n(alert.facts.values.begin(), now.value_count, now.values.begin());
  signs.has_host = now.host != 0;
  signs.has_account = now.account != 0;
  signs.has_tactic = now.tactics != 0;
  const std::uint64_t address = named(alert.said(ContextRole::kSourceIp), kOfAddress);
  const std::uint64_t subject = now.host != 0 ? now.host : now.account != 0 ? now.account : address;
  now.at_s = signs.has_time ? seconds_of(alert.time) : 0;
  signs.day = static_cast<std::int32_t>(day_of(now.at_s));
  signs.stage = now.tactics == 0 ? 0 : static_cast<std::uint8_t>(std::bit_width(now.tactics) - 1);
  // By the name and not the number of the rule: beyond the limit they have one number.
  signs.place = joined(hash_bytes(alert.rule_id), subject);
  signs.group = joined(joined(signs.place, static_cast<std::uint64_t>(now.at_s >= 0 ? now.at_s / kGroupSeconds : (now.at_s - kGroupSeconds + 1) / kGroupSeconds)), kOfGroup + signs.has_time);
  for (const Merge& merge : place.placement.merges) {
    const std::uint32_t tactics = tactics_of(merge.from) | tactics_of(now.incident);
    incidents_[now.incident % kIncidents] = {now.incident, tactics};
  }
  incidents_[now.incident % kIncidents] = {now.incident, tactics_of(now.incident) | now.tactics};
}

std::uint32_t AlertHistory::tactics_of(IncidentNumber incident) {
  const IncidentTactics& known = incidents_[incident % kIncidents];
  return known.number == incident ? known.tactics : 0;
}

std::vector<AlertSigns> AlertHistory::take() {
  flush();
  return std::exchange(signs_, {});
}

void AlertHistory::flush() {
  const std::size_t first = signs_.size() - pending_.size();
  for (std::size_t i = 0; i < pending_.size(); ++i) look_back(pending_[i], signs_[first + i]);
  for (std::size_t i = 0; i < pending_.size(); ++i) see_neighbour(pending_[i], signs_[first + i]);
  for (std::size_t i = 0; i < pending_.size(); ++i) look_around(pending_[i], signs_[first + i]);
  for (std::size_t i = 0; i < pending_.size(); ++i) remember(pending_[i], signs_[first + i]);
  pending_.clear();
}

/// What there was before this time.
void AlertHistory::look_back(const Pending& alert, AlertSigns& signs) {
  signs.has_values = alert.value_count > 0;
  signs.has_new_value = signs.has_time && signs.has_values && signs.rule != 0 && !any_;
  if (!signs.has_time || !any_) return;
  const std::int64_t now_s = alert.at_s;
  signs.fleet_days = days_between(first_s_, now_s);
  for (std::int64_t day = day_of(now_s) - 13; day <= day_; ++day) signs.fleet_hosts = static_cast<std::uint16_t>(std::min<std::uint32_t>(UINT16_MAX, signs.fleet_hosts + hosts_of_day_[static_cast<std::size_t>((day % 16 + 16) % 16)]));
  const Host* const host = alert.host == 0 ? nullptr : hosts_.find(alert.host);
  if (host != nullptr && !is_forgotten(host->last_s, now_s)) {
    signs.host_days = days_between(host->first_s, now_s);
    if (day_of(now_s) - day_of(host->last_s) <= 13 && signs.fleet_hosts > 0) --signs.fleet_hosts;
  }
  if (const Account* const account = alert.account == 0 ? nullptr : accounts_.find(alert.account); account != nullptr && !is_forgotten(account->last_s, now_s)) {
    signs.account_days = days_between(account->first_s, now_s);
    signs.account_alerts = account->alerts;
    const std::size_t hour = hour_of_week(now_s);
    signs.account_hour = static_cast<std::uint16_t>(account->hours[hour] + account->hours[(hour + 1) % 168] + account->hours[(hour + 167) % 168]);
  }
  if (signs.rule == 0) return;
  const Rule& rule = seen_rules_[signs.rule];
  if (rule.seen && !is_forgotten(rule.last_s, now_s)) {
    signs.gap_fleet_s = static_cast<float>(now_s - rule.last_s);
    signs.usual_fleet = faded(rule.day, now_s, kDay);
    signs.usual_new_values = faded(rule.new_values, now_s, kDay);
    const auto is_other = [&](const Fired& fired) { return fired.host != 0 && fired.host != (half_of(alert.host) | 1) && !is_forgotten(fired.at_s, now_s); };
    signs.rule_hosts = static_cast<std::uint16_t>(std::ranges::count_if(rule.hosts, is_other));
  }
  if (const Pair* const here = pairs_.find(signs.place); here != nullptr && !is_forgotten(here->last_s, now_s)) {
    signs.gap_here_s = static_cast<float>(now_s - here->last_s);
    signs.recent_here = faded(here->hour, now_s, kHour);
    signs.usual_here = faded(here->day, now_s, kDay);
  }
  if (alert.account != 0) {
    const Pair* const with = pairs_.find(joined(alert.account, signs.rule));
    if (with != nullptr && !is_forgotten(with->last_s, now_s)) signs.gap_account_s = static_cast<float>(now_s - with->last_s);
  }
  for (std::size_t i = 0; i < alert.value_count; ++i) {
    const Pair* const value = pairs_.find(joined(alert.values[i], joined(signs.rule, kOfValue)));
    signs.has_new_value = signs.has_new_value || value == nullptr || is_forgotten(value->last_s, now_s);
  }
}

/// Another of the same rule and host takes its place; else the one that fired longest ago goes.
template <std::size_t kFired>
void AlertHistory::fire(std::array<Fired, kFired>& fired, const Fired& now) {
  Fired* into = &fired.front();
  for (Fired& one : fired) {
    if (one.rule == now.rule && one.host == now.host) {
      into = &one;
      break;
    }
    const bool is_free = one.rule == 0, into_free = into->rule == 0;
    if (is_free != into_free ? is_free : one.at_s < into->at_s) into = &one;
  }
  *into = now;
}

void AlertHistory::see_neighbour(const Pending& alert, const AlertSigns& signs) {
  if (!signs.has_time) return;
  const Fired now{signs.rule, half_of(alert.host) | 1, alert.at_s, faded(seen_rules_[signs.rule].day, alert.at_s, kDay)};
  if (alert.host != 0) {
    Host& host = hosts_.find_or_take(alert.host);
    count_host(host, alert.at_s);
    if (signs.rule != 0) fire(host.fired, now);
    for (std::size_t tactic = 0; tactic < kTactics; ++tactic) {
      if ((alert.tactics >> tactic & 1) != 0) host.tactics[tactic] = alert.at_s + 1;  // 0: never
    }
  }
  if (alert.account != 0) {
    Account& account = accounts_.find_or_take(alert.account);
    if (account.last_s == 0 || is_forgotten(account.last_s, alert.at_s)) {
      const std::uint64_t fingerprint = account.fingerprint;
      account = {};
      account.fingerprint = fingerprint;
      account.first_s = alert.at_s;
    }
    account.last_s = alert.at_s;
    if (signs.rule != 0) fire(account.fired, now);
  }
  if (signs.rule != 0 && alert.host != 0) fire_on_fleet(now);
}

/// Days that have gone are emptied before they are used again.
void AlertHistory::count_host(Host& host, std::int64_t at_s) {
  const std::int64_t day = day_of(at_s);
  if (!any_) {
    any_ = true;
    first_s_ = at_s;
    day_ = day;
  }
  for (; day_ < day; ++day_) {
    hosts_of_day_[static_cast<std::size_t>(((day_ + 1) % 16 + 16) % 16)] = 0;
    if (day - day_ > 32) day_ = day - 32;
  }
  const bool is_new = host.first_s == 0 || is_forgotten(host.last_s, at_s);
  if (is_new) host.first_s = at_s == 0 ? 1 : at_s;
  std::uint32_t& before = hosts_of_day_[static_cast<std::size_t>((day_of(host.last_s) % 16 + 16) % 16)];
  if (!is_new && day - day_of(host.last_s) < 16 && before > 0) --before;
  ++hosts_of_day_[static_cast<std::size_t>((day % 16 + 16) % 16)];
  host.last_s = at_s;
}

void AlertHistory::fire_on_fleet(const Fired& now) {
  FiredTwice* into = &fleet_.front();
  for (FiredTwice& one : fleet_) {
    if (one.last.rule == now.rule) {
      if (one.last.host != now.host) one.other = one.last;
      one.last = now;
      return;
    }
    const bool is_free = one.last.rule == 0, into_free = into->last.rule == 0;
    if (is_free != into_free ? is_free : one.last.at_s < into->last.at_s) into = &one;
  }
  *into = {now, {}};
}

/// Those that fire least on the fleet, since they say most; of equal ones the older rule. `not_on`: not what fired on this host; 0: on any.
template <std::size_t kMost>
void AlertHistory::nearest(std::span<const Fired> fired, std::int64_t now_s, RuleNumber own, std::uint32_t not_on, std::array<RuleNumber, kMost>& into) {
  std::array<const Fired*, kFleetRules> near;
  std::size_t count = 0;
  const auto says_more = [](const Fired* a, const Fired* b) { return a->usual != b->usual ? a->usual < b->usual : a->rule < b->rule; };
  for (const Fired& one : fired) {
    if (one.rule == 0 || one.rule == own || now_s - one.at_s > kNeighbourSeconds || one.host == not_on) continue;
    // Only an account's list has a rule twice, on two hosts.
    const auto same = not_on == 0 ? near.begin() + count : std::find_if(near.begin(), near.begin() + count, [&](const Fired* other) { return other->rule == one.rule; });
    if (same == near.begin() + count) {
      near[count++] = &one;
    } else if (says_more(&one, *same)) {
      *same = &one;
    }
  }
  const std::size_t most = std::min(count, kMost);
  std::partial_sort(near.begin(), near.begin() + most, near.begin() + count, says_more);
  for (std::size_t i = 0; i < most; ++i) into[i] = near[i]->rule;
}

void AlertHistory::look_around(const Pending& alert, AlertSigns& signs) {
  std::uint32_t tactics = tactics_of(alert.incident);
  signs.incident_tactics = static_cast<std::uint8_t>(std::popcount(tactics | alert.tactics));
  signs.host_tactics = static_cast<std::uint8_t>(std::popcount(alert.tactics));
  if (!signs.has_time) return;
  if (alert.host != 0) {
    const Host& host = hosts_.find_or_take(alert.host);
    nearest(std::span<const Fired>(host.fired), alert.at_s, signs.rule, 0, signs.beside);
    std::uint32_t on_host = alert.tactics;
    for (std::size_t tactic = 0; tactic < kTactics; ++tactic) {
      if (host.tactics[tactic] != 0 && alert.at_s - (host.tactics[tactic] - 1) <= kDaySeconds) on_host |= 1u << tactic;
    }
    signs.host_tactics = static_cast<std::uint8_t>(std::popcount(on_host));
  }
  const std::uint32_t here = half_of(alert.host) | 1;
  if (alert.account != 0) nearest(std::span<const Fired>(accounts_.find_or_take(alert.account).fired), alert.at_s, signs.rule, here, signs.across);
  std::array<Fired, kFleetRules> elsewhere;
  std::ranges::transform(fleet_, elsewhere.begin(), [&](const FiredTwice& one) { return one.last.host != here ? one.last : one.other; });
  nearest(std::span<const Fired>(elsewhere), alert.at_s, signs.rule, 0, signs.around);
}

void AlertHistory::remember(const Pending& alert, const AlertSigns& signs) {
  if (!signs.has_time) return;
  const std::int64_t now_s = alert.at_s;
  if (!any_) {
    any_ = true;
    first_s_ = now_s;
    day_ = day_of(now_s);
  }
  if (alert.account != 0) {
    Account& account = accounts_.find_or_take(alert.account);
    if (account.alerts < UINT16_MAX) ++account.alerts;
    std::uint8_t& hour = account.hours[hour_of_week(now_s)];
    if (hour < UINT8_MAX) ++hour;
  }
  if (signs.rule == 0) return;
  Rule& rule = seen_rules_[signs.rule];
  rule.seen = true;
  rule.last_s = now_s;
  bump(rule.day, now_s, kDay);
  if (signs.has_new_value) bump(rule.new_values, now_s, kDay);
  if (alert.host != 0) fire(rule.hosts, {1, half_of(alert.host) | 1, now_s, 0});
  const auto see = [&](std::uint64_t fingerprint) {
    Pair& pair = pairs_.find_or_take(fingerprint);
    pair.last_s = now_s;
    bump(pair.hour, now_s, kHour);
    bump(pair.day, now_s, kDay);
  };
  see(signs.place);
  if (alert.account != 0) see(joined(alert.account, signs.rule));
  for (std::size_t i = 0; i < alert.value_count; ++i) see(joined(alert.values[i], joined(signs.rule, kOfValue)));
}

}  // namespace tocsin::analyze
