#include "respond/policy/decision_policy.h"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::respond {
namespace {

std::string mistakes(const std::string& text) {
  const Result<DecisionPolicy> policy = read_decision_policy("p.yml", text);
  return policy ? "" : policy.error().message;
}

DecisionPolicy read(const std::string& text) {
  Result<DecisionPolicy> policy = read_decision_policy("p.yml", text);
  EXPECT_TRUE(policy) << policy.error().message;
  return policy ? std::move(*policy) : DecisionPolicy();
}

TEST(DecisionPolicy, TheShippedOneDoesNothingByItself) {
  const DecisionPolicy policy = read(std::string(shipped_decision_policy()));
  EXPECT_GE(policy.actions.size(), 4u);
  for (const ActionClass& action : policy.actions) {
    EXPECT_TRUE(action.dry_run || !action.confidence) << action.name;
    EXPECT_TRUE(action.reversible || !action.confidence) << action.name;
  }
  EXPECT_NE(policy.protection(EntityType::kHost, "DC01.corp.example.org"), nullptr);
  EXPECT_NE(policy.protection(EntityType::kUser, "CORP\\svc-backup"), nullptr);
  EXPECT_NE(policy.protection(EntityType::kIp, "10.1.2.3"), nullptr);
  EXPECT_NE(policy.protection(EntityType::kIp, "::ffff:10.1.2.3"), nullptr) << "the same in the other spelling";
  EXPECT_EQ(policy.protection(EntityType::kIp, "203.0.113.7"), nullptr);
  EXPECT_EQ(policy.protection(EntityType::kHost, "ws5"), nullptr);
  EXPECT_EQ(policy.protection(EntityType::kUser, "dc01"), nullptr) << "protected as a host, not as a user";
}

TEST(DecisionPolicy, WhatPlaybooksAloneDoHasNoTarget) {
  EXPECT_EQ(read("decisions: mine\nactions: [{action: send_message, target: none}]").action("send_message")->target, EntityType::kNone);
  EXPECT_NE(mistakes("decisions: mine\nactions: [{action: send_message}]"), "");
}

TEST(DecisionPolicy, AllPartsAreRead) {
  const DecisionPolicy policy = read(R"(
decisions: mine
protected: {host: "dc*"}
actions:
  - action: isolate_host
    target: host
    for: {level: high, tactics: [impact], tags: attack.t1486, rules: [r1, r2]}
    confidence: 0.9
    ask: 0.4
    reversible: true
    at_most: {targets: 3, within: 90m}
    lease: 2d
    approvers: 2
    hours: {days: [mon, fri], from: "22:00", to: "06:00", zone: "+01:00"}
    dry_run: false
)");
  ASSERT_EQ(policy.actions.size(), 1u);
  const ActionClass& action = *policy.action("isolate_host");
  EXPECT_EQ(action.target, EntityType::kHost);
  EXPECT_EQ(action.occasion.level, 3);
  EXPECT_EQ(action.occasion.tactics, std::vector<std::string>{"impact"});
  EXPECT_EQ(action.occasion.tags, std::vector<std::string>{"attack.t1486"});
  EXPECT_EQ(action.occasion.rules.size(), 2u);
  EXPECT_EQ(action.confidence, 0.9);
  EXPECT_EQ(action.ask, 0.4);
  EXPECT_TRUE(action.reversible);
  EXPECT_EQ(action.targets, 3u);
  EXPECT_EQ(action.within_us, 90LL * 60'000'000);
  EXPECT_EQ(action.lease_us, 2LL * 24 * 3'600'000'000);
  EXPECT_EQ(action.approvers, 2u);
  EXPECT_FALSE(action.dry_run);
  ASSERT_TRUE(action.hours);
}

TEST(DecisionPolicy, HoursGoOverMidnight) {
  const DecisionPolicy policy = read("{decisions: x, actions: [{action: a, target: host, hours: {days: [mon, fri], from: '22:00', to: '06:00', zone: '+01:00'}}]}");
  const auto holds = [&](const char* utc) { return policy.actions[0].hours->hold(parse_time(utc).value()); };
  EXPECT_TRUE(holds("2026-11-30T21:30:00Z")) << "Monday, 22:30 there";
  EXPECT_FALSE(holds("2026-11-30T20:59:59Z"));
  EXPECT_TRUE(holds("2026-12-01T04:59:59Z")) << "the night that began on Monday";
  EXPECT_FALSE(holds("2026-12-01T05:00:00Z"));
  EXPECT_FALSE(holds("2026-11-30T03:00:00Z")) << "the night that began on Sunday";
  EXPECT_TRUE(holds("2026-12-05T03:00:00Z")) << "Saturday morning is Friday's night";
  EXPECT_TRUE(holds("1969-12-29T22:00:00Z")) << "a Monday before 1970";
}

TEST(DecisionPolicy, AllDayWhereNothingIsSaid) {
  const DecisionPolicy policy = read("{decisions: x, actions: [{action: a, target: host, hours: {days: [sat]}}]}");
  EXPECT_TRUE(policy.actions[0].hours->hold(parse_time("2026-12-05T00:00:00Z").value()));
  EXPECT_TRUE(policy.actions[0].hours->hold(parse_time("2026-12-05T23:59:59Z").value()));
  EXPECT_FALSE(policy.actions[0].hours->hold(parse_time("2026-12-06T00:00:00Z").value()));
}

TEST(DecisionPolicy, EveryMistakeIsToldWithItsPlace) {
  const std::string all = mistakes(R"(decisions: x
colour: red
protected: {ip: [10.0.0.0/99], thing: x}
actions:
  - {action: a, target: host, confidence: 0.4, ask: 0.5, reversible: true}
  - {action: a, target: host}
  - {action: b, confidence: 0.99}
  - {action: c, target: host, ask: 1.5, lease: 3, at_most: {targets: 0}, approvers: many, dry_run: perhaps}
  - {action: d, target: host, for: {level: loud, tactics: [dancing]}, hours: {days: [someday], from: 25h, zone: Mars/Olympus}}
)");
  for (const char* const wanted :
       {"p.yml:2:1: 'colour'", "p.yml:3:17: '10.0.0.0/99' is no address", "'thing' is no entity", "p.yml:5:5: it would be done by itself where nobody is even asked", "there is an action 'a' already",
        "p.yml:7:5: say what it is done to", "p.yml:7:5: what cannot be undone", "a probability is wanted", "a time is wanted here: 30m", "a number from 1 to 1000000", "a number from 1 to 20", "true or false",
        "'loud' is no level", "'dancing' is no tactic", "Mars/Olympus"}) {
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted << "\n" << all;
  }
  EXPECT_NE(mistakes("").find("p.yml:1:1"), std::string::npos);
  EXPECT_NE(mistakes("actions: []").find("has no name"), std::string::npos);
  EXPECT_NE(mistakes("a: [").find("p.yml:"), std::string::npos);
}

TEST(DecisionPolicy, NothingIsDoneByItselfUnlessSomebodySaysSo) {
  const DecisionPolicy policy = read("{decisions: x, actions: [{action: a, target: host}]}");
  EXPECT_FALSE(policy.actions[0].confidence);
  EXPECT_FALSE(policy.actions[0].reversible);
  EXPECT_TRUE(policy.actions[0].dry_run);
}

}  // namespace
}  // namespace tocsin::respond
