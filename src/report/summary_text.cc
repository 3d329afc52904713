#include "report/summary_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/page.h"
#include "report/timeline.h"

namespace tocsin {

namespace {

/// Short, since they stand in columns.
constexpr std::array<const char*, kLevels> kLevelNames = {"info", "low", "medium", "high", "critical"};
constexpr std::size_t kRulesShown = 20, kKeysShown = 10, kSilentSourcesShown = 12, kSilentRulesShown = 10;
constexpr std::size_t kBarWidthMax = 60;  // longer ones say no more

using Cards = std::function<const RuleCard&(std::size_t)>;
using Rows = std::vector<std::vector<Page::Cell>>;

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} bytes", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 10'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

/// To the second or, where a column has to be short, to the minute.
std::string when(TimeUs time, bool seconds) {
  if (time == kNoTime) return "unknown";
  const CivilTime t = to_civil(time);
  const std::string minute = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute);
  return seconds ? fmt::format("{}:{:02}Z", minute, t.second) : minute;
}

void head(Page& page, const ScanSummary& s, double seconds) {
  page.line("{} events in {} inputs, {}, {:.2f} s ({}/s)", grouped(s.events), grouped(s.inputs), bytes_text(s.bytes), seconds,
            bytes_text(seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(s.bytes) / seconds) : s.bytes));
  if (s.first != kNoTime) page.line("from {} to {}", when(s.first, true), when(s.last, true));
  if (s.damaged > 0) {
    page.line("{} of {} records could not be read;", grouped(s.damaged), grouped(std::max(s.records, s.damaged)));
    page.line("  inputs with such damage: {} of {}; the rest was scanned", grouped(s.inputs_damaged), grouped(s.inputs));
  }
  if (const std::uint64_t failed = s.inputs_failed - s.inputs_damaged; failed > 0) {
    page.line("inputs that could not be read, or not to their end: {}", grouped(failed));
  }
  if (s.events_without_time > 0) page.line("{} events carry no time that could be read", grouped(s.events_without_time));
  if (s.events_outside > 0) page.line("{} events lie outside --since and --until", grouped(s.events_outside));
  if (s.events_unrecognised > 0) {
    page.line("{} events are of no known log source:", grouped(s.events_unrecognised));
    page.line("  only rules that name no log source looked at them");
  }
}

void levels(Page& page, const ScanSummary& s) {
  page.heading("Alerts");
  const std::uint64_t most = std::max<std::uint64_t>(1, *std::ranges::max_element(s.by_level.counts));
  Rows rows;
  for (std::size_t i = kLevels; i-- > 0;) {
    const double share = static_cast<double>(s.by_level.counts[i]) / static_cast<double>(most);
    const int level = static_cast<int>(i);
    rows.push_back({{kLevelNames[i], level}, {grouped(s.by_level.counts[i])}, {page.bar(share, page.width() > 90 ? 40 : 20), level, true}});
  }
  page.table({{}, {"", true}, {}}, rows, 2);
  const std::uint64_t looked = s.events_by_level.counts[2] + s.events_by_level.counts[3] + s.events_by_level.counts[4];
  if (s.events == 0) return;
  // Rounded down: a hundred per cent would be wrong as long as one event needs a look.
  const std::uint64_t hundredths = (s.events - looked) * 10'000 / s.events;
  page.line("  {}.{:02} % of the events need no look: no alert above low", hundredths / 100, hundredths % 100);
}

void rules(Page& page, const ScanSummary& s, const Cards& card) {
  std::vector<std::size_t> fired;
  for (std::size_t i = 0; i < s.by_rule.size(); ++i) {
    if (s.by_rule[i].alerts > 0) fired.push_back(i);
  }
  if (fired.empty()) return;
  std::ranges::sort(fired, [&](std::size_t a, std::size_t b) {
    const RuleCard &x = card(a), &y = card(b);
    if (x.level_rank != y.level_rank) return x.level_rank > y.level_rank;
    if (s.by_rule[a].alerts != s.by_rule[b].alerts) return s.by_rule[a].alerts > s.by_rule[b].alerts;
    if (s.by_rule[a].first != s.by_rule[b].first) return s.by_rule[a].first < s.by_rule[b].first;
    return x.id < y.id;
  });
  page.heading("Rules that fired");
  Rows rows;
  for (std::size_t i = 0; i < std::min(fired.size(), kRulesShown); ++i) {
    const RuleCard& rule = card(fired[i]);
    const RuleTally& tally = s.by_rule[fired[i]];
    rows.push_back({{kLevelNames[rule.level_rank], rule.level_rank}, {grouped(tally.alerts)}, {rule.title}, {when(tally.first, false)}});
  }
  page.table({{"level"}, {"alerts", true}, {"rule"}, {"first seen (UTC)"}}, rows, 2);
  if (fired.size() > kRulesShown) page.line("  {} and {} more rules", page.ellipsis(), grouped(fired.size() - kRulesShown));
}

