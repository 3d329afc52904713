// A backtest says what a scan says: recordings of Windows stored as segments, a part of them in the journal alone, and all public rules and our own asked of
// both. Every alert must be the same, byte for byte, its id included.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/memory_env.h"
#include "corpus.h"
#include "pipeline/backtest.h"
#include "pipeline/scan.h"
#include "pipeline/stored_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

/// Of each recording so many events: enough that every rule that fires on it does.
constexpr std::size_t kEventsOfOne = 2'000;

class LineSink : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::multiset<std::string> lines() const {
    std::multiset<std::string> all;
    for (std::size_t from = 0, to = 0; from < text.size(); from = to + 1) {
      to = text.find('\n', from);
      all.insert(text.substr(from, to - from));
    }
    return all;
  }
  std::string text;
};

/// The first lines of every recording, one file.
std::string recorded_events() {
  std::vector<Error> errors;
  std::string lines;
  for (const FoundFile& file : find_files(Env::system(), data_folder() + "/windows-events", errors)) {
    Result<std::unique_ptr<BlockReader>> reader = BlockReader::open(Env::system(), file.path, {text_cut, text_fields_line});
    if (!reader) continue;
    Block block;
    std::size_t events = 0;
    while (events < kEventsOfOne) {
      const Result<bool> more = (*reader)->next(block);
      if (!more || !*more || block.format != Format::kJsonLines) break;
      std::string_view text = block.text();
      for (; events < kEventsOfOne && text.find('\n') != std::string_view::npos; ++events) {
        lines += text.substr(0, text.find('\n') + 1);
        text.remove_prefix(text.find('\n') + 1);
      }
    }
  }
  return lines;
}

/// Each line a record of source `source`, in three segments and, the last of them, in the journal.
void add_lines(StoredEvents& stored, const std::string& source, const std::string& events) {
  const auto all = static_cast<std::size_t>(std::ranges::count(events, '\n'));
  std::size_t added = 0;
  for (std::string_view rest = events; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    stored.add(source, rest.substr(0, rest.find('\n')));
    if (++added % (all / 3 + 1) == 0) stored.store();
  }
}

BacktestReport backtest(StoredEvents& stored, const std::vector<sigma::RuleText>& texts, bool prefilter, LineSink& sink) {
  BacktestRules rules = join_rules(sigma::load(texts, {}).set, {});
  Engine engine(std::move(rules.set), std::move(*Taxonomy::load(Taxonomy::shipped())));
  const std::unique_ptr<EventSearch> search = stored.search();
  return Backtest(Env::system(), engine, rules, *search, {.threads = 2, .alerts = &sink, .prefilter = prefilter}).run();
}

TEST(BacktestCorpus, SaysWhatAScanSays) {
  if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
  std::vector<sigma::RuleText> texts = public_rules();
  if (texts.empty()) GTEST_SKIP() << "skipped: no public rules";
  for (sigma::RuleText& text : builtin_rules()) texts.push_back(std::move(text));
  const std::string events = recorded_events();
  if (events.empty()) GTEST_SKIP() << "skipped: no " << data_folder() << "/windows-events";

  MemoryEnv env;
  env.add_file("logs/a.ndjson", events);
  const std::unique_ptr<Engine> scanner = engine_of(texts);
  const std::unique_ptr<AlertWriter> writer = make_ndjson_writer();
  LineSink by_scan, by_backtest;
  std::vector<Error> errors;
  ScanOptions scan_options;
  scan_options.threads = 2;
  Scan scan(env, *scanner, scan_options, *writer, by_scan);
  const std::vector<FoundFile> files = find_files(env, "logs", errors);
  ASSERT_EQ(files.size(), 1u);
  ASSERT_TRUE(scan.run(files));

  StoredEvents stored;
  add_lines(stored, files[0].source, events);
  const BacktestReport report = backtest(stored, texts, true, by_backtest);
  ASSERT_TRUE(report.ended) << report.ended.error().message;
  EXPECT_EQ(report.events, static_cast<std::uint64_t>(std::ranges::count(events, '\n')));
  const std::multiset<std::string> expected = by_scan.lines(), actual = by_backtest.lines();
  EXPECT_GT(expected.size(), 500u);
  EXPECT_TRUE(expected == actual) << expected.size() << " alerts by a scan, " << actual.size() << " by a backtest";
  std::uint64_t counted = 0;
  for (const BacktestRule& rule : report.rules) counted += rule.tally.hits;
  EXPECT_EQ(counted, actual.size());

  // The prefilter takes rules in smaller sets; every third is asked both ways.
  constexpr std::size_t kSet = 150;
  std::uint64_t candidates = 0, records = 0;
  for (std::size_t from = 0; from < texts.size(); from += 3 * kSet) {
    const std::vector<sigma::RuleText> some(texts.begin() + from, texts.begin() + std::min(from + kSet, texts.size()));
    LineSink with, without;
    const BacktestReport filtered = backtest(stored, some, true, with), full = backtest(stored, some, false, without);
    ASSERT_TRUE(filtered.ended) << filtered.ended.error().message;
    EXPECT_TRUE(with.text == without.text) << "rules from " << some.front().file;
    EXPECT_EQ(filtered.events, full.events);
    candidates += filtered.candidates;
    records += full.candidates;
  }
  fmt::print("candidates: {} of {} records\n", candidates, records);
  EXPECT_LT(candidates, records);
}

}  // namespace
}  // namespace tocsin
