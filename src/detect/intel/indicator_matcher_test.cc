#include "detect/intel/indicator_matcher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace tocsin::intel {
namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

class Names : public Naming {
 public:
  PathMeaning meaning(std::string_view path) const override {
    PathMeaning meaning;
    meaning.names = {std::string(path)};
    if (path == "ip") meaning.entity = EntityType::kIp;
    if (path == "host") meaning.entity = EntityType::kHost;
    if (path == "url") meaning.entity = EntityType::kUrl;
    if (path == "hash") meaning.entity = EntityType::kHash;
    if (path == "user") meaning.entity = EntityType::kUser;
    return meaning;
  }
};

class Matching : public testing::Test {
 protected:
  void SetUp() override {
    IndicatorSource alerting, telling;
    alerting.name = "feed";
    alerting.alerts = true;
    telling.name = "list";
    feed_ = *set_.add_source(alerting);
    list_ = *set_.add_source(telling);
  }
  void add(IndicatorKind kind, std::string_view value, std::uint16_t source, TimeUs until = kNoTime) {
    Indicator indicator;
    indicator.kind = kind;
    indicator.key = *key_of(kind, value);
    indicator.until = until;
    ASSERT_TRUE(set_.add(indicator, source));
  }
  void put(Event& event, std::string_view path, std::string_view text, ValueKind kind = ValueKind::kText, bool derived = false) {
    const std::string& kept = texts_.emplace_back(text);
    event.values.push_back({kept.data(), static_cast<std::uint32_t>(kept.size()), paths_.child(PathTable::kRoot, path), kind, derived});
  }
  std::string hits(IndicatorMatcher& matcher, const Event& event) {
    std::vector<IndicatorHit> found;
    matcher.collect(event);
    matcher.match(event, found);
    std::string all;
    for (const IndicatorHit& hit : found) all += fmt::format("{}{}={}", all.empty() ? "" : " ", hit.value.raw(), hit.found.value());
    return all;
  }

  Names names_;
  PathTable paths_{names_};
  IndicatorSet set_{1};
  std::uint16_t feed_ = 0, list_ = 0;
  std::deque<std::string> texts_;
};

TEST_F(Matching, WhatOfAnEventIsAsked) {
  add(IndicatorKind::kNetwork, "203.0.113.0/24", feed_);
  add(IndicatorKind::kDomain, "bad.example", feed_);
  add(IndicatorKind::kHash, "d41d8cd98f00b204e9800998ecf8427e", feed_);
  add(IndicatorKind::kMailbox, "ann@mail.example", feed_);
  add(IndicatorKind::kDomain, "told.example", list_);
  set_.finish();
  IndicatorMatcher matcher(set_, paths_);
  Event event;
  put(event, "ip", "203.0.113.7");
  put(event, "other", "203.0.113.8");
  put(event, "host", "a.Bad.Example");
  put(event, "url", R"(http:\/\/bad.example\/x)", ValueKind::kJsonText);
  put(event, "hash", "SHA1=da39a3ee5e6b4b0d3255bfef95601890afd80709,MD5=D41D8CD98F00B204E9800998ECF8427E");
  put(event, "user", "ann");
  put(event, "user", "Ann@mail.example");
  put(event, "QueryResults", "::ffff:203.0.113.9;");
  put(event, "host", "told.example");
  put(event, "host", "good.example");
  put(event, "ip", "null", ValueKind::kNull);
  put(event, "ip", "203.0.113.10", ValueKind::kText, true);
  const std::string all = "203.0.113.7=203.0.113.0/24 a.Bad.Example=bad.example http:\\/\\/bad.example\\/x=bad.example SHA1=da39a3ee5e6b4b0d3255bfef95601890afd80709,MD5=D41D8CD98F00B204E9800998ECF8427E="
                          "d41d8cd98f00b204e9800998ecf8427e Ann@mail.example=ann@mail.example ::ffff:203.0.113.9;=203.0.113.0/24";
  EXPECT_EQ(hits(matcher, event), all);
  EXPECT_EQ(hits(matcher, event), all) << "what was found is found again";
  EXPECT_EQ(matcher.remembered(), 2u) << "the name that is none, and the one that only a list has";
}

TEST_F(Matching, AnIndicatorThatIsOverIsNoneAndIsNotForgotten) {
  add(IndicatorKind::kNetwork, "203.0.113.7", feed_, 10 * kDayUs);
  set_.finish();
  IndicatorMatcher matcher(set_, paths_);
  Event event;
  put(event, "ip", "203.0.113.7");
  event.time = 10 * kDayUs;
  EXPECT_EQ(hits(matcher, event), "");
  event.time = 10 * kDayUs - 1;
  EXPECT_EQ(hits(matcher, event), "203.0.113.7=203.0.113.7");
  event.time = kNoTime;
  EXPECT_EQ(hits(matcher, event), "203.0.113.7=203.0.113.7");
}

