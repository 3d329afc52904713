#include "respond/executor/action_gate.h"

#include <gtest/gtest.h>

namespace tocsin::respond {
namespace {

constexpr ArgumentSpec kArguments[] = {{.name = "address", .type = ArgumentType::kNetwork, .needed = true, .target = EntityType::kIp}};
constexpr ArgumentSpec kUserArguments[] = {{.name = "user", .type = ArgumentType::kUser, .needed = true, .target = EntityType::kUser}};
constexpr ActionSpec kTable[] = {
    {.connector = "wall", .action = "block", .policy_class = "block_address", .repeat = Repeat::kIdempotent, .undo = "unblock", .arguments = kArguments, .output = ""},
    {.connector = "wall", .action = "unblock", .policy_class = "", .repeat = Repeat::kIdempotent, .undo = "", .arguments = kArguments, .output = ""},
    {.connector = "wall", .action = "block_once", .policy_class = "block_address", .repeat = Repeat::kOnce, .undo = "", .arguments = kArguments, .output = ""},
    {.connector = "people", .action = "disable", .policy_class = "disable_account", .repeat = Repeat::kIdempotent, .undo = "", .arguments = kUserArguments, .output = ""},
    {.connector = "people", .action = "delete", .policy_class = "delete_account", .repeat = Repeat::kIdempotent, .undo = "", .arguments = kUserArguments, .output = ""},
};

constexpr std::string_view kPolicy = R"(
decisions: test
protected: {ip: [10.0.0.0/8, 192.0.2.1], user: [administrator, 'svc-*']}
actions:
  - {action: block_address, target: ip, for: {level: medium}, confidence: 0.9, reversible: true, at_most: {targets: 3, within: 1h}, lease: 1d, dry_run: false}
  - {action: disable_account, target: user, for: {level: high}, reversible: true, approvers: 2, lease: 4h}
)";

class Gate : public testing::Test {
 protected:
  ActionOrder order(std::string action, std::string value, std::uint32_t approvals = 0) {
    ActionOrder one;
    one.key = {++run_, 1};
    one.approvals = approvals;
    const bool is_user = action == "disable" || action == "delete";
    one.call.connector = is_user ? "people" : "wall";
    one.call.action = std::move(action);
    one.call.arguments[is_user ? "user" : "address"] = std::move(value);
    one.hash = hash_of(one.call);
    return one;
  }
  std::string why_not(const ActionOrder& order, TimeUs now = 1'000'000) {
    const Status may = gate_.may(order, now);
    return may ? "" : may.error().message;
  }

  DecisionPolicy policy_ = *read_decision_policy("test.yml", kPolicy);
  ActionGate gate_{policy_, kTable};
  std::uint64_t run_ = 0;
};

TEST_F(Gate, WhatIsProtectedIsNeverTouchedHoweverManySaidYes) {
  EXPECT_EQ(why_not(order("block", "203.0.113.7")), "");
  for (const char* const address : {"10.1.2.3", "192.0.2.1", "192.0.2.0/24", "10.0.0.0/9", "::ffff:10.1.2.3"}) EXPECT_NE(why_not(order("block", address, 9)), "") << address;
  EXPECT_NE(why_not(order("disable", "Administrator", 9)), "");
  EXPECT_NE(why_not(order("disable", "svc-backup", 9)), "");
  EXPECT_EQ(why_not(order("disable", "mallory", 2)), "");
}

TEST_F(Gate, NothingIsDoneToMany) {
  for (const char* const network : {"0.0.0.0/0", "203.0.0.0/8", "::/0", "2001:db8::/16"}) EXPECT_NE(why_not(order("block", network, 9)), "") << network;
  EXPECT_NE(why_not(order("disable", "*", 9)), "");
}

TEST_F(Gate, ByItselfNoMoreOftenThanThePolicyLetsItAndWithAYesNotForEver) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(why_not(order("block", "203.0.113.7")), "");
  EXPECT_NE(why_not(order("block", "203.0.113.7")), "");
  for (std::uint32_t i = 0; i < 3 * kApprovedCapFactor; ++i) EXPECT_EQ(why_not(order("block", "203.0.113.7", 1)), "");
  EXPECT_NE(why_not(order("block", "203.0.113.7", 1)), "");
  EXPECT_EQ(why_not(order("block", "203.0.113.7"), 1'000'000 + 3'601'000'000LL), "") << "an hour later";
  ActionOrder back = order("unblock", "10.1.2.3");
  back.is_undo = true;
  EXPECT_EQ(why_not(back), "") << "taking back is never in the way";
}

TEST_F(Gate, AsManyPeopleAsThePolicyWants) {
  EXPECT_NE(why_not(order("disable", "mallory")), "");
  EXPECT_NE(why_not(order("disable", "mallory", 1)), "");
  EXPECT_EQ(why_not(order("disable", "mallory", 2)), "");
  EXPECT_NE(why_not(order("delete", "mallory", 9)), "") << "the policy says nothing of it";
}

TEST_F(Gate, OnlyTheCallThatWasDecidedOn) {
  ActionOrder changed = order("block", "203.0.113.7", 1);
  changed.call.arguments["address"] = "203.0.113.8";
  EXPECT_NE(why_not(changed), "");
  ActionOrder first = order("block", "203.0.113.7", 1), second = first;
  EXPECT_EQ(why_not(first), "");
  second.call.arguments["address"] = "203.0.113.8";
  second.hash = hash_of(second.call);
  EXPECT_NE(why_not(second), "") << "a yes to one call is none to another of the same number";
  ActionOrder more = order("block", "203.0.113.7", 1);
  more.call.arguments["how"] = "hard";
  more.hash = hash_of(more.call);
  EXPECT_NE(why_not(more), "");
}

TEST_F(Gate, OnceIsOnceAndWhatWasDoneIsKnown) {
  const ActionOrder once = order("block_once", "203.0.113.7", 1), again = order("block", "203.0.113.9", 1);
  EXPECT_EQ(why_not(once), "");
  EXPECT_NE(why_not(once), "") << "under way";
  gate_.done(once.key, {.outcome = ActionOutcome::kDone});
  EXPECT_NE(why_not(once), "");
  EXPECT_EQ(why_not(again), "");
  EXPECT_EQ(gate_.known(again), nullptr);
  gate_.done(again.key, {.outcome = ActionOutcome::kDone, .detail = "blocked"});
  ASSERT_NE(gate_.known(again), nullptr);
  EXPECT_EQ(gate_.known(again)->detail, "blocked");
  gate_.done(again.key, {.outcome = ActionOutcome::kFailed});
  EXPECT_EQ(gate_.known(again), nullptr);
}

}  // namespace
}  // namespace tocsin::respond
