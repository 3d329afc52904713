#include "report/summary_text.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/text.h"
#include "report/page.h"

namespace tocsin {
namespace {

constexpr TimeUs kMorning = 1'795'424'400'000'000;  // 2026-11-23T09:00:00Z

/// Many of everything, with names that are long or hostile.
struct World {
  World() {
    for (int i = 0; i < 30; ++i) {
      RuleCard& card = cards.emplace_back();
      card.id = "rule-" + std::to_string(i);
      card.title = "Rule " + std::to_string(i) + (i % 3 == 0 ? std::string(200, 'x') : " of the short ones");
      card.level_rank = static_cast<std::uint8_t>(i % 5);
      summary.by_rule.push_back({static_cast<std::uint64_t>(1 + i / 5), kMorning - i * 1'000'000, kMorning});
    }
    summary.events = 123'456'789, summary.inputs = 3, summary.bytes = 28'600'000, summary.alerts = 1'000'013;
    summary.first = kMorning - 1, summary.last = kMorning;
    summary.events_unrecognised = summary.events_without_time = summary.events_outside = summary.keys_lost = 1'234'567'890;
    summary.damaged = 123'456'789, summary.records = 1'234'567'890;
    summary.inputs_damaged = 1'000, summary.inputs_failed = 2'000;
    for (auto* count : {&summary.correlations.folded, &summary.correlations.ungrouped, &summary.correlations.without_value,
                        &summary.correlations.not_numeric, &summary.correlations.late_unused, &summary.correlations.evicted}) {
      count->add(1'000'000'000, 0);
      count->add(234'567'890, 1);
    }
    auto& lost = summary.correlations;
    lost.unplaced = lost.lost = lost.late = lost.early = 1'234'567'890;
    summary.by_level.counts = {0, 0, 0, 1'000'000, 1};
    summary.events_by_level.counts[4] = 1;
    for (int i = 0; i < 20; ++i) {
      summary.hosts["host-" + std::to_string(i) + "\x1b[2J\n" + std::string(100, 'h')].alerts.counts[3] = 1'000'000;
      summary.users["user"].alerts.counts[4] = 1;
    }
    summary.by_minute[kMorning / 60'000'000].counts[3] = 1'000'000;
    summary.by_minute[kMorning / 60'000'000 + 1].counts[4] = 1;
    for (std::uint32_t i = 0; i < 20; ++i) {
      summary.silent.push_back({i, SilentRule::Why::kNoLogSource, {"product" + std::to_string(i), std::string(100, 'c'), ""}, {}});
      summary.silent.push_back({i, SilentRule::Why::kFieldMissing, {}, {"One", std::string(100, 'f')}});
    }
  }

  std::string text(const SummaryStyle& style) const {
    return summary_text(summary, [&](std::size_t i) -> const RuleCard& { return cards[i]; }, 1.0, style);
  }

  std::vector<RuleCard> cards;
  ScanSummary summary;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string line_with(const std::string& text, const std::string& what) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(what) != std::string::npos) return line;
  }
  return {};
}

std::size_t columns_of(const std::string& text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size(); at += char_at(text, at).size) ++columns;
  return columns;
}

TEST(SummaryText, FitsItsWidthAndNoLineEndsInBlanks) {
  const World world;
  for (const std::size_t width : {std::size_t{1}, Page::kWidthLeast, std::size_t{80}, std::size_t{120}}) {
    for (const bool unicode : {true, false}) {
      const std::string text = world.text({false, width, unicode});
      EXPECT_EQ(text.find('\x1b'), std::string::npos);
      for (const std::string& line : lines_of(text)) {
        EXPECT_LE(columns_of(line), std::max(width, Page::kWidthLeast)) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
        EXPECT_TRUE(unicode || columns_of(line) == line.size()) << line;
      }
    }
  }
}

/// Without colour it is the same text.
TEST(SummaryText, ColourAddsNothingElse) {
  const World world;
  const std::string plain = world.text({false, 80, true});
  std::string coloured = world.text({true, 80, true});
  EXPECT_NE(coloured, plain);
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b', at)) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  EXPECT_EQ(coloured, plain);
}

TEST(SummaryText, WhatCorrelationsDidNotShowIsSaidWhereThereIsSomething) {
  World world;
  world.summary.correlations = {};
  EXPECT_EQ(world.text({}).find("What correlations did not show"), std::string::npos);
  world.summary.correlations.ungrouped.add(2, 1);
  world.summary.correlations.ungrouped.add(5, 4);
  const std::string text = world.text({});
  EXPECT_NE(text.find("What correlations did not show\n  7 matches lack a field of group-by:\n    they belong to no group and were left "
                      "out\n    5 of: Rule 4 of the short ones\n\n"),
            std::string::npos)
      << text;
}

TEST(SummaryText, OneAmongAMillionIsSeen) {
  const World world;
  const std::string text = world.text({false, 80, true});
  EXPECT_TRUE(line_with(text, "critical          1  ").ends_with("▏")) << text;
  EXPECT_TRUE(line_with(text, "2026-11-23 09:01").ends_with("critical  ▏")) << text;
  EXPECT_NE(line_with(text, "need no look").find("99.99 %"), std::string::npos) << text;
}

TEST(SummaryText, RulesOfOneLevelAndCountAreInTheOrderOfTime) {
  World world;
  for (RuleTally& tally : world.summary.by_rule) tally.alerts = 1;
  const std::string text = world.text({false, 80, true});
  EXPECT_LT(text.find("Rule 29 "), text.find("Rule 19 "));  // critical; 29 was seen first
  EXPECT_LT(text.find("Rule 4 "), text.find("Rule 28 "));   // and then those of high level
}

TEST(SummaryText, AlertsWithoutATimeAreCountedBesideTheTimeline) {
  World world;
  world.summary.keys_lost = 5;
  EXPECT_NE(world.text({}).find("and 7 alerts without a time"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
