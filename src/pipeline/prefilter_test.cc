// What the prefilter leaves out cannot match: made-up rules over made-up events that make it hard for columns to answer (several values under one name, what
// says nothing, other spellings, what another field shadows), each asked with the prefilter and without. Skipped where there is no DuckDB.
#include "pipeline/prefilter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "base/sanitized.h"
#include "pipeline/backtest.h"
#include "pipeline/stored_testing.h"
#include "store/duck_api.h"

namespace tocsin {
namespace {

constexpr const char* kFields[] = {"Image",    "NewProcessName", "SourceImage", "FolderPath", "ActionType",      "ParentImage",   "CommandLine",   "User",
                                   "SubjectUserName", "TargetUserName", "EventID",     "QueryName",  "DestinationPort", "DestinationIp", "TargetFilename", "Hashes",
                                   "Computer", "SourceIp",       "TargetObject", "ImageLoaded", "OriginalFileName"};
/// In JSON.
constexpr const char* kValues[] = {R"("C:\\a.exe")", R"("c:\\A.EXE")", R"("a.exe -x")",  R"("-")",          R"("")",   R"("N/A")",        "null", "443",
                                   R"("443")",       R"("0443")",      R"("10.0.0.1")",  R"("10.0.0.1:443")", R"("::ffff:10.0.0.1")", R"("abc.")",   R"("ABC")", R"("ProcessCreated")",
                                   R"("kelvin")",    "\"\u212Aelvin\"", R"("\ud800x")",    R"(["a.exe","-x"])", R"({"b":"a.exe"})", "true",       "4.43e2", R"("unset")",
                                   "\"a\xff.exe\"",  R"("SHA1=ABCDEF0123456789ABCDEF0123456789ABCDEF01,MD5=0123456789abcdef0123456789abcdef")", "4624", "1"};
/// In YAML.
constexpr const char* kAsked[] = {"'C:\\a.exe'", "'\\a.exe'", "a.exe", "'-x'",     "'-'",  "''",  "'*'",       "'?'",   "443",    "'4*3'",  "10.0.0.1", "abc",
                                  "'abc?'",      "kelvin",    "unset", "'N/A'",    "x",    "true", "ABCDEF01", "'a?exe'", "'a.*'", "'^a'", "'[0-9]+43'", "4624"};
constexpr const char* kModifiers[] = {"", "", "", "|contains", "|startswith", "|endswith", "|cased", "|contains|all", "|re", "|neq", "|contains|cased", "|re|i"};
constexpr const char* kConditions[] = {"a", "a and b", "a or b", "a and not b", "not a", "1 of them", "all of them"};
constexpr const char* kChannels[] = {"Microsoft-Windows-Sysmon/Operational", "Security", "Application"};

class Dice {
 public:
  template <class T, std::size_t n>
  const T& of(const T (&all)[n]) { return all[below(n)]; }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  std::mt19937 random_{20260727};
};

std::string event(Dice& dice) {
  std::string text = fmt::format(R"({{"Channel":"{}","EventID":{})", dice.of(kChannels), dice.below(2) == 0 ? 1 : 4688);
  for (std::size_t i = 1 + dice.below(7); i > 0; --i) text += fmt::format(R"(,"{}":{})", dice.of(kFields), dice.of(kValues));
  return text + "}";
}

std::string selection(Dice& dice) {
  std::string text;
  std::set<std::string> keys;
  for (std::size_t i = 1 + dice.below(2); i > 0; --i) {
    const std::string modifiers = dice.of(kModifiers), key = dice.of(kFields) + modifiers;
    if (!keys.insert(key).second) continue;
    text += fmt::format("    {}:\n", key);
    for (std::size_t j = 1 + dice.below(3); j > 0; --j) text += fmt::format("      - {}\n", dice.of(kAsked));
  }
  return text;
}

std::string rule(Dice& dice, std::size_t number) {
  const char* const sources[] = {"{product: windows}", "{product: windows, category: process_creation}", "{category: image_load}", "{product: windows, service: security}"};
  return fmt::format("title: T\nid: 00000000-0000-4000-8000-{:012}\nlevel: high\nlogsource: {}\ndetection:\n  a:\n{}  b:\n{}  condition: {}\n", number, dice.of(sources),
                     selection(dice), selection(dice), dice.of(kConditions));
}

class StringSink : public ByteSink {
 public:
  Status write(std::string_view bytes) override {
    text.append(bytes);
    return {};
  }
  std::string text;
};

TEST(Prefilter, LeavesOutNothingThatMatches) {
  if (const Status available = store::duck_available(); !available) GTEST_SKIP() << "skipped: " << available.error().message;
  Dice dice;
  StoredEvents stored;
  for (int i = 0; i < 1'500; ++i) stored.add("bulk/a", event(dice));
  stored.add("bulk/a", R"({"Channel":"Security","EventID":4688,"Image":")" + std::string(70'000, 'y') + R"(a.exe"})");
  stored.add("bulk/a", "a line of text with a.exe");
  stored.store();
  for (int i = 0; i < 100; ++i) stored.add("bulk/a", event(dice));
  constexpr std::size_t kRules = is_sanitized() ? 50 : 300;  // each asks the store twice
  std::uint64_t matches = 0, candidates = 0, filtered = 0;
  for (std::size_t number = 0; number < kRules; ++number) {
    const std::string text = rule(dice, number);
    const auto run = [&](bool prefilter, std::string& alerts, BacktestReport& report) {
      BacktestRules rules = join_rules(sigma::load({{"rule.yml", text, false}}, {}).set, {});
      if (rules.set.rules.empty()) return false;
      Engine engine(std::move(rules.set), std::move(*Taxonomy::load(Taxonomy::shipped())));
      StringSink sink;
      const std::unique_ptr<EventSearch> search = stored.search();
      report = Backtest(Env::system(), engine, rules, *search, {.threads = 1, .alerts = &sink, .prefilter = prefilter}).run();
      EXPECT_TRUE(report.ended) << text << report.ended.error().message;
      alerts = sink.text;
      return true;
    };
    std::string with, without;
    BacktestReport filtered_report, full_report;
    if (!run(true, with, filtered_report) || !run(false, without, full_report)) continue;
    EXPECT_EQ(with, without) << text;
    EXPECT_EQ(filtered_report.events, full_report.events);
    matches += full_report.rules[0].tally.hits;
    candidates += filtered_report.candidates;
    if (filtered_report.candidates < full_report.candidates) ++filtered;
  }
  EXPECT_GT(matches, 3 * kRules);
  EXPECT_GT(filtered, kRules / 2) << "it leaves something out";
  RecordProperty("candidates", std::to_string(candidates));
}

std::optional<store::RecordCondition> prefilter(const std::string& detection) {
  const sigma::LoadResult loaded = sigma::load({{"rule.yml", "title: T\nlogsource: {category: process_creation}\nlevel: high\ndetection:\n" + detection, false}}, {});
  EXPECT_EQ(loaded.set.rules.size(), 1u) << detection;
  return prefilter_of(loaded.set, **Taxonomy::load(Taxonomy::shipped()));
}

TEST(Prefilter, AsksWhatColumnsCanAnswer) {
  const auto image = prefilter("  s: {Image|endswith: ['\\a.exe', '\\b.exe'], OriginalFileName: x}\n  f: {User: y}\n  condition: s and not f\n");
  ASSERT_TRUE(image);
  EXPECT_NE(image->sql.find("(false OR (false OR text_matches(\"process\", ?)) OR (false OR text_matches(\"process\", ?)))"), std::string::npos) << image->sql;
  EXPECT_EQ(image->sql.find("\"user\""), std::string::npos) << "what is negated says nothing";
  EXPECT_NE(image->sql.find("list_contains(category, ?::VARCHAR)"), std::string::npos) << image->sql;
  EXPECT_EQ(image->parameters.size(), 4u);
  const auto regex = prefilter("  s: {CommandLine|re: 'abcdef.*ghijkl'}\n  condition: s\n");
  ASSERT_TRUE(regex);
  EXPECT_NE(regex->sql.find("text_matches(\"command_line\", ?)"), std::string::npos) << regex->sql;
  const auto unknown = prefilter("  s: {OriginalFileName: x}\n  t: {Image: y}\n  condition: s or t\n");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->sql.find("text_matches"), std::string::npos) << "one side is not known";
  const auto nothing_said = prefilter("  s: {User: '-'}\n  condition: s\n");
  ASSERT_TRUE(nothing_said);
  EXPECT_EQ(nothing_said->sql.find("text_matches"), std::string::npos) << "what says nothing is in no column";
}

}  // namespace
}  // namespace tocsin