TEST_F(Matching, HitsOfAnEventAreBounded) {
  add(IndicatorKind::kNetwork, "203.0.113.0/24", feed_);
  for (int day = 1; day < 20; ++day) add(IndicatorKind::kDomain, "bad.example", feed_, day * kDayUs);
  set_.finish();
  IndicatorMatcher matcher(set_, paths_);
  Event event;
  put(event, "host", "bad.example");
  std::vector<IndicatorHit> found;
  matcher.collect(event);
  matcher.match(event, found);
  EXPECT_EQ(found.size(), kHitsOfValueMax);
  for (int i = 0; i < 100; ++i) put(event, "ip", fmt::format("203.0.113.{}", i));
  matcher.collect(event);
  matcher.match(event, found);
  EXPECT_EQ(found.size(), kHitsMax);
}

TEST_F(Matching, LocalAddressesAreAskedOnlyWhereTheyMayStandForOthers) {
  for (const char* const network : {"10.0.0.0/8", "192.168.0.0/16", "127.0.0.0/8"}) add(IndicatorKind::kNetwork, network, feed_);
  add(IndicatorKind::kDomain, "10.bad.example", feed_);
  set_.finish();
  IndicatorSet asks_local{2};
  IndicatorSource alerting;
  alerting.alerts = true;
  const std::uint16_t feed = *asks_local.add_source(alerting);
  Indicator indicator;
  indicator.key = *key_of(IndicatorKind::kNetwork, "10.0.0.0/8");
  ASSERT_TRUE(asks_local.add(indicator, feed));
  asks_local.ask_local_addresses();
  asks_local.finish();
  Event event;
  for (const char* const address : {"10.1.2.3", "192.168.1.1", "127.0.0.1"}) put(event, "ip", address);
  put(event, "host", "10.bad.example");
  IndicatorMatcher matcher(set_, paths_), hunt(asks_local, paths_);
  EXPECT_EQ(hits(matcher, event), "10.bad.example=10.bad.example") << "a name may begin like an address";
  EXPECT_EQ(hits(hunt, event), "10.1.2.3=10.0.0.0/8");
}

/// So many values that every place has been taken, which have an end of their own or a beginning in common: none of them is taken for an indicator, and no indicator for one of them.
TEST_F(Matching, WhatIsRememberedIsComparedWhole) {
  const auto names = [](std::size_t number) {
    std::string many;  // 63 bytes
    for (int i = 0; i < 9; ++i) many += "abcdef.";
    return std::vector<std::string>{fmt::format("{:05x}.x.de", number), fmt::format("aaaaaa.{:05x}.de", number), fmt::format("{:06x}.abcdefgh.example", number), fmt::format("abcdefgh.abcdefgh.{:06x}.example", number),
                                    fmt::format("{:06x}.{}example", number, many.substr(0, 35)), fmt::format("{:06x}.{}example", number, many)};
  };
  constexpr std::size_t kNone = 40'000, kBad = 300;
  for (std::size_t i = kNone; i < kNone + kBad; ++i) {
    for (const std::string& name : names(i)) add(IndicatorKind::kDomain, name, feed_);
  }
  set_.finish();
  IndicatorMatcher matcher(set_, paths_);
  std::size_t found = 0;
  for (std::size_t i = 0; i < kNone + kBad; ++i) {
    for (const std::string& name : names(i)) {
      Event event;
      put(event, "host", name);
      const std::string told = hits(matcher, event);
      EXPECT_EQ(told, i < kNone ? "" : name + "=" + name);
      found += told.empty() ? 0 : 1;
      texts_.clear();
    }
  }
  EXPECT_EQ(found, 6 * kBad);
}

/// What is remembered makes no difference: each event is asked of a matcher that has seen all before it, and of a new one.
TEST_F(Matching, AsWithoutAMemory) {
  std::mt19937 random(5);
  for (int i = 0; i < 60; ++i) add(IndicatorKind::kDomain, fmt::format("n{}.example", random() % 300), feed_, random() % 3 == 0 ? static_cast<TimeUs>(random() % 10) * kDayUs : kNoTime);
  set_.finish();
  IndicatorMatcher matcher(set_, paths_);
  std::size_t found = 0;
  for (int i = 0; i < 2'000; ++i) {
    Event event;
    event.time = static_cast<TimeUs>(random() % 10) * kDayUs;
    // Long ones and short ones, plain and as JSON has them.
    const std::string name = fmt::format("{}n{}.example", random() % 4 == 0 ? std::string(30, 'w') + "." + std::string(40, 'w') + "." : "", random() % 300);
    put(event, random() % 2 == 0 ? "host" : "url", name, random() % 2 == 0 ? ValueKind::kText : ValueKind::kJsonText);
    IndicatorMatcher fresh(set_, paths_);
    const std::string told = hits(matcher, event);
    EXPECT_EQ(told, hits(fresh, event)) << name;
    found += told.empty() ? 0 : 1;
  }
  EXPECT_GT(found, 200u);
  EXPECT_GT(matcher.remembered(), 200u);
}

}  // namespace
}  // namespace tocsin::intel
