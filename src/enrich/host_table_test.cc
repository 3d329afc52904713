// Which host had an address: against a list of all sightings that is read from its end, and where sightings come late.
#include "enrich/host_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "enrich/host_learner.h"

namespace tocsin::enrich {
namespace {

constexpr std::int64_t kHour = std::int64_t{3'600} * 1'000'000;
constexpr TimeUs kStart = std::int64_t{1'795'000'000} * 1'000'000;
using Kind = HostTable::Kind;

std::string host_of(const HostTable& hosts, const char* address, TimeUs time) {
  const std::optional<Enrichment> found = hosts.host_of(*read_ip(address), time);
  return found ? std::get<HostFact>(found->fact).host : "none";
}

TEST(HostTable, ALeaseAnswersForItsTimeAlone) {
  HostTable hosts;
  const IpAddress address = *read_ip("192.0.2.7");
  hosts.learn({address, "ws-07", kStart, Kind::kDhcp, "syslog/gw"});
  hosts.learn({address, "ws-07", kStart + 12 * kHour, Kind::kDhcp, "syslog/gw"});
  hosts.learn({address, "ws-08", kStart + 20 * kHour, Kind::kDhcp, "syslog/gw"});
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart - 1), "none") << "who had it before is not known";
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart), "ws-07");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 20 * kHour - 1), "ws-07");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 20 * kHour), "ws-08");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 44 * kHour), "ws-08");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 44 * kHour + 1), "none") << "a day after it was seen last";
  EXPECT_EQ(host_of(hosts, "192.0.2.8", kStart), "none");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kNoTime), "none");
  const auto fact = std::get<HostFact>(hosts.host_of(address, kStart + kHour)->fact);
  EXPECT_EQ(fact.since, kStart);
  EXPECT_EQ(fact.until, kStart + 20 * kHour);
  EXPECT_EQ(fact.learnt_from, "dhcp");
}

TEST(HostTable, ALogInIsBelievedForADaysWork) {
  HostTable hosts;
  hosts.learn({*read_ip("192.0.2.7"), "ws-07", kStart, Kind::kLogin, "x"});
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 8 * kHour), "ws-07");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 8 * kHour + 1), "none");
}

TEST(HostTable, NamesThatAreNone) {
  HostTable hosts;
  for (const std::string& name : {std::string(), std::string("-"), std::string("localhost"), std::string("192.0.2.9"), std::string("two words"), std::string(kHostNameBytesMax + 1, 'x')}) {
    hosts.learn({*read_ip("192.0.2.7"), name, kStart, Kind::kDhcp, "x"});
  }
  hosts.learn({*read_ip("192.0.2.7"), "ws", kNoTime, Kind::kDhcp, "x"});
  EXPECT_EQ(hosts.size(), 0u);
}

TEST(HostTable, WhatComesLateStandsWhereItsTimeIs) {
  HostTable hosts;
  const IpAddress address = *read_ip("192.0.2.7");
  for (const int hour : {0, 10}) hosts.learn({address, "a", kStart + hour * kHour, Kind::kDhcp, "x"});
  hosts.learn({address, "b", kStart + 5 * kHour, Kind::kDhcp, "x"});
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 4 * kHour), "a");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 6 * kHour), "b");
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + 10 * kHour), "a");
}

/// In order of time: the last sighting before the event, if it is not too old.
TEST(HostTable, SaysWhatTheListOfSightingsSays) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    HostTable hosts;
    const IpAddress address = *read_ip("192.0.2.7");
    std::vector<std::pair<TimeUs, std::string>> list;
    std::size_t changes = 0;
    TimeUs time = kStart;
    while (changes < kHostSpansMax - 1) {
      time += static_cast<TimeUs>(random() % 30) * kHour;
      const std::string host(1, static_cast<char>('a' + random() % 3));
      if (!list.empty() && list.back().first == time) continue;
      if (list.empty() || list.back().second != host) ++changes;
      list.emplace_back(time, host);
      hosts.learn({address, host, time, Kind::kDhcp, "x"});
    }
    for (int i = 0; i < 300; ++i) {
      const TimeUs when = kStart - kHour + static_cast<TimeUs>(random() % (100 + static_cast<unsigned>((time - kStart) / kHour))) * kHour;
      std::string wanted = "none";
      for (std::size_t k = 0; k < list.size() && list[k].first <= when; ++k) {
        // Between two sightings of one host nobody else was seen.
        const bool renewed = k + 1 < list.size() && list[k + 1].second == list[k].second;
        const bool known = when <= list[k].first + 24 * kHour || (renewed && when < list[k + 1].first);
        wanted = known ? list[k].second : "none";
      }
      ASSERT_EQ(host_of(hosts, "192.0.2.7", when), wanted) << round << " at hour " << (when - kStart) / kHour;
    }
  }
}

