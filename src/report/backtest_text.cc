// The page of a backtest: an overview where there are several rules, and of those with most hits where and when they fired.
#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "report/backtest.h"
#include "report/page.h"

namespace tocsin {

namespace {

constexpr std::size_t kRulesListed = 40, kRulesDescribed = 5, kKeysShown = 8, kDaysShown = 31, kBarWidth = 40;
constexpr TimeUs kDayUs = 86'400'000'000;

using Rows = std::vector<std::vector<Page::Cell>>;

std::string day_text(std::int64_t day) { return format_time(day * kDayUs).substr(0, 10); }

/// "3 hosts", "at least 3 hosts" where not all could be counted, "1 host".
std::string how_many(const BacktestCounts& counts, const char* what) {
  return fmt::format("{}{} {}{}", counts.lost > 0 ? "at least " : "", grouped(counts.counts.size()), what, counts.counts.size() == 1 ? "" : "s");
}

void overview(Page& page, const std::vector<const BacktestRule*>& rules) {
  page.heading("Rules");
  Rows rows;
  for (std::size_t i = 0; i < std::min(rules.size(), kRulesListed); ++i) {
    const BacktestRule& rule = *rules[i];
    rows.push_back({{rule.card.level, rule.card.level_rank},
                    {grouped(rule.tally.hits)},
                    {grouped(rule.tally.most_per_day())},
                    {grouped(rule.tally.hosts.counts.size())},
                    {rule.has_other ? grouped(rule.added.count) : page.none()},
                    {rule.has_other ? grouped(rule.gone.count) : page.none()},
                    {rule.card.title}});
  }
  page.table({{"level"}, {"alerts", true}, {"most a day", true}, {"hosts", true}, {"new", true}, {"gone", true}, {"rule"}}, rows, 6);
  if (rules.size() > kRulesListed) page.line("  {} and {} more rules", page.ellipsis(), grouped(rules.size() - kRulesListed));
}

void days(Page& page, const BacktestTally& tally) {
  const std::uint64_t most = std::max<std::uint64_t>(1, tally.most_per_day());
  Rows rows;
  for (const auto& [day, count] : tally.days) {
    if (rows.size() == kDaysShown) break;
    rows.push_back({{day_text(day)}, {grouped(count)}, {page.bar(static_cast<double>(count) / static_cast<double>(most), kBarWidth), -1, true}});
  }
  page.table({{"day (UTC)"}, {"alerts", true}, {}}, rows, 2);
  if (tally.days.size() > kDaysShown) page.line("  {} and {} more days", page.ellipsis(), grouped(tally.days.size() - kDaysShown));
}

void keys(Page& page, const char* head, const BacktestCounts& counts) {
  if (counts.counts.empty()) return;
  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.counts.begin(), counts.counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  Rows rows;
  for (std::size_t i = 0; i < std::min(sorted.size(), kKeysShown); ++i) rows.push_back({{grouped(sorted[i].second)}, {sorted[i].first}});
  page.add_line("");
  page.table({{"alerts", true}, {head}}, rows, 1);
  if (sorted.size() > kKeysShown) page.line("  {} and {} more", page.ellipsis(), grouped(sorted.size() - kKeysShown));
}

void examples(Page& page, const char* what, const BacktestEvents& events) {
  if (events.count == 0) return;
  page.line("  {}: {}", what, grouped(events.count));
  for (const auto& [sequence, id] : events.first) page.add_line("    " + page.cut(id, page.width() - 4));
  if (events.count > events.first.size()) page.line("    {}", page.ellipsis());
}

void difference(Page& page, const BacktestRule& rule) {
  if (!rule.has_other) return page.add_line("  no rule with this id is in force");
  page.line("  the rule in force: {} alerts", grouped(rule.other_hits));
  examples(page, "matched newly", rule.added);
  examples(page, "matched no longer", rule.gone);
  if (rule.added.count + rule.gone.count == 0) page.add_line("  both match the same");
}

void describe(Page& page, const BacktestRule& rule) {
  const BacktestTally& tally = rule.tally;
  page.heading(page.cut(rule.card.title, page.width()));
  page.add_line("  " + page.cut(fmt::format("{}, {}, {}", rule.card.level, rule.card.id, rule.file), page.width() - 2));
  if (tally.hits == 0) {
    page.add_line("  no alerts");
    return difference(page, rule);
  }
  page.line("  {} alerts on {} by {}, {} a day at most", grouped(tally.hits), how_many(tally.hosts, "host"), how_many(tally.users, "user"),
            grouped(tally.most_per_day()));
  page.line("  from {} to {}", format_time(tally.first), format_time(tally.last));
  difference(page, rule);
  page.add_line("");
  days(page, tally);
  keys(page, "host", tally.hosts);
  keys(page, "user", tally.users);
  keys(page, "what matched", tally.values);
}

}  // namespace

std::string backtest_page(const BacktestReport& report, double seconds, const SummaryStyle& style) {
  Page page(style);
  page.line("{} events, {:.2f} s; {} of their records had to be read", grouped(report.events), seconds, grouped(report.candidates));
  if (report.damaged > 0) page.line("{} of them could not be read as events: no rule was asked", grouped(report.damaged));
  std::vector<const BacktestRule*> rules;
  for (const BacktestRule& rule : report.rules) {
    const bool says_something = rule.tally.hits > 0 || rule.gone.count > 0;
    if (says_something || report.rules.size() == 1) rules.push_back(&rule);
  }
  std::ranges::stable_sort(rules, [](const BacktestRule* a, const BacktestRule* b) { return a->tally.hits > b->tally.hits; });
  if (report.rules.size() > 1 && !rules.empty()) overview(page, rules);
  for (std::size_t i = 0; i < std::min(rules.size(), kRulesDescribed); ++i) describe(page, *rules[i]);
  if (rules.size() < report.rules.size()) {
    page.add_line("");
    page.line("{} of {} rules made no alert", grouped(report.rules.size() - rules.size()), grouped(report.rules.size()));
  }
  return page.take();
}

}  // namespace tocsin