void keys(Page& page, const char* heading, const std::unordered_map<std::string, Tally>& tallies) {
  if (tallies.empty()) return;
  std::vector<std::pair<std::string, Tally>> sorted(tallies.begin(), tallies.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    for (std::size_t i = kLevels; i-- > 0;) {
      if (a.second.alerts.counts[i] != b.second.alerts.counts[i]) return a.second.alerts.counts[i] > b.second.alerts.counts[i];
    }
    return a.first < b.first;
  });
  page.heading(heading);
  std::vector<Page::Column> columns{{}};
  for (std::size_t level = kLevels; level-- > 0;) columns.push_back({kLevelNames[level], true});
  Rows rows;
  for (std::size_t i = 0; i < std::min(sorted.size(), kKeysShown); ++i) {
    std::vector<Page::Cell>& row = rows.emplace_back();
    row.push_back({sorted[i].first});
    for (std::size_t level = kLevels; level-- > 0;) {
      const std::uint64_t count = sorted[i].second.alerts.counts[level];
      row.push_back(count == 0 ? Page::Cell{page.none()} : Page::Cell{grouped(count), static_cast<int>(level)});
    }
  }
  page.table(columns, rows, 0);
  if (sorted.size() > kKeysShown) page.line("  {} and {} more", page.ellipsis(), grouped(sorted.size() - kKeysShown));
}

/// The bar's colour is that of the highest level, which the column beside it names for those who see no colour.
void timeline(Page& page, const ScanSummary& s) {
  const Timeline timeline = make_timeline(s.by_minute);
  if (timeline.rows.empty()) return;
  std::uint64_t most = 1, timed = 0;
  for (const TimelineRow& row : timeline.rows) {
    most = std::max(most, row.counts.total());
    timed += row.counts.total();
  }
  page.heading(fmt::format("Timeline, by {}", timeline.step));
  Rows rows;
  constexpr std::size_t kBesideBar = 44;
  for (const TimelineRow& row : timeline.rows) {
    const int highest = row.counts.highest();
    if (highest < 0) {
      rows.push_back({{row.pause ? fmt::format("  {} {}", page.ellipsis(), row.label) : row.label}, {page.none()}, {}, {}});
      continue;
    }
    const double share = static_cast<double>(row.counts.total()) / static_cast<double>(most);
    rows.push_back({{row.label}, {grouped(row.counts.total())}, {kLevelNames[static_cast<std::size_t>(highest)], highest},
                    {page.bar(share, std::min(page.width() - kBesideBar, kBarWidthMax)), highest, true}});
  }
  page.table({{"from (UTC)"}, {"alerts", true}, {"highest"}, {}}, rows, 3);
  if (s.alerts > timed + s.keys_lost) page.line("  and {} alerts without a time", grouped(s.alerts - timed - s.keys_lost));
}

