#include "report/summary_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace tocsin {

namespace {

constexpr std::array<const char*, kLevels> kLevelNames = {"informational", "low", "medium", "high", "critical"};
constexpr std::array<const char*, kLevels> kColours = {"\x1b[2m", "\x1b[36m", "\x1b[33m", "\x1b[31m", "\x1b[1;97;41m"};
constexpr std::size_t kRulesShown = 20, kKeysShown = 10, kTimelineRows = 24, kSilentSourcesShown = 12, kSilentRulesShown = 10;

/// One builder for the whole page, so that every part knows colour and width.
class Page {
 public:
  explicit Page(const SummaryStyle& style) : style_(style) { style_.width = std::max<std::size_t>(style_.width, 60); }

  template <class... Args>
  void line(fmt::format_string<Args...> text, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    out_.push_back('\n');
  }
  void heading(const char* text) { line("\n{}", style_.colour ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text)); }
  std::string level(std::size_t level, std::string_view text) const {
    if (!style_.colour) return std::string(text);
    return fmt::format("{}{}\x1b[0m", kColours[level], text);
  }
  /// Safe for the terminal and cut to the given width.
  std::string cut(std::string_view text, std::size_t width) const {
    std::string safe = terminal_safe(text);
    std::size_t columns = 0, at = 0;
    while (at < safe.size() && columns < width) at += char_at(safe, at).size, ++columns;
    if (at >= safe.size()) return safe + std::string(width - columns, ' ');
    std::size_t shorter = 0, keep = 0;
    while (keep + 1 < width) shorter += char_at(safe, shorter).size, ++keep;
    return safe.substr(0, shorter) + (style_.unicode ? "…" : "~");
  }
  std::string bar(double share, std::size_t width) const {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width) + 0.5);
    std::string text;
    for (std::size_t i = 0; i < full; ++i) text += style_.unicode ? "█" : "#";
    return text;
  }
  std::size_t width() const { return style_.width; }
  std::string take() { return std::move(out_); }

 private:
  SummaryStyle style_;
  std::string out_;
};

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} bytes", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 10'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

std::string when(TimeUs time) {
  if (time == kNoTime) return "unknown";
  const CivilTime t = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

void head(Page& page, const ScanSummary& s, double seconds) {
  page.line("{} events in {} inputs, {}, {:.2f} s ({}/s)", grouped(s.events), grouped(s.inputs), bytes_text(s.bytes), seconds,
            bytes_text(seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(s.bytes) / seconds) : s.bytes));
  page.line("first event {}   last event {}", when(s.first), when(s.last));
  if (s.damaged > 0) {
    page.line("{} of {} records could not be read; inputs with such damage: {} of {}; everything around it was scanned", grouped(s.damaged),
              grouped(std::max(s.records, s.damaged)), grouped(s.inputs_damaged), grouped(s.inputs));
  }
  if (const std::uint64_t failed = s.inputs_failed - s.inputs_damaged; failed > 0) {
    page.line("inputs that could not be read, or not to their end: {}", grouped(failed));
  }
  if (s.events_without_time > 0) page.line("{} events carry no time that could be read", grouped(s.events_without_time));
  if (s.events_outside > 0) page.line("{} events lie outside --since and --until", grouped(s.events_outside));
  if (s.events_unrecognised > 0) {
    page.line("{} events come from a log source that no mapping recognises: no rule looked at them", grouped(s.events_unrecognised));
  }
}

void levels(Page& page, const ScanSummary& s) {
  page.heading("Alerts");
  std::uint64_t most = 1;
  for (const std::uint64_t count : s.by_level.counts) most = std::max(most, count);
  for (std::size_t i = kLevels; i-- > 0;) {
    const double share = static_cast<double>(s.by_level.counts[i]) / static_cast<double>(most);
    page.line("  {} {:>10}  {}", page.level(i, fmt::format("{:<13}", kLevelNames[i])), grouped(s.by_level.counts[i]),
              page.level(i, page.bar(share, page.width() > 90 ? 40 : 20)));
  }
  const std::uint64_t looked = s.events_by_level.counts[2] + s.events_by_level.counts[3] + s.events_by_level.counts[4];
  if (s.events > 0) {
    page.line("  {:.2f} % of the events need no look: nothing of medium level or above matched them",
              100.0 * static_cast<double>(s.events - looked) / static_cast<double>(s.events));
  }
}

