#include "respond/policy/decision_maker.h"

#include <gtest/gtest.h>

#include <random>

namespace tocsin::respond {
namespace {

constexpr TimeUs kHourUs = 3'600'000'000, kBegin = 1'700'000'000'000'000;

ActionClass isolate() {
  ActionClass action;
  action.name = "isolate_host";
  action.target = EntityType::kHost;
  action.confidence = 0.9;
  action.ask = 0.5;
  action.reversible = true;
  action.targets = 2;
  action.dry_run = false;
  return action;
}

DecisionPolicy policy_of(ActionClass action) {
  DecisionPolicy policy;
  policy.protects.push_back({EntityType::kHost, "dc*", {}});
  policy.actions.push_back(std::move(action));
  return policy;
}

DecisionCase about(const std::string& host, double confidence = 0.97, double low = 0.95, TimeUs time = kBegin) {
  DecisionCase what;
  what.alert = "alert on " + host;
  what.rule = "r";
  what.time = time;
  what.confidence = confidence;
  what.low = low;
  what.level = 3;
  what.targets = {{EntityType::kHost, host}, {EntityType::kUser, "ann"}};
  return what;
}

/// "act ws5", "" where nothing was decided.
std::string decide(DecisionMaker& maker, const DecisionCase& what) {
  std::vector<Decision> decisions;
  maker.decide(what, decisions);
  std::string text;
  for (const Decision& decision : decisions) text += (text.empty() ? "" : ", ") + std::string(word_of(decision.kind)) + " " + decision.target;
  return text;
}
std::string decide(ActionClass action, const DecisionCase& what) {
  const DecisionPolicy policy = policy_of(std::move(action));
  DecisionMaker maker(policy);
  return decide(maker, what);
}

TEST(DecisionMaker, WhatStandsInTheWay) {
  EXPECT_EQ(decide(isolate(), about("ws5")), "act ws5");
  EXPECT_EQ(decide(isolate(), about("ws5", 0.49, 0.3)), "record ws5");
  EXPECT_EQ(decide(isolate(), about("ws5", 0.99, 0.89)), "ask ws5") << "the lower bound counts";
  EXPECT_EQ(decide(isolate(), about("DC01")), "escalate DC01");
  EXPECT_EQ(decide(isolate(), about("DC01", 0.1, 0)), "record DC01") << "of what is nothing nobody has to look";
  EXPECT_EQ(decide(isolate(), about("")), "") << "there is nothing to do it to";
  ActionClass action = isolate();
  action.reversible = false;
  EXPECT_EQ(decide(action, about("ws5")), "ask ws5");
  action = isolate();
  action.confidence.reset();
  EXPECT_EQ(decide(action, about("ws5")), "ask ws5");
  action = isolate();
  action.dry_run = true;
  EXPECT_EQ(decide(action, about("ws5")), "ask ws5");
  const DecisionPolicy policy = policy_of(action);
  DecisionMaker maker(policy, DecisionMaker::DryRun::kIgnore);
  EXPECT_EQ(decide(maker, about("ws5")), "act ws5");
}

TEST(DecisionMaker, OnlyWhereItIsMeantFor) {
  ActionClass action = isolate();
  action.occasion.level = 4;
  EXPECT_EQ(decide(action, about("ws5")), "");
  action = isolate();
  action.occasion.tactics = {"impact", "exfiltration"};
  DecisionCase what = about("ws5");
  EXPECT_EQ(decide(action, what), "");
  what.tactics = {"discovery", "impact"};
  EXPECT_EQ(decide(action, what), "act ws5");
  action.occasion.rules = {"another"};
  EXPECT_EQ(decide(action, what), "");
}

TEST(DecisionMaker, OutsideOfItsHoursAPersonIsAsked) {
  ActionClass action = isolate();
  action.hours = Hours{.days = std::bitset<7>(0x1f), .from = 8 * 60, .to = 18 * 60, .zone = TimeZone::find("UTC").value()};
  EXPECT_EQ(decide(action, about("ws5", 0.97, 0.95, parse_time("2026-11-30T08:00:00Z").value())), "act ws5");
  EXPECT_EQ(decide(action, about("ws5", 0.97, 0.95, parse_time("2026-11-30T18:00:00Z").value())), "ask ws5");
  EXPECT_EQ(decide(action, about("ws5", 0.97, 0.95, parse_time("2026-11-29T12:00:00Z").value())), "ask ws5") << "a Sunday";
}

TEST(DecisionMaker, TheBlastRadiusIsUsedUp) {
  const DecisionPolicy policy = policy_of(isolate());
  DecisionMaker maker(policy);
  EXPECT_EQ(decide(maker, about("ws1")), "act ws1");
  EXPECT_EQ(decide(maker, about("ws2")), "act ws2");
  EXPECT_EQ(decide(maker, about("ws3")), "escalate ws3");
  EXPECT_EQ(decide(maker, about("ws4", 0.97, 0.95, kBegin + kHourUs - 1)), "escalate ws4");
  EXPECT_EQ(decide(maker, about("ws5", 0.97, 0.95, kBegin + kHourUs)), "act ws5") << "an hour later";
}

TEST(DecisionMaker, ItIsSaidOnceInALease) {
  const DecisionPolicy policy = policy_of(isolate());
  DecisionMaker maker(policy);
  EXPECT_EQ(decide(maker, about("ws1", 0.6, 0.4)), "ask ws1");
  EXPECT_EQ(decide(maker, about("ws1", 0.6, 0.4)), "");
  EXPECT_EQ(decide(maker, about("ws1")), "act ws1") << "more than was said before";
  EXPECT_EQ(decide(maker, about("ws1", 0.6, 0.4, kBegin + kHourUs)), "");
  EXPECT_EQ(decide(maker, about("ws1", 0.97, 0.95, kBegin + 4 * kHourUs - 1)), "");
  EXPECT_EQ(decide(maker, about("ws1", 0.97, 0.95, kBegin + 4 * kHourUs)), "act ws1") << "the lease is over";
}

TEST(DecisionMaker, AnAlertWithoutATimeIsAsLateAsTheLatest) {
  const DecisionPolicy policy = policy_of(isolate());
  DecisionMaker maker(policy);
  EXPECT_EQ(decide(maker, about("ws1", 0.97, 0.95, kNoTime)), "act ws1");
  EXPECT_EQ(decide(maker, about("ws2")), "act ws2");
  EXPECT_EQ(decide(maker, about("ws3", 0.97, 0.95, kNoTime)), "act ws3") << "the first one was long ago";
}

/// Whatever comes: nothing protected is acted on, nothing below the bar, and never more than the blast radius.
TEST(DecisionMaker, NeverActsWhereItMayNot) {
  std::size_t acts = 0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const DecisionPolicy policy = policy_of(isolate());
    DecisionMaker maker(policy);
    std::vector<Decision> decisions;
    std::vector<TimeUs> acted;
    TimeUs time = kBegin;
    for (int i = 0; i < 300; ++i) {
      time += static_cast<TimeUs>(random() % 600) * 1'000'000;
      const double confidence = static_cast<double>(random() % 1000) / 1000;
      DecisionCase what = about((random() % 4 == 0 ? "dc" : "ws") + std::to_string(random() % 30), confidence, confidence * 0.97, time);
      decisions.clear();
      maker.decide(what, decisions);
      for (const Decision& decision : decisions) {
        EXPECT_FALSE(decision.reason.empty());
        if (decision.kind != DecisionKind::kAct) continue;
        ++acts;
        EXPECT_TRUE(decision.target.starts_with("ws"));
        EXPECT_GE(what.low, 0.9);
        std::erase_if(acted, [&](TimeUs before) { return before <= time - kHourUs; });
        acted.push_back(time);
        EXPECT_LE(acted.size(), 2u);
      }
    }
  }
  EXPECT_GT(acts, 200u);
}

}  // namespace
}  // namespace tocsin::respond
