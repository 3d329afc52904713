#include "analyze/alert_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "event/attack_stages.h"
#include "analyze/incident_testing.h"
#include "analyze/link_keys.h"

namespace tocsin::analyze {
namespace {

constexpr double kHour = 3'600, kDay = 86'400;

/// Sorted as a book has them. Accounts have two rules on two hosts each, so that lists of what fired last have room for all of it.
std::vector<IncidentAlert> made_up(unsigned seed, unsigned count, unsigned minutes) {
  std::mt19937 random(seed);
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const std::vector<std::string> tactics = {"attack.execution", "attack.discovery", "attack.impact", "attack.t1059", "attack.stealth"};
  std::vector<IncidentAlert> alerts;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned rule = pick(6), host = pick(4);
    const std::string account = pick(3) == 0 ? "" : "user" + std::to_string(rule / 2 * 2 + host / 2);
    alerts.push_back(on("a" + std::to_string(1'000 + i), pick(minutes), pick(8) == 0 ? "" : "ws" + std::to_string(host), account, static_cast<std::uint8_t>(pick(5))));
    IncidentAlert& alert = alerts.back();
    alert.rule_id = "rule " + std::to_string(rule);
    if (pick(4) > 0) alert.tags = {tactics[pick(5)]};
    if (pick(2) == 0) alert.facts.values[alert.facts.value_count++] = 100 + pick(5);
    if (pick(30) == 0) alert.time = kNoTime;
  }
  std::ranges::sort(alerts, [](const IncidentAlert& a, const IncidentAlert& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
  return alerts;
}

/// An alert as the history was told of it.
struct Told {
  const IncidentAlert* alert = nullptr;
  std::string host, account, subject;
  IncidentNumber incident = 0;
  std::vector<Merge> merges;
  std::int64_t at_s = 0;
  std::uint32_t tactics = 0;
};

std::vector<AlertSigns> signs_of(const std::vector<IncidentAlert>& alerts, std::vector<Told>* told = nullptr) {
  AlertHistory history;
  LinkKeys keys;
  IncidentLinker linker;
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const std::vector<LinkKey>& of_alert = keys.of(alerts[i]);
    const Placement& place = linker.add({i, alerts[i].time}, of_alert);
    history.add(alerts[i], {keys.host(), keys.accounts(), place});
    if (told == nullptr) continue;
    Told one{&alerts[i], keys.host(), keys.accounts().empty() ? "" : keys.accounts().front(), "", place.incident, place.merges, alerts[i].time == kNoTime ? 0 : alerts[i].time / 1'000'000, 0};
    one.subject = !one.host.empty() ? one.host : one.account;
    for (const std::string& tag : alerts[i].tags) {
      if (const Tactic* const tactic = tactic_of(tag)) one.tactics |= 1u << tactic->order;
    }
    told->push_back(one);
  }
  return history.take();
}

/// The same by looking at every alert for every alert.
class Twin {
 public:
  explicit Twin(const std::vector<Told>& told) : told_(told) {}

  void expect(std::size_t i, const AlertSigns& signs) const {
    const Told& now = told_[i];
    EXPECT_EQ(signs.incident_tactics, incident_tactics(i));
    if (now.alert->time == kNoTime) {
      EXPECT_EQ(signs.fleet_days, 0);
      EXPECT_EQ(signs.gap_here_s, kNever);
      return;
    }
    const auto anywhere = [](const Told&) { return true; };
    const auto of_rule = [&](const Told& one) { return one.alert->rule_id == now.alert->rule_id; };
    const auto here = [&](const Told& one) { return of_rule(one) && one.subject == now.subject; };
    const auto on_host = [&](const Told& one) { return !now.host.empty() && one.host == now.host; };
    const auto with_account = [&](const Told& one) { return !now.account.empty() && one.account == now.account; };
    EXPECT_FLOAT_EQ(signs.fleet_days, static_cast<float>(since_first(i, anywhere) / kDay));
    EXPECT_FLOAT_EQ(signs.host_days, static_cast<float>(since_unbroken(i, on_host) / kDay));
    EXPECT_FLOAT_EQ(signs.account_days, static_cast<float>(since_unbroken(i, with_account) / kDay));
    EXPECT_EQ(signs.gap_here_s, gap(i, here));
    EXPECT_EQ(signs.gap_fleet_s, gap(i, of_rule));
    EXPECT_EQ(signs.gap_account_s, gap(i, [&](const Told& one) { return with_account(one) && of_rule(one); }));
    EXPECT_NEAR(signs.recent_here, faded(i, here, kHour), 1e-4);
    EXPECT_NEAR(signs.usual_here, faded(i, here, kDay), 1e-4);
    EXPECT_NEAR(signs.usual_fleet, faded(i, of_rule, kDay), 1e-4);
    expect_hosts(i, signs);
    EXPECT_EQ(std::set<RuleNumber>(signs.beside.begin(), signs.beside.end()), near(i, on_host));
    EXPECT_EQ(std::set<RuleNumber>(signs.across.begin(), signs.across.end()), near(i, [&](const Told& one) { return with_account(one) && one.host != now.host; }));
    EXPECT_EQ(std::set<RuleNumber>(signs.around.begin(), signs.around.end()), near(i, [&](const Told& one) { return !one.host.empty() && one.host != now.host; }));
    std::uint32_t tactics = now.tactics;
    for (const Told& one : told_) {
      if (on_host(one) && is_up_to(one, now) && now.at_s - one.at_s <= 86'400) tactics |= one.tactics;
    }
    EXPECT_EQ(signs.host_tactics, std::popcount(tactics));
    expect_values(i, signs);
  }

 private:
  bool is_before(const Told& one, const Told& now) const { return one.alert->time != kNoTime && one.alert->time < now.alert->time; }
  bool is_up_to(const Told& one, const Told& now) const { return one.alert->time != kNoTime && one.alert->time <= now.alert->time; }

  template <class Is>
  double since_first(std::size_t i, Is&& is) const {
    for (const Told& one : told_) {
      if (is(one) && is_before(one, told_[i])) return static_cast<double>(told_[i].at_s - one.at_s);
    }
    return 0;
  }
  /// Back to where nothing came for 14 days.
  template <class Is>
  double since_unbroken(std::size_t i, Is&& is) const {
    std::int64_t from = told_[i].at_s;
    for (std::size_t k = told_.size(); k-- > 0;) {
      if (!is(told_[k]) || !is_before(told_[k], told_[i])) continue;
      if (from - told_[k].at_s > kForgetSeconds) break;
      from = told_[k].at_s;
    }
    return static_cast<double>(told_[i].at_s - from);
  }
  template <class Is>
  float gap(std::size_t i, Is&& is) const {
    for (std::size_t k = told_.size(); k-- > 0;) {
      if (!is(told_[k]) || !is_before(told_[k], told_[i])) continue;
      const std::int64_t seconds = told_[i].at_s - told_[k].at_s;
      return seconds > kForgetSeconds ? kNever : static_cast<float>(seconds);
    }
    return kNever;
  }
  template <class Is>
  double faded(std::size_t i, Is&& is, double half_life_s) const {
    if (gap(i, is) == kNever) return 0;
    double sum = 0;
    for (const Told& one : told_) {
      if (is(one) && is_before(one, told_[i])) sum += std::exp2(-static_cast<double>(told_[i].at_s - one.at_s) / half_life_s);
    }
    return sum;
  }
  /// Numbers count up in the order in which rules come; with 0, the free places, if there are any.
  template <class Is>
  std::set<RuleNumber> near(std::size_t i, Is&& is) const {
    std::set<RuleNumber> found = {0};
    std::map<std::string, RuleNumber> numbers;
    for (const Told& one : told_) numbers.try_emplace(one.alert->rule_id, static_cast<RuleNumber>(numbers.size() + 1));
    for (const Told& one : told_) {
      if (is(one) && is_up_to(one, told_[i]) && told_[i].at_s - one.at_s <= kNeighbourSeconds && one.alert->rule_id != told_[i].alert->rule_id) found.insert(numbers.at(one.alert->rule_id));
    }
    return found;
  }
  void expect_hosts(std::size_t i, const AlertSigns& signs) const {
    std::map<std::string, std::int64_t> last, of_rule;
    for (const Told& one : told_) {
      if (one.host.empty() || one.host == told_[i].host || !is_before(one, told_[i])) continue;
      last[one.host] = one.at_s;
      if (one.alert->rule_id == told_[i].alert->rule_id) of_rule[one.host] = one.at_s;
    }
    const auto day = [](std::int64_t at_s) { return at_s / 86'400; };
    EXPECT_EQ(signs.fleet_hosts, std::ranges::count_if(last, [&](const auto& host) { return day(told_[i].at_s) - day(host.second) <= 13; }));
    const bool is_known = gap(i, [&](const Told& one) { return one.alert->rule_id == told_[i].alert->rule_id; }) != kNever;
    EXPECT_EQ(signs.rule_hosts, !is_known ? 0 : std::ranges::count_if(of_rule, [&](const auto& host) { return told_[i].at_s - host.second <= kForgetSeconds; }));
  }
  void expect_values(std::size_t i, const AlertSigns& signs) const {
    bool is_new = false;
    for (std::size_t v = 0; v < told_[i].alert->facts.value_count; ++v) {
      is_new = is_new || gap(i, [&](const Told& one) {
                           const AlertFacts& facts = one.alert->facts;
                           return one.alert->rule_id == told_[i].alert->rule_id && std::find(facts.values.begin(), facts.values.begin() + facts.value_count, told_[i].alert->facts.values[v]) != facts.values.begin() + facts.value_count;
                         }) == kNever;
    }
    EXPECT_EQ(signs.has_new_value, is_new);
  }
  int incident_tactics(std::size_t i) const {
    std::map<IncidentNumber, std::uint32_t> tactics;
    for (std::size_t k = 0; k < told_.size() && told_[k].alert->time <= told_[i].alert->time; ++k) {
      for (const Merge& merge : told_[k].merges) tactics[told_[k].incident] |= tactics[merge.from];
      tactics[told_[k].incident] |= told_[k].tactics;
    }
    return std::popcount(tactics[told_[i].incident] | told_[i].tactics);
  }

  const std::vector<Told>& told_;
};

TEST(AlertHistory, IsWhatLookingAtEveryAlertSays) {
  for (unsigned seed = 0; seed < 24; ++seed) {
    // Within two hours, two days and forty days: what is near, what fades, what is forgotten.
    const std::vector<IncidentAlert> alerts = made_up(seed, 70, std::vector<unsigned>{120, 2'880, 57'600}[seed % 3]);
    std::vector<Told> told;
    const std::vector<AlertSigns> signs = signs_of(alerts, &told);
    ASSERT_EQ(signs.size(), alerts.size());
    const Twin twin(told);
    for (std::size_t i = 0; i < signs.size(); ++i) {
      twin.expect(i, signs[i]);
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << ", alert " << i;
    }
  }
}

/// Everything that is said of an alert, bit for bit.
std::string text_of(const AlertSigns& signs) {
  std::string text;
  const auto add = [&](auto value) { text.append(reinterpret_cast<const char*>(&value), sizeof value); };
  for (const float one : {signs.fleet_days, signs.host_days, signs.account_days, signs.gap_here_s, signs.gap_account_s, signs.gap_fleet_s, signs.recent_here, signs.usual_here, signs.usual_fleet, signs.usual_new_values}) add(one);
  for (const auto one : {signs.rule_hosts, signs.fleet_hosts, signs.account_alerts, signs.account_hour}) add(one);
  add(signs.beside);
  add(signs.across);
  add(signs.around);
  add(signs.incident_tactics);
  add(signs.host_tactics);
  add(signs.has_new_value);
  return text;
}

TEST(AlertHistory, KnowsNothingOfWhatComesLater) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    const std::vector<IncidentAlert> alerts = made_up(seed, 60, 2'000);
    const std::vector<AlertSigns> all = signs_of(alerts);
    for (std::size_t cut = 1; cut < alerts.size(); cut += 7) {
      if (alerts[cut].time == alerts[cut - 1].time) continue;
      const std::vector<AlertSigns> some = signs_of({alerts.begin(), alerts.begin() + static_cast<std::ptrdiff_t>(cut)});
      for (std::size_t i = 0; i < cut; ++i) EXPECT_EQ(text_of(some[i]), text_of(all[i])) << seed << ' ' << cut << ' ' << i;
    }
  }
}

TEST(AlertHistory, NamesOfHostsDecideNothing) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    const std::vector<IncidentAlert> alerts = made_up(seed, 60, 2'000);
    std::vector<IncidentAlert> renamed = alerts;
    for (IncidentAlert& alert : renamed) {
      std::string& host = alert.context[static_cast<std::size_t>(ContextRole::kHost)];
      if (!host.empty()) host = "zz-" + std::string(host.rbegin(), host.rend());
    }
    const std::vector<AlertSigns> one = signs_of(alerts), other = signs_of(renamed);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(text_of(one[i]), text_of(other[i])) << seed << ' ' << i;
  }
}

/// More other rules than are told: those that fire least.
TEST(AlertHistory, TellsTheRarestNeighbours) {
  std::vector<IncidentAlert> alerts;
  for (int rule = 0; rule < 8; ++rule) {
    for (int k = 0; k <= (rule * 3) % 8 * 2; ++k) {  // rule 0 once, rule 3 three times, …
      alerts.push_back(on("a" + std::to_string(alerts.size() + 100), -600 + static_cast<std::int64_t>(alerts.size()), "ws1"));
      alerts.back().rule_id = "rule " + std::to_string(rule);
    }
  }
  for (int rule = 0; rule < 8; ++rule) {
    alerts.push_back(on("b" + std::to_string(rule), 10 + rule, "ws1"));
    alerts.back().rule_id = "rule " + std::to_string(rule);
  }
  alerts.push_back(on("last", 30, "ws1"));
  alerts.back().rule_id = "another";
  const AlertSigns signs = signs_of(alerts).back();
  const std::set<RuleNumber> told(signs.beside.begin(), signs.beside.end());
  EXPECT_EQ(told.size(), kBesideMax);
  EXPECT_TRUE(told.contains(1));   // rule 0: once before
  EXPECT_FALSE(told.contains(6));  // rule 5: fifteen times
  EXPECT_FALSE(told.contains(3));  // rule 2: thirteen times
}

TEST(AlertHistory, RulesBeyondTheLimitHaveNoPast) {
  AlertHistory history;
  const Placement place{1, true, {}, {}, {}};
  const std::string host = "ws1";
  const std::vector<std::string> accounts;
  for (std::size_t i = 0; i < kHistoryRulesMax + 5; ++i) {
    history.add(on("a" + std::to_string(i), static_cast<std::int64_t>(i), "ws1"), {host, accounts, place});
  }
  const std::vector<AlertSigns> signs = history.take();
  EXPECT_EQ(signs[kHistoryRulesMax - 2].rule, kHistoryRulesMax - 1);
  EXPECT_EQ(signs.back().rule, 0u);
  EXPECT_EQ(signs.back().gap_here_s, kNever);
  EXPECT_NE(signs.back().place, signs[signs.size() - 2].place);
}

/// A log without fractions of a second: what is more than the limit is as later.
TEST(AlertHistory, OfOneTimeThereIsALimit) {
  AlertHistory history;
  const Placement place{1, true, {}, {}, {}};
  const std::string host = "ws1";
  const std::vector<std::string> accounts;
  IncidentAlert alert = on("a", 0, "ws1");
  for (std::size_t i = 0; i <= kSameTimeMax; ++i) history.add(alert, {host, accounts, place});
  const std::vector<AlertSigns> signs = history.take();
  EXPECT_EQ(signs[kSameTimeMax - 1].gap_here_s, kNever);
  EXPECT_EQ(signs[kSameTimeMax].gap_here_s, 0);
}

}  // namespace
}  // namespace tocsin::analyze