void rules(Page& page, const ScanSummary& s, const std::function<const RuleCard&(std::size_t)>& card) {
  std::vector<std::size_t> fired;
  for (std::size_t i = 0; i < s.by_rule.size(); ++i) {
    if (s.by_rule[i].alerts > 0) fired.push_back(i);
  }
  if (fired.empty()) return;
  std::ranges::sort(fired, [&](std::size_t a, std::size_t b) {
    const RuleCard &x = card(a), &y = card(b);
    if (x.level_rank != y.level_rank) return x.level_rank > y.level_rank;
    if (s.by_rule[a].alerts != s.by_rule[b].alerts) return s.by_rule[a].alerts > s.by_rule[b].alerts;
    return x.id < y.id;
  });
  page.heading("Rules that fired, by level");
  for (std::size_t i = 0; i < std::min(fired.size(), kRulesShown); ++i) {
    const RuleCard& rule = card(fired[i]);
    page.line("  {} {:>9}  {}  {}", page.level(rule.level_rank, fmt::format("{:<13}", rule.level)),
              grouped(s.by_rule[fired[i]].alerts), page.cut(rule.title, page.width() - 51), when(s.by_rule[fired[i]].first));
  }
  if (fired.size() > kRulesShown) page.line("  … and {} more rules", fired.size() - kRulesShown);
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
  page.line("  {}  critical      high    medium       low      info", page.cut("", page.width() - 56));
  for (std::size_t i = 0; i < std::min(sorted.size(), kKeysShown); ++i) {
    const auto& counts = sorted[i].second.alerts.counts;
    page.line("  {}{:>10}{:>10}{:>10}{:>10}{:>10}", page.cut(sorted[i].first, page.width() - 56), grouped(counts[4]),
              grouped(counts[3]), grouped(counts[2]), grouped(counts[1]), grouped(counts[0]));
  }
  if (sorted.size() > kKeysShown) page.line("  … and {} more", sorted.size() - kKeysShown);
}

/// The span of the alerts in at most kTimelineRows equal steps of a round length.
void timeline(Page& page, const ScanSummary& s) {
  if (s.by_minute.empty()) return;
  const std::int64_t first = s.by_minute.begin()->first, last = s.by_minute.rbegin()->first;
  static constexpr std::array<std::int64_t, 14> kSteps = {1,    2,    5,     10,    15,     30,     60,
                                                          180,  360,  720,   1440,  10'080, 43'200, 525'600};
  std::int64_t step = kSteps.back();
  for (const std::int64_t candidate : kSteps) {
    if ((last / candidate - first / candidate) < static_cast<std::int64_t>(kTimelineRows)) {
      step = candidate;
      break;
    }
  }
  std::map<std::int64_t, LevelCounts> rows;
  std::uint64_t most = 1;
  for (const auto& [minute, counts] : s.by_minute) {
    LevelCounts& row = rows[minute / step];
    for (std::size_t i = 0; i < kLevels; ++i) row.counts[i] += counts.counts[i];
    most = std::max(most, row.total());
  }
  page.heading("Timeline of alerts");
  for (const auto& [at, counts] : rows) {
    const double share = static_cast<double>(counts.total()) / static_cast<double>(most);
    const auto worst = static_cast<std::size_t>(std::max(0, counts.highest()));
    page.line("  {} {:>9}  {}", when(at * step * 60'000'000).substr(0, 16), grouped(counts.total()),
              page.level(worst, page.bar(share, page.width() - 34)));
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

void silent(Page& page, const ScanSummary& s, const std::function<const RuleCard&(std::size_t)>& card) {
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
  for (std::size_t i = 0; i < std::min(sources.size(), kSilentSourcesShown); ++i) {
    page.line("    {:>6}  {}", sources[i].second, page.cut(sources[i].first, page.width() - 14));
  }
  if (sources.size() > kSilentSourcesShown) page.line("            … and {} more log sources", sources.size() - kSilentSourcesShown);
  if (!missing.empty()) page.line("  {} ask for a field that no event of their log source carried:", grouped(missing.size()));
  for (std::size_t i = 0; i < std::min(missing.size(), kSilentRulesShown); ++i) {
    std::string fields;
    for (const std::string& field : missing[i]->fields) fields += (fields.empty() ? "" : ", ") + field;
    page.line("    {}  needs {}", page.cut(card(missing[i]->rule).title, page.width() / 2), page.cut(fields, page.width() / 2 - 14));
  }
  if (missing.size() > kSilentRulesShown) page.line("    … and {} more", missing.size() - kSilentRulesShown);
  page.line("  `tocsin rules coverage` lists every one of them with its reason.");
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
  timeline(page, summary);
  silent(page, summary, card);
  return page.take();
}

}  // namespace tocsin
