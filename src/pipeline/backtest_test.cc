// What a backtest says about a few made-up events, counted by hand. That it says the same as a scan over real data is tests/conformance/backtest_corpus_test.cc.
// Skipped where there is no DuckDB.
#include "pipeline/backtest.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline/stored_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

std::string rule(const std::string& id, const std::string& detection, const std::string& more = "") {
  return "title: Rule " + id + "\nid: 00000000-0000-4000-8000-00000000000" + id +
         "\nlogsource: {product: windows, category: process_creation}\nlevel: high\ndetection:\n" + detection + more;
}

constexpr const char* kWhoami = "  selection: {Image|endswith: '\\whoami.exe'}\n  condition: selection\n";
constexpr const char* kWhoamiOfAlice = "  selection: {Image|endswith: '\\whoami.exe', User: alice}\n  condition: selection\n";
constexpr const char* kNet = "  selection: {Image|endswith: ['\\net.exe', '\\whoami.exe']}\n  condition: selection\n";

sigma::RuleSet rules_of(const std::string& text) {
  sigma::LoadResult loaded = sigma::load({{"rules.yml", text, false}}, {});
  for (const sigma::Diagnostic& diagnostic : loaded.set.diagnostics) ADD_FAILURE() << sigma::format_diagnostic(diagnostic);
  return std::move(loaded.set);
}

std::string event(const std::string& image, const std::string& user, const std::string& host, const std::string& time) {
  return fmt::format(R"({{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\Windows\\{}","User":"{}","Computer":"{}","UtcTime":"{}"}})",
                     image, user, host, time);
}

class StringSink : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

class Backtests : public testing::Test {
 protected:
  void SetUp() override {
    if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
  }

  BacktestReport run(const std::string& tried, const std::string& in_force, const EventSearchOptions& options) {
    BacktestRules rules = join_rules(rules_of(tried), in_force.empty() ? sigma::RuleSet() : rules_of(in_force));
    Engine engine(std::move(rules.set), std::move(*Taxonomy::load(Taxonomy::shipped())));
    const std::unique_ptr<EventSearch> search = stored().search(options);
    alerts_.text.clear();
    Backtest backtest(Env::system(), engine, rules, *search, {.threads = 3, .alerts = &alerts_, .prefilter = prefilter_});
    return backtest.run();
  }
  BacktestReport run(const std::string& tried, const std::string& in_force = "") { return run(tried, in_force, stored().options()); }

  StoredEvents& stored() {
    if (stored_ == nullptr) stored_ = std::make_unique<StoredEvents>();
    return *stored_;
  }
  /// Two days, three hosts; the last event is in the journal alone.
  void add_events() {
    stored().add("bulk/a", event("whoami.exe", "alice", "ws-1", "2026-07-01 10:00:00"));
    stored().add("bulk/a", event("net.exe", "bob", "ws-1", "2026-07-01 10:00:10"));
    stored().add("bulk/b", event("WHOAMI.EXE", "bob", "ws-2", "2026-07-01 11:00:00"));
    stored().add("bulk/b", "{\"damaged");
    stored().store();
    stored().add("bulk/b", event("whoami.exe", "alice", "ws-3", "2026-07-02 10:00:00"));
  }

  StringSink alerts_;
  bool prefilter_ = true;

 private:
  std::unique_ptr<StoredEvents> stored_;
};

TEST_F(Backtests, CountsByDayHostUserAndValue) {
  add_events();
  const BacktestReport report = run(rule("1", kWhoami));
  ASSERT_TRUE(report.ended) << report.ended.error().message;
  ASSERT_EQ(report.rules.size(), 1u);
  const BacktestTally& tally = report.rules[0].tally;
  EXPECT_EQ(tally.hits, 3u);
  EXPECT_EQ(tally.most_per_day(), 2u);
  EXPECT_EQ(tally.days.size(), 2u);
  EXPECT_EQ(tally.hosts.counts, (std::unordered_map<std::string, std::uint64_t>{{"ws-1", 1}, {"ws-2", 1}, {"ws-3", 1}}));
  EXPECT_EQ(tally.users.counts, (std::unordered_map<std::string, std::uint64_t>{{"alice", 2}, {"bob", 1}}));
  EXPECT_EQ(tally.values.counts.at("Image: C:\\Windows\\whoami.exe"), 2u);
  EXPECT_EQ(format_time(tally.first).substr(0, 19), "2026-07-01T10:00:00");
  EXPECT_EQ(format_time(tally.last).substr(0, 19), "2026-07-02T10:00:00");
  EXPECT_EQ(report.damaged, 1u);
  EXPECT_FALSE(report.rules[0].has_other);
  EXPECT_EQ(std::ranges::count(alerts_.text, '\n'), 3);
  EXPECT_NE(alerts_.text.find("\"bulk/b\""), std::string::npos);
}

