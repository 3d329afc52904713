#include "detect/intel/indicator_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/memory_env.h"
#include "base/url_host.h"

namespace tocsin::intel {
namespace {

constexpr TimeUs kDayUs = 86'400'000'000;

Indicator indicator(IndicatorKind kind, std::string_view value) {
  Indicator made;
  made.kind = kind;
  made.key = *key_of(kind, value);
  return made;
}

std::vector<std::string> asked(const IndicatorSet& set, Ask ask, std::string_view value) {
  std::vector<std::string> told;
  set.ask(ask, value, [&](const Found& found) { told.push_back(fmt::format("{} {}", found.source_name(), found.value())); });
  return told;
}

TEST(IndicatorSet, ARowKeepsAllThatAnIndicatorHas) {
  IndicatorSet set(1);
  IndicatorSource source;
  source.name = "feed";
  source.alerts = true;
  source.score = 20;
  const std::uint16_t feed = *set.add_source(source);
  Indicator full = indicator(IndicatorKind::kUrl, "http://bad.example/x");
  full.source = "somebody";
  full.reference = "indicator--0d1e2f30-1111-4222-8333-444455556666";
  full.tags = "botnet,c2";
  full.confidence = 90;
  full.from = 20'000 * kDayUs;
  full.until = 20'001 * kDayUs;
  full.place = 300;
  ASSERT_TRUE(set.add(full, feed));
  Indicator uuid = indicator(IndicatorKind::kDomain, "bad.example"), text = indicator(IndicatorKind::kMailbox, "a@b.example");
  uuid.reference = "0d1e2f30-1111-4222-8333-444455556666";
  text.reference = "indicator--of our own";
  ASSERT_TRUE(set.add(uuid, feed));
  ASSERT_TRUE(set.add(text, feed));
  set.finish();
  EXPECT_TRUE(set.alerts());
  std::vector<std::string> references;
  set.ask(Ask::kUrl, "https://bad.example/x", [&](const Found& found) {
    references.push_back(found.reference());
    if (found.kind != IndicatorKind::kUrl) return;
    EXPECT_EQ(found.source_name(), "somebody");
    EXPECT_EQ(found.tags, "botnet,c2");
    EXPECT_EQ(found.score(), 90);
    EXPECT_EQ(found.place, 300u);
    EXPECT_FALSE(found.holds_at(20'000 * kDayUs - 1));
    EXPECT_TRUE(found.holds_at(20'000 * kDayUs));
    EXPECT_TRUE(found.holds_at(20'001 * kDayUs - 1));
    EXPECT_FALSE(found.holds_at(20'001 * kDayUs));
    EXPECT_TRUE(found.holds_at(kNoTime));
  });
  set.ask(Ask::kMailbox, "A@b.example", [&](const Found& found) {
    references.push_back(found.reference());
    EXPECT_EQ(found.score(), 20) << "that of its source";
  });
  EXPECT_EQ(references, (std::vector<std::string>{full.reference, uuid.reference, text.reference}));
}

TEST(IndicatorSet, NamesAreMeantWithOrWithoutWhatIsBelow) {
  IndicatorSet set(2);
  IndicatorSource source;
  source.name = "f";
  const std::uint16_t feed = *set.add_source(source);
  ASSERT_TRUE(set.add(indicator(IndicatorKind::kDomain, "bad.example"), feed));
  ASSERT_TRUE(set.add(indicator(IndicatorKind::kName, "www.worse.example"), feed));
  set.finish();
  EXPECT_EQ(asked(set, Ask::kName, "A.B.Bad.Example."), std::vector<std::string>{"f bad.example"});
  EXPECT_EQ(asked(set, Ask::kName, "www.worse.example"), std::vector<std::string>{"f www.worse.example"});
  EXPECT_TRUE(asked(set, Ask::kName, "a.www.worse.example").empty());
  EXPECT_TRUE(asked(set, Ask::kName, "worse.example").empty());
  EXPECT_TRUE(asked(set, Ask::kName, "verybad.example").empty());
  EXPECT_EQ(asked(set, Ask::kUrl, "bad.example:443"), std::vector<std::string>{"f bad.example"});
  EXPECT_EQ(asked(set, Ask::kMailbox, "x@mail.bad.example"), std::vector<std::string>{"f bad.example"});
  EXPECT_EQ(asked(set, Ask::kList, "type: 5 a.bad.example;::ffff:192.0.2.1;"), std::vector<std::string>{"f bad.example"});
  EXPECT_TRUE(asked(set, Ask::kUrl, "/bad.example/x").empty()) << "a path leads nowhere";
}

TEST(IndicatorSet, AddressesOfEveryNetworkAreFoundInGoodSourcesAlone) {
  IndicatorSet set(3);
  IndicatorSource bad, good;
  bad.name = "bad";
  good.name = "good";
  good.benign = true;
  const std::uint16_t b = *set.add_source(bad), g = *set.add_source(good);
  for (const std::uint16_t one : {b, g}) ASSERT_TRUE(set.add(indicator(IndicatorKind::kNetwork, "10.0.0.0/8"), one));
  set.finish();
  EXPECT_EQ(asked(set, Ask::kAddress, "10.1.2.3"), std::vector<std::string>{"good 10.0.0.0/8"});
}

TEST(IndicatorSet, WhatIsAllowedIsNotFoundThroughAWiderOne) {
  MemoryEnv env;
  env.add_file("allow", "dns.bad.example\n203.0.113.7\nfiles.example\n");
  AllowList allowed;
  std::vector<std::string> notes;
  ASSERT_TRUE(allowed.read(env, "allow", notes));
  IndicatorSet set(8);
  set.set_allowed(std::move(allowed));
  IndicatorSource source;
  source.name = "f";
  const std::uint16_t feed = *set.add_source(source);
  for (const char* const name : {"bad.example", "dns.bad.example"}) ASSERT_TRUE(set.add(indicator(IndicatorKind::kDomain, name), feed));
  ASSERT_TRUE(set.add(indicator(IndicatorKind::kNetwork, "203.0.113.0/24"), feed));
  ASSERT_TRUE(set.add(indicator(IndicatorKind::kUrl, "http://files.example/x"), feed));
  set.finish();
  EXPECT_EQ(set.source(feed).allowed, 2u);
  EXPECT_EQ(asked(set, Ask::kName, "www.bad.example").size(), 1u);
  EXPECT_TRUE(asked(set, Ask::kName, "a.dns.bad.example").empty());
  EXPECT_EQ(asked(set, Ask::kAddress, "203.0.113.8").size(), 1u);
  EXPECT_TRUE(asked(set, Ask::kAddress, "203.0.113.7").empty());
  EXPECT_TRUE(asked(set, Ask::kUrl, "http://files.example/x").empty());
}

TEST(IndicatorSet, WhatHasANewerVersionIsLeftOut) {
  IndicatorSet set(9);
  IndicatorSource one, other;
  one.name = "one";
  other.name = "other";
  const std::uint16_t a = *set.add_source(one), b = *set.add_source(other);
  Indicator old = indicator(IndicatorKind::kDomain, "old.example"), now = indicator(IndicatorKind::kDomain, "now.example");
  old.place = 5;
  now.place = 2;
  for (const std::uint16_t source : {a, b}) {
    for (const Indicator& each : {old, now}) ASSERT_TRUE(set.add(each, source));
  }
  set.leave_out(a, {7, 5});
  set.finish();
  EXPECT_EQ(asked(set, Ask::kName, "old.example"), std::vector<std::string>{"other old.example"}) << "a place is one of its file";
  EXPECT_EQ(asked(set, Ask::kName, "now.example"), (std::vector<std::string>{"one now.example", "other now.example"}));
  EXPECT_EQ(set.size(), 3u);
  EXPECT_EQ(set.source(a).entries, 1u);
}

TEST(IndicatorSet, OneKeyHasSoManyRows) {
  IndicatorSet set(4);
  const std::uint16_t feed = *set.add_source({});
  Indicator same = indicator(IndicatorKind::kDomain, "bad.example");
  for (std::size_t i = 0; i < 3 * kSameKeyMax; ++i) {
    same.until = static_cast<TimeUs>(i / 2 + 1) * kDayUs;
    ASSERT_TRUE(set.add(same, feed));
  }
  set.finish();
  EXPECT_EQ(set.size(), kSameKeyMax);
  EXPECT_EQ(asked(set, Ask::kName, "bad.example").size(), kSameKeyMax);
}

TEST(IndicatorSet, TagsGoWhenThereAreTooManyOfThem) {
  IndicatorSet set(5);
  const std::uint16_t feed = *set.add_source({});
  for (std::size_t i = 0; i < kLabelsMax + 10; ++i) {
    Indicator one = indicator(IndicatorKind::kDomain, fmt::format("n{}.example", i));
    one.tags = fmt::format("t{}", i);
    one.confidence = 50;
    ASSERT_TRUE(set.add(one, feed));
  }
  set.finish();
  std::string tags = "?";
  set.ask(Ask::kName, fmt::format("n{}.example", kLabelsMax + 5), [&](const Found& found) {
    tags = found.tags;
    EXPECT_EQ(found.confidence, 50);
  });
  EXPECT_EQ(tags, "");
}

TEST(IndicatorSet, ThereAreSoManySources) {
  IndicatorSet set(6);
  for (std::size_t i = 0; i < kSourcesMax; ++i) ASSERT_TRUE(set.add_source({}));
  EXPECT_EQ(set.add_source({}).error().code, Code::kLimit);
}

/// What is asked for, by reading every indicator.
class Twin {
 public:
  void add(const Indicator& indicator, std::uint16_t source) { all_.push_back({indicator, source}); }
  std::set<std::string> ask(Ask ask, std::string_view value) const {
    std::set<std::string> told;
    if (const std::optional<IpAddress> address = ask == Ask::kUrl ? read_ip(url_host(value)) : ask == Ask::kAddress || ask == Ask::kName ? read_ip(value) : std::nullopt) {
      if (scope_of(*address) != IpScope::kLocal) add_longest(*address, told);
    } else if (ask == Ask::kName) {
      add_nearest(comparable_host(value), told);
    } else if (ask == Ask::kUrl && !value.starts_with('/')) {
      add_nearest(url_host(value), told);
    } else if (ask == Ask::kMailbox && value.find('@') != std::string_view::npos) {
      add_nearest(comparable_host(value.substr(value.rfind('@') + 1)), told);
    }
    for (const auto& [one, source] : all_) {
      const bool exact = (one.kind == IndicatorKind::kUrl && ask == Ask::kUrl) || (one.kind == IndicatorKind::kHash && ask == Ask::kHashes) || (one.kind == IndicatorKind::kMailbox && ask == Ask::kMailbox);
      if (exact && !value.starts_with('/') && key_of(one.kind, value) == one.key) told.insert(text(one, source));
    }
    return told;
  }

 private:
  static std::string text(const Indicator& one, std::uint16_t source) { return fmt::format("{} {}", source, shown(one.kind, one.key)); }
  void add_longest(const IpAddress& address, std::set<std::string>& told) const {
    for (std::uint16_t source = 0; source < 3; ++source) {
      const Indicator* longest = nullptr;
      for (const auto& [one, of] : all_) {
        const std::optional<IpNetwork> network = one.kind == IndicatorKind::kNetwork ? read_network(shown(one.kind, one.key)) : std::nullopt;
        const bool family = network && network->holds(address) && (network->bits >= 96 && network->base.is_v4()) == address.is_v4();
        if (of == source && family && (longest == nullptr || static_cast<unsigned char>(one.key[0]) > static_cast<unsigned char>(longest->key[0]))) longest = &one;
      }
      if (longest != nullptr) told.insert(text(*longest, source));
    }
  }
  void add_nearest(const std::string& host, std::set<std::string>& told) const {
    for (std::uint16_t source = 0; source < 3; ++source) {
      const Indicator* nearest = nullptr;
      for (const auto& [one, of] : all_) {
        const bool name = one.kind == IndicatorKind::kName && one.key == host, domain = one.kind == IndicatorKind::kDomain && ("." + host).ends_with("." + one.key);
        if (of == source && (name || domain) && (nearest == nullptr || one.key.size() > nearest->key.size())) nearest = &one;
      }
      if (nearest != nullptr) told.insert(text(*nearest, source));
    }
  }
  std::vector<std::pair<Indicator, std::uint16_t>> all_;
};

/// Few of everything, so that they meet.
std::string made_up(std::mt19937& random, int kind) {
  const auto name = [&] {
    std::string text;
    for (std::size_t labels = 1 + random() % 3; labels > 0; --labels) text += std::string(1, static_cast<char>((random() % 9 == 0 ? 'A' : 'a') + random() % 3)) + ".";
    return text + (random() % 2 == 0 ? "example" : "example.");
  };
  switch (kind) {
    case 0: return fmt::format("203.0.{}.{}", random() % 2, random() % 4);
    case 1: return fmt::format("2001:db8::{}:{}", random() % 2, random() % 3);
    case 2: return name();
    case 3: return fmt::format("{}{}{}/{}", random() % 2 == 0 ? "http://" : "", name(), random() % 3 == 0 ? ":8080" : "", random() % 3);
    case 4: return std::string(31, 'a') + static_cast<char>('0' + random() % 5);
    default: return fmt::format("{}@{}", static_cast<char>('a' + random() % 2), name());
  }
}

TEST(IndicatorSet, AsTheTwin) {
  constexpr IndicatorKind kKinds[] = {IndicatorKind::kNetwork, IndicatorKind::kNetwork, IndicatorKind::kDomain, IndicatorKind::kUrl, IndicatorKind::kHash, IndicatorKind::kMailbox};
  constexpr Ask kAsks[] = {Ask::kAddress, Ask::kAddress, Ask::kName, Ask::kUrl, Ask::kHashes, Ask::kMailbox};
  std::mt19937 random(7);
  std::size_t found = 0;
  for (int round = 0; round < 300; ++round) {
    IndicatorSet set(random());
    Twin twin;
    for (int source = 0; source < 3; ++source) {
      IndicatorSource made;
      made.name = std::to_string(source);
      ASSERT_TRUE(set.add_source(made));
    }
    for (std::size_t count = random() % 40; count > 0; --count) {
      const int kind = static_cast<int>(random() % 6);
      std::string value = made_up(random, kind);
      IndicatorKind of = kKinds[kind];
      if (kind == 0 && random() % 2 == 0) value += fmt::format("/{}", 20 + random() % 13);
      if (kind == 1 && random() % 2 == 0) value += fmt::format("/{}", 90 + random() % 39);
      if (kind == 2 && random() % 3 == 0) of = IndicatorKind::kName;
      const auto source = static_cast<std::uint16_t>(random() % 3);
      ASSERT_TRUE(set.add(indicator(of, value), source));
      twin.add(indicator(of, value), source);
    }
    set.finish();
    for (int i = 0; i < 60; ++i) {
      const int kind = static_cast<int>(random() % 6);
      const std::string value = made_up(random, kind);
      const std::vector<std::string> told = asked(set, kAsks[kind], value);
      const std::set<std::string> distinct(told.begin(), told.end());
      EXPECT_EQ(distinct, twin.ask(kAsks[kind], value)) << value;
      found += told.size();
    }
  }
  EXPECT_GT(found, 3'000u) << "values that never meet test nothing";
}

}  // namespace
}  // namespace tocsin::intel
