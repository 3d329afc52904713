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

/// Who was seen within another's time does not begin before that one ends: spans stay in order.
TEST(HostTable, ALateSightingOfTheNextHostIsWithinTheFirst) {
  HostTable hosts;
  const IpAddress address = *read_ip("192.0.2.7");
  for (const int hour : {0, 10}) hosts.learn({address, "a", kStart + hour * kHour, Kind::kDhcp, "x"});
  hosts.learn({address, "b", kStart + 12 * kHour, Kind::kDhcp, "x"});
  hosts.learn({address, "b", kStart + 5 * kHour, Kind::kDhcp, "x"});
  hosts.learn({address, "c", kStart + 3 * kHour, Kind::kDhcp, "x"});
  const char* const wanted[] = {"a", "a", "a", "c", "c", "b", "b", "b", "b", "b", "a", "a", "b"};
  for (int hour = 0; hour < 13; ++hour) EXPECT_EQ(host_of(hosts, "192.0.2.7", kStart + hour * kHour), wanted[hour]) << hour;
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

/// Some sightings of some addresses.
HostTable some_hosts(std::mt19937& random) {
  HostTable hosts;
  for (std::size_t i = 0, count = random() % 300; i < count; ++i) {
    hosts.learn({{0, std::uint64_t{0xFFFF} << 32 | random() % 40}, "h" + std::to_string(random() % 5), kStart + static_cast<TimeUs>(random() % 100) * kHour, random() % 2 == 0 ? Kind::kDhcp : Kind::kLogin, "s"});
  }
  return hosts;
}

TEST(HostTable, ComesBackAsItWas) {
  std::mt19937 random(17);
  for (int round = 0; round < 100; ++round) {
    const HostTable hosts = some_hosts(random);
    const TimeUs since = kStart + static_cast<TimeUs>(random() % 100) * kHour;
    HostTable back, all;
    ASSERT_TRUE(back.unpack(hosts.packed(since), kStart));
    ASSERT_TRUE(all.unpack(hosts.packed(kStart), since));
    EXPECT_EQ(back.packed(kStart), hosts.packed(since));
    EXPECT_EQ(all.packed(kStart), hosts.packed(since));
    for (std::uint64_t i = 0; i < 40; ++i) {
      const IpAddress address{0, std::uint64_t{0xFFFF} << 32 | i};
      for (int hour = 0; hour < 130; hour += 7) {
        const auto was = hosts.host_of(address, kStart + hour * kHour), is = back.host_of(address, kStart + hour * kHour);
        if (!is) continue;  // not seen since
        ASSERT_TRUE(was);
        EXPECT_EQ(std::get<HostFact>(is->fact).host, std::get<HostFact>(was->fact).host);
        EXPECT_EQ(std::get<HostFact>(is->fact).learnt_from, std::get<HostFact>(was->fact).learnt_from);
        EXPECT_EQ(is->source.name, was->source.name);
      }
    }
  }
}

/// What is damaged is refused, or is what some table could have been; it is never read beyond its end.
TEST(HostTable, DamagedBytesChangeNothing) {
  std::mt19937 random(18);
  HostTable hosts;
  while (hosts.size() < 10) hosts = some_hosts(random);
  const std::string good = hosts.packed(kStart);
  for (std::size_t size = 0; size < good.size(); size += size < 200 ? 1 : 37) {
    HostTable back;
    back.learn({*read_ip("192.0.2.7"), "before", kStart, Kind::kDhcp, "x"});
    const std::string cut(good, 0, size);
    if (!back.unpack(cut, kStart)) {
      EXPECT_EQ(host_of(back, "192.0.2.7", kStart), "before");
    } else {
      EXPECT_EQ(back.packed(kStart), cut);
    }
  }
  for (int round = 0; round < 500; ++round) {
    std::string bytes = good;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    HostTable back;
    if (back.unpack(bytes, INT64_MIN + 1)) {
      HostTable again;
      EXPECT_TRUE(again.unpack(back.packed(INT64_MIN + 1), INT64_MIN + 1));
    }
  }
}

TEST(HostTable, PackedIsBounded) {
  HostTable hosts;
  const std::string name(kHostNameBytesMax, 'h'), source(kHostSourceBytesMax, 's');
  for (std::size_t i = 0; i < kHostSets * kHostWays; ++i) {
    for (int k = 0; k < 2; ++k) hosts.learn({{0, std::uint64_t{0xFFFF} << 32 | i}, k == 0 ? name : name.substr(1), kStart + static_cast<TimeUs>(i) + k * kHour, Kind::kDhcp, source});
  }
  const std::string packed = hosts.packed(kStart);
  EXPECT_LE(packed.size(), kHostsPackedBytesMax);
  EXPECT_GT(packed.size(), kHostsPackedBytesMax - 2'000);
  HostTable back;
  ASSERT_TRUE(back.unpack(packed, kStart));
  EXPECT_TRUE(back.host_of({0, std::uint64_t{0xFFFF} << 32 | (kHostSets * kHostWays - 1)}, kStart + 2 * kHour)) << "who was seen last is there";
  EXPECT_FALSE(back.unpack(packed + std::string(kHostsPackedBytesMax, 'x'), kStart));
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
