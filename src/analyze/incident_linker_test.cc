#include "analyze/incident_linker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "analyze/incident_testing.h"

namespace tocsin::analyze {
namespace {

/// Links alerts in the order given and says which incident each is in at the end.
class Linking {
 public:
  Placement add(const IncidentAlert& alert) {
    Placement place = linker.add({number_++, alert.time}, keys.of(alert));
    placed_.push_back(place.incident);
    return place;
  }
  IncidentNumber of(std::size_t alert) { return linker.now(placed_[alert]); }

  LinkKeys keys;
  IncidentLinker linker;

 private:
  std::uint64_t number_ = 0;
  std::vector<IncidentNumber> placed_;
};

TEST(IncidentLinker, AMachineIsOneIncidentForSomeHours) {
  Linking linking;
  EXPECT_TRUE(linking.add(on("a", 0, "ws5")).begun);
  const Placement later = linking.add(on("b", 60, "ws5"));
  EXPECT_FALSE(later.begun);
  EXPECT_EQ(later.link.to_alert, 0u);
  EXPECT_EQ(later.link.gap_us, 60 * kMinuteUs);
  EXPECT_DOUBLE_EQ(later.link.strength, 0.8 * std::exp2(-1.0 / 6));
  EXPECT_TRUE(linking.add(on("c", 60 + 11 * 60, "ws5")).begun) << "0.8 is 0.22 after eleven hours";
  EXPECT_TRUE(linking.add(on("d", 0, "ws6")).begun);
}

TEST(IncidentLinker, AnAccountLeadsFromOneMachineToAnother) {
  Linking linking;
  linking.add(on("a", 0, "ws5", "ann"));
  const Placement other = linking.add(on("b", 5, "ws6", "ann"));
  EXPECT_EQ(other.incident, linking.of(0));
  EXPECT_EQ(linking.add(on("c", 6, "ws7", "bob")).incident, 2u);
  EXPECT_EQ(linking.add(on("d", 7, "ws6")).incident, linking.of(0)) << "the machine has come into it";
}

TEST(IncidentLinker, TwoBecomeOne) {
  Linking linking;
  linking.add(on("a", 0, "ws5"));
  linking.add(on("b", 1, "ws6", "ann"));
  EXPECT_NE(linking.of(0), linking.of(1));
  const Placement both = linking.add(on("c", 2, "ws5", "ann"));
  ASSERT_EQ(both.merges.size(), 1u);
  EXPECT_EQ(both.incident, 1u) << "the one that began first stays";
  EXPECT_EQ(linking.of(0), linking.of(1));
  EXPECT_EQ(linking.of(2), 1u);
}

/// What is on a machine that many use is theirs, not each other's.
TEST(IncidentLinker, AMachineThatManyUseJoinsNobody) {
  Linking linking;
  const char* const names[] = {"ann", "bob", "cleo", "dan", "eve"};
  for (int i = 0; i < 5; ++i) linking.add(on("w" + std::to_string(i), i, "ws" + std::to_string(i), names[i]));
  for (int i = 0; i < 5; ++i) linking.add(on("d" + std::to_string(i), 10 + i, "dc", names[i]));
  std::set<IncidentNumber> distinct;
  for (std::size_t i = 0; i < 5; ++i) {
    distinct.insert(linking.of(i));
    EXPECT_EQ(linking.of(i), linking.of(5 + i)) << names[i];
  }
  EXPECT_EQ(distinct.size(), 5u);
}

TEST(IncidentLinker, WhatManyHaveInCommonLinksLittle) {
  Linking linking;
  // A provider's account without a machine, in ever more incidents at a time: each machine has one of its own first.
  for (int i = 0; i < 6; ++i) linking.add(on("a" + std::to_string(i), i, "ws" + std::to_string(i), "user" + std::to_string(i)));
  IncidentAlert first = on("b", 10, "ws0", "backup");
  EXPECT_EQ(linking.add(first).incident, linking.of(0));
  const Placement second = linking.add(on("c", 11, "ws1", "backup", 0));
  EXPECT_NEAR(second.link.strength, 0.42 * std::exp2(-1.0 / 240), 1e-9) << "seen in one incident only: its account leads there";
  EXPECT_TRUE(second.merges.empty());
}

TEST(IncidentLinker, ARuleThatRepeatsItselfStaysOne) {
  Linking linking;
  std::set<IncidentNumber> incidents;
  for (int i = 0; i < 300; ++i) {
    IncidentAlert alert = on("a" + std::to_string(i), i, "dc", "user" + std::to_string(i % 30), 0);
    alert.rule_id = "the same";
    linking.add(alert);
  }
  for (std::size_t i = 0; i < 300; ++i) incidents.insert(linking.of(i));
  EXPECT_LE(incidents.size(), 30u);
}

TEST(IncidentLinker, AProcessIsWhatItStarted) {
  Linking linking;
  linking.add(alert_of("a", 0, {{ContextRole::kHost, "ws5"}, {ContextRole::kProcessGuid, "{1}"}}));
  const Placement child = linking.add(alert_of("b", 20 * 60, {{ContextRole::kHost, "ws5"}, {ContextRole::kProcessGuid, "{2}"}, {ContextRole::kParentGuid, "{1}"}}));
  EXPECT_FALSE(child.begun);
  EXPECT_EQ(linking.keys.of(alert_of("b", 0, {{ContextRole::kHost, "ws5"}, {ContextRole::kProcessGuid, "{2}"}, {ContextRole::kParentGuid, "{1}"}}))[child.link.key].kind, LinkKind::kProcess);
  EXPECT_TRUE(linking.add(alert_of("c", 20 * 60, {{ContextRole::kHost, "ws6"}, {ContextRole::kParentGuid, "{1}"}})).begun) << "a copy of the machine";
}

TEST(IncidentLinker, IndicatorsRelateAndDoNotJoin) {
  Linking linking;
  IncidentAlert a = on("a", 0, "ws5"), b = on("b", 1, "ws6");
  for (IncidentAlert* alert : {&a, &b}) alert->entities = {{EntityType::kHash, "ABC"}, {EntityType::kIp, "203.0.113.9"}, {EntityType::kIp, "10.1.1.1"}};
  linking.add(a);
  const Placement other = linking.add(b);
  EXPECT_TRUE(other.begun);
  EXPECT_EQ(other.related.size(), 2u) << "an address inside is nobody's indicator";
}

TEST(IncidentLinker, GrowsOverSoManyMachines) {
  Linking linking;
  for (std::uint32_t i = 0; i < 2 * kIncidentHostsMax; ++i) linking.add(on("b" + std::to_string(i), i, "ws" + std::to_string(i)));
  for (std::uint32_t i = 0; i < 2 * kIncidentHostsMax; ++i) linking.add(on("a" + std::to_string(i), 100 + i, "ws" + std::to_string(i), "worm"));
  std::map<IncidentNumber, std::set<std::size_t>> hosts;
  for (std::size_t i = 0; i < 2 * kIncidentHostsMax; ++i) hosts[linking.of(2 * kIncidentHostsMax + i)].insert(i);
  for (const auto& [incident, of_it] : hosts) EXPECT_LE(of_it.size(), kIncidentHostsMax);
  EXPECT_EQ(hosts.size(), kIncidentHostsMax + 1) << "the others stay on their own";
}

TEST(IncidentLinker, AnAlertWithoutATimeIsAsLateAsTheLatest) {
  Linking linking;
  linking.add(on("a", 0, "ws5"));
  IncidentAlert timeless = on("b", 0, "ws5");
  timeless.time = kNoTime;
  EXPECT_FALSE(linking.add(timeless).begun);
  EXPECT_FALSE(linking.add(on("c", 1, "ws5")).begun);
}

TEST(IncidentLinker, TheFirstAlertMayHaveNoTime) {
  Linking linking;
  IncidentAlert timeless = on("a", 0, "ws5");
  timeless.time = kNoTime;
  EXPECT_TRUE(linking.add(timeless).begun);
  const Placement later = linking.add(on("b", 0, "ws5"));
  EXPECT_TRUE(later.begun) << "nobody knows how long after";
}

/// The same by its definition, over everything that there ever was: no sets, no slots, no halves of fingerprints.
class Twin {
 public:
  std::size_t add(const IncidentAlert& alert, const std::vector<LinkKey>& keys) {
    latest_ = std::max(latest_, alert.time);
    const TimeUs time = alert.time;
    std::map<std::size_t, std::pair<double, bool>> strength;  // by incident
    for (const LinkKey& key : keys) {
      const auto known = seen_.find(key.text + char('0' + static_cast<int>(key.kind)));
      if (known == seen_.end() || key.weight == 0) continue;
      std::vector<std::size_t> incidents = lately(known->second);
      const double half = half_life(key.kind) * 3.6e9;
      for (const std::size_t incident : incidents) {
        const auto seen = std::ranges::find_if(known->second.incidents.rbegin(), known->second.incidents.rend(), [&](const auto& one) { return root(one.first) == incident; });
        const double gap = std::abs(static_cast<double>(time - seen->second));
        double weight = key.weight, others = 0;
        bool merges = true, last = true;
        if (key.kind == LinkKind::kHost) {
          others = strangers(key.text, keys, incident);
          if (others > 0) weight = 0.6, merges = false, last = false;
        } else if (key.kind == LinkKind::kRule) {
          merges = false;
        } else {
          for (const std::size_t other : incidents) others += other != incident && static_cast<double>(time - last_of_[other]) <= half;
        }
        const double s = weight / (1 + std::log2(1 + others)) * std::exp2(-gap / half);
        auto [at, fresh] = strength.try_emplace(incident, s, merges);
        if (!fresh && s > at->second.first) at->second = {s, merges};
        if (last) break;
      }
    }
    std::size_t mine = parent_.size();
    double best = -1;
    for (const auto& [incident, s] : strength) {
      if (s.first >= kJoinStrength && s.first > best) best = s.first, mine = incident;
    }
    const bool begun = mine == parent_.size();
    if (begun) {
      parent_.push_back(mine);
      last_of_.push_back(time);
      hosts_.push_back(0);
    }
    last_of_[mine] = std::max(last_of_[mine], time);
    if (!begun) {
      for (const auto& [incident, s] : strength) {
        if (incident == mine || !s.second || s.first < kMergeStrength || hosts_[incident] + hosts_[mine] > kIncidentHostsMax) continue;
        const std::size_t stays = std::min(mine, incident), goes = std::max(mine, incident);
        parent_[goes] = stays;
        hosts_[stays] += hosts_[goes];
        last_of_[stays] = std::max(last_of_[stays], last_of_[goes]);
        mine = stays;
      }
    }
    for (const LinkKey& key : keys) {
      Seen& seen = seen_[key.text + char('0' + static_cast<int>(key.kind))];
      if (key.kind == LinkKind::kHost) {
        const std::vector<std::size_t> of = lately(seen);
        if (std::ranges::find(of, mine) == of.end()) ++hosts_[mine];
        for (const LinkKey& other : keys) {
          if (other.kind == LinkKind::kAccount) accounts_[key.text].insert(other.text);
        }
      }
      seen.incidents.emplace_back(mine, time);
      std::set<std::size_t> distinct;
      for (const auto& [incident, at] : seen.incidents) distinct.insert(incident);
      beyond_ = beyond_ || distinct.size() > 6;
    }
    return mine;
  }
  /// An entity was in more incidents than the linker remembers of it.
  bool beyond() const { return beyond_; }
  std::size_t root(std::size_t incident) const {
    while (parent_[incident] != incident) incident = parent_[incident];
    return incident;
  }

