#include "detect/correlate/group.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace tocsin::correlate {
namespace {

sigma::RuleSet one_correlation() {
  sigma::RuleSet set;
  set.rules.emplace_back().id = "r";
  sigma::Correlation& made = set.correlations.emplace_back();
  made.id = "c";
  made.type = sigma::Correlation::Type::kEventCount;
  made.rules = {"r"};
  made.timespan_us = 1'000'000;
  made.bounds = {{sigma::Correlation::Bound::Op::kGte, 1e9}};
  return set;
}

/// Groups that are found, made, touched and forgotten in any order, against a map and a list. Few hashes, so that many keys meet in one place.
TEST(GroupTable, AsAMapAndAList) {
  const sigma::RuleSet rules = one_correlation();
  const CompiledSet set(rules);
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    GroupTable table(set);
    std::map<std::string, Group*> twin;
    std::vector<Group*> idle;  // least recently touched first
    for (int step = 0; step < 2'000; ++step) {
      const std::string text = fmt::format("{}", random() % 200);
      const GroupKey key{std::hash<std::string>()(text) % (1 + static_cast<unsigned>(round) % 40), text};
      if (random() % 3 == 0) {
        if (idle.empty()) continue;
        Group* const oldest = table.idle(0, INT64_MAX);
        ASSERT_EQ(oldest, idle.front());
        Group* const gone = random() % 2 == 0 ? oldest : idle[random() % idle.size()];
        twin.erase(gone->key.text);
        std::erase(idle, gone);
        table.erase(*gone);
      } else {
        Group& group = table.get(set.correlations[0], key);
        ASSERT_EQ(group.key.text, text);
        const auto [at, added] = twin.emplace(text, &group);
        ASSERT_EQ(at->second, &group) << "one key has one group, and it stays where it is";
        if (added) idle.push_back(&group);
        if (random() % 2 == 0) continue;
        table.touch(group, step);
        std::erase(idle, &group);
        idle.push_back(&group);
      }
      ASSERT_EQ(table.largest() == nullptr, twin.empty());
    }
    while (!idle.empty()) {
      Group* const oldest = table.idle(0, INT64_MAX);
      ASSERT_EQ(oldest, idle.front());
      idle.erase(idle.begin());
      table.erase(*oldest);
    }
    EXPECT_EQ(table.idle(0, INT64_MAX), nullptr);
  }
}

/// Who picks keys that all meet in one place, in order, makes nothing slow: in a list each of them would pass all that came before, ten thousand million steps.
TEST(GroupTable, KeysThatMeetMakeNothingSlow) {
  const sigma::RuleSet rules = one_correlation();
  const CompiledSet set(rules);
  GroupTable table(set);
  for (int i = 0; i < 150'000; ++i) table.get(set.correlations[0], {7, fmt::format("{:08}", i)});
  for (int i = 0; i < 150'000; ++i) ASSERT_EQ(table.get(set.correlations[0], {7, fmt::format("{:08}", i)}).key.text, fmt::format("{:08}", i));
  for (int i = 0; i < 150'000; ++i) table.erase(*table.idle(0, INT64_MAX));
  EXPECT_EQ(table.idle(0, INT64_MAX), nullptr);
}

}  // namespace
}  // namespace tocsin::correlate
