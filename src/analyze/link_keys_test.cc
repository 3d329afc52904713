#include "analyze/link_keys.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "analyze/incident_testing.h"

namespace tocsin::analyze {
namespace {

/// "host ws5, account corp\ann 0.70": what can join, in the order of keys, without the event and the rule.
std::string keys_of(LinkKeys& keys, const IncidentAlert& alert) {
  std::string text;
  for (const LinkKey& key : keys.of(alert)) {
    if (key.kind == LinkKind::kEvent || key.kind == LinkKind::kRule) continue;
    char weight[16];
    std::snprintf(weight, sizeof weight, " %.2f", key.weight);
    text += (text.empty() ? "" : ", ") + std::string(kLinkNames[static_cast<std::size_t>(key.kind)]) + ' ' + key.text + weight;
  }
  return text;
}
std::string keys_of(const IncidentAlert& alert) {
  LinkKeys keys;
  return keys_of(keys, alert);
}

TEST(LinkKeys, OfAnEndpoint) {
  EXPECT_EQ(keys_of(alert_of("a", 0,
                             {{ContextRole::kHost, "WS5.corp.example.org"},
                              {ContextRole::kActorName, "ann"},
                              {ContextRole::kActorDomain, "CORP"},
                              {ContextRole::kTargetName, "SYSTEM"},
                              {ContextRole::kTargetDomain, "NT AUTHORITY"},
                              {ContextRole::kProcessGuid, "{A-1}"},
                              {ContextRole::kSourceIp, "10.0.0.5"}})),
            "process ws5.corp.example.org {a-1} 1.00, host ws5.corp.example.org 0.80, account corp\\ann 0.70");
}

TEST(LinkKeys, OfASession) {
  EXPECT_EQ(keys_of(alert_of("a", 0, {{ContextRole::kHost, "ws5"}, {ContextRole::kActorSession, "0x3E7"}, {ContextRole::kTargetSession, "0xABC1"}})), "session ws5 0xabc1 0.90, host ws5 0.80");
  EXPECT_EQ(keys_of(alert_of("a", 0, {{ContextRole::kHost, "ws5"}, {ContextRole::kActorSession, "{00000000-0000-0000-0000-000000000000}"}, {ContextRole::kTargetSession, "0x0"}})), "host ws5 0.80");
  EXPECT_EQ(keys_of(alert_of("a", 0, {{ContextRole::kActorSession, "ASIAEXAMPLE"}})), "session  asiaexample 0.90");
}

TEST(LinkKeys, AnAccountOfTheMachineIsTheMachine) {
  EXPECT_EQ(keys_of(alert_of("a", 0, {{ContextRole::kHost, "web1"}, {ContextRole::kActorName, "root"}})), "host web1 0.80");
  EXPECT_EQ(keys_of(alert_of("a", 0, {{ContextRole::kHost, "dc"}, {ContextRole::kActorName, "WS5$"}, {ContextRole::kActorDomain, "CORP"}})), "host dc 0.80");
}

TEST(LinkKeys, WhatIsSlightSaysLessOfAccounts) {
  EXPECT_EQ(keys_of(on("a", 0, "ws5", "ann", 0)), "host ws5 0.80, account corp\\ann 0.42");
  EXPECT_EQ(keys_of(on("a", 0, "ws5", "ann", 1)), "host ws5 0.80, account corp\\ann 0.56");
}

TEST(LinkKeys, OfANetworkAreItsAddresses) {
  IncidentAlert alert = alert_of("a", 0, {{ContextRole::kHost, "sensor1"}, {ContextRole::kSourceIp, "10.0.0.5"}, {ContextRole::kDestinationIp, "203.0.113.7"}});
  alert.log_source = {"suricata", "", ""};
  EXPECT_EQ(keys_of(alert), "address 10.0.0.5 0.80, address 203.0.113.7 0.30");
  alert.context[static_cast<std::size_t>(ContextRole::kSourceIp)] = "2001:db8::1";
  EXPECT_EQ(keys_of(alert), "address 2001:db8::1 0.50, address 203.0.113.7 0.30");
  alert.context[static_cast<std::size_t>(ContextRole::kSourceIp)] = "127.0.0.1";
  EXPECT_EQ(keys_of(alert), "address 203.0.113.7 0.30") << "everybody's";
}

TEST(LinkKeys, OfAProviderIsWhoActed) {
  IncidentAlert alert = alert_of("a", 0, {{ContextRole::kActorName, "arn:aws:iam::1:user/ann"}, {ContextRole::kSourceIp, "203.0.113.7"}});
  alert.log_source = {"aws", "", "cloudtrail"};
  alert.entities = {{EntityType::kCloudResource, "arn:aws:s3:::box"}, {EntityType::kMailbox, "Ann@example.org"}};
  EXPECT_EQ(keys_of(alert), "account arn:aws:iam::1:user/ann 0.70, address 203.0.113.7 0.50, resource arn:aws:s3:::box 0.30, mailbox ann@example.org 0.30");
}

TEST(LinkKeys, OfACorrelationIsItsOneMachine) {
  IncidentAlert alert = alert_of("a", 0, {});
  alert.entities = {{EntityType::kHost, "ws5"}};
  EXPECT_EQ(keys_of(alert), "host ws5 0.80");
  alert.entities.push_back({EntityType::kHost, "ws6"});
  EXPECT_EQ(keys_of(alert), "");
}

TEST(LinkKeys, WhoIsNamedTwiceIsOne) {
  LinkKeys keys;
  EXPECT_EQ(keys_of(keys, alert_of("a", 0, {{ContextRole::kHost, "dc.corp.example.org"}, {ContextRole::kActorName, "ann"}, {ContextRole::kTargetName, "ann"}, {ContextRole::kTargetDomain, "CORP"}})),
            "host dc.corp.example.org 0.80, account corp\\ann 0.70");
  EXPECT_EQ(keys.accounts(), (std::vector<std::string>{"corp\\ann"}));
}

TEST(LinkKeys, AreSoMany) {
  IncidentAlert alert = on("a", 0, "ws5");
  for (int i = 0; i < 100; ++i) alert.entities.push_back({EntityType::kMailbox, "m" + std::to_string(i) + "@example.org"});
  LinkKeys keys;
  EXPECT_EQ(keys.of(alert).size(), kLinkKeysMax);
}

}  // namespace
}  // namespace tocsin::analyze