 private:
  struct Seen {
    std::vector<std::pair<std::size_t, TimeUs>> incidents;
  };
  static double half_life(LinkKind kind) {
    constexpr double kHours[] = {24, 24, 12, 6, 4, 2, 12, 12, 6, 4};
    return kHours[static_cast<std::size_t>(kind)];
  }
  /// Distinct, the latest first.
  std::vector<std::size_t> lately(const Seen& seen) const {
    std::vector<std::size_t> distinct;
    for (auto at = seen.incidents.rbegin(); at != seen.incidents.rend(); ++at) {
      const std::size_t incident = root(at->first);
      if (std::ranges::find(distinct, incident) == distinct.end()) distinct.push_back(incident);
    }
    return distinct;
  }
  double strangers(const std::string& host, const std::vector<LinkKey>& keys, std::size_t incident) {
    std::set<std::string> mine;
    for (const LinkKey& key : keys) {
      if (key.kind == LinkKind::kAccount) mine.insert(key.text);
    }
    for (const std::string& account : mine) {
      const auto seen = seen_.find(account + char('0' + static_cast<int>(LinkKind::kAccount)));
      if (seen == seen_.end()) continue;
      const std::vector<std::size_t> of = lately(seen->second);
      if (std::ranges::find(of, incident) != of.end()) return 0;
    }
    if (mine.empty()) return 0;
    return static_cast<double>(std::ranges::count_if(accounts_[host], [&](const std::string& account) { return !mine.contains(account); }));
  }

