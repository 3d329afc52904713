#include <fmt/format.h>

#include <algorithm>

#include "report/backtest.h"
#include "report/json_text.h"

namespace tocsin {

namespace {

/// The rest is a sum.
constexpr std::size_t kKeysListed = 50;
constexpr TimeUs kDayUs = 86'400'000'000;

void append_counts(std::string& out, const char* name, const BacktestCounts& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.counts.begin(), counts.counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  out += fmt::format(",\"{}\":{{\"count\":{},\"lost\":{},\"top\":[", name, sorted.size(), counts.lost);
  for (std::size_t i = 0; i < std::min(sorted.size(), kKeysListed); ++i) {
    out += i > 0 ? ",{\"value\":" : "{\"value\":";
    append_string(out, sorted[i].first);
    out += fmt::format(",\"alerts\":{}}}", sorted[i].second);
  }
  out += "]}";
}

void append_events(std::string& out, const char* name, const BacktestEvents& events) {
  out += fmt::format(",\"{}\":{{\"count\":{},\"first\":[", name, events.count);
  for (const auto& [sequence, id] : events.first) {
    if (!out.ends_with('[')) out += ',';
    append_string(out, id);
  }
  out += "]}";
}

void append_rule(std::string& out, const BacktestRule& rule) {
  const BacktestTally& tally = rule.tally;
  out += "{\"schema\":\"tocsin.backtest/1\",\"rule\":{\"id\":";
  append_string(out, rule.card.id);
  out += ",\"title\":";
  append_string(out, rule.card.title);
  out += ",\"level\":";
  append_string(out, rule.card.level);
  out += ",\"file\":";
  append_string(out, rule.file);
  out += fmt::format("}},\"alerts\":{},\"first\":", tally.hits);
  append_time_or_null(out, tally.first);
  out += ",\"last\":";
  append_time_or_null(out, tally.last);
  out += fmt::format(",\"most_per_day\":{},\"days\":{{", tally.most_per_day());
  for (const auto& [day, count] : tally.days) {
    if (!out.ends_with('{')) out += ',';
    out += fmt::format("\"{}\":{}", format_time(day * kDayUs).substr(0, 10), count);
  }
  out += '}';
  append_counts(out, "hosts", tally.hosts);
  append_counts(out, "users", tally.users);
  append_counts(out, "values", tally.values);
  if (rule.has_other) {
    out += fmt::format(",\"in_force\":{{\"alerts\":{}", rule.other_hits);
    append_events(out, "new", rule.added);
    append_events(out, "gone", rule.gone);
    out += "}}\n";
  } else {
    out += ",\"in_force\":null}\n";
  }
}

}  // namespace

std::string backtest_ndjson(const BacktestReport& report, double seconds) {
  std::string out;
  for (const BacktestRule& rule : report.rules) append_rule(out, rule);
  out += fmt::format("{{\"schema\":\"tocsin.backtest.total/1\",\"rules\":{},\"events\":{},\"candidates\":{},\"damaged\":{},\"complete\":{},\"seconds\":{:.3f}}}\n",
                     report.rules.size(), report.events, report.candidates, report.damaged, report.ended.has_value(), seconds);
  return out;
}

}  // namespace tocsin
