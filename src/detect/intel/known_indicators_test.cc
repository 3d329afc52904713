// What is new among indicators: by value and by the time in which they hold, not by who says it; compared with a twin that looks at every known one.
#include "detect/intel/known_indicators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tocsin::intel {
namespace {

constexpr TimeUs kSecond = 1'000'000;

Indicator indicator(std::string key, TimeUs from = kNoTime, TimeUs until = kNoTime) {
  Indicator one;
  one.kind = IndicatorKind::kDomain;
  one.key = std::move(key);
  one.from = from;
  one.until = until;
  return one;
}

std::vector<KnownIndicator> known_of(const std::vector<Indicator>& indicators, bool alerts = true, const std::string& name = "feed") {
  IndicatorSet set(7);
  const std::uint16_t source = *set.add_source({.name = name, .file = name, .category = {}, .score = {}, .alerts = alerts});
  for (const Indicator& one : indicators) EXPECT_TRUE(set.add(one, source));
  set.finish();
  return known_indicators(set);
}

KnownIndicators file_of(const std::vector<Indicator>& indicators) { return *KnownIndicators::of(known_bytes(known_of(indicators))); }

bool is_new(const KnownIndicators& known, const Indicator& one, TimeUs now) { return !known.covers(known_of({one}).front(), now); }

TEST(KnownIndicators, AreKnownByTheirValueWhoeverSaysIt) {
  const KnownIndicators known = file_of({indicator("bad.example"), indicator("two.example")});
  EXPECT_EQ(known.size(), 2u);
  EXPECT_TRUE(known.covers(known_of({indicator("bad.example")}, true, "another").front(), 0));
  EXPECT_TRUE(is_new(known, indicator("other.example"), 0));
  Indicator name = indicator("bad.example");
  name.kind = IndicatorKind::kName;
  EXPECT_TRUE(is_new(known, name, 0)) << "another kind is another indicator";
}

TEST(KnownIndicators, ThoseThatMakeNoAlertAreNotLookedFor) { EXPECT_TRUE(known_of({indicator("good.example")}, false).empty()); }

TEST(KnownIndicators, OneThatHoldsLongerIsNewOnlyWhereThereCanBeEvents) {
  const KnownIndicators known = file_of({indicator("bad.example", 100 * kSecond, 200 * kSecond)});
  EXPECT_FALSE(is_new(known, indicator("bad.example", 100 * kSecond, 300 * kSecond), 150 * kSecond)) << "until now it was asked all the time";
  EXPECT_TRUE(is_new(known, indicator("bad.example", 100 * kSecond, 300 * kSecond), 250 * kSecond)) << "it had run out meanwhile";
  EXPECT_TRUE(is_new(known, indicator("bad.example", 50 * kSecond, 200 * kSecond), 150 * kSecond)) << "it holds for an earlier time";
  EXPECT_FALSE(is_new(known, indicator("bad.example", 120 * kSecond, 180 * kSecond), 250 * kSecond)) << "for less";
  EXPECT_TRUE(is_new(known, indicator("bad.example"), 150 * kSecond));
}

TEST(KnownIndicators, AFileThatIsDamagedOrNoneIsTold) {
  const std::string good = known_bytes(known_of({indicator("bad.example"), indicator("two.example")}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bytes = good;
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    EXPECT_FALSE(KnownIndicators::of(bytes)) << i;
    EXPECT_FALSE(KnownIndicators::of(good.substr(0, i))) << i;
  }
  EXPECT_EQ(KnownIndicators::of(known_bytes({}))->size(), 0u);
  EXPECT_TRUE(KnownIndicators::of(good)->is_the_same(good));
}

TEST(KnownIndicators, AnswersAsATwinThatLooksAtAll) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<KnownIndicator> all(random() % 20);
    const auto made = [&random] { return KnownIndicator{random() % 5, static_cast<std::uint32_t>(random() % 4), static_cast<std::uint32_t>(random() % 8)}; };
    for (KnownIndicator& one : all) one = made();
    std::ranges::sort(all);
    const KnownIndicators known = *KnownIndicators::of(known_bytes(all));
    for (int i = 0; i < 20; ++i) {
      const KnownIndicator asked = made();
      const auto now = static_cast<std::uint32_t>(random() % 8);
      const bool covered = std::ranges::any_of(all, [&](const KnownIndicator& one) { return one.print == asked.print && one.from <= asked.from && one.until >= std::min(asked.until, now); });
      EXPECT_EQ(known.covers(asked, now * kSecond), covered);
    }
  }
}

}  // namespace
}  // namespace tocsin::intel
