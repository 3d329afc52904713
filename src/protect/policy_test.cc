#include "protect/policy.h"

#include <gtest/gtest.h>

namespace tocsin::protect {
namespace {

std::string mistake_in(std::string_view text) {
  const Result<Policy> policy = read_policy("p.yml", text);
  return policy ? "" : policy.error().message;
}

TEST(Policy, SaysWhatBecomesOfWhat) {
  const Result<Policy> policy = read_policy("p.yml", R"(policy: mine
description: for a test
mentions: message
rules:
  - {field: ['*.pin', secret], source: bulk/*, action: delete}
  - {entity: [user, mailbox], except: SYSTEM, action: tokenize, forget_after_days: 90}
  - {class: IP, log_source: {product: linux}, action: prefix}
)");
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->name, "mine");
  EXPECT_EQ(policy->mentions, std::vector<std::string>{"message"});
  ASSERT_EQ(policy->rules.size(), 3u);
  EXPECT_EQ(policy->rules[0].sources, std::vector<std::string>{"bulk/*"});
  EXPECT_EQ(policy->rules[1].forget_after_days, 90u);
  EXPECT_TRUE(policy->forgets_all_tokens());
  EXPECT_FALSE(read_policy("p.yml", "policy: x\nrules:\n  - {entity: user, action: tokenize}")->forgets_all_tokens());
  EXPECT_EQ(policy->rules[1].except, std::vector<std::string>{"system"});
  EXPECT_EQ(policy->rules[2].log_source.product, "linux");
  EXPECT_EQ(policy->rule_of_field("user.PIN", {}), 0);
  EXPECT_EQ(policy->rule_of_field("pin", {}), -1) << "the pattern has a dot";
  EXPECT_EQ(policy->rule_of_field("x", {.names = {"Secret"}}), 0) << "by another name of it";
  EXPECT_EQ(policy->rule_of_field("secret", {}, {false, true, true}), -1) << "the rule does not hold there";
  EXPECT_EQ(policy->rule_of_field("x", {.names = {}, .entity = EntityType::kMailbox}), 1);
  EXPECT_TRUE(policy->changes_anything());
}

TEST(Policy, AMistakeHasItsPlace) {
  EXPECT_EQ(mistake_in("rules: []"), "p.yml:1:1: the policy has no name; give it one with policy: NAME");
  EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {entity: person, action: mask}"),
            "p.yml:3:14: 'person' is no entity (host, user, process, file, hash, ip, domain, url, mailbox, cloud_resource)");
  EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {entity: user, action: hide}"), "p.yml:3:28: 'hide' is no action (keep, mask, hash, delete, tokenize, prefix)");
  EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {action: mask}"), "p.yml:3:5: the rule is about nothing; say field, entity or class");
  EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {entity: user}"), "p.yml:3:5: the rule has no action");
  EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {entity: user, action: prefix}"), "p.yml:3:5: prefix is for addresses alone: entity ip, class IP, or a field");
  for (const char* const days : {"0", "x", "36501", "1.5", "[1]"}) {
    EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {entity: user, action: tokenize, forget_after_days: " + std::string(days) + "}"), "p.yml:3:57: a number of days is wanted here, 1 to 36500") << days;
  }
  EXPECT_EQ(mistake_in("policy: x\nrules:\n  - {entity: user, action: mask, forget_after_days: 1}"), "p.yml:3:5: forget_after_days is for tokens alone: action tokenize");
  EXPECT_EQ(mistake_in("policy: x\nrule: []"), "p.yml:2:1: 'rule' is not a part of a policy (policy, description, rules, mentions)");
  EXPECT_TRUE(mistake_in("policy: x\nrules:\n  - {class: NAME, action: mask}").starts_with("p.yml:3:13: 'NAME' is no class of personal data (EMAIL, "));
}

TEST(Policy, ThoseInTheProgramAreGood) {
  const std::vector<std::string_view> names = shipped_policy_names();
  EXPECT_EQ(names, (std::vector<std::string_view>{"default", "none", "strict"}));
  for (const std::string_view name : names) {
    const Result<Policy> policy = read_policy(std::string(name), shipped_policy(name));
    ASSERT_TRUE(policy) << policy.error().message;
    EXPECT_EQ(policy->name, name);
    EXPECT_FALSE(policy->description.empty());
    EXPECT_EQ(policy->changes_anything(), name != "none");
  }
  EXPECT_EQ(shipped_policy("other"), "");
}

}  // namespace
}  // namespace tocsin::protect