TEST_F(Backtests, TimesNarrowIt) {
  add_events();
  EventSearchOptions options = stored().options();
  options.since = *parse_time("2026-07-01T10:30:00Z");
  options.until = *parse_time("2026-07-02T10:00:00Z");
  EXPECT_EQ(run(rule("1", kWhoami), "", options).rules[0].tally.hits, 1u);
}

TEST_F(Backtests, IsComparedWithTheRuleInForce) {
  add_events();
  const BacktestReport wider = run(rule("1", kNet) + "---\n" + rule("2", kWhoami), rule("1", kWhoami));
  ASSERT_EQ(wider.rules.size(), 2u);
  EXPECT_TRUE(wider.rules[0].has_other);
  EXPECT_EQ(wider.rules[0].tally.hits, 4u);
  EXPECT_EQ(wider.rules[0].other_hits, 3u);
  EXPECT_EQ(wider.rules[0].added.first, (std::map<std::uint64_t, std::string>{{1, "bulk/a:1"}}));
  EXPECT_EQ(wider.rules[0].gone.count, 0u);
  EXPECT_FALSE(wider.rules[1].has_other);
  EXPECT_EQ(std::ranges::count(alerts_.text, '\n'), 4 + 3) << "alerts of rules in force are not written";

  const BacktestReport narrower = run(rule("1", kWhoamiOfAlice), rule("1", kWhoami));
  EXPECT_EQ(narrower.rules[0].added.count, 0u);
  EXPECT_EQ(narrower.rules[0].gone.first, (std::map<std::uint64_t, std::string>{{2, "bulk/b:2"}}));
}

TEST_F(Backtests, CorrelationsRunAndAreCompared) {
  add_events();
  const auto many = [](int count) {
    return rule("1", kNet) + "---\ntitle: Many\nid: 00000000-0000-4000-8000-0000000000aa\nlevel: high\ncorrelation:\n  type: event_count\n" +
           "  rules: [00000000-0000-4000-8000-000000000001]\n  group-by: [Computer]\n  timespan: 1h\n  condition: {gte: " + std::to_string(count) + "}\n";
  };
  const BacktestReport report = run(many(2), many(1));
  ASSERT_TRUE(report.ended) << report.ended.error().message;
  ASSERT_EQ(report.rules.size(), 1u) << "the rule below only feeds it";
  const BacktestRule& found = report.rules[0];
  EXPECT_EQ(found.card.title, "Many");
  EXPECT_EQ(found.tally.hits, 1u);
  EXPECT_EQ(found.tally.hosts.counts.size(), 1u);
  EXPECT_EQ(found.other_hits, 4u) << "one for each event";
  EXPECT_EQ(found.gone.count, 4u);
  EXPECT_EQ(found.added.count, 1u) << "of two events instead of one";
  EXPECT_EQ(std::ranges::count(alerts_.text, '\n'), 1);
}

TEST_F(Backtests, IsShownForPeopleAndForScripts) {
  add_events();
  const BacktestReport report = run(rule("1", kNet) + "---\n" + rule("2", kWhoami), rule("1", kWhoami));
  const std::string page = backtest_page(report, 1.0, {.colour = false, .width = 100, .unicode = false});
  for (const char* part : {"4 alerts on 3 hosts by 2 users, 3 a day at most", "2026-07-01", "the rule in force: 3 alerts", "matched newly: 1", "bulk/a:1",
                           "Image: C:\\Windows\\net.exe", "no rule with this id is in force"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  }
  const std::string lines = backtest_ndjson(report, 1.0);
  EXPECT_EQ(std::ranges::count(lines, '\n'), 3);
  for (const char* part : {R"("alerts":4)", R"("days":{"2026-07-01":3,"2026-07-02":1})", R"("in_force":{"alerts":3,"new":{"count":1,"first":["bulk/a:1"]})",
                           R"("in_force":null)", R"("complete":true)", R"({"value":"alice","alerts":2})"}) {
    EXPECT_NE(lines.find(part), std::string::npos) << part << "\n" << lines;
  }
}

}  // namespace
}  // namespace tocsin