TEST(HostTable, IsBounded) {
  HostTable hosts;
  for (std::size_t i = 0; i < 3 * kHostSets * kHostWays; ++i) hosts.learn({{0, std::uint64_t{0xFFFF} << 32 | i}, "h", kStart + static_cast<TimeUs>(i), Kind::kDhcp, "x"});
  EXPECT_LE(hosts.size(), kHostSets * kHostWays);
  EXPECT_EQ(hosts.host_of({0, std::uint64_t{0xFFFF} << 32 | (3 * kHostSets * kHostWays - 1)}, kStart + kHour).has_value(), true) << "the last stays";
  const IpAddress address = *read_ip("192.0.2.7");
  for (std::size_t i = 0; i < kHostSpansMax + 1; ++i) hosts.learn({address, "h" + std::to_string(i), kStart + static_cast<TimeUs>(i) * kHour, Kind::kDhcp, std::string(kHostSourceBytesMax + 9, 's')});
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart), "none") << "the oldest has gone";
  EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + kHour), "h1");
  EXPECT_EQ(hosts.host_of(address, kStart + kHour)->source.name.size(), kHostSourceBytesMax);
}

class PlainNaming : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override { return {{std::string(path)}}; }
};

TEST(HostLearner, WhatEventsSay) {
  const PlainNaming naming;
  PathTable paths(naming);
  HostLearner learner(paths);
  const auto learnt = [&](const std::vector<std::pair<std::string, std::string>>& fields) {
    HostTable hosts;
    Event event;
    event.time = kStart;
    for (const auto& [name, text] : fields) event.values.push_back({text.data(), static_cast<std::uint32_t>(text.size()), paths.child(PathTable::kRoot, name)});
    learner.see(event, "x", hosts);
    return host_of(hosts, "192.0.2.7", kStart);
  };
  EXPECT_EQ(learnt({{"message", "DHCPACK on 192.0.2.7 to 00:00:5e:00:53:01 (ws-07) via eth0"}, {"dst_ip", "192.0.2.7"}, {"dst_name", "ws-07"}}), "ws-07");
  EXPECT_EQ(learnt({{"message", "DHCPOFFER on 192.0.2.7 to 00:00:5e:00:53:01 (ws-07) via eth0"}, {"dst_ip", "192.0.2.7"}, {"dst_name", "ws-07"}}), "none") << "an offer is no lease";
  EXPECT_EQ(learnt({{"message", "DHCPACK(eth0) 192.0.2.7 00:00:5e:00:53:01 ws-07"}, {"dst_ip", "192.0.2.7"}, {"dst_name", "ws-07"}}), "ws-07");
  EXPECT_EQ(learnt({{"dhcp_event", "10"}, {"dst_ip", "192.0.2.7"}, {"dst_name", "ws-07.example.org"}}), "ws-07.example.org");
  EXPECT_EQ(learnt({{"dhcp_event", "12"}, {"dst_ip", "192.0.2.7"}, {"dst_name", "ws-07.example.org"}}), "none") << "released";
  EXPECT_EQ(learnt({{"msg_types", "REQUEST"}, {"msg_types", "ACK"}, {"assigned_addr", "192.0.2.7"}, {"host_name", "ws-07"}}), "ws-07");
  EXPECT_EQ(learnt({{"EventID", "4624"}, {"IpAddress", "::ffff:192.0.2.7"}, {"WorkstationName", "WS-07"}}), "WS-07");
  EXPECT_EQ(learnt({{"EventID", "4625"}, {"IpAddress", "192.0.2.7"}, {"WorkstationName", "WS-07"}}), "none") << "who fails may say anything";
  EXPECT_EQ(learnt({{"EventID", "4624"}, {"IpAddress", "192.0.2.7"}, {"WorkstationName", "-"}}), "none");
}

}  // namespace
}  // namespace tocsin::enrich