/// What correlations could not use: each line says how many, and the next what that means.
void correlations(Page& page, const ScanSummary& s, const Cards& card) {
  using Count = CorrelationSummary::Count;
  const CorrelationSummary& c = s.correlations;
  struct Line {
    const Count count;
    const char* what;
    const char* meaning;
  };
  const auto plain = [](std::uint64_t count) { return Count{count, 0, 0}; };
  const Line lines[] = {
      {c.folded, "repeats made no alert of their own:", "the next of their group, if any, tells (folded)"},
      {c.ungrouped, "matches lack a field of group-by:", "they belong to no group and were left out"},
      {c.without_value, "matches lack the field to measure:", "they were left out"},
      {c.not_numeric, "matches measure what is no number:", "they were left out"},
      {plain(c.unplaced), "matches carry no time:", "they stand in no window and were left out"},
      {plain(c.late), "matches came later than is waited for:", "alerts that they made may lack others (late)"},
      {c.late_unused, "matches came when their window was gone:", "they were left out"},
      {plain(c.early), "matches were judged too early (memory):", "those before them in time count as late"},
      {c.evicted, "matches were dropped (memory):", "alerts that may lack them say so (evicted)"},
      {plain(c.lost), "matches could not be kept until the end:", "all alerts of correlations say so (evicted)"},
  };
  bool headed = false;
  for (const Line& line : lines) {
    if (line.count.count == 0) continue;
    if (!std::exchange(headed, true)) page.heading("What correlations did not show");
    page.line("  {} {}", grouped(line.count.count), line.what);
    page.line("    {}", line.meaning);
    if (line.count.most == 0) continue;
    const std::string start = line.count.most == line.count.count ? "all of:" : fmt::format("{} of:", grouped(line.count.most));
    page.line("    {} {}", start, page.cut(card(line.count.most_card).title, page.width() - 5 - start.size()));
  }
}

std::string source_text(const LogSource& source) {
  std::string text;
  for (const std::string* part : {&source.product, &source.category, &source.service}) {
    if (part->empty()) continue;
    if (!text.empty()) text += '/';
    text += *part;
  }
  return text;
}

void silent(Page& page, const ScanSummary& s, const Cards& card) {
  if (s.silent.empty()) return;
  page.heading("Rules that could not fire on this data");
  std::map<std::string, std::size_t> by_source;
  std::vector<const SilentRule*> missing;
  for (const SilentRule& rule : s.silent) {
    if (rule.why == SilentRule::Why::kNoLogSource) {
      ++by_source[source_text(rule.wanted)];
    } else {
      missing.push_back(&rule);
    }
  }
  std::vector<std::pair<std::string, std::size_t>> sources(by_source.begin(), by_source.end());
  std::ranges::stable_sort(sources, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::size_t without = 0;
  for (const auto& [source, count] : sources) without += count;
  if (!sources.empty()) page.line("  {} ask for a log source of which there was no event:", grouped(without));
  Rows rows;
  for (std::size_t i = 0; i < std::min(sources.size(), kSilentSourcesShown); ++i) {
    rows.push_back({{grouped(sources[i].second)}, {sources[i].first}});
  }
  page.table({{"", true}, {}}, rows, 1, 4);
  if (sources.size() > kSilentSourcesShown) page.line("    {} and {} more log sources", page.ellipsis(), sources.size() - kSilentSourcesShown);
  if (!missing.empty()) page.line("  {} ask for a field that none of their events carried:", grouped(missing.size()));
  rows.clear();
  for (std::size_t i = 0; i < std::min(missing.size(), kSilentRulesShown); ++i) {
    std::string fields;
    for (const std::string& field : missing[i]->fields) fields += (fields.empty() ? "" : ", ") + field;
    rows.push_back({{page.cut(card(missing[i]->rule).title, page.width() / 2)}, {"needs " + fields}});
  }
  page.table({{}, {}}, rows, 1, 4);
  if (missing.size() > kSilentRulesShown) page.line("    {} and {} more", page.ellipsis(), missing.size() - kSilentRulesShown);
  page.line("  `tocsin rules coverage` lists all of them with reasons.");
}

}  // namespace

std::string summary_text(const ScanSummary& summary, const std::function<const RuleCard&(std::size_t)>& card,
                         double seconds, const SummaryStyle& style) {
  Page page(style);
  head(page, summary, seconds);
  levels(page, summary);
  rules(page, summary, card);
  keys(page, "Hosts", summary.hosts);
  keys(page, "Accounts", summary.users);
  keys(page, "Countries", summary.countries);
  keys(page, "Networks", summary.networks);
  timeline(page, summary);
  if (summary.keys_lost > 0) {
    page.line("\n{} sightings of further hosts, accounts,", grouped(summary.keys_lost));
    page.line("places and minutes are not counted above");
  }
  correlations(page, summary, card);
  silent(page, summary, card);
  return page.take();
}

}  // namespace tocsin