  std::map<std::string, Seen> seen_;
  std::map<std::string, std::set<std::string>> accounts_;
  std::vector<std::size_t> parent_;
  std::vector<TimeUs> last_of_;
  std::vector<std::uint32_t> hosts_;
  TimeUs latest_ = kNoTime;
  bool beyond_ = false;
};

/// Few enough names that what the linker remembers of each is all there is (six incidents of an entity, eight accounts of a machine).
TEST(IncidentLinker, AgreesWithItsTwinOverMadeUpAlerts) {
  std::size_t merged = 0, most = 0, compared = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto pick = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    LinkKeys keys;
    IncidentLinker linker;
    Twin twin;
    std::vector<IncidentNumber> fast;
    std::vector<std::size_t> slow;
    std::int64_t minute = 0;
    const std::vector<std::string> hosts = {"ws0", "ws1", "ws2", "dc"};
    for (unsigned i = 0; i < 40; ++i) {
      minute += static_cast<std::int64_t>(pick(seed % 3 == 0 ? 200 : 30)) - 3;
      IncidentAlert alert = on("a" + std::to_string(i), minute, hosts[pick(4)], pick(2) == 0 ? "" : "user" + std::to_string(pick(5)), static_cast<std::uint8_t>(pick(5)));
      alert.rule_id = "rule " + std::to_string(pick(4));
      if (pick(3) == 0) alert.context[static_cast<std::size_t>(ContextRole::kProcessGuid)] = "{" + std::to_string(pick(9)) + "}";
      const std::vector<LinkKey>& of_alert = keys.of(alert);
      const Placement& place = linker.add({i, alert.time}, of_alert);
      merged += place.merges.size();
      fast.push_back(place.incident);
      slow.push_back(twin.add(alert, of_alert));
    }
    if (twin.beyond()) continue;
    ++compared;
    std::map<IncidentNumber, std::size_t> pairs;
    for (std::size_t i = 0; i < fast.size(); ++i) {
      const auto [at, fresh] = pairs.try_emplace(linker.now(fast[i]), twin.root(slow[i]));
      ASSERT_EQ(at->second, twin.root(slow[i])) << "seed " << seed << ", alert " << i;
    }
    std::set<std::size_t> distinct;
    for (const std::size_t incident : slow) distinct.insert(twin.root(incident));
    ASSERT_EQ(distinct.size(), pairs.size()) << "seed " << seed;
    most = std::max(most, distinct.size());
  }
  EXPECT_GT(merged, 100u);
  EXPECT_GT(most, 4u);
  EXPECT_GT(compared, 150u);
}

}  // namespace
}  // namespace tocsin::analyze
